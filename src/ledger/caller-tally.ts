import type { MetCaller, SeenCaller } from './types.js'

export interface CallerTallyOptions {
  /** Stores what was counted; rejects when that did not work. */
  readonly write: (seen: readonly SeenCaller[]) => Promise<unknown>
  /** A clock that never goes back, in ms. */
  readonly now?: () => number
  /** Calls back once after a while, and returns how to stop that. */
  readonly startTimer?: (run: () => void, ms: number) => () => void
}

/** A form that was not met before is stored after this time; those that come meanwhile share the transaction. */
export const NEW_FORM_MS = 1_000
/** Counts of forms that are known are stored this often; a kill loses them, which harms nobody. */
export const COUNTS_MS = 60_000
/** Of one transaction. No site has as many; what a flood makes up beyond that is not counted. */
export const MOST_FORMS = 200

interface Counted extends Omit<SeenCaller, 'firstAgoMs' | 'lastAgoMs'> {
  readonly firstAt: number
  lastAt: number
  calls: number
}

/** Counts who calls how, in memory: a call costs no transaction, only a new form does. */
export class CallerTally {
  readonly #options: CallerTallyOptions
  readonly #now: () => number
  readonly #counted = new Map<string, Counted>()
  readonly #known = new Set<string>()
  /** The words of a form; calls that are alike bring the same object. */
  readonly #words = new WeakMap<object, string>()
  #due = Infinity
  #stopTimer: (() => void) | undefined
  #writing: Promise<void> | undefined

  constructor(options: CallerTallyOptions) {
    this.#options = options
    this.#now = options.now ?? (() => performance.now())
  }

  note(met: MetCaller): void {
    const { service, remoteAddress, operation } = met
    // None of these can hold a line feed, and this is asked with every call.
    const key = `${service}\n${remoteAddress}\n${operation}\n${this.#wordsOf(met.form)}`
    const at = this.#now()
    const before = this.#counted.get(key)
    if (before) {
      before.calls++
      before.lastAt = at
      return
    }
    if (this.#counted.size >= MOST_FORMS) return
    this.#counted.set(key, {
      service,
      remoteAddress,
      operation,
      form: JSON.stringify(met.form),
      calls: 1,
      firstAt: at,
      lastAt: at,
    })
    this.#writeIn(this.#known.has(key) ? COUNTS_MS : NEW_FORM_MS)
  }

  #wordsOf(form: object): string {
    const known = this.#words.get(form)
    if (known !== undefined) return known
    const words = Object.values(form).join('\n')
    this.#words.set(form, words)
    return words
  }

  /** Stores what was counted so far; what cannot be stored is kept for the next time. */
  async flush(): Promise<void> {
    await this.#writing
    this.#stopTimer?.()
    this.#stopTimer = undefined
    this.#due = Infinity
    if (this.#counted.size === 0) return
    const taken = new Map(this.#counted)
    this.#counted.clear()
    this.#writing = this.#write(taken).finally(() => (this.#writing = undefined))
    await this.#writing
  }

  async #write(taken: ReadonlyMap<string, Counted>): Promise<void> {
    const now = this.#now()
    const seen = [...taken.values()].map(({ firstAt, lastAt, ...one }) => ({
      ...one,
      firstAgoMs: Math.round(now - firstAt),
      lastAgoMs: Math.round(now - lastAt),
    }))
    try {
      await this.#options.write(seen)
      if (this.#known.size + taken.size > MOST_FORMS) this.#known.clear()
      for (const key of taken.keys()) this.#known.add(key)
    } catch {
      // The ledger tells of its troubles itself; here nothing but counts waits.
      for (const [key, one] of taken) this.#putBack(key, one)
      this.#writeIn(COUNTS_MS)
    }
  }

  #putBack(key: string, one: Counted): void {
    const since = this.#counted.get(key)
    this.#counted.set(key, {
      ...one,
      calls: one.calls + (since?.calls ?? 0),
      lastAt: since?.lastAt ?? one.lastAt,
    })
  }

  #writeIn(ms: number): void {
    const due = this.#now() + ms
    if (due >= this.#due) return
    this.#due = due
    this.#stopTimer?.()
    this.#stopTimer = (this.#options.startTimer ?? startTimer)(() => void this.flush(), ms)
  }
}

function startTimer(run: () => void, ms: number): () => void {
  const timer = setTimeout(run, ms)
  timer.unref()
  return () => clearTimeout(timer)
}
