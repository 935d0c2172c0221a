import { randomBytes } from 'node:crypto'
import { existsSync, rmSync, statfsSync } from 'node:fs'
import { open, rename, stat } from 'node:fs/promises'
import { dirname } from 'node:path'

const CHUNK_BYTES = 1024 * 1024

/** The room for ordinary users on the disk of a file, in bytes. */
export function roomAt(file: string): number {
  const { bavail, bsize } = statfsSync(dirname(file))
  return bavail * bsize
}

/**
 * A file that only takes room. It is given up when the disk is full, so that what has already happened (the
 * peer has answered) can still be written down.
 */
export class Ballast {
  readonly #file: string
  readonly #bytes: number
  #filling: Promise<void> | undefined

  /** `bytes` 0: none. */
  constructor(file: string, bytes: number) {
    this.#file = file
    this.#bytes = bytes
  }

  /** Gives the room up; false when there was none. */
  release(): boolean {
    if (!existsSync(this.#file)) return false
    rmSync(this.#file, { force: true })
    return true
  }

  /** Takes the room if it is missing and the disk has twice as much. Never rejects. */
  async fill(): Promise<void> {
    this.#filling ??= this.#fill()
      .catch(() => rmSync(this.#draft, { force: true }))
      .finally(() => (this.#filling = undefined))
    await this.#filling
  }

  async #fill(): Promise<void> {
    const size = await stat(this.#file).then(
      (found) => found.size,
      () => -1,
    )
    if (this.#bytes === 0 || size === this.#bytes) return
    if (roomAt(this.#file) < 2 * this.#bytes) return
    const handle = await open(this.#draft, 'w', 0o600)
    try {
      // Not zeros: some file systems store those in no room at all.
      const chunk = randomBytes(Math.min(CHUNK_BYTES, this.#bytes))
      for (let left = this.#bytes; left > 0; left -= chunk.length) {
        await handle.write(chunk, 0, Math.min(chunk.length, left))
      }
    } finally {
      await handle.close()
    }
    await rename(this.#draft, this.#file)
  }

  get #draft(): string {
    return `${this.#file}.part`
  }
}
