import { existsSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { DEFINITION_MODULE, Ledger, LedgerError, SqliteEngine } from '../../src/ledger/index.js'
import { readCrisisDocument, type Crisis } from '../../src/messages/index.js'
import { nameOf } from '../crash/feeder.js'
import { removeFolder } from '../support/node-red.js'
import { writeFiles, type Files } from './disk.js'
import { LEDGER } from './feed.js'

/** What the program finds when it opens what a power cut has left. */
export interface Recovered {
  /** The documents in the ledger, by name. */
  readonly stored: ReadonlySet<string>
  /** Those of them that are neither owed to the flow nor in the outbox: nobody would hear of them. */
  readonly forgotten: readonly string[]
  /** What is wrong with it; '' when nothing is. */
  readonly damage: string
}

// In memory where possible: each image is written once, and flushed by SQLite several times.
const PLACE = existsSync('/dev/shm') ? '/dev/shm' : tmpdir()

/** Opens the files with the engine itself, in a place of their own. */
export async function recover(files: Files): Promise<Recovered> {
  const folder = mkdtempSync(path.join(PLACE, 'crisis-power-'))
  try {
    writeFiles(folder, files)
    const file = path.join(folder, LEDGER)
    const engine = new SqliteEngine({ file, definition: DEFINITION_MODULE, ballastBytes: 0 })
    const ledger = new Ledger(engine)
    try {
      await engine.ready()
      const { broken } = await ledger.verifyAudit()
      if (broken.length > 0) return lost(`${broken.length} broken chains`)
    } catch (error) {
      if (!(error instanceof LedgerError)) throw error
      return lost(error.code)
    } finally {
      await ledger.close()
    }
    return read(file)
  } finally {
    removeFolder(folder)
  }
}

const lost = (damage: string): Recovered => ({ stored: new Set(), forgotten: [], damage })

function read(file: string): Recovered {
  const database = new DatabaseSync(file, { readOnly: true })
  const column = (sql: string): string[] =>
    database
      .prepare(sql)
      .all()
      .map((row) => String(Object.values(row)[0]))
  try {
    const [damage = ''] = column('pragma integrity_check')
    const stored = column('select document from revision').map((text) => nameIn(text))
    const known = new Set([
      ...column("select content ->> 'crisis' from owed where kind = 'crisis'").map((text) =>
        nameIn(text),
      ),
      ...column('select document from outbox').map((document) => {
        const [entry] = readCrisisDocument(document).crises
        return named(entry?.crisis ?? {})
      }),
    ])
    return {
      stored: new Set(stored),
      forgotten: stored.filter((name) => !known.has(name)),
      damage: damage === 'ok' ? '' : damage,
    }
  } finally {
    database.close()
  }
}

const nameIn = (json: string): string => named(JSON.parse(json) as Crisis)

const named = ({ ExamNo = '', CrisisMemo = '' }: Crisis): string => nameOf(ExamNo, CrisisMemo)
