import { Session } from 'node:inspector'

const GUIDING = /\/dist\/src\//

/** Which blocks of the code run, as V8 counts them for its profiler. */
export class Coverage {
  readonly #session = new Session()
  readonly #seen = new Set<string>()

  start(): void {
    this.#session.connect()
    this.#session.post('Profiler.enable')
    this.#session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true })
  }

  stop(): void {
    this.#session.disconnect()
  }

  /** How many blocks have run at all. */
  get size(): number {
    return this.#seen.size
  }

  /** The blocks that have run since the last time and never had before. */
  take(): readonly string[] {
    const added = this.#ran().filter((block) => !this.#seen.has(block))
    for (const block of added) this.#seen.add(block)
    return added
  }

  /** Those of some blocks that have run since the last time. */
  among(blocks: ReadonlySet<string>): readonly string[] {
    return this.#ran().filter((block) => blocks.has(block))
  }

  #ran(): readonly string[] {
    const blocks: string[] = []
    // The session is of this thread, so the answer is there before `post` returns.
    this.#session.post('Profiler.takePreciseCoverage', (error, answer) => {
      for (const { url, functions } of error ? [] : answer.result) {
        if (!GUIDING.test(url)) continue
        for (const { startOffset, endOffset, count } of functions.flatMap(({ ranges }) => ranges)) {
          if (count > 0) blocks.push(`${url}:${startOffset}-${endOffset}`)
        }
      }
    })
    return blocks
  }
}
