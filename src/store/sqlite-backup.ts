import { closeSync, fsyncSync, openSync, renameSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import * as sqlite from 'node:sqlite'
import { Worker } from 'node:worker_threads'
import { ledgerError } from './errors.js'
import type { SqliteConnection } from './sqlite-connection.js'
import { flushFolder } from './folders.js'
import { WORKER_FLAGS } from './sqlite-protocol.js'

/** Pages copied at a time: the writer goes on between two of them. */
const PAGES_AT_A_TIME = 500

/**
 * A checked copy of the open ledger at `target`, which is either whole or not there. Writers go on meanwhile.
 * Rejects with a LedgerError, or with what the file system said.
 */
export async function saveCopy(
  source: SqliteConnection,
  target: string,
  signal: AbortSignal,
  onPercent?: (percent: number) => void,
): Promise<void> {
  const draft = `${target}.part`
  rmSync(draft, { force: true })
  closeSync(openSync(draft, 'wx', 0o600))
  try {
    await copy(source, draft, signal, onPercent)
    await checkApart(draft)
    flush(draft)
    signal.throwIfAborted()
    renameSync(draft, target)
    flushFolder(dirname(target))
  } catch (error) {
    rmSync(draft, { force: true })
    throw error
  }
}

interface BackupProgress {
  readonly totalPages: number
  readonly remainingPages: number
}

async function copy(
  source: SqliteConnection,
  draft: string,
  signal: AbortSignal,
  onPercent: ((percent: number) => void) | undefined,
): Promise<void> {
  // From the writer's own connection: a write through another one would make the copy start again.
  const backup = (sqlite as Partial<typeof sqlite>).backup
  const progress = ({ totalPages, remainingPages }: BackupProgress) => {
    signal.throwIfAborted()
    onPercent?.(Math.floor((1 - remainingPages / totalPages) * 100))
  }
  if (backup) await backup(source.db, draft, { rate: PAGES_AT_A_TIME, progress })
  // Before Node 22.16: in one go, and nothing is written meanwhile.
  else source.query({ sql: 'vacuum into $1', params: [draft] })
}

/** In a thread of its own: checking a big ledger takes seconds. */
function checkApart(file: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(join(__dirname, 'sqlite-check.js'), {
      workerData: file,
      execArgv: WORKER_FLAGS,
    })
    const corrupt = () => reject(ledgerError('LEDGER_CORRUPT'))
    worker.once('message', (answer: unknown) => (answer === 'ok' ? resolve() : corrupt()))
    worker.once('error', corrupt)
    worker.once('exit', corrupt)
  })
}

/** Puts what was written to a file on the disk. */
export function flush(file: string): void {
  const handle = openSync(file, 'r+')
  try {
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}
