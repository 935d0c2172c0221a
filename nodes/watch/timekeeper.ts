import type { DueTimers, Ledger } from '../../src/ledger/index.js'
import type { Face } from '../face/index.js'
import type { Store } from '../store/index.js'

/** Interval at which timers that another instance, or a new critical value, has set are looked for. */
const POLL_MS = 1_000
/** Alerts whose timers are fired at a time. */
const BATCH = 64

export interface TimekeeperOptions {
  readonly face: Face
  readonly store: Store
  /** As JSON. */
  readonly rules: string
  /** Called with what was found, each time that is looked. */
  readonly seen: (due: DueTimers) => void
  /** Called with the number of alerts that are too old for a watch that has just begun. */
  readonly outOfReach: (count: number) => void
}

/**
 * Fires the timers of a watch: at the minute, and after a time in which nobody could, at once. Several instances may do
 * so for one watch; the ledger sees to it that each step is fired by one of them.
 */
export class Timekeeper {
  readonly #options: TimekeeperOptions
  readonly #ledger: Ledger
  #timer: NodeJS.Timeout | undefined
  #begun = false
  #closed = false
  #work: Promise<void> = Promise.resolve()

  constructor(options: TimekeeperOptions) {
    this.#options = options
    this.#ledger = options.store.ledger
  }

  start(): void {
    this.#timer = undefined
    this.#work = this.#run()
  }

  /** Looks now, because a step has become due; while it looks, the next look is soon enough. */
  hurry(): void {
    if (this.#closed || !this.#timer) return
    clearTimeout(this.#timer)
    this.start()
  }

  async close(): Promise<void> {
    this.#closed = true
    clearTimeout(this.#timer)
    await this.#work
  }

  /** Never rejects: a ledger that does not work is shown as such, and it is looked again. */
  async #run(): Promise<void> {
    let waitMs = POLL_MS
    try {
      if (!this.#begun) await this.#begin()
      const due = await this.#fireDue()
      if (due?.nextAt != null) waitMs = Math.min(POLL_MS, Math.max(0, due.nextAt - due.now))
    } catch {
      // Tried again with the next look.
    }
    if (this.#closed) return
    this.#timer = setTimeout(() => this.start(), waitMs).unref()
  }

  get #who() {
    const { face, store } = this.#options
    return { actor: store.actor(face), target: face.id }
  }

  /** Brings all open alerts into line with rules that are new. */
  async #begin(): Promise<void> {
    const { rules } = this.#options
    const isToArm = await this.#ledger.run('beginWatch', { ...this.#who, rules })
    if (isToArm) await this.#armAll()
    this.#begun = true
  }

  async #armAll(): Promise<void> {
    const target = this.#options.face.id
    let after = 0
    let old = 0
    for (;;) {
      const page = await this.#ledger.run('openAlertNumbers', { after })
      const armed = await Promise.all(
        page.map((alert) => this.#ledger.run('armAlert', { target, alert })),
      )
      old += armed.filter((one) => one === 'outOfReach').length
      const last = page.at(-1)
      if (this.#closed) return
      if (last === undefined) break
      after = last
    }
    await this.#ledger.run('endArming', { target, rules: this.#options.rules })
    if (old > 0) this.#options.outOfReach(old)
  }

  async #fireDue(): Promise<DueTimers | undefined> {
    for (;;) {
      const due = await this.#ledger.run('dueTimers', {
        target: this.#options.face.id,
        limit: BATCH,
      })
      if (this.#closed) return undefined
      // Another instance without this node has ended the watch: it begins anew.
      if (!due.isWatching) this.#begun = false
      this.#options.seen(due)
      const who = this.#who
      await Promise.all(due.alerts.map((alert) => this.#ledger.run('fireTimer', { ...who, alert })))
      if (due.alerts.length < BATCH) return due
    }
  }
}
