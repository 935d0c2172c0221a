import type { Plan } from '../../src/loop/index.js'

/*
 * A naive model of the escalation of one alert: a list of all rounds that are to come, each with its time, from which
 * whatever is due is taken. It knows neither the timer nor how rounds are counted.
 */

export interface ModelRound {
  readonly step: number
  readonly round: number
  at: number
}

export interface ModelFired {
  readonly step: number
  readonly round: number
  readonly rounds: number
  /** When the first of its rounds was due. */
  readonly at: number
}

const HOUR = 60 * 60_000
const HORIZON_MS = 24 * 24 * HOUR

export class EscalationModel {
  #plan: Plan
  #storedAt = 0
  #start = 0
  /** When the last round was due that has fired; the start at first. */
  #latest = 0
  #hasFired = false
  #lastStep = -1
  #stage: 'open' | 'received' | 'processed' | 'cancelled' = 'open'
  #agenda: ModelRound[] = []

  constructor(plan: Plan, now: number) {
    this.#plan = plan
    this.stored(now)
  }

  /** A content has come in that counts. */
  stored(now: number): void {
    this.#storedAt = now
    this.#stage = 'open'
    this.#forget()
    this.#agenda = this.#all()
  }

  received(): void {
    if (this.#stage === 'open') this.#stage = 'received'
    this.#drop()
  }

  processed(): void {
    if (this.#stage !== 'cancelled') this.#stage = 'processed'
    this.#drop()
  }

  cancelled(): void {
    this.#stage = 'cancelled'
    this.#drop()
  }

  /** The site has changed its plan: nothing that was due before what has fired comes any more. */
  planned(plan: Plan): void {
    // Nothing was to come any more, and nothing is kept of what has fired.
    if (this.#agenda.length === 0) this.#forget()
    this.#plan = plan
    const latest = this.#hasFired ? this.#latest : -Infinity
    this.#agenda = this.#all().filter(({ at }) => at > latest)
    this.#lastStep = this.#hasFired
      ? plan.steps.filter(({ afterMs }) => this.#start + afterMs <= latest).length - 1
      : -1
    this.#drop()
  }

  /** Somebody looks at the clock. */
  looked(now: number): readonly ModelFired[] {
    if (this.#isOver) return []
    if (this.#latest > now || this.#start > now) this.#clockSetBack(now)
    const fired: ModelFired[] = []
    while (this.#agenda[0] && this.#agenda[0].at <= now) {
      const { step, round, at } = this.#agenda.shift()!
      const before = fired.at(-1)
      if (before?.step === step) {
        fired.splice(-1, 1, { ...before, round, rounds: before.rounds + 1 })
      } else fired.push({ step, round, rounds: 1, at })
      this.#latest = at
      this.#hasFired = true
      this.#lastStep = step
    }
    return fired
  }

  /** Nobody could be called for a step. */
  nobody(step: number, now: number): void {
    if (this.#lastStep !== step || step === this.#plan.steps.length - 1) return
    const next = step + 1
    const others = this.#agenda.filter((one) => one.step > next)
    const natural = this.#start + this.#plan.steps[next]!.afterMs
    const until = this.#start + (this.#plan.steps[next + 1]?.afterMs ?? Infinity)
    this.#agenda = [...this.#rounds(next, Math.min(natural, now), until), ...others]
  }

  get #isOver(): boolean {
    return this.#stage === 'processed' || this.#stage === 'cancelled'
  }

  get isOpen(): boolean {
    return this.#stage === 'open'
  }

  /** A person who has it is not asked to receive it. */
  #drop(): void {
    this.#agenda = this.#agenda.filter(
      ({ step }) =>
        !this.#isOver &&
        !(this.#stage === 'received' && this.#plan.steps[step]!.until === 'received'),
    )
  }

  #forget(): void {
    this.#start = this.#storedAt
    this.#latest = this.#storedAt
    this.#hasFired = false
    this.#lastStep = -1
  }

  #clockSetBack(now: number): void {
    const by = Math.max(this.#latest, this.#start) - now
    this.#latest -= by
    this.#start -= by
    for (const one of this.#agenda) one.at -= by
  }

  #all(): ModelRound[] {
    const { steps } = this.#plan
    return steps.flatMap(({ afterMs }, step) => {
      const until = this.#start + (steps[step + 1]?.afterMs ?? Infinity)
      return this.#rounds(step, this.#start + afterMs, until)
    })
  }

  #rounds(step: number, from: number, until: number): ModelRound[] {
    const { repeatMs, cap } = this.#plan.steps[step]!
    const isLast = step === this.#plan.steps.length - 1
    const rounds: ModelRound[] = []
    let interval = repeatMs ?? Infinity
    let at = from
    for (let round = 0; round === 0 || at < until; round++) {
      if (at > from + HORIZON_MS) break
      if (cap !== null && round >= cap) {
        if (!isLast) break
      }
      rounds.push({ step, round, at })
      if (repeatMs === null) break
      // The round behind this one would be one too many: it takes twice as long.
      if (cap !== null && round + 1 >= cap) {
        interval = Math.max(repeatMs, Math.min(interval * 2, HOUR))
      }
      at += interval
    }
    return rounds
  }
}
