import { stat, statfs } from 'node:fs/promises'
import { dirname } from 'node:path'
import { fileError } from './sqlite-errors.js'

/** Room on the disk of the ledger. */
export interface DiskSpace {
  readonly freeBytes: number
  readonly totalBytes: number
  /** False when the ballast had to be given up, or has not been taken yet. */
  readonly ballast: boolean
}

/** The room on the disk of a ledger file. Rejects with a LedgerError. */
export async function freeSpaceOf(file: string): Promise<DiskSpace> {
  try {
    const { bavail, bsize, blocks } = await statfs(dirname(file))
    const ballast = await stat(`${file}.ballast`).then(
      () => true,
      () => false,
    )
    return { freeBytes: bavail * bsize, totalBytes: blocks * bsize, ballast }
  } catch (error) {
    throw fileError(error)
  }
}
