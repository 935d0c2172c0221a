import { isBuiltin } from 'node:module'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { ledgerError } from './errors.js'
import { fromPlain, WORKER_FLAGS, type FromLook, type LookSettings } from './sqlite-protocol.js'

/** Longest time for a look at a ledger that is not open, in ms. */
export const LOOK_MS = 5_000

export interface Look {
  /** The database and its version. */
  readonly database: string
  /** False where the first opening would begin a new ledger. */
  readonly exists: boolean
}

/**
 * Looks whether a ledger file could be opened, without making or changing anything: no folder, file, anchor or
 * ballast. Rejects with the LedgerError of the opening.
 */
export async function lookAtFile(settings: LookSettings): Promise<Look> {
  if (!isBuiltin('node:sqlite')) throw ledgerError('LEDGER_SQLITE_MISSING')
  const worker = new Worker(join(__dirname, 'sqlite-look-worker.js'), {
    workerData: settings,
    execArgv: WORKER_FLAGS,
  })
  // A disk that does not answer is no reason to keep the process.
  worker.unref()
  let late: NodeJS.Timeout | undefined
  try {
    const found = await new Promise<FromLook>((done, fail) => {
      worker.once('message', done)
      worker.once('error', fail)
      late = setTimeout(
        () => fail(ledgerError('LEDGER_UNAVAILABLE', { evidence: 'time' })),
        LOOK_MS,
      )
    })
    if (found.error) throw fromPlain(found.error)
    return { database: `SQLite ${process.versions['sqlite']}`, exists: found.exists === true }
  } finally {
    clearTimeout(late)
    void worker.terminate()
  }
}
