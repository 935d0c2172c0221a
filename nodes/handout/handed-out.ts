import type { Owed } from '../../src/ledger/index.js'
import type { CrisisContext } from '../face/index.js'
import { INSTANCE, type Store } from '../store/index.js'

/** Time for which an instance has a message to itself; renewed while the flow may still lose the message. */
export const OWED_LEASE_MS = 45_000
const RENEW_MS = 15_000
const TICK_MS = 1_000

/** Most messages that are watched at a time. Beyond that the oldest count as given before their time. */
const MOST_GIVEN = 10_000

/** Pause before a message is handed out again that an `out` node could not store; doubled each time. */
const HELD_MS = 2_000
const MOST_HELD_MS = 5 * 60_000

/** A message that a flow has and may still lose. */
interface Given {
  readonly store: Store
  /** The node that has handed it out. */
  readonly target: string
  readonly id: number
  readonly token: string
  /** Times that it was handed out before. */
  readonly handed: number
  /** The flow leads straight to an `out` node: with its commit the flow is done. */
  isStraight: boolean
  /** The flow was asked something: without an answer in time the message comes again. */
  readonly isAsked: boolean
  /** The ledger did not take what an `out` node was given: to be handed out again from then on; null = it did. */
  heldUntil: number | null
  /** On the monotonic clock, in ms. */
  readonly settleAt: number
  renewAt: number
  /** Sent in this turn, and has not reached the next node yet. */
  underWay: boolean
}

const LEASE = `${INSTANCE}/`

/**
 * The messages that flows have been given. A message is owed until a node of ours has taken it over, or until its grace is
 * over; given back before, it is handed out again. One for the process: a redeploy must find what was given.
 */
class GivenMessages {
  readonly #all = new Map<string, Given>()
  #timer: NodeJS.Timeout | undefined
  #ticking = false
  #givingBack: Promise<unknown> = Promise.resolve()

  /**
   * Returns what the message is known by, to be carried along in it.
   * @param answerMs time within which an `out` node must have taken over the answer of the flow; an answer that comes
   * after it finds its token spent. Absent = the flow is asked nothing
   */
  add(
    store: Store,
    target: string,
    { id, handed }: Owed,
    graceMs: number,
    answerMs?: number,
  ): string {
    const key = keyOf(store, id)
    const isAsked = answerMs !== undefined
    const token = isAsked ? `${key}${ASKED}` : key
    const now = performance.now()
    const given: Given = {
      store,
      target,
      id,
      token,
      handed,
      // Only the commit of an `out` node is an answer.
      isStraight: isAsked,
      isAsked,
      heldUntil: isAsked ? now + answerMs : null,
      settleAt: now + graceMs,
      renewAt: now + RENEW_MS,
      underWay: true,
    }
    this.#all.set(key, given)
    // Node-RED hands it to the next node in the same way, just before.
    setImmediate(() => {
      given.underWay = false
    })
    this.#timer ??= setInterval(() => void this.#tick(), TICK_MS).unref()
    return token
  }

  has(store: Store, id: number): boolean {
    return this.#all.has(keyOf(store, id))
  }

  /** The flow of a message leads straight to an `out` node. */
  leadsStraight(token: string): void {
    const given = this.#byToken(token)
    if (given) given.isStraight = true
  }

  /** The message of this ledger that a token stands for; undefined for any other. */
  find(store: Store, token: unknown): Pick<Given, 'id' | 'isStraight'> | undefined {
    const given = this.#byToken(token)
    return given?.store === store ? given : undefined
  }

  /** @param token as a flow has left it */
  #byToken(token: unknown): Given | undefined {
    if (typeof token !== 'string') return undefined
    const given = this.#all.get(token.replace(ASKED, ''))
    return given?.token === token ? given : undefined
  }

  /**
   * The ledger did not take what an `out` node was given of a message that was accepted: it is handed out again, after a
   * pause and as soon as the ledger takes that.
   */
  hold(store: Store, id: number): void {
    const given = this.#all.get(keyOf(store, id))
    if (!given) return
    given.heldUntil = performance.now() + Math.min(HELD_MS * 2 ** given.handed, MOST_HELD_MS)
  }

  /** It was taken over, and that is on record already. */
  forget(store: Store, id: number): void {
    this.#all.delete(keyOf(store, id))
  }

  /** The flow has said what became of it. */
  settle(store: Store, id: number): void {
    const given = this.#all.get(keyOf(store, id))
    if (given) void this.#settle(store, [given])
  }

  /** Gives back what flows, or the one of a node, may not have come to an end with. Resolves when that is done. */
  giveBack(target?: string): Promise<unknown> {
    const now = performance.now()
    const back = [...this.#all.values()].filter(
      (given) => target === undefined || given.target === target,
    )
    const work = byStore(back).map(async ([store, list]) => {
      for (const { id } of list) this.forget(store, id)
      const done = list.filter(
        ({ settleAt, underWay, heldUntil }) => settleAt <= now && !underWay && heldUntil === null,
      )
      const rest = list.filter((given) => !done.includes(given))
      await Promise.all([
        this.#settle(store, done),
        this.#release(store, rest, true),
        this.#release(store, rest, false),
      ])
      for (const node of new Set(rest.map((given) => given.target))) {
        store.ledger.hint(`owed/${node}`)
      }
    })
    return (this.#givingBack = Promise.all([this.#givingBack, ...work]))
  }

  async #release(store: Store, list: readonly Given[], unseen: boolean): Promise<void> {
    const ids = idsOf(list.filter(({ underWay }) => underWay === unseen))
    if (ids.length === 0) return
    // Should this fail, they are free when their lease is over.
    await store.ledger.run('giveBackHandouts', { ids, lease: LEASE, unseen }).catch(() => {})
  }

  /** To be handed out again; tried with each tick until the ledger takes it. */
  async #handBack(store: Store, list: readonly Given[]): Promise<void> {
    if (list.length === 0) return
    try {
      const ids = idsOf(list)
      await store.ledger.run('giveBackHandouts', { ids, lease: LEASE, unseen: false })
    } catch {
      return
    }
    for (const { id } of list) this.forget(store, id)
    for (const node of new Set(list.map(({ target }) => target))) store.ledger.hint(`owed/${node}`)
  }

  async #settle(store: Store, list: readonly Given[]): Promise<void> {
    if (list.length === 0) return
    try {
      await store.ledger.run('settleHandout', { ids: idsOf(list), lease: LEASE })
      for (const { id } of list) this.forget(store, id)
    } catch {
      // Tried again with the next tick.
    }
  }

  async #renew(store: Store, list: readonly Given[], now: number): Promise<void> {
    if (list.length === 0) return
    for (const given of list) given.renewAt = now + RENEW_MS
    await store.ledger
      .run('renewHandouts', { ids: idsOf(list), lease: LEASE, leaseMs: OWED_LEASE_MS })
      .catch(() => {})
  }

  async #tick(): Promise<void> {
    if (this.#ticking) return
    this.#ticking = true
    const now = performance.now()
    const watched = [...this.#all.values()].filter(({ underWay }) => !underWay)
    const all = watched.filter(({ heldUntil }) => heldUntil === null)
    const early = new Set(all.slice(0, Math.max(0, all.length - MOST_GIVEN)))
    await Promise.all(
      byStore(watched).map(async ([store, list]) => {
        const isDone = (given: Given): boolean => given.settleAt <= now || early.has(given)
        if (store.ledger.engine.state === 'closed') {
          for (const { id } of list) this.forget(store, id)
          return
        }
        const inFlow = list.filter(({ heldUntil }) => heldUntil === null)
        await this.#settle(store, inFlow.filter(isDone))
        const staying = list.filter(
          (given) => given.isAsked || (given.heldUntil === null && !isDone(given)),
        )
        const fading = staying.filter(({ renewAt }) => renewAt <= now)
        await this.#renew(store, fading, now)
        await this.#handBack(
          store,
          list.filter(({ heldUntil }) => heldUntil !== null && heldUntil <= now),
        )
      }),
    )
    if (this.#all.size === 0) {
      clearInterval(this.#timer)
      this.#timer = undefined
    }
    this.#ticking = false
  }
}

export const given = new GivenMessages()

/**
 * True for the answer of a flow that comes after its time: the roster has answered instead, and the message must page
 * nobody.
 */
export const isLateAnswer = (store: Store, { ask, owed }: CrisisContext): boolean =>
  ask === true && given.find(store, owed) === undefined

const keyOf = (store: Store, id: number): string => `${store.key}/${id}`

/** Ends the token of a message that asks something: the message that comes without an answer has another one. */
const ASKED = '/asked'

const idsOf = (list: readonly Given[]): readonly number[] => list.map(({ id }) => id)

const byStore = (list: readonly Given[]): readonly (readonly [Store, readonly Given[]])[] => [
  ...Map.groupBy(list, ({ store }) => store),
]
