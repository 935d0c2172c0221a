import type { StartTimer } from '../http/index.js'

/** Timers that all end together. */
export class Timers {
  readonly #start: StartTimer
  readonly #running = new Set<() => void>()
  #closed = false

  constructor(start: StartTimer) {
    this.#start = start
  }

  /** Returns how to stop it. Does nothing once they are closed. */
  after(delayMs: number, run: () => void): () => void {
    if (this.#closed) return () => {}
    const stop = () => {
      this.#running.delete(stop)
      cancel()
    }
    const cancel = this.#start(() => {
      this.#running.delete(stop)
      run()
    }, delayMs)
    this.#running.add(stop)
    return stop
  }

  every(delayMs: number, run: () => void): void {
    this.after(delayMs, () => {
      this.every(delayMs, run)
      run()
    })
  }

  close(): void {
    this.#closed = true
    for (const stop of this.#running) stop()
  }
}

/** Ends when the time is over or the signal is aborted; unlike Timers, it may outlive the close of its owner. */
export function pause(start: StartTimer, delayMs: number, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const end = () => {
    cancel()
    signal.removeEventListener('abort', end)
    resolve()
  }
  const cancel = start(end, delayMs)
  signal.addEventListener('abort', end)
  return promise
}

/** Ends when `work` does, or after `mostMs`. */
export async function within(
  start: StartTimer,
  work: Promise<void>,
  mostMs: number,
): Promise<void> {
  const { promise: late, resolve } = Promise.withResolvers<void>()
  const cancel = start(resolve, mostMs)
  await Promise.race([work, late])
  cancel()
}
