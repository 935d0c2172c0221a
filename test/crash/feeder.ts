import { callWith, CRISIS, crisisXml } from '../support/calls.js'
import { between, pause } from './random.js'

/** How one document is known to the feeder and the recorder. */
export const nameOf = (exam: string, memo: string): string => `${exam}/${memo}`

export const memoOf = (revision: number): string => `第${revision}版`

export const revisionOf = (memo: string): number => Number(/\d+/.exec(memo)?.[0])

const MOST_REVISIONS = 3
const RETRY_MS = { least: 50, most: 250 }
const CALL_LIMIT_MS = 8_000

export interface FeederOptions {
  /** The addresses of the service, of which any can be called. */
  readonly urls: readonly string[]
  readonly random: () => number
  /** Exams that are fed at a time. */
  readonly lanes: number
  /** The longest pause between two documents of an exam, in ms. */
  readonly pauseMs: number
  /** The number of the first exam. Default is 1. */
  readonly firstExam?: number
  /** Is told of each document that was answered 0, as it is. */
  readonly onAcknowledged?: (name: string) => void
}

/**
 * A PACS that sends again until it is answered 0: exam by exam, each with a critical value and up to two
 * corrections, the next one only when the one before was answered.
 */
export class Feeder {
  /** The documents that were answered 0, in that order. */
  readonly acknowledged: string[] = []
  readonly #options: FeederOptions
  #exams: number
  #calls = 0
  #stopped = false
  #lanes: Promise<unknown> = Promise.resolve()

  constructor(options: FeederOptions) {
    this.#options = options
    this.#exams = (options.firstExam ?? 1) - 1
  }

  /** How often it has called, successful or not. */
  get calls(): number {
    return this.#calls
  }

  start(): void {
    const lanes = Array.from({ length: this.#options.lanes }, () => this.#lane())
    this.#lanes = Promise.all(lanes)
  }

  /** Resolves when what is under way is answered, so it needs a service that works. */
  async stop(): Promise<void> {
    this.#stopped = true
    await this.#lanes
  }

  async #lane(): Promise<void> {
    const { random, pauseMs } = this.#options
    while (!this.#stopped) {
      const exam = String(++this.#exams).padStart(8, '0')
      const revisions = between(random, 1, MOST_REVISIONS + 1)
      for (let revision = 1; revision <= revisions && !this.#stopped; revision++) {
        const memo = memoOf(revision)
        await this.#send(exam, memo)
        this.acknowledged.push(nameOf(exam, memo))
        this.#options.onAcknowledged?.(nameOf(exam, memo))
        await pause(between(random, 0, pauseMs))
      }
    }
  }

  async #send(exam: string, memo: string): Promise<void> {
    const { random, urls } = this.#options
    const document = crisisXml({ ...CRISIS, ExamNo: exam, ApplyNo: exam, CrisisMemo: memo })
    for (;;) {
      this.#calls++
      const url = urls[between(random, 0, urls.length)] ?? ''
      const answer = await Promise.race([
        callWith(url, 'SynCrisisInfo', document).catch(() => undefined),
        pause(CALL_LIMIT_MS),
      ])
      if (answer && answer.status === 200 && answer.code === '0') return
      await pause(between(random, RETRY_MS.least, RETRY_MS.most))
    }
  }
}
