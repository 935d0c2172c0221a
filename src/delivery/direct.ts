import type { Reason, ReplyRules } from '../messages/index.js'
import type { Delivery, Errand } from './delivery.js'
import { outcomeOfError, outcomeOfReply, type Outcome } from './outcome.js'
import { Remotes, type OpenOperation } from './remotes.js'

export interface DirectDeliveryOptions {
  /** Makes an operation of the peer callable; asked when first needed, and again after it failed. */
  readonly open: OpenOperation
  /** How the peer's answers are read. Default is success by an XML code of exactly `0` only. */
  readonly rules?: ReplyRules
  /** Most errands in flight at a time. Default is 4. */
  readonly parallel?: number
  /** How long `close` lets errands in flight end by themselves, in ms; at most 2 000. Default is 1 500. */
  readonly closeGraceMs?: number
}

export const DEFAULT_PARALLEL = 4
export const DEFAULT_CLOSE_GRACE_MS = 1_500
const MAX_CLOSE_MS = 2_000

interface Task {
  readonly errand: Errand
  readonly end: (outcome: Outcome) => void
}

/**
 * Delivery without a memory: each errand is tried once. Lanes are served in parallel, each strictly in order,
 * so that a revision never overtakes what it revises.
 */
export class DirectDelivery implements Delivery {
  readonly #rules: ReplyRules
  readonly #parallel: number
  readonly #closeGraceMs: number
  readonly #remotes: Remotes
  /** By lane, what is still to be started; a lane with an errand in flight is here even when empty. */
  readonly #lanes = new Map<string, Task[]>()
  /** Lanes that have something to start and nothing in flight, in the order in which they came to it. */
  readonly #ready: string[] = []
  readonly #inFlight = new Set<Task>()
  readonly #stop = new AbortController()
  #waiting = 0
  #closing: Promise<void> | undefined
  #idle: (() => void) | undefined

  constructor(options: DirectDeliveryOptions) {
    this.#remotes = new Remotes(options.open, this.#stop.signal)
    this.#rules = options.rules ?? {}
    this.#parallel = Math.max(1, options.parallel ?? DEFAULT_PARALLEL)
    this.#closeGraceMs = Math.min(MAX_CLOSE_MS, options.closeGraceMs ?? DEFAULT_CLOSE_GRACE_MS)
  }

  get waiting(): number {
    return this.#waiting
  }

  submit(errand: Errand): Promise<Outcome> {
    if (this.#closing) return Promise.resolve(closed(NOT_SENT))
    return new Promise((resolve) => {
      this.#waiting++
      let ended = false
      const end = (outcome: Outcome) => {
        if (ended) return
        ended = true
        this.#waiting--
        resolve(outcome)
      }
      const queue = this.#lanes.get(errand.lane)
      if (queue) queue.push({ errand, end })
      else {
        this.#lanes.set(errand.lane, [{ errand, end }])
        this.#ready.push(errand.lane)
      }
      this.#startReady()
    })
  }

  close(): Promise<void> {
    return (this.#closing ??= this.#close())
  }

  async #close(): Promise<void> {
    for (const queue of this.#lanes.values()) {
      for (const task of queue.splice(0)) task.end(closed(NOT_SENT))
    }
    this.#ready.length = 0
    if (this.#inFlight.size > 0) await this.#idleOrLate()
    this.#stop.abort()
    for (const task of this.#inFlight) task.end(closed(UNKNOWN))
  }

  #idleOrLate(): Promise<void> {
    return new Promise((resolve) => {
      const late = setTimeout(resolve, this.#closeGraceMs)
      this.#idle = () => {
        clearTimeout(late)
        resolve()
      }
    })
  }

  #startReady(): void {
    while (this.#inFlight.size < this.#parallel) {
      const lane = this.#ready.shift()
      if (lane === undefined) return
      const task = this.#lanes.get(lane)?.shift()
      if (task) void this.#run(lane, task)
    }
  }

  async #run(lane: string, task: Task): Promise<void> {
    this.#inFlight.add(task)
    task.end(await this.#attempt(task.errand))
    this.#inFlight.delete(task)
    const queue = this.#lanes.get(lane)
    if (queue && queue.length > 0) this.#ready.push(lane)
    else this.#lanes.delete(lane)
    if (this.#inFlight.size === 0) this.#idle?.()
    this.#startReady()
  }

  async #attempt({ operation, document }: Errand): Promise<Outcome> {
    const { signal } = this.#stop
    try {
      const remote = await this.#remotes.get(operation)
      const { value } = await remote.call(document, signal)
      return outcomeOfReply(value, this.#rules)
    } catch (error) {
      this.#remotes.failed(operation, error)
      return signal.aborted ? closed(UNKNOWN) : outcomeOfError(error)
    }
  }
}

const NOT_SENT: Reason = {
  zh: '正在重新部署或停止，消息未发送',
  en: 'Being redeployed or stopped; the document was not sent',
}
const UNKNOWN: Reason = {
  zh: '正在重新部署或停止，对方是否已收到不明',
  en: 'Being redeployed or stopped; whether the peer received the document is unknown',
}

const closed = (reason: Reason): Outcome => ({
  class: 'unreachable',
  code: 'DELIVERY_CLOSED',
  reason,
})
