import { randomUUID } from 'node:crypto'
import { startTimer as realTimer } from '../http/index.js'
import type { Actor, Claimed, Claims, Concluded, Ledger, Verdict } from '../ledger/index.js'
import { asCrisisError } from '../messages/index.js'
import { backoffMs } from './backoff.js'
import { lookAtAge } from './courier-age.js'
import {
  attempt,
  BROKEN_OFF,
  NOTHING,
  type Attempt,
  type AttemptOptions,
} from './courier-attempt.js'
import { Breaker } from './courier-breaker.js'
import {
  DEFAULT_ALARM_AFTER,
  DEFAULT_CALL_TIMEOUT_MS,
  DEFAULT_PARALLEL_DELIVERIES,
  LEASE_MARGIN_MS,
  type CourierOptions,
  type CourierState,
} from './courier-options.js'
import { isWithin, momentOf, type Flight, type Moment } from './courier-lease.js'
import { Reporter } from './courier-reporter.js'
import { pause, Timers, within } from './courier-timers.js'
import { isMissingSetting } from './outcome.js'
import { healthOf, judge, retryDelayMs, type Judgement } from './policy.js'
import { Remotes } from './remotes.js'

/** With several machines a hint may not arrive: how often the courier looks for itself. */
const POLL_MS = 2_000
/** Interval between searches for documents that have waited too long. */
const AGE_CHECK_MS = 15_000
/** An old document is reported once, so the first search waits until the listeners are there. */
const FIRST_AGE_CHECK_MS = 1_000
const CLOSE_GRACE_MS = 1_500
/** Back-off of a record that failed: short, because nothing is sent meanwhile. */
const RECORDING = { baseMs: 250, maxMs: 10_000 } as const
/** A peer that works is noted at most so often: another instance may have raised the alarm that this one ends. */
const NOTE_GOOD_MS = 30_000

/**
 * Delivers the documents of one peer from the ledger's outbox: at least once, each lane in order, no lane
 * waiting for another. What is accepted is in the ledger; the courier itself remembers nothing that matters.
 */
export class Courier {
  readonly #options: CourierOptions
  readonly #ledger: Ledger
  readonly #actor: Actor
  readonly #attempts: AttemptOptions
  readonly #parallel: number
  readonly #perMinute: number
  readonly #random: () => number
  readonly #stop = new AbortController()
  readonly #timers: Timers
  readonly #breaker: Breaker
  readonly #reporter: Reporter
  readonly #flights = new Map<number, Flight>()
  readonly #ended = Promise.withResolvers<void>()
  #stopHints: (() => void) | undefined
  #stopDue: (() => void) | undefined
  #started = false
  #closing: Promise<void> | undefined
  #idle: (() => void) | undefined
  /** A claim is under way; another is to follow it. */
  #claiming = false
  #again = false
  /** Attempts whose record failed. While there is one nothing more is sent: every restart would repeat it. */
  #unrecorded = 0
  #resting = false
  #goodNoted = false

  constructor(options: CourierOptions) {
    this.#options = options
    this.#ledger = options.ledger
    this.#actor = { chain: options.chain, actor: options.instance }
    this.#parallel = Math.max(1, options.parallel ?? DEFAULT_PARALLEL_DELIVERIES)
    this.#perMinute = options.perMinute ?? 0
    this.#random = options.random ?? Math.random
    const startTimer = options.startTimer ?? realTimer
    this.#timers = new Timers(startTimer)
    this.#attempts = {
      remotes: new Remotes({
        open: options.open,
        signal: this.#stop.signal,
        timers: this.#timers,
        random: this.#random,
      }),
      seal: options.seal,
      conceal: options.conceal,
      rules: options.rules ?? {},
      timeoutMs: options.callTimeoutMs ?? DEFAULT_CALL_TIMEOUT_MS,
      startTimer,
      now: options.now ?? Date.now,
    }
    this.#breaker = new Breaker(this.#random)
    this.#reporter = new Reporter(options, this.#timers)
  }

  get state(): CourierState {
    return this.#reporter.state
  }

  /** Resolves once it is closed and nothing of it is on its way any more: its transport is needed until then. */
  get ended(): Promise<void> {
    return this.#ended.promise
  }

  /** Begins to deliver. May be called again. */
  start(): void {
    if (this.#started || this.#closing) return
    this.#started = true
    const { peer } = this.#options
    const stopHints = this.#ledger.onHint((hint) => {
      if (hint === `outbox/${peer}`) this.wake()
    })
    this.#stopHints = stopHints
    const stopWatching = this.#ledger.engine.onState((state) => {
      if (state === 'closed') this.#abandon()
    })
    void this.ended.then(stopWatching)
    this.#timers.every(POLL_MS, () => this.wake())
    const isClosed = () => this.#closing !== undefined
    const look = () => void lookAtAge(this.#options, this.#actor, this.#reporter, isClosed)
    this.#timers.every(AGE_CHECK_MS, look)
    this.#timers.after(FIRST_AGE_CHECK_MS, look)
    this.wake()
  }

  /** There may be something to deliver. */
  wake(): void {
    if (!this.#started || this.#closing) return
    this.#reporter.refresh()
    this.#again = true
    if (!this.#claiming) void this.#claimAll()
  }

  /**
   * Stops within 2 s: claims nothing more and gives back what was not tried. What is on its way past that goes
   * on to its own end and is recorded; until then nobody else sends it. May be called again.
   */
  close(): Promise<void> {
    return (this.#closing ??= this.#close())
  }

  async #close(): Promise<void> {
    this.#stopHints?.()
    this.#timers.close()
    const { startTimer, timeoutMs } = this.#attempts
    const { promise: idle, resolve } = Promise.withResolvers<void>()
    this.#idle = resolve
    this.#settled()
    // Past that its lease is over, and the document is somebody else's.
    const stopLimit = startTimer(() => this.#abandon(), timeoutMs + LEASE_MARGIN_MS)
    void idle.then(() => {
      stopLimit()
      this.#stop.abort()
      this.#ended.resolve()
    })
    await within(startTimer, idle, CLOSE_GRACE_MS)
  }

  /**
   * The process is about to end: what is still on its way after `close` is broken off and recorded as such, so
   * that the same bytes go again at once and not when a lease is over. Waits for that for 1.5 s at the most.
   */
  async breakOff(): Promise<void> {
    for (const { abort } of this.#flights.values()) abort.abort(BROKEN_OFF)
    await within(this.#attempts.startTimer, this.ended, CLOSE_GRACE_MS)
  }

  /** Nothing can be recorded any more. */
  #abandon(): void {
    this.#stop.abort()
    for (const { abort } of this.#flights.values()) abort.abort()
  }

  get #busy(): boolean {
    return this.#claiming || this.#flights.size > 0
  }

  #settled(): void {
    if (!this.#busy) this.#idle?.()
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

  async #claim(): Promise<void> {
    const limit = this.#free()
    if (limit <= 0) return
    const { peer, instance } = this.#options
    const claimed = momentOf(this.#attempts.now)
    let claims: Claims
    try {
      claims = await this.#ledger.run('claim', {
        actor: this.#actor,
        peer,
        // One for each claim: an outcome that comes late must not end somebody else's attempt.
        lease: `${instance}/${randomUUID()}`,
        leaseMs: this.#attempts.timeoutMs + LEASE_MARGIN_MS,
        limit,
        parallel: this.#parallel,
        perMinute: this.#perMinute,
        withMessage: this.#options.needsMessage ?? false,
      })
    } catch (error) {
      this.#reporter.ledgerFailed(error)
      return
    }
    this.#ledgerWorks()
    const { documents, againMs } = claims
    await Promise.all(documents.map((document) => this.#take(document, claimed)))
    if (againMs !== null) this.#wakeIn(againMs)
    else if (documents.length < limit) await this.#waitForDue()
  }

  /** Number of documents that may be started now. */
  #free(): number {
    if (this.#unrecorded > 0) return 0
    if (this.#breaker.open) return this.#resting || this.#flights.size > 0 ? 0 : 1
    return this.#parallel - this.#flights.size
  }

  async #take(document: Claimed, claimed: Moment): Promise<void> {
    const flight = this.#flights.get(document.id)
    if (flight) {
      // Its lease ran out while it was on its way, as when the clock jumps: one call is enough.
      flight.lease = document.lease
      flight.claimed = claimed
    } else if (this.#closing) {
      const { id, lease } = document
      // Failing that, the lease runs out.
      await this.#ledger.run('release', { id, lease }).catch(() => undefined)
    } else {
      void this.#deliver(document, claimed)
    }
  }

  /** Falls due sooner than the next look: wakes for it. */
  async #waitForDue(): Promise<void> {
    const { peer } = this.#options
    const waitMs = await this.#ledger.run('nextDue', { peer }).catch(() => null)
    this.#wakeIn(waitMs)
  }

  #wakeIn(waitMs: number | null): void {
    this.#stopDue?.()
    this.#stopDue = undefined
    if (waitMs === null || waitMs >= POLL_MS) return
    this.#stopDue = this.#timers.after(Math.max(1, waitMs), () => this.wake())
  }

  async #deliver(document: Claimed, claimed: Moment): Promise<void> {
    const flight: Flight = { lease: document.lease, claimed, abort: new AbortController() }
    this.#flights.set(document.id, flight)
    const { now, timeoutMs } = this.#attempts
    const isOurs = () => isWithin(flight.claimed, momentOf(now), timeoutMs)
    try {
      const tried = await attempt(document, flight.abort, this.#attempts, isOurs)
      if (tried) await this.#conclude(document, flight, tried)
    } catch (error) {
      // Nothing in one attempt ends the process. Its lease runs out, and then it is tried again.
      this.#reporter.ledgerFailed(error)
    }
    this.#flights.delete(document.id)
    this.#settled()
    this.wake()
  }

  async #conclude(document: Claimed, flight: Flight, tried: Attempt): Promise<void> {
    this.#reporter.tried(document, tried)
    const judgement = this.#breaker.judged(
      document,
      judge(tried.outcome, document.ambiguous, this.#options.policy),
    )
    const { pauseMs, returned } = this.#breaker.note(document, judgement)
    this.#reporter.probing(this.#breaker.open)
    if (pauseMs > 0) this.#rest(pauseMs)
    const concluded = await this.#record(document, flight, tried, judgement)
    if (!concluded?.owned) return
    if (this.#closing) {
      // Whoever delivers now has waited for its place, or for its lane. It counts health and alarms anew.
      this.#ledger.hint(`outbox/${this.#options.peer}`)
      return
    }
    this.#reporter.concluded(document, judgement, concluded)
    if (returned) await this.#hasten()
    await this.#noteHealth(document, judgement)
  }

  /** Failures that other instances have met count too. */
  #breakFor(failures: number): void {
    const pauseMs = this.#breaker.heard(failures)
    if (pauseMs === 0) return
    this.#reporter.probing(true)
    this.#rest(pauseMs)
  }

  #rest(pauseMs: number): void {
    if (this.#resting) return
    this.#resting = true
    this.#timers.after(pauseMs, () => {
      this.#resting = false
      this.wake()
    })
  }

  /** Records an attempt, however often that has to be tried; undefined when the courier is closed first. */
  async #record(
    { id, attempts }: Claimed,
    flight: Flight,
    tried: Attempt,
    { outcome, action }: Judgement,
  ): Promise<Concluded | undefined> {
    const { startTimer } = this.#attempts
    // The peer is not to blame for what was broken off.
    const delayMs = outcome.code === BROKEN_OFF ? 0 : retryDelayMs(outcome, attempts, this.#random)
    const verdict: Verdict = action === 'retry' ? { state: 'ready', delayMs } : { state: action }
    const { class: kind, code, reason, reply = null } = outcome
    let record = { ...tried.record, class: kind, code, reply }
    for (let failures = 0; ; failures++) {
      try {
        const concluded = await this.#ledger.run('conclude', {
          actor: this.#actor,
          id,
          lease: flight.lease,
          attempt: { ...record, reasonZh: reason.zh, reasonEn: reason.en },
          verdict,
        })
        if (failures > 0) this.#unrecorded--
        this.#ledgerWorks()
        return concluded
      } catch (error) {
        if (failures === 0) this.#unrecorded++
        this.#reporter.ledgerFailed(error)
        if (this.#stop.signal.aborted) return undefined
        // That it happened matters more than what was said: without its evidence it may be taken.
        if (asCrisisError(error).code === 'LEDGER_REFUSED') {
          record = { ...record, reply: null, request: NOTHING, response: NOTHING }
        }
        // Not one of the timers that end with close: a record is tried for as long as it is owed.
        const { signal } = this.#stop
        await pause(startTimer, backoffMs(failures, this.#random, RECORDING), signal)
        if (signal.aborted) return undefined
      }
    }
  }

  #ledgerWorks(): void {
    // Not before all is recorded: a claim that was under way says little.
    if (this.#unrecorded === 0) this.#reporter.ledgerWorks()
  }

  async #hasten(): Promise<void> {
    const { peer } = this.#options
    // Failing that, each document comes at the end of its own wait.
    await this.#ledger.run('hastenPeer', { peer }).catch(() => undefined)
    this.#ledger.hint(`outbox/${peer}`)
  }

  async #noteHealth(document: Claimed, judgement: Judgement): Promise<void> {
    const health = healthOf(judgement)
    if (health === undefined) return
    const alarmAfter = this.#options.alarmAfter ?? DEFAULT_ALARM_AFTER
    const { outcome } = judgement
    const refused = outcome.class === 'unauthorized'
    // A document that the peer chokes on for days would otherwise raise an alarm in every quiet hour.
    if (health === 'bad' && !refused && document.attempts > alarmAfter) return
    if (health === 'good') {
      if (this.#goodNoted) return
      this.#goodNoted = true
      this.#timers.after(NOTE_GOOD_MS, () => {
        this.#goodNoted = false
      })
    } else this.#goodNoted = false
    try {
      const noted = await this.#ledger.run('notePeer', {
        actor: this.#actor,
        peer: this.#options.peer,
        ok: health === 'good',
        // Sending again does not cure a refused licence (A12), nor a setting.
        alarmAfter: refused || isMissingSetting(outcome) ? 1 : alarmAfter,
      })
      if (health === 'bad') this.#breakFor(noted.failures)
      if (noted.alarm) this.#reporter.peerFailing(outcome)
      if (noted.recovered) this.#reporter.peerRecovered()
    } catch {
      // Counted again with the next attempt.
      this.#goodNoted = false
    }
  }
}
