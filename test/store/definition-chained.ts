import { copyFileSync } from 'node:fs'
import type { EngineDefinition, Step } from '../../src/store/index.js'
import { definition as plain, type Note } from './definition.js'

// The small ledger with its notes as a journal, by which it is told how far it has come.
export const definition: EngineDefinition = {
  ...plain,
  operations: {
    ...plain.operations,
    /** Copies another file over that of the ledger, in the middle of a transaction. */
    *overwrite({ file, backup }: { readonly file: string; readonly backup: string }): Step<void> {
      yield* add({ text: 'not acknowledged' })
      copyFileSync(backup, file)
    },
  },
  journal: {
    last: `select 'notes' as chain, id as seq, text as hash, (select count(*) from note) as entries
      from note order by id desc limit 1`,
    entry: "select text as hash from note where $1 = 'notes' and id = $2",
  },
}

const add = plain.operations['add'] as unknown as (note: Note) => Step<number>

export const chainedPath = __filename
