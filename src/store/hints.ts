type Listener = (topic: string) => void

/** The listeners of this process that want to hear of work. */
export class Hints {
  readonly #listeners = new Set<Listener>()

  on(listener: Listener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Not before the caller has come to its end: who gives a hint must not run what it sets off. */
  send(topic: string): void {
    queueMicrotask(() => {
      for (const listener of this.#listeners) listener(topic)
    })
  }
}
