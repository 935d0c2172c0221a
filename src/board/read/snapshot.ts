import type { OpenRow, OpenUpdate, OpenView } from '../api.js'
import { nextOverdue, openCounts, openRow, type OpenState } from './open.js'

/** Loads of the ledger that a snapshot is made of. */
export interface SnapshotLoads {
  /** The same as long as nothing has changed. */
  readonly mark: () => Promise<string>
  readonly state: () => Promise<OpenState>
  /** Calls back when something may have changed; returns how to stop that. */
  readonly onHint: (listener: () => void) => () => void
}

interface Listener {
  readonly seesPatients: boolean
  readonly tell: (update: OpenUpdate) => void
  readonly failed: (thrown: unknown) => void
  /** The rows that it was told of, each as its text; undefined = it was told of none yet. */
  told: ReadonlyMap<number, string> | undefined
  toldCounts: string
  /** The last that it was told of is a failure: the next read that works is told, be nothing new in it. */
  isFailing: boolean
}

interface Variant {
  readonly view: OpenView
  readonly texts: ReadonlyMap<number, string>
  readonly rows: ReadonlyMap<number, OpenRow>
  readonly counts: string
}

/** Least pause between two looks at the ledger, and between looks that no hint has called for, in ms. */
const LOOK_MS = 1_000
const QUIET_MS = 2_000
/** Longest age of a snapshot, in ms: a deploy changes what is unclaimed, and the ledger has no entry of that. */
const STALE_MS = 60_000

export interface SnapshotOptions {
  readonly lookMs?: number
  readonly quietMs?: number
  readonly staleMs?: number
  /** Most rows that are shown. */
  readonly limit: number
}

/**
 * The one snapshot of what is open, for every event stream and every first look: made anew at most once a second, while
 * somebody listens and something has changed.
 */
export class Snapshot {
  readonly #loads: SnapshotLoads
  readonly #limit: number
  readonly #lookMs: number
  readonly #quietMs: number
  readonly #staleMs: number
  readonly #listeners = new Set<Listener>()
  #state: OpenState | undefined
  #mark: string | undefined
  /** Of the ledger's clock over ours, in ms. */
  #aheadMs = 0
  #nextOverdue = Infinity
  #variants = new Map<boolean, Variant>()
  #timer: NodeJS.Timeout | undefined
  #lookedAt = -Infinity
  #loadedAt = -Infinity
  #isHinted = true
  #looking: Promise<void> | undefined
  #stopHints: (() => void) | undefined

  constructor(
    loads: SnapshotLoads,
    { lookMs = LOOK_MS, quietMs = QUIET_MS, staleMs = STALE_MS, limit }: SnapshotOptions,
  ) {
    this.#loads = loads
    this.#lookMs = lookMs
    this.#quietMs = quietMs
    this.#staleMs = staleMs
    this.#limit = limit
  }

  /** Never throws. @returns how to stop it */
  follow(
    seesPatients: boolean,
    tell: (update: OpenUpdate) => void,
    failed: (thrown: unknown) => void,
  ): () => void {
    const listener: Listener = {
      seesPatients,
      tell,
      failed,
      told: undefined,
      toldCounts: '',
      isFailing: false,
    }
    this.#listeners.add(listener)
    this.#stopHints ??= this.#loads.onHint(() => this.#hinted())
    this.#timer ??= setInterval(() => void this.#look(), this.#lookMs)
    this.#timer.unref()
    // A snapshot that others listen to is fresh.
    if (this.#state && this.#listeners.size > 1) this.#tell(listener)
    else void this.#look()
    return () => {
      if (!this.#listeners.delete(listener) || this.#listeners.size > 0) return
      clearInterval(this.#timer)
      this.#timer = undefined
      this.#stopHints?.()
      this.#stopHints = undefined
    }
  }

  /** The whole, for a first look. @throws LedgerError */
  async view(seesPatients: boolean): Promise<OpenView> {
    await this.#refresh()
    return this.#variant(seesPatients).view
  }

  /** Looks at once where nobody has for long enough. */
  #hinted(): void {
    this.#isHinted = true
    if (performance.now() - this.#lookedAt >= this.#lookMs) void this.#look()
  }

  async #look(): Promise<void> {
    const isDue = this.#isHinted || performance.now() - this.#lookedAt >= this.#quietMs
    const isLate = this.#now() >= this.#nextOverdue
    if (this.#looking || (!isDue && !isLate)) return
    try {
      if (isDue) await this.#refresh()
      else this.#forget()
    } catch (thrown) {
      for (const listener of this.#listeners) {
        listener.isFailing = true
        listener.failed(thrown)
      }
      return
    }
    for (const listener of this.#listeners) this.#tell(listener)
  }

  #refresh(): Promise<void> {
    this.#looking ??= this.#load().finally(() => (this.#looking = undefined))
    return this.#looking
  }

  async #load(): Promise<void> {
    this.#isHinted = false
    this.#lookedAt = performance.now()
    try {
      const mark = await this.#loads.mark()
      const isSame = mark === this.#mark && performance.now() - this.#loadedAt < this.#staleMs
      if (isSame && this.#now() < this.#nextOverdue) return
      if (!isSame) {
        this.#state = await this.#loads.state()
        this.#loadedAt = performance.now()
        this.#aheadMs = this.#state.board.now - Date.now()
        // Whatever has changed since the mark was read is seen at the next look.
        this.#mark = mark
      }
    } catch (thrown) {
      this.#isHinted = true
      throw thrown
    }
    this.#forget()
  }

  #forget(): void {
    this.#variants = new Map()
    this.#nextOverdue = this.#state ? nextOverdue(this.#state, this.#now()) : Infinity
  }

  #now(): number {
    return Date.now() + this.#aheadMs
  }

  #variant(seesPatients: boolean): Variant {
    const known = this.#variants.get(seesPatients)
    if (known) return known
    const now = this.#now()
    const state = this.#state
    if (!state) throw new TypeError('nothing was loaded yet')
    const rows = state.board.alerts.map((alert) => openRow(alert, seesPatients, now))
    const counts = openCounts(state, now)
    const variant: Variant = {
      view: { now, rows, counts, isCut: state.board.open > this.#limit },
      texts: new Map(rows.map((row) => [row.alert, JSON.stringify(row)])),
      rows: new Map(rows.map((row) => [row.alert, row])),
      counts: JSON.stringify(counts),
    }
    this.#variants.set(seesPatients, variant)
    return variant
  }

  #tell(listener: Listener): void {
    if (!this.#state) return
    const { view, texts, rows, counts } = this.#variant(listener.seesPatients)
    const { told, toldCounts, isFailing } = listener
    if (told === texts && !isFailing) return
    listener.isFailing = false
    const changed = told
      ? [...texts].flatMap(([alert, text]) => (told.get(alert) === text ? [] : rows.get(alert)!))
      : view.rows
    const gone = told ? [...told.keys()].filter((alert) => !texts.has(alert)) : []
    listener.told = texts
    listener.toldCounts = counts
    const isNews = changed.length > 0 || gone.length > 0 || counts !== toldCounts
    if (told && !isNews && !isFailing) return
    const isWhole = !told
    listener.tell({ now: this.#now(), isWhole, changed, gone, counts: view.counts })
  }
}
