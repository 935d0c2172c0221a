import type { EngineDefinition } from '../../src/store/index.js'
import { definition as current } from './definition.js'

/** The ledger as it was when it kept no tally. */
export const thirteenthDefinition: EngineDefinition = {
  ...current,
  migrations: current.migrations.filter(({ version }) => version <= 13),
}

/** What the worker of an engine loads. */
export const definition = thirteenthDefinition

export const thirteenthPath = __filename
