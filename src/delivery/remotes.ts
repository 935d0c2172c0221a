import { asCrisisError } from '../messages/index.js'
import type { Operation, Remote } from '../soap/index.js'

/**
 * Makes an operation of a peer callable; rejects as `openRemote` does.
 * @param doubted whether the peer has failed at how it was called before
 */
export type OpenOperation = (
  operation: Operation,
  signal: AbortSignal,
  doubted: boolean,
) => Promise<Remote>

/** A failed call that may mean that the peer's description is no longer what we read. */
const MAY_HAVE_CHANGED: ReadonlySet<string> = new Set([
  'SOAP_FAULT',
  'HTTP_STATUS',
  'REPLY_NOT_SOAP',
  'PEER_REDIRECT',
])

/** The operations of one peer: opened when first needed and kept while they work. */
export class Remotes {
  readonly #open: OpenOperation
  readonly #signal: AbortSignal
  readonly #opened = new Map<Operation, Promise<Remote>>()
  readonly #doubted = new Set<Operation>()

  constructor(open: OpenOperation, signal: AbortSignal) {
    this.#open = open
    this.#signal = signal
  }

  get(operation: Operation): Promise<Remote> {
    const known = this.#opened.get(operation)
    if (known) return known
    const opening = this.#open(operation, this.#signal, this.#doubted.has(operation))
    this.#opened.set(operation, opening)
    opening.catch(() => {
      if (this.#opened.get(operation) === opening) this.#opened.delete(operation)
    })
    return opening
  }

  /** After a failed call: opens the operation anew next time if its description may have changed. */
  failed(operation: Operation, error: unknown): void {
    if (!MAY_HAVE_CHANGED.has(asCrisisError(error).code)) return
    this.#opened.delete(operation)
    this.#doubted.add(operation)
  }
}
