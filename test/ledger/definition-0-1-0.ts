import type { EngineDefinition } from '../../src/store/index.js'
import { definition as current } from './definition.js'

/** The last version of the tables that version 0.1.0 has. */
const LAST = 7

/** The tables as version 0.1.0 made them. */
export const publishedDefinition: EngineDefinition = {
  ...current,
  migrations: current.migrations.filter(({ version }) => version <= LAST),
}

/** What the worker of an engine loads. */
export const definition = publishedDefinition

export const publishedPath = __filename
