import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { between } from '../crash/random.js'
import type { Entry } from './diary.js'

/**
 * What a power cut leaves of what was not flushed:
 *
 * - `nothing`, `all`: none of it, or everything, as when only the process dies
 * - `first`: what was written first, up to somewhere
 * - `sectors`, `pages`: any of its pieces of 512 bytes or 4 KiB, in whatever order they were written
 * - `rubbish`: the same, and where a file has grown over a piece that is missing there is something old
 */
export const LEFTOVERS = ['nothing', 'all', 'first', 'sectors', 'pages', 'rubbish'] as const
export type Leftover = (typeof LEFTOVERS)[number]

const SECTOR_BYTES = 512
const PAGE_BYTES = 4096

type Change = { readonly at: number; readonly data: Buffer } | { readonly size: number }

/** Bytes that grow, with zeros where nothing was written. */
class Bytes {
  #room: Buffer
  #size: number

  constructor(bytes: Buffer) {
    this.#room = bytes
    this.#size = bytes.length
  }

  get size(): number {
    return this.#size
  }

  copy(): Buffer {
    return Buffer.from(this.#room.subarray(0, this.#size))
  }

  apply(change: Change): void {
    if ('size' in change) this.#resize(change.size)
    else this.put(change.at, change.data)
  }

  put(at: number, data: Buffer): void {
    this.#resize(Math.max(this.#size, at + data.length))
    data.copy(this.#room, at)
  }

  #resize(size: number): void {
    if (size > this.#room.length) {
      const room = Buffer.alloc(2 * size)
      this.#room.copy(room, 0, 0, this.#size)
      this.#room = room
    } else if (size < this.#size) this.#room.fill(0, size, this.#size)
    this.#size = size
  }
}

/** The content of a file, wherever its name is: what is on the disk, and what is still on its way there. */
class Content {
  readonly #onDisk: Bytes
  #pending: Change[] = []
  #flushing: number | undefined

  constructor(bytes: Buffer = Buffer.alloc(0)) {
    this.#onDisk = new Bytes(bytes)
  }

  change(change: Change): void {
    this.#pending.push(change)
  }

  flushBegins(): void {
    // Of two at a time only what the earlier one has seen is sure.
    this.#flushing ??= this.#pending.length
  }

  flushEnds(): void {
    const done = this.#pending.splice(0, this.#flushing ?? 0)
    this.#flushing = undefined
    for (const change of done) this.#onDisk.apply(change)
  }

  after(leftover: Leftover, random: () => number): Buffer {
    const bytes = new Bytes(this.#onDisk.copy())
    const first = between(random, 0, this.#pending.length + 1)
    for (const [index, change] of this.#pending.entries()) {
      if (leftover === 'nothing' || (leftover === 'first' && index >= first)) break
      if (leftover === 'all' || leftover === 'first') bytes.apply(change)
      else if ('data' in change) tear(bytes, change, leftover, random)
      else if (random() < 0.5) bytes.apply(change)
    }
    return bytes.copy()
  }
}

/** A disk writes whole sectors, at their places; what stood there before a sector is written stays (PSOW). */
function tear(
  bytes: Bytes,
  { at, data }: { readonly at: number; readonly data: Buffer },
  leftover: Leftover,
  random: () => number,
): void {
  const piece = leftover === 'pages' ? PAGE_BYTES : SECTOR_BYTES
  const sizeBefore = bytes.size
  for (let from = at; from < at + data.length;) {
    const to = Math.min(at + data.length, from - (from % piece) + piece)
    if (random() < 0.5) bytes.put(from, data.subarray(from - at, to - at))
    else if (leftover === 'rubbish' && from >= sizeBefore)
      bytes.put(from, rubbish(to - from, random))
    from = to
  }
}

const rubbish = (size: number, random: () => number): Buffer =>
  Buffer.from(Array.from({ length: size }, () => between(random, 0, 256)))

type Thing = Content | 'folder'
type Naming = { readonly folder: string; readonly apply: (names: Map<string, Thing>) => void }

/** What is in a folder before a diary begins, all of it on the disk. */
export type Snapshot = readonly {
  readonly path: string
  readonly inode: bigint
  /** Undefined for a folder. */
  readonly bytes: Buffer | undefined
}[]

export function snapshotOf(root: string): Snapshot {
  return readdirSync(root, { recursive: true, encoding: 'utf8' }).map((name) => {
    const file = path.join(root, name)
    const found = statSync(file, { bigint: true })
    const bytes = found.isDirectory() ? undefined : readFileSync(file)
    return { path: file, inode: found.ino, bytes }
  })
}

/** A disk on which what is in a diary happens again, and that can be looked at as after a power cut. */
export class Disk {
  readonly #root: string
  readonly #names = new Map<string, Thing>()
  readonly #contents = new Map<bigint, Content>()
  #namings: Naming[] = []
  readonly #ignoring: RegExp | undefined

  /**
   * @param root the folder whose content is looked at
   * @param options.ignoring the flushes of which files the disk ignores, to test the test
   */
  constructor(root: string, before: Snapshot, options: { readonly ignoring?: RegExp } = {}) {
    this.#root = root
    this.#ignoring = options.ignoring
    for (const { path, inode, bytes } of before) {
      const thing = bytes === undefined ? 'folder' : new Content(Buffer.from(bytes))
      this.#names.set(path, thing)
      if (thing !== 'folder') this.#contents.set(inode, thing)
    }
  }

  apply(entry: Entry): void {
    switch (entry.kind) {
      case 'write':
      case 'truncate':
        this.#contents.get(entry.inode)?.change(entry)
        break
      case 'create': {
        const content = new Content()
        this.#contents.set(entry.inode, content)
        this.#name(entry.path, (names) => names.set(entry.path, content))
        break
      }
      case 'mkdir':
        this.#name(entry.path, (names) => names.set(entry.path, 'folder'))
        break
      case 'unlink':
        this.#name(entry.path, (names) => names.delete(entry.path))
        break
      case 'rename':
        this.#name(entry.path, (names) => {
          const moved = names.get(entry.path)
          names.delete(entry.path)
          if (moved) names.set(entry.to, moved)
        })
        break
      case 'flushBegin':
        this.#contents.get(entry.inode)?.flushBegins()
        break
      case 'flushEnd':
        if (!this.#ignoring?.test(entry.path)) this.#flushed(entry.path, entry.inode)
        break
      case 'acknowledged':
        break
      default:
        entry satisfies never
    }
  }

  #name(file: string, apply: Naming['apply']): void {
    this.#namings.push({ folder: path.dirname(file), apply })
  }

  #flushed(file: string, inode: bigint): void {
    this.#contents.get(inode)?.flushEnds()
    const done = this.#namings.filter(({ folder }) => folder === file)
    this.#namings = this.#namings.filter(({ folder }) => folder !== file)
    for (const { apply } of done) apply(this.#names)
  }

  /** The files that are there after a power cut now, by their path below the root. */
  after(leftover: Leftover, random: () => number): Files {
    const names = new Map(this.#names)
    const kept = { nothing: 0, all: this.#namings.length } as Partial<Record<Leftover, number>>
    // A file system keeps the order of names.
    const most = kept[leftover] ?? between(random, 0, this.#namings.length + 1)
    for (const { apply } of this.#namings.slice(0, most)) apply(names)
    const files = new Map<string, Buffer>()
    for (const [file, thing] of names) {
      if (thing === 'folder' || !hasFolder(names, this.#root, file)) continue
      files.set(path.relative(this.#root, file), thing.after(leftover, random))
    }
    return files
  }
}

function hasFolder(names: ReadonlyMap<string, Thing>, root: string, file: string): boolean {
  const folder = path.dirname(file)
  return folder === root || (names.has(folder) && hasFolder(names, root, folder))
}

/** Files by their path below a folder. */
export type Files = ReadonlyMap<string, Buffer>

export function writeFiles(folder: string, files: Files): void {
  for (const [name, bytes] of files) {
    const file = path.join(folder, name)
    mkdirSync(path.dirname(file), { recursive: true })
    writeFileSync(file, bytes)
  }
}
