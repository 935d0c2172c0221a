import type { Page } from './contract.js'

/** So many messages in any stretch of time. */
export interface RateLimit {
  readonly most: number
  readonly withinMs: number
}

export interface RateRule {
  readonly limits: readonly RateLimit[]
  /** True for services that ask senders to keep away from the full and the half hour. */
  readonly avoidsHalfHours: boolean
}

const MINUTE_MS = 60_000

/**
 * The limits that the services document: WeCom robots 20 a minute (document 99398), WeCom applications 30 a minute for
 * one member, dropped without a word past that (90454); DingTalk robots 20 a minute, then ten minutes of silence;
 * Feishu robots 100 a minute and 5 a second. WeCom (90236) and Feishu ask to avoid :00 and :30.
 */
export const RATES = {
  wecomRobot: { limits: [{ most: 20, withinMs: MINUTE_MS }], avoidsHalfHours: true },
  wecomApp: { limits: [{ most: 30, withinMs: MINUTE_MS }], avoidsHalfHours: true },
  dingtalk: { limits: [{ most: 20, withinMs: MINUTE_MS }], avoidsHalfHours: false },
  feishu: {
    limits: [
      { most: 100, withinMs: MINUTE_MS },
      { most: 5, withinMs: 1_000 },
    ],
    avoidsHalfHours: true,
  },
} as const satisfies Readonly<Record<string, RateRule>>

/** Messages may arrive closer together than they were sent. */
const JITTER_MS = 2_000

const HALF_HOUR_MS = 1_800_000
/** Time kept free before and behind a full or half hour, in ms. */
const EDGE_BEFORE_MS = 5_000
const EDGE_AFTER_MS = 20_000

/**
 * Time until a message may go, in ms; 0 = now. The limits hold for whatever minute the service counts by. An urgent
 * message does not wait for the edge of a half hour to pass: a crowded service is better than a late page.
 * @param sent times at which messages went, in ms since the epoch, in any order
 */
export function rateWaitMs(
  { limits, avoidsHalfHours }: RateRule,
  sent: readonly number[],
  now: number,
  isUrgent: boolean,
): number {
  const free = limits.map(({ most, withinMs }) => {
    // A clock that was set back must not stop the channel.
    const counting = sent.filter((at) => at <= now && at > now - withinMs - JITTER_MS)
    const oldest = counting.toSorted((a, b) => a - b).at(-most)
    return oldest === undefined ? now : oldest + withinMs + JITTER_MS
  })
  const at = Math.max(now, ...free)
  const edge = avoidsHalfHours && !isUrgent ? edgeAfter(at) : at
  return edge - now
}

/** A time itself, or the end of the edge of a half hour in which it lies. */
function edgeAfter(at: number): number {
  const into = at % HALF_HOUR_MS
  if (into < EDGE_AFTER_MS) return at - into + EDGE_AFTER_MS
  if (into > HALF_HOUR_MS - EDGE_BEFORE_MS) return at - into + HALF_HOUR_MS + EDGE_AFTER_MS
  return at
}

/**
 * The messages of one robot, or of one member for `wecomApp`, as this process has sent them. Instances that share a
 * robot share its limit: they must keep the times together and ask `rateWaitMs`.
 */
export class Rate {
  readonly #rule: RateRule
  readonly #keepMs: number
  #sent: readonly number[] = []
  #pausedUntil = 0

  constructor(rule: RateRule) {
    this.#rule = rule
    this.#keepMs = Math.max(0, ...rule.limits.map(({ withinMs }) => withinMs)) + JITTER_MS
  }

  /** Time until a page may go, in ms; 0 = now. */
  waitMs(now: number, { urgent }: Pick<Page, 'urgent'>): number {
    const wait = rateWaitMs(this.#rule, this.#sent, now, urgent)
    return Math.max(wait, Math.min(this.#pausedUntil - now, MAX_PAUSE_MS), 0)
  }

  /** Counts a message, whatever became of it: the service may have counted it too. */
  note(now: number): void {
    this.#sent = [...this.#sent.filter((at) => at > now - this.#keepMs), now]
  }

  /** Lets nothing go for a time that the service has asked for, in ms. */
  pause(now: number, forMs: number): void {
    this.#pausedUntil = Math.max(this.#pausedUntil, now + forMs)
  }
}

/** A clock that was set back must not hold a pause for longer. */
const MAX_PAUSE_MS = 3_600_000
