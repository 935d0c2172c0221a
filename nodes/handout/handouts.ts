import type { Owed } from '../../src/ledger/index.js'
import type { Face } from '../face/index.js'
import type { Store } from '../store/index.js'
import { given, OWED_LEASE_MS } from './handed-out.js'
import { forgetIntakes } from './in-flows.js'
import { watchUnclaimed } from './unclaimed.js'

/** Time in which a flow has to act on an outcome before that counts as given; `in` nodes have a setting. */
export const OUTCOME_GRACE_MS = 30_000

/** Hints can be lost, and a dead instance gives none: the interval at which a node looks for itself. */
const POLL_MS = 5_000

const BATCH = 20

/** Past that their lease is over anyway. */
const FREE_TRIES = 20
const FREE_PAUSE_MS = 2_000

/** A flow whose messages all fail tells of so many. */
const MOST_FAILED = 100

/** All nodes share the two listeners: Node-RED warns of a leak when there are more than ten. */
const handing = new Set<HandingOut>()
let stopListening = (): void => {}
let stopping = false

/** Any deploy may take away a node that has a message: what is not known to be safe is handed out again. */
const onStopping = (): void => {
  stopping = true
  forgetIntakes()
  void given.giveBack()
}

const onStarted = (): void => {
  stopping = false
  forgetIntakes()
  for (const one of handing) one.look()
}

/** A message that is ready for its flow. */
export interface ReadyHandout {
  readonly owed: Owed
  /** Time within which the flow is to answer, in ms; absent = it is asked nothing. */
  readonly answerMs?: number
}

/** Makes a message ready for its flow just before it is handed out; null = it was settled instead. Never rejects. */
export type PrepareHandout = (owed: Owed) => Promise<ReadyHandout | null>

const asItIs: PrepareHandout = (owed) => Promise.resolve({ owed })

/** Sends a message; `token` is what it is known by until it is settled. */
export type SendHandout = (owed: Owed, token: string) => void

/**
 * Hands out what the ledger owes to a node's flow: after a restart, after another instance died, and whatever
 * was not handed over at once. Starts when the flows have started, so that the nodes behind are there.
 */
export class HandingOut {
  readonly #face: Face
  readonly #store: Store
  readonly #graceMs: number
  readonly #send: SendHandout
  readonly #prepare: PrepareHandout
  readonly #timer: NodeJS.Timeout
  readonly #stopUnclaimed: () => void
  readonly #stopHints: () => void
  /** Told once for each message: it is tried again for as long as it is owed. */
  readonly #failed = new Set<number>()
  #closed = false
  #busy = false
  #again = false

  /** @param graceMs how long a message may still be lost with its flow */
  constructor(
    face: Face,
    store: Store,
    graceMs: number,
    send: SendHandout,
    prepare: PrepareHandout = asItIs,
  ) {
    this.#face = face
    this.#store = store
    this.#graceMs = graceMs
    this.#send = send
    this.#prepare = prepare
    this.#timer = setInterval(() => this.look(), POLL_MS).unref()
    if (handing.size === 0) {
      const stops = [
        face.runtime.on('flows:stopping', onStopping),
        face.runtime.on('flows:started', onStarted),
      ]
      stopListening = () => stops.forEach((stop) => stop())
    }
    handing.add(this)
    this.#stopUnclaimed = watchUnclaimed(face, store)
    this.#stopHints = store.ledger.onHint((hint) => {
      if (hint === `owed/${face.id}`) this.look()
    })
  }

  /**
   * Gives the flow a message of which this process has the lease. False when the flows are just being stopped:
   * Node-RED drops what is sent then, so it waits for the node that follows.
   */
  give(owed: Owed, answerMs?: number): boolean {
    if (this.#closed || stopping) {
      const { id, lease } = owed
      // Should this fail, it is free when the lease is over.
      this.#store.ledger.run('giveBackHandouts', { ids: [id], lease, unseen: true }).then(
        () => this.#store.ledger.hint(`owed/${this.#face.id}`),
        () => {},
      )
      return false
    }
    try {
      this.#send(owed, given.add(this.#store, this.#face.id, owed, this.#graceMs, answerMs))
    } catch (thrown) {
      // It stays owed, and comes again when its lease is over.
      given.forget(this.#store, owed.id)
      this.#tell(owed, thrown)
    }
    return true
  }

  /**
   * A call was told that it failed, and may be stored all the same: its messages are for whoever asks next, and not
   * first at the end of its lease.
   */
  free(lease: string): void {
    void this.#free(lease)
  }

  look(): void {
    void this.#look()
  }

  /** Gives back what may not have come to an end; bounded by the patience of the ledger. */
  async close(): Promise<void> {
    this.#closed = true
    clearInterval(this.#timer)
    this.#stopHints()
    this.#stopUnclaimed()
    handing.delete(this)
    if (handing.size === 0) stopListening()
    await given.giveBack(this.#face.id)
  }

  #tell({ id }: Owed, thrown: unknown): void {
    if (this.#failed.has(id) || this.#failed.size >= MOST_FAILED) return
    this.#failed.add(id)
    this.#face.fail(thrown)
  }

  /** The ledger may be away for a while, which is how it came to be unknown. */
  async #free(lease: string): Promise<void> {
    const { ledger } = this.#store
    for (let n = 0; n < FREE_TRIES; n++) {
      if (this.#closed) return
      try {
        if ((await ledger.run('freeCall', { lease })) > 0) ledger.hint(`owed/${this.#face.id}`)
        return
      } catch {
        await new Promise((resolve) => setTimeout(resolve, FREE_PAUSE_MS).unref())
      }
    }
  }

  #take(): Promise<readonly Owed[]> {
    const args = { target: this.#face.id, leaseMs: OWED_LEASE_MS, limit: BATCH }
    return this.#store.ledger.run('takeHandouts', { ...args, lease: this.#store.lease() })
  }

  async #look(): Promise<void> {
    if (this.#closed || stopping || this.#store.ledger.engine.state !== 'ready') return
    if (this.#busy) {
      this.#again = true
      return
    }
    this.#busy = true
    try {
      do {
        this.#again = false
        const list = await this.#take()
        if (list.length === BATCH) this.#again = true
        for (const owed of list) {
          // Its lease ran out while the ledger was away: the flow has it all the same.
          if (given.has(this.#store, owed.id)) continue
          const ready = await this.#prepare(owed)
          if (ready && !this.give(ready.owed, ready.answerMs)) this.#again = false
        }
      } while (this.#again)
    } catch {
      // The ledger shows its own state; the next look tries again.
    } finally {
      this.#busy = false
    }
  }
}
