import { roomAt } from './ballast.js'
import { ledgerError } from './errors.js'
import { WRITE_PROBE } from './migrate.js'
import type { OpenFile } from './sqlite-file.js'

/** Free pages that are left for new rows; only what is beyond is given back to the disk. */
const FREE_PAGES_KEPT = 2_000
const PAGES_GIVEN_BACK = 500

/** So much must be free before a full disk counts as good again. */
const ROOM_BYTES = 1024 * 1024

/**
 * Writes something that changes nothing, to find out whether writing works again; throws what SQLite or the guard says.
 * @param wasFull on a full disk a test write fits where a document does not
 */
export function testWrite({ file, writer, guard }: OpenFile, wasFull: boolean): void {
  guard.assertUntouched()
  if (wasFull && roomAt(file) < ROOM_BYTES) throw ledgerError('LEDGER_FULL')
  writer.transaction('begin immediate', () => writer.query(WRITE_PROBE))
  guard.assertKept()
}

/** Gives room back to the disk, in small parts. */
export function giveBackPages({ writer, guard }: OpenFile): void {
  guard.assertUntouched()
  const free = Number(writer.pragma('freelist_count'))
  if (free > FREE_PAGES_KEPT) writer.exec(`pragma incremental_vacuum(${PAGES_GIVEN_BACK})`)
  guard.assertKept()
}
