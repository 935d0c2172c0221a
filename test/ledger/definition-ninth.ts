import type { EngineDefinition } from '../../src/store/index.js'
import { definition as current } from './definition.js'

/** The ledger as it was when feedback that waits was a document. */
export const ninthDefinition: EngineDefinition = {
  ...current,
  migrations: current.migrations.filter(({ version }) => version <= 9),
}

/** What the worker of an engine loads. */
export const definition = ninthDefinition

export const ninthPath = __filename
