import { asCrisisError } from '../messages/index.js'
import type { Operation, Remote } from '../soap/index.js'
import { backoffMs } from './backoff.js'
import type { Timers } from './courier-timers.js'

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

/** Intervals at which a description that could not be had is asked for again. */
const LOOK = { baseMs: 10_000, maxMs: 30 * 60_000 } as const

export interface RemotesOptions {
  readonly open: OpenOperation
  readonly signal: AbortSignal
  readonly timers: Timers
  readonly random: () => number
}

/**
 * The operations of one peer: opened when first needed and kept while they work. One that follows an old description is
 * opened anew beside the deliveries, at growing intervals, until the peer has a description again.
 */
export class Remotes {
  readonly #options: RemotesOptions
  readonly #opened = new Map<Operation, Promise<Remote>>()
  readonly #doubted = new Set<Operation>()

  #looks = 0
  #willLook = false

  constructor(options: RemotesOptions) {
    this.#options = options
  }

  get(operation: Operation): Promise<Remote> {
    const known = this.#opened.get(operation)
    if (known) return known
    const opening = this.#open(operation)
    this.#opened.set(operation, opening)
    opening.then(
      (remote) => {
        if (isOld(remote)) this.#lookLater()
      },
      () => {
        if (this.#opened.get(operation) === opening) this.#opened.delete(operation)
      },
    )
    return opening
  }

  #open(operation: Operation): Promise<Remote> {
    const { open, signal } = this.#options
    return open(operation, signal, this.#doubted.has(operation))
  }

  #lookLater(): void {
    if (this.#willLook) return
    this.#willLook = true
    const { timers, random } = this.#options
    timers.after(backoffMs(this.#looks++, random, LOOK), () => void this.#look())
  }

  /** Never rejects: what is open serves until there is something better. */
  async #look(): Promise<void> {
    for (const [operation, opened] of this.#opened) {
      const before = await opened.catch(() => undefined)
      if (!before || !isOld(before)) continue
      const remote = await this.#open(operation).catch(() => before)
      // A call may have failed meanwhile, after which it was opened anew.
      if (this.#opened.get(operation) === opened)
        this.#opened.set(operation, Promise.resolve(remote))
    }
    this.#willLook = false
    const all = await Promise.all(
      [...this.#opened.values()].map((one) => one.catch(() => undefined)),
    )
    if (all.some((remote) => remote && isOld(remote))) this.#lookLater()
    else this.#looks = 0
  }

  /** After a failed call: opens the operation anew next time if its description may have changed. */
  failed(operation: Operation, error: unknown): void {
    if (!MAY_HAVE_CHANGED.has(asCrisisError(error).code)) return
    this.#opened.delete(operation)
    this.#doubted.add(operation)
  }
}

const isOld = ({ description }: Remote): boolean => description.source === 'kept'
