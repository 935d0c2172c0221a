import { appendFileSync, readFileSync } from 'node:fs'

/** What machine.c notes, by its numbers; the last one is noted by the test. */
const KINDS = [
  '',
  'write',
  'truncate',
  'flushBegin',
  'flushEnd',
  'create',
  'rename',
  'unlink',
  'mkdir',
  'acknowledged',
] as const

/** Something that happened, in the order in which it did. `inode` tells files apart, names or not. */
export type Entry =
  | { readonly kind: 'write'; readonly inode: bigint; readonly at: number; readonly data: Buffer }
  | { readonly kind: 'truncate'; readonly inode: bigint; readonly size: number }
  | {
      readonly kind: 'flushBegin' | 'flushEnd' | 'create'
      readonly inode: bigint
      readonly path: string
    }
  | { readonly kind: 'rename'; readonly path: string; readonly to: string }
  | { readonly kind: 'unlink' | 'mkdir'; readonly path: string }
  | { readonly kind: 'acknowledged'; readonly name: string }

const HEAD_BYTES = 24

export function readDiary(file: string): readonly Entry[] {
  const bytes = readFileSync(file)
  const entries: Entry[] = []
  for (let at = 0; at < bytes.length;) {
    const size = bytes.readUInt32LE(at + 4)
    const data = bytes.subarray(at + HEAD_BYTES, at + HEAD_BYTES + size)
    entries.push(
      entryOf(
        bytes.readUInt32LE(at),
        bytes.readBigUInt64LE(at + 8),
        bytes.readBigInt64LE(at + 16),
        data,
      ),
    )
    at += HEAD_BYTES + size
  }
  return entries
}

function entryOf(number: number, inode: bigint, place: bigint, data: Buffer): Entry {
  const kind = KINDS[number]
  const at = Number(place)
  switch (kind) {
    case 'write':
      return { kind, inode, at, data }
    case 'truncate':
      return { kind, inode, size: at }
    case 'flushBegin':
    case 'flushEnd':
    case 'create':
      return { kind, inode, path: data.toString() }
    case 'acknowledged':
      return { kind, name: data.toString() }
    case 'rename':
    case 'unlink':
    case 'mkdir': {
      const [path = '', to = ''] = data.toString().split('\0')
      return kind === 'rename' ? { kind, path, to } : { kind, path }
    }
    default:
      throw new Error(`the diary cannot be read: ${number}`)
  }
}

/** Notes that the sender has its 0, behind all that had happened by then. */
export function noteAcknowledged(file: string, name: string): void {
  const data = Buffer.from(name)
  const head = Buffer.alloc(HEAD_BYTES)
  head.writeUInt32LE(KINDS.indexOf('acknowledged'), 0)
  head.writeUInt32LE(data.length, 4)
  appendFileSync(file, Buffer.concat([head, data]))
}
