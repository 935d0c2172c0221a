import type { EngineDefinition } from '../../src/store/index.js'
import { definition as current } from './definition.js'

/** The ledger as it was with the first version of its tables. */
export const firstDefinition: EngineDefinition = {
  ...current,
  migrations: current.migrations.slice(0, 1),
}

/** What the worker of an engine loads. */
export const definition = firstDefinition

export const firstPath = __filename
