import { randomUUID } from 'node:crypto'
import { HttpError } from '../errors.js'
import type { Answer } from './hosted.js'
import { startTimer, type StartTimer } from '../timers.js'

/** Number of ids of ended calls that are remembered, to tell a late answer from a wrong one. */
export const MAX_ENDED_CALLS = 10_000

export interface WaitingCall {
  /** Travels with the message, so that the message stays clonable. */
  readonly id: string
  /** Rejects with HttpError ANSWER_LATE when the limit is over. */
  readonly answer: Promise<Answer>
}

interface Waiting {
  readonly settle: (answer: Answer) => void
  readonly stopTimer: () => void
}

/** Calls that wait for the flow to answer them. */
export class WaitingCalls {
  readonly #startTimer: StartTimer
  readonly #waiting = new Map<string, Waiting>()
  /** In the order in which they ended, so that the oldest is forgotten first. */
  readonly #ended = new Set<string>()

  constructor(options: { readonly startTimer?: StartTimer } = {}) {
    this.#startTimer = options.startTimer ?? startTimer
  }

  get size(): number {
    return this.#waiting.size
  }

  open(limitMs: number): WaitingCall {
    const id = randomUUID()
    const answer = new Promise<Answer>((resolve, reject) => {
      const stopTimer = this.#startTimer(() => {
        this.#end(id)
        reject(late(limitMs))
      }, limitMs)
      this.#waiting.set(id, { settle: resolve, stopTimer })
    })
    // Whoever opened the call may be gone when the limit is over; that must not end the process.
    answer.catch(() => {})
    return { id, answer }
  }

  /** `late`: the call has ended, be it answered before, out of time or closed. */
  answer(id: string, answer: Answer): 'answered' | 'late' | 'unknown' {
    const waiting = this.#waiting.get(id)
    if (!waiting) return this.#ended.has(id) ? 'late' : 'unknown'
    this.#end(id)
    waiting.settle(answer)
    return 'answered'
  }

  /** Gives all waiting calls the same answer, as before a redeploy. */
  closeAll(answer: Answer): void {
    for (const id of this.#waiting.keys()) this.answer(id, answer)
  }

  #end(id: string): void {
    this.#waiting.get(id)?.stopTimer()
    this.#waiting.delete(id)
    this.#ended.add(id)
    if (this.#ended.size <= MAX_ENDED_CALLS) return
    const [oldest] = this.#ended
    if (oldest !== undefined) this.#ended.delete(oldest)
  }
}

const late = (limitMs: number): HttpError =>
  new HttpError(
    'ANSWER_LATE',
    {
      zh: `流程在 ${limitMs / 1000} 秒内没有应答，请稍后重发`,
      en: `The flow gave no answer within ${limitMs / 1000} s; send again in a moment`,
    },
    '503',
  )
