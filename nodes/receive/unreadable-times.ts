import type { Face } from '../face/index.js'
import type { Store } from '../store/index.js'

/** Interval of the look whether an alert is still open, while there are any. */
const LOOK_MS = 30_000

/** More open alerts than these are looked at by people one by one. */
const MOST = 1000

/** Shows at a node how many alerts are open because feedback on them has a time that cannot be read. */
export class UnreadableTimes {
  readonly #face: Face
  readonly #store: Store
  #count = 0
  #timer: NodeJS.Timeout | undefined
  #closed = false

  constructor(face: Face, store: Store) {
    this.#face = face
    this.#store = store
  }

  /** True when there were any when it was looked last. */
  get any(): boolean {
    return this.#count > 0
  }

  async look(): Promise<void> {
    clearTimeout(this.#timer)
    try {
      const open = await this.#store.ledger.run('openAlerts', { limit: MOST })
      this.#count = open.filter(({ timeUnreadable }) => timeUnreadable).length
    } catch {
      // A ledger that does not work is shown as that; it is looked again.
    }
    if (this.#closed) return
    const { any } = this
    const condition = any ? ({ word: 'timeUnreadable', count: this.#count } as const) : null
    this.#face.show('time', condition)
    if (any) this.#timer = setTimeout(() => void this.look(), LOOK_MS).unref()
  }

  close(): void {
    this.#closed = true
    clearTimeout(this.#timer)
  }
}
