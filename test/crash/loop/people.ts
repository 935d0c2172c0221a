import { between, pause } from '../random.js'
import type { LoopInstance } from './instance.js'
import type { ActOf, Request } from './words.js'

/** Something that was answered as counted, and when. */
export interface Counted {
  readonly exam: string
  readonly act: ActOf
  readonly answeredAt: number
}

const EVERY_MS = { least: 100, most: 300 }
const LONGEST_THINKING_MS = 2_500
const AGAIN_MS = 50

/** The acts of people on a critical value, in that order. Many do nothing at all. */
const FATES: readonly (readonly ActOf[])[] = [
  [],
  [],
  ['received'],
  ['received'],
  ['processed'],
  ['received', 'processed'],
  ['refused'],
  ['refused', 'received', 'processed'],
]

/** A PACS that sends critical values, and people who react to them or do not; both ask until they are answered. */
export class People {
  readonly stored: string[] = []
  readonly counted: Counted[] = []
  readonly #instances: readonly LoopInstance[]
  readonly #random: () => number
  readonly #lives: Promise<void>[] = []
  #exams = 0
  #isStopped = false
  #feeding: Promise<void> = Promise.resolve()

  constructor(instances: readonly LoopInstance[], random: () => number) {
    this.#instances = instances
    this.#random = random
  }

  start(): void {
    this.#feeding = this.#feed()
  }

  /** Resolves when all that was begun is done. */
  async stop(): Promise<void> {
    this.#isStopped = true
    await this.#feeding
    await Promise.all(this.#lives)
  }

  async #feed(): Promise<void> {
    while (!this.#isStopped) {
      this.#lives.push(this.#live(String(++this.#exams).padStart(8, '0')))
      await pause(between(this.#random, EVERY_MS.least, EVERY_MS.most))
    }
  }

  async #live(exam: string): Promise<void> {
    const fate = FATES[between(this.#random, 0, FATES.length)] ?? []
    await this.#ask({ kind: 'store', exam })
    this.stored.push(exam)
    for (const act of fate) {
      await pause(between(this.#random, 0, LONGEST_THINKING_MS))
      const why = await this.#ask({ kind: 'act', exam, act, at: Date.now() })
      // An act that was committed and not answered is known when it is asked once more.
      if (why !== null && why !== 'known') throw new Error(`${exam} ${act}: ${why}`)
      this.counted.push({ exam, act, answeredAt: Date.now() })
    }
  }

  async #ask(request: Request): Promise<string | null> {
    for (;;) {
      const ready = this.#instances.filter(({ isReady }) => isReady)
      const one = ready[between(this.#random, 0, ready.length)]
      const why = one ? await one.ask(request) : 'failed'
      if (why !== 'failed') return why
      await pause(AGAIN_MS)
    }
  }
}
