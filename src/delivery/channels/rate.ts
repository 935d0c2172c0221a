import { JITTER_MS, rateWaitMs, type RateRule } from '../../loop/index.js'
import type { Page } from './contract.js'

export { rateWaitMs, type RateLimit, type RateRule } from '../../loop/index.js'

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
