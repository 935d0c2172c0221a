import type { PageClass } from '../../src/loop/index.js'

/*
 * A naive model of one page: it writes down what each channel has said and reads the rules of house off that list. It
 * knows neither the rows nor the counters of the ledger.
 */

const SECOND = 1_000
const WAITS = [2, 5, 15, 30]

export class PageModel {
  state: 'waiting' | 'accepted' | 'failed' = 'waiting'
  channel = 0
  at: number
  readonly #channels: number
  readonly #isLastStep: boolean
  #said: PageClass[] = []

  constructor(channels: number, isLastStep: boolean, at: number) {
    this.#channels = channels
    this.#isLastStep = isLastStep
    this.at = at
  }

  /** @param isOurs we have ended the attempt ourselves, so that nothing is waited for */
  heard(verdict: PageClass, isOurs: boolean, now: number): void {
    this.#said.push(verdict)
    const unknown = this.#said.filter((one) => one === 'unknown').length
    const isLastChannel = this.channel === this.#channels - 1
    const nobodyElse = isLastChannel && this.#isLastStep
    if (verdict === 'accepted') this.state = 'accepted'
    else if (verdict === 'refused') this.#next(now)
    else if (verdict === 'unknown' && unknown > 1) this.#next(now)
    else if (verdict === 'retry' && this.#said.length > 4 && !nobodyElse) this.#next(now)
    else {
      const wait = WAITS[Math.min(this.#said.length, WAITS.length) - 1] ?? 0
      this.at = isOurs ? now : now + wait * SECOND
    }
  }

  #next(now: number): void {
    this.#said = []
    this.at = now
    this.channel++
    if (this.channel === this.#channels) this.state = 'failed'
  }
}
