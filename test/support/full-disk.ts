import assert from 'node:assert/strict'
import { closeSync, openSync, writeSync } from 'node:fs'

/** Takes all the room of a disk with a file, down to its last block. */
export function fillDisk(filler: string): void {
  const handle = openSync(filler, 'w')
  try {
    for (const size of [1024 * 1024, 4096]) {
      try {
        for (;;) writeSync(handle, Buffer.alloc(size, 1))
      } catch (error) {
        assert.equal((error as NodeJS.ErrnoException).code, 'ENOSPC')
      }
    }
  } finally {
    closeSync(handle)
  }
}
