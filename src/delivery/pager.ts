import { randomUUID } from 'node:crypto'
import { startTimer as realTimer } from '../http/index.js'
import type { Actor, ClaimedPage, Ledger, PageAttempt, PageClaims } from '../ledger/index.js'
import type { PageVerdict } from '../loop/index.js'
import { asCrisisError } from '../messages/index.js'
import { backoffMs } from './backoff.js'
import { isWithin, momentOf, type Moment } from './courier-lease.js'
import { LEASE_MARGIN_MS } from './courier-options.js'
import { pause, Timers, within } from './courier-timers.js'
import { PAGE_BROKEN_OFF, sendGroup, verdictOn, type SendOptions } from './pager-attempt.js'
import { PagerHealth, type ChannelChange } from './pager-health.js'
import {
  DEFAULT_PAGE_TIMEOUT_MS,
  DEFAULT_PARALLEL_PAGES,
  type PagerOptions,
  type PagerState,
} from './pager-options.js'
import { endStrandedPages, STRANDED_EVERY_MS } from './stranded-pages.js'

/** With several machines a hint may not arrive: how often the pager looks for itself. */
const POLL_MS = 2_000
/** Pages that were stranded before a start are found soon after it. */
const FIRST_STRANDED_MS = 500
/** Time without a free hand after which the channel counts as busy, in ms. */
const BUSY_AFTER_MS = 8_000
const CLOSE_GRACE_MS = 1_500
/** Time for the record of what was broken off. */
const RECORD_GRACE_MS = 400
/** Back-off of a record that failed: short, because nothing is sent meanwhile. */
const RECORDING = { baseMs: 250, maxMs: 10_000 } as const

/**
 * Sends the pages of one channel: each by itself and all beside each other, so that nobody waits for another one's. What
 * is owed is in the ledger; the pager itself remembers nothing that matters. Each channel has a pager of its own, so
 * that one that is broken keeps no page of another from going.
 */
export class Pager {
  readonly #options: PagerOptions
  readonly #ledger: Ledger
  readonly #actor: Actor
  readonly #parallel: number
  readonly #send: SendOptions
  readonly #timers: Timers
  readonly #health: PagerHealth
  readonly #flights = new Set<AbortController>()
  readonly #gone = new AbortController()
  readonly #ended = Promise.withResolvers<void>()
  #stopHints: (() => void) | undefined
  #stopDue: (() => void) | undefined
  #started = false
  #closing: Promise<void> | undefined
  #idle: (() => void) | undefined
  /** A claim is under way; another is to follow it. */
  #claiming = false
  #again = false
  /** When it had a free hand last, in epoch ms. */
  #claimedAt = 0
  /** Attempts whose record failed. While there is one nothing more is sent: every restart would repeat it. */
  #unrecorded = 0

  constructor(options: PagerOptions) {
    this.#options = options
    this.#ledger = options.ledger
    this.#actor = { chain: options.chain, actor: options.actor }
    this.#parallel = Math.max(1, options.parallel ?? DEFAULT_PARALLEL_PAGES)
    const startTimer = options.startTimer ?? realTimer
    this.#timers = new Timers(startTimer)
    this.#send = {
      transport: options.transport,
      timeoutMs: options.timeoutMs ?? DEFAULT_PAGE_TIMEOUT_MS,
      startTimer,
      now: options.now ?? Date.now,
    }
    this.#health = new PagerHealth(options)
  }

  get state(): PagerState {
    return this.#health.state
  }

  /** Resolves once it is closed and nothing of it is on its way any more: its transport is needed until then. */
  get ended(): Promise<void> {
    return this.#ended.promise
  }

  /** Begins to send. May be called again. */
  start(): void {
    if (this.#started || this.#closing) return
    this.#started = true
    const { channel } = this.#options
    this.#stopHints = this.#ledger.onHint((hint) => {
      if (hint === `page/${channel}`) this.wake()
    })
    const stopWatching = this.#ledger.engine.onState((state) => {
      if (state === 'closed') this.#abandon()
    })
    void this.ended.then(stopWatching)
    this.#timers.every(POLL_MS, () => this.wake())
    this.#timers.every(STRANDED_EVERY_MS, () => void this.#endStranded())
    this.#timers.after(FIRST_STRANDED_MS, () => void this.#endStranded())
    this.wake()
  }

  /** There may be something to send. */
  wake(): void {
    if (!this.#started || this.#closing) return
    this.#again = true
    if (!this.#claiming) void this.#claimAll()
  }

  /**
   * Stops within 2 s: claims nothing more, and gives back what was not tried. What is on its way past that is broken
   * off and recorded as such, so that whoever follows sends it again, marked as a repeat. May be called again.
   */
  close(): Promise<void> {
    return (this.#closing ??= this.#close())
  }

  async #close(): Promise<void> {
    this.#stopHints?.()
    this.#timers.close()
    const { startTimer } = this.#send
    const { promise: idle, resolve } = Promise.withResolvers<void>()
    this.#idle = resolve
    this.#settled()
    void idle.then(() => {
      this.#gone.abort()
      this.#ended.resolve()
    })
    await within(startTimer, idle, CLOSE_GRACE_MS)
    for (const flight of this.#flights) flight.abort(PAGE_BROKEN_OFF)
    await within(startTimer, idle, RECORD_GRACE_MS)
  }

  /** Nothing can be recorded any more. */
  #abandon(): void {
    this.#gone.abort()
    for (const flight of this.#flights) flight.abort(PAGE_BROKEN_OFF)
  }

  #settled(): void {
    if (!this.#claiming && this.#flights.size === 0) this.#idle?.()
  }

  async #claimAll(): Promise<void> {
    this.#claiming = true
    while (this.#again && !this.#closing) {
      this.#again = false
      await this.#claim()
    }
    this.#claiming = false
    this.#settled()
  }

  /** Number of messages that may be begun now. */
  get #free(): number {
    if (this.#unrecorded > 0) return 0
    return (this.#health.isDown ? 1 : this.#parallel) - this.#flights.size
  }

  async #claim(): Promise<void> {
    const limit = this.#free
    if (limit <= 0) return
    this.#claimedAt = this.#send.now()
    const { channel, instance, rate = null, isShared = false } = this.#options
    const claimed = momentOf(this.#send.now)
    const lease = `${instance}/${randomUUID()}`
    const leaseMs = this.#send.timeoutMs + LEASE_MARGIN_MS
    let claims: PageClaims
    try {
      const args = { actor: this.#actor, channel, lease, leaseMs, limit, rate, isShared }
      claims = await this.#ledger.run('claimPages', args)
    } catch (error) {
      this.#health.ledgerFailed(error)
      return
    }
    if (this.#unrecorded === 0) this.#health.ledgerWorks()
    if (this.#closing) {
      // Failing that, the lease runs out.
      if (claims.groups.length > 0) await this.#release(lease)
      return
    }
    for (const group of claims.groups) void this.#deliver(group, claimed)
    this.#wakeIn(claims.againMs)
  }

  async #release(lease: string): Promise<void> {
    await this.#ledger.run('releasePages', { lease }).catch(() => undefined)
  }

  #wakeIn(waitMs: number | null): void {
    this.#stopDue?.()
    this.#stopDue = undefined
    if (waitMs === null || waitMs >= POLL_MS) return
    this.#stopDue = this.#timers.after(Math.max(1, waitMs), () => this.wake())
  }

  async #deliver(group: readonly ClaimedPage[], claimed: Moment): Promise<void> {
    const flight = new AbortController()
    this.#flights.add(flight)
    this.#health.sending(this.#flights.size)
    const { now, timeoutMs } = this.#send
    // The process may have stood still since the claim, and another instance may have sent these since.
    if (isWithin(claimed, momentOf(now), timeoutMs)) {
      const { attempt, result } = await sendGroup(group, flight, this.#send)
      this.#options.onAttempt?.(result.class)
      if (!this.#gone.signal.aborted) {
        const brokenOff = result.code === PAGE_BROKEN_OFF
        if (!brokenOff) await this.#noteHealth(this.#health.tried(result))
        await Promise.all(group.map((page) => this.#record(page, attempt, verdictOn(page, result))))
      }
    }
    this.#flights.delete(flight)
    this.#health.sending(this.#flights.size)
    this.#settled()
    this.wake()
  }

  /** Records an attempt, however often that has to be tried, until the pager has ended. */
  async #record(
    { id, lease }: ClaimedPage,
    attempt: PageAttempt,
    verdict: PageVerdict,
  ): Promise<void> {
    let record = attempt
    for (let failures = 0; ; failures++) {
      try {
        await this.#ledger.run('concludePage', {
          actor: this.#actor,
          id,
          lease,
          attempt: record,
          verdict,
        })
        if (failures > 0) this.#unrecorded--
        if (this.#unrecorded === 0) this.#health.ledgerWorks()
        return
      } catch (error) {
        if (failures === 0) this.#unrecorded++
        this.#health.ledgerFailed(error)
        // That it happened matters more than what was said: without its evidence it may be taken.
        if (asCrisisError(error).code === 'LEDGER_REFUSED') {
          record = { ...record, request: null, answer: null }
        }
        const { signal } = this.#gone
        if (signal.aborted) return
        await pause(this.#send.startTimer, backoffMs(failures, Math.random, RECORDING), signal)
        if (signal.aborted) return
      }
    }
  }

  /** A trouble of the ledger, which outlives this process. Never rejects: failing that, Catch nodes have heard of it. */
  async #noteHealth(change: ChannelChange | null): Promise<void> {
    if (!change) return
    const { channel: key, name } = this.#options
    const { isDown: on, reason } = change
    const trouble = { actor: this.#actor, kind: 'channelDown', key, name, on, reason } as const
    await this.#ledger.run('noteTrouble', trouble).catch(() => undefined)
  }

  /** Never rejects: a ledger that does not work is met again with the next claim. */
  async #endStranded(): Promise<void> {
    try {
      // Nobody is to wait for what this channel does not end.
      const isBusy = this.#flights.size > 0 && this.#send.now() - this.#claimedAt > BUSY_AFTER_MS
      const busy = isBusy ? this.#options.channel : null
      await endStrandedPages(this.#ledger, this.#actor, busy)
    } catch {
      // Tried again with the next look.
    }
  }
}
