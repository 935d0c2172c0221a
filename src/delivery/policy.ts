import { CrisisError, isBlank, REPLY_RETRY } from '../messages/index.js'
import { backoffMs } from './backoff.js'
import { isHopeless, isOfConnection, type Outcome } from './outcome.js'

/** Actions that a site can choose for a reply code: taken for a success, sent again, or given to a person. */
export type ReplyAction = 'deliver' | 'retry' | 'hold'

export interface Policy {
  /**
   * By reply code, exactly as the peer writes it, and by words that it says: what to do in place of the default.
   * `deliver` takes the word of the site for it, whatever else is said. Made by `replyTable`. Default is none.
   */
  readonly replies?: ReplyTable
  /** Number of times that a document is sent again after answers that cannot be classed (reading A4). Default is 3. */
  readonly ambiguousRetries?: number
}

export const DEFAULT_AMBIGUOUS_RETRIES = 3

/** A table of reply codes that cannot be used. */
export class PolicyError extends CrisisError {
  override readonly name: string = 'PolicyError'
  override readonly code = 'POLICY_CODE' as const
}

export interface ReplyTableRow {
  readonly code: string
  /** The row is for answers of this code that say so; blank or absent = for all of them. */
  readonly words?: string | undefined
  readonly action: ReplyAction
}

/** The action that an answer calls for; undefined where the table has nothing to say. */
export type ReplyTable = (reply: {
  readonly code: string
  readonly desc: string
}) => ReplyAction | undefined

/** Rows with words go before one without. @throws PolicyError for a code that is blank, or twice there with the same words */
export function replyTable(rows: readonly ReplyTableRow[]): ReplyTable {
  const seen = new Set<string>()
  // Replies are read trimmed.
  const exact = rows.map(({ code, words = '', action }) => ({
    code: code.trim(),
    words: words.trim(),
    action,
  }))
  for (const { code, words } of exact) {
    const key = JSON.stringify([code, words])
    if (isBlank(code) || seen.has(key)) throw unusable(code)
    seen.add(key)
  }
  const inOrder = exact.toSorted((a, b) => b.words.length - a.words.length)
  return ({ code, desc }) =>
    inOrder.find((row) => row.code === code && desc.includes(row.words))?.action
}

const unusable = (code: string) =>
  new PolicyError('POLICY_CODE', {
    zh: `应答码表中的“${code}”无效：不能为空，也不能重复`,
    en: `“${code}” cannot stand in the table of reply codes: not blank and not twice`,
  })

/** The outcomes that a business code led to; what a Fault calls its code is none. */
const BY_REPLY_CODE: ReadonlySet<string> = new Set([
  'DELIVERED',
  'REPLY_REJECTED',
  REPLY_RETRY,
  'REPLY_UNAUTHORIZED',
  'REPLY_CONTRADICTION',
  'REPLY_CODE',
  'REPLY_JSON',
])

/** True when the peer has answered, in whatever words: what failed may be about the document. */
export const isOfPeersAnswer = ({ code }: Pick<Outcome, 'code'>): boolean =>
  BY_REPLY_CODE.has(code) || code === 'SOAP_FAULT'

export interface Judgement {
  /** The outcome as the policy sees it. */
  readonly outcome: Outcome
  readonly action: 'done' | 'retry' | 'held' | 'dead'
}

/**
 * Decides on a document after an attempt.
 *
 * - delivered: done
 * - rejected: dead, because the same bytes would be refused again; but sent again where the rule of
 *   the peer says so of its code (`REPLY_RETRY`)
 * - ambiguous: sent again a few times, then held for a person (A4); at once when nothing could be sent
 * - unreachable: sent again for ever, the same bytes (A5, A30)
 * - unauthorized: sent again when the peer accepts us again (A12); it has not looked at the document
 *
 * @param ambiguousBefore how many attempts before this one were ambiguous
 */
export function judge(outcome: Outcome, ambiguousBefore: number, policy: Policy = {}): Judgement {
  const reply = BY_REPLY_CODE.has(outcome.code) ? outcome.reply : undefined
  const set = reply && policy.replies?.(reply)
  if (set === 'deliver') return { outcome: accepted(outcome), action: 'done' }
  if (set === 'retry') return { outcome: notAccepted(outcome), action: 'retry' }
  if (set === 'hold') return { outcome: notAccepted(outcome), action: 'held' }
  switch (outcome.class) {
    case 'delivered':
      return { outcome, action: 'done' }
    case 'rejected':
      return { outcome, action: outcome.code === REPLY_RETRY ? 'retry' : 'dead' }
    case 'unreachable':
    case 'unauthorized':
      return { outcome, action: 'retry' }
    case 'ambiguous':
  }
  const retries = policy.ambiguousRetries ?? DEFAULT_AMBIGUOUS_RETRIES
  const again = !isHopeless(outcome) && ambiguousBefore < retries
  return { outcome, action: again ? 'retry' : 'held' }
}

const accepted = (outcome: Outcome): Outcome => ({
  ...outcome,
  class: 'delivered',
  code: 'DELIVERED_BY_TABLE',
  reason: {
    zh: '按该对方的应答码表视为已接收',
    en: "Taken for delivered by this peer's table of reply codes",
  },
})

/** An answer that says success and does not mean it, by the word of the site. */
const notAccepted = (outcome: Outcome): Outcome =>
  outcome.class === 'delivered'
    ? {
        ...outcome,
        class: 'ambiguous',
        code: 'REPLY_BY_TABLE',
        reason: {
          zh: '对方应答成功码，但该对方的应答码表不将其视为成功',
          en: "The peer answered its success code, which this peer's table does not take for a success",
        },
      }
    : outcome

/**
 * The state of the peer by an attempt: `bad` when it takes nothing just now, whatever the document; `good` when it
 * judged a document; undefined when it was not asked, or when only it knows the meaning of its answer.
 */
export function healthOf({ outcome, action }: Judgement): 'good' | 'bad' | undefined {
  if (isHopeless(outcome) || isOfConnection(outcome)) return undefined
  // One that is held is refused by itself, as the site has set or the peer has shown.
  if (outcome.class === 'unauthorized') return action === 'held' ? undefined : 'bad'
  return action === 'retry' && outcome.class !== 'ambiguous' ? 'bad' : 'good'
}

/**
 * Back-off of a document whose connection failed: short, for nothing is wrong with the peer. Still twice as
 * long each time, because a document at which the peer resets every connection would otherwise come without a pause.
 */
const SOON = { baseMs: 50 } as const

/**
 * Time that a document waits for its next attempt, in ms.
 * @param attempts how many it has had, the one with this outcome included
 * @param random from 0 up to 1
 */
export const retryDelayMs = (outcome: Outcome, attempts: number, random: () => number): number =>
  backoffMs(attempts, random, isOfConnection(outcome) ? SOON : {})
