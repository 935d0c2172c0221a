import type { OpenCounts, OpenRow, OpenUpdate } from '../api.js'
import { clockNow, setClock } from './clock.js'

/** The state of the open exams as this page knows it. */
export interface LiveState {
  /** Overdue first, then by time left; null = nothing has come yet. */
  readonly rows: readonly OpenRow[] | null
  readonly counts: OpenCounts | null
  readonly isConnected: boolean
  /** The moment for which the state holds, by the server's clock; null = none yet. */
  readonly at: number | null
}

/** A stream that is silent for so long is taken for dead: the server says something every 15 s. */
const SILENCE_MS = 45_000
const LOOK_MS = 5_000
const AGAIN_MS = 2_000
/** A server that refuses streams is asked more and more seldom. */
const MOST_AGAIN_MS = 30_000

/** Which of two open exams people see first. */
export function byTimeLeft(a: OpenRow, b: OpenRow): number {
  if (a.isOverdue !== b.isOverdue) return a.isOverdue ? -1 : 1
  const left = (a.due?.at ?? Infinity) - (b.due?.at ?? Infinity)
  return Number.isNaN(left) || left === 0 ? a.openedAt - b.openedAt : left
}

/** Begins a measure of the browser; the one before it is forgotten, since a wall screen stays open for months. */
function beginMeasure(name: string): void {
  performance.clearMeasures(name)
  performance.clearMarks(name)
  performance.mark(name)
}

/** Ends a measure that was begun; called once the page shows what has changed. */
export function endMeasure(): void {
  for (const name of ['board-first', 'board-update']) {
    if (performance.getEntriesByName(name, 'mark').length === 0) continue
    performance.measure(name, name)
    performance.clearMarks(name)
  }
}

/** Follows the open exams over server-sent events, and says honestly when it no longer does. */
export class LiveOpen {
  #state: LiveState = { rows: null, counts: null, isConnected: false, at: null }
  readonly #rows = new Map<number, OpenRow>()
  readonly #listeners = new Set<() => void>()
  readonly #refused: () => void
  #source: EventSource | null = null
  #heardAt = 0
  #watch: ReturnType<typeof setInterval> | undefined
  #again: ReturnType<typeof setTimeout> | undefined
  #againMs = AGAIN_MS

  /** @param refused called when the server has closed the stream: the session may have ended */
  constructor(refused: () => void) {
    this.#refused = refused
  }

  get state(): LiveState {
    return this.#state
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  start(): void {
    this.#open()
    this.#watch = setInterval(() => {
      if (Date.now() - this.#heardAt > SILENCE_MS) this.#reopen(0)
    }, LOOK_MS)
  }

  stop(): void {
    clearInterval(this.#watch)
    clearTimeout(this.#again)
    this.#source?.close()
    this.#source = null
  }

  #open(): void {
    this.#heardAt = Date.now()
    const source = new EventSource('api/events')
    this.#source = source
    source.addEventListener('open', (event) => {
      this.#heardAt = Date.now()
      // The browser names the opening of the stream itself just as the server names its updates.
      if (event instanceof MessageEvent) this.#take(String(event.data))
    })
    source.addEventListener('beat', () => {
      this.#heardAt = Date.now()
      if (this.#state.isConnected) this.#set({ at: clockNow() })
    })
    // The server is there and cannot read the ledger: the next update says that it can again.
    source.addEventListener('broken', () => this.#set({ isConnected: false }))
    source.addEventListener('signedOut', () => this.#refused())
    source.addEventListener('error', () => {
      this.#set({ isConnected: false })
      if (source.readyState !== EventSource.CLOSED) return
      this.#refused()
      // Spread, so that all boards of a hospital do not come back in one moment.
      this.#reopen(this.#againMs * (0.5 + Math.random()))
      this.#againMs = Math.min(this.#againMs * 2, MOST_AGAIN_MS)
    })
  }

  #reopen(afterMs: number): void {
    this.#source?.close()
    this.#set({ isConnected: false })
    this.#heardAt = Date.now()
    clearTimeout(this.#again)
    this.#again = setTimeout(() => this.#open(), afterMs)
  }

  #take(data: string): void {
    const update = JSON.parse(data) as OpenUpdate
    this.#againMs = AGAIN_MS
    setClock(update.now)
    beginMeasure(this.#state.rows ? 'board-update' : 'board-first')
    if (update.isWhole) this.#rows.clear()
    for (const row of update.changed) this.#rows.set(row.alert, row)
    for (const alert of update.gone) this.#rows.delete(alert)
    // Sorted in place: browsers of old workstations have no toSorted.
    const rows = [...this.#rows.values()]
    rows.sort(byTimeLeft)
    this.#set({
      rows,
      counts: update.counts,
      isConnected: true,
      at: update.now,
    })
  }

  #set(change: Partial<LiveState>): void {
    this.#state = { ...this.#state, ...change }
    for (const listener of this.#listeners) listener()
  }
}
