import type { EngineDefinition } from '../../src/store/index.js'
import { definition as before } from './definition.js'

// The same ledger, one release later.
export const definition: EngineDefinition = {
  ...before,
  migrations: [
    ...before.migrations,
    { version: 2, statements: ["alter table note add column kind text not null default 'plain'"] },
  ],
}
export const nextDefinitionPath = __filename
