import type { Reason } from '../messages/index.js'
import { closeSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs'
import { mkdir, open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { ledgerError, type LedgerError } from './errors.js'
import { acceptanceIn, identityIn } from './identity.js'
import { READ_VERSIONS } from './migrate.js'
import type { Journal, Step } from './types.js'

/** Delay of the anchor behind a commit, in ms. */
export const ANCHOR_MS = 1_000

/** The identity of a ledger, as far as it shows from outside. */
export interface LedgerState {
  readonly identity: string
  /** Number of entries of its journal; they never become fewer. */
  readonly entries: number
  /** The last entry of its longest chain; undefined while there is none. */
  readonly last: JournalEntry | undefined
  /** The last decision of a person to use it as it is. */
  readonly acceptance: string | undefined
}

export interface JournalEntry {
  readonly chain: string
  readonly seq: number
  readonly hash: string
}

/** The note between two writings of the anchor. */
type Marked = Omit<LedgerState, 'acceptance'>

/** The progress of a ledger. */
export type LedgerPlace = Pick<LedgerState, 'entries' | 'last'>

/** More than any of them takes. */
const MARK_BYTES = 512

interface Anchored extends LedgerState {
  /** All decisions that it has met, so that an old copy with an old decision passes for no new one. */
  readonly accepted: readonly string[]
}

/**
 * A small file outside the database that says which ledger was used and how far it had come, so that one that
 * is missing, older or another is noticed when it is opened.
 */
export class Anchor {
  readonly #file: string
  #markHandle: number | undefined
  #known: Anchored | undefined
  #exists = false
  #writing: Promise<void> = Promise.resolve()

  constructor(file: string) {
    this.#file = file
    try {
      const text = readFileSync(file, 'utf8')
      this.#exists = true
      this.#known = JSON.parse(text) as Anchored
    } catch {
      // None yet, or none that can be read: then it only says that there was a ledger.
    }
    const marked = this.#readMark()
    const known = this.#known
    if (known && marked?.identity === known.identity && marked.entries > known.entries) {
      this.#known = { ...known, entries: marked.entries, last: marked.last }
    }
  }

  /** True when there has been a ledger here. */
  get exists(): boolean {
    return this.#exists
  }

  /** The entry that the ledger must have. */
  get last(): JournalEntry | undefined {
    return this.#known?.last
  }

  /**
   * Throws LEDGER_OLDER or LEDGER_OTHER for a ledger that is not the one known, unless a person wants it.
   * @param hash of the entry `last` in this ledger; undefined when it has none
   */
  compare(now: LedgerState, hash: string | undefined): void {
    const error = this.#difference(now, hash)
    if (error && !this.#isAccepted(now)) throw error
  }

  /**
   * Notes after a commit how far the ledger has come, in a file beside the anchor that is not flushed: it outlives
   * the process, though not a power cut. So the loss of a log is noticed also of what the anchor does not know yet.
   */
  mark(place: LedgerPlace): void {
    if (!this.#known || !place.last) return
    this.#known = { ...this.#known, ...place }
    try {
      const { identity } = this.#known
      const text = JSON.stringify({ identity, ...place } satisfies Marked)
      this.#markHandle ??= openSync(this.#markFile, 'w', 0o600)
      // One that is longer than the next one would leave its end behind it.
      writeSync(this.#markHandle, text.padEnd(MARK_BYTES), 0)
    } catch {
      // The ledger works without it.
    }
  }

  /** To be called when nothing is marked any more. */
  close(): void {
    if (this.#markHandle !== undefined) closeSync(this.#markHandle)
    this.#markHandle = undefined
  }

  get #markFile(): string {
    return `${this.#file}.mark`
  }

  #readMark(): Marked | undefined {
    try {
      return JSON.parse(readFileSync(this.#markFile, 'utf8')) as Marked
    } catch {
      // None, or what a power cut has left of it.
      return undefined
    }
  }

  /** Writes down what the ledger is now; whole or not at all. Rejects with what the file system says. */
  async write(now: LedgerState): Promise<void> {
    this.#writing = this.#writing.catch(() => undefined).then(() => this.#write(now))
    await this.#writing
  }

  #difference(now: LedgerState, hash: string | undefined): LedgerError | undefined {
    const known = this.#known
    if (!known) return undefined
    if (now.identity !== known.identity) return ledgerError('LEDGER_OTHER')
    const isOlder = hash !== known.last?.hash || now.entries < known.entries
    return isOlder ? ledgerError('LEDGER_OLDER') : undefined
  }

  #isAccepted({ acceptance }: LedgerState): boolean {
    return acceptance !== undefined && this.#known?.accepted.includes(acceptance) === false
  }

  async #write(now: LedgerState): Promise<void> {
    const before = this.#known?.accepted ?? []
    const { acceptance } = now
    const isNew = acceptance !== undefined && !before.includes(acceptance)
    const next: Anchored = { ...now, accepted: isNew ? [...before, acceptance] : before }
    const draft = `${this.#file}.part`
    await mkdir(dirname(this.#file), { recursive: true })
    try {
      const handle = await open(draft, 'w', 0o600)
      try {
        await handle.writeFile(`${JSON.stringify(next)}\n`)
        await handle.sync()
      } finally {
        await handle.close()
      }
      await rename(draft, this.#file)
    } catch (error) {
      await rm(draft, { force: true }).catch(() => undefined)
      throw error
    }
    await flushNames(dirname(this.#file))
    this.#exists = true
    this.#known = next
    if (!isNew) return
    // A person wants one that may be older than what is marked.
    this.close()
    rmSync(this.#markFile, { force: true })
  }
}

/** Not in one go, as for other files: on a server the thread of the flows writes it. */
async function flushNames(folder: string): Promise<void> {
  // Windows has no such thing.
  if (process.platform === 'win32') return
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** The identity that a ledger gives itself. Only for one that has its table of versions. */
export function* stateOf(journal: Journal | undefined): Step<LedgerState> {
  const rows = yield READ_VERSIONS
  const place = yield* placeOf(journal)
  return { identity: identityIn(rows) ?? '', acceptance: acceptanceIn(rows), ...place }
}

/** The progress of a ledger. */
export function* placeOf(journal: Journal | undefined): Step<LedgerPlace> {
  const [last] = journal ? yield { sql: journal.last, params: [] } : []
  return {
    entries: last ? Number(last['entries']) : 0,
    last: last && {
      chain: String(last['chain']),
      seq: Number(last['seq']),
      hash: String(last['hash']),
    },
  }
}

/** Throws LEDGER_OLDER or LEDGER_OTHER for a ledger that is not the one of the anchor. */
export function* assertKnown(anchor: Anchor, journal: Journal | undefined): Step<void> {
  const now = yield* stateOf(journal)
  const { last } = anchor
  const [row] = last && journal ? yield { sql: journal.entry, params: [last.chain, last.seq] } : []
  anchor.compare(now, row && String(row['hash']))
}

/** A warning: the ledger works without. */
export const NO_ANCHOR: Reason = {
  zh: '无法在 Node-RED 用户目录写入台账标记文件（.anchor），因此台账被删除或换成旧副本时将无法发现；请检查该目录的写权限和磁盘空间',
  en: 'The mark of the ledger (.anchor) cannot be written into the Node-RED user directory, so that nobody would notice a ledger that is deleted or exchanged for an old copy; check the rights and the room there',
}
