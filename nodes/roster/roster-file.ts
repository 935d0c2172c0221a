import { readFile, stat } from 'node:fs/promises'
import { CrisisError } from '../../src/messages/index.js'

/** Largest file that is read, in bytes. */
export const MOST_BYTES = 4 * 1024 * 1024

/** Time that a folder of the network has to answer, in ms: a reminder waits for it. */
const PATIENCE_MS = 3_000

/** A file that was written just now may not be whole yet, in ms. */
const SETTLED_MS = 2_000

/** A file as it was found. */
export interface FoundFile {
  readonly bytes: Uint8Array
  /** Tells this content from any other. */
  readonly mark: string
}

/**
 * A file, unless it is as it was.
 * @param known the mark of the content that is known; null = none
 * @returns null for a file that has not changed, or that somebody is just writing while another content is known
 * @throws CrisisError ROSTER_FILE
 */
export async function readChanged(path: string, known: string | null): Promise<FoundFile | null> {
  let late: NodeJS.Timeout | undefined
  const limit = new Promise<never>((_, reject) => {
    late = setTimeout(() => reject(noFile('ETIMEDOUT')), PATIENCE_MS)
  })
  try {
    return await Promise.race([look(path, known), limit])
  } catch (thrown) {
    if (thrown instanceof CrisisError) throw thrown
    throw noFile((thrown as NodeJS.ErrnoException).code ?? '')
  } finally {
    clearTimeout(late)
  }
}

async function look(path: string, known: string | null): Promise<FoundFile | null> {
  const before = await stat(path)
  const mark = markOf(before)
  if (mark === known) return null
  const ageMs = Date.now() - before.mtimeMs
  if (known !== null && ageMs >= 0 && ageMs < SETTLED_MS) return null
  if (before.size > MOST_BYTES) throw noFile('EFBIG')
  const bytes = await readFile(path)
  return markOf(await stat(path)) === mark || known === null ? { bytes, mark } : null
}

const markOf = ({ mtimeMs, size }: { readonly mtimeMs: number; readonly size: number }): string =>
  `${mtimeMs}/${size}`

const noFile = (code: string): CrisisError =>
  new CrisisError('ROSTER_FILE', {
    zh: `值班表文件无法读取（${code}）：请检查路径、权限和网络`,
    en: `The file of the roster cannot be read (${code}); check its path, its permissions and the network`,
  })
