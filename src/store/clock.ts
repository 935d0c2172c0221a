/** Monotonic ms; the same clock in every thread of the process, which `performance.now()` is not. */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint() / 1_000n) / 1_000
}

export interface BackoffOptions {
  /** The first pause, in ms. Default is 250. */
  readonly firstMs?: number
  /** The longest pause, in ms. Default is 10 000. */
  readonly mostMs?: number
}

export const DEFAULT_FIRST_PAUSE_MS = 250
export const DEFAULT_MOST_PAUSE_MS = 10_000

/** Pauses between attempts: each twice the one before. */
export class Backoff {
  readonly #firstMs: number
  readonly #mostMs: number
  #nextMs: number

  constructor(options: BackoffOptions = {}) {
    this.#firstMs = options.firstMs ?? DEFAULT_FIRST_PAUSE_MS
    this.#mostMs = options.mostMs ?? DEFAULT_MOST_PAUSE_MS
    this.#nextMs = this.#firstMs
  }

  /** The next pause, in ms. */
  next(): number {
    const pause = this.#nextMs
    this.#nextMs = Math.min(this.#mostMs, pause * 2)
    return pause
  }

  reset(): void {
    this.#nextMs = this.#firstMs
  }
}

/** When `work` has ended, or after `mostMs`. */
export function soon(work: Promise<unknown>, mostMs: number): Promise<unknown> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise((resolve) => (timer = setTimeout(resolve, mostMs)))
  return Promise.race([work, late]).finally(() => clearTimeout(timer))
}
