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
