import { stat } from 'node:fs/promises'
import type { LedgerSeen } from '../../src/board/index.js'
import { backupsOf, SqliteEngine, type Engine } from '../../src/ledger/index.js'

type Sizes = Pick<LedgerSeen, 'disk' | 'backupAt'>

const NOT_KNOWN: Sizes = { disk: null, backupAt: null }

/** The sizes of a ledger in a file, of its log and of its disk, in bytes, and its newest backup. Never rejects. */
export async function sizesOf(engine: Engine, file: string | undefined): Promise<Sizes> {
  if (!(engine instanceof SqliteEngine) || file === undefined) return NOT_KNOWN
  try {
    const { freeBytes, totalBytes } = await engine.freeSpace()
    const [fileBytes, logBytes] = await Promise.all([bytesOf(file), bytesOf(`${file}-wal`)])
    const disk = { freeBytes, totalBytes, fileBytes, logBytes }
    return { disk, backupAt: backupsOf(file)[0]?.at ?? null }
  } catch {
    // A disk that is away has no size; that the ledger fails is said by its state.
    return NOT_KNOWN
  }
}

/** 0 for a file that is not there: a ledger that was just closed has no log. */
const bytesOf = (file: string): Promise<number> =>
  stat(file).then(
    ({ size }) => size,
    () => 0,
  )
