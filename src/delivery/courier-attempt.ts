import type { StartTimer } from '../http/index.js'
import type { AttemptRecord, Claimed } from '../ledger/index.js'
import type { ReplyRules } from '../messages/index.js'
import { RemoteError } from '../soap/index.js'
import type { CourierOptions } from './courier-options.js'
import { outcomeOfError, outcomeOfReply, type Outcome } from './outcome.js'
import type { Remotes } from './remotes.js'

export interface AttemptOptions {
  readonly remotes: Remotes
  readonly seal: CourierOptions['seal']
  readonly conceal: CourierOptions['conceal']
  readonly rules: ReplyRules
  readonly timeoutMs: number
  readonly startTimer: StartTimer
  readonly now: () => number
}

export interface Attempt {
  readonly outcome: Outcome
  readonly record: Pick<AttemptRecord, 'startedAt' | 'endedAt' | 'request' | 'response'>
}

/** A peer that answers with its whole error log is not to fill the ledger, which keeps every attempt. */
const MAX_KEPT_BYTES = 64 * 1024

/** Why an attempt is ended before its time that is to be recorded all the same, and the code of its outcome. */
export const BROKEN_OFF = 'DELIVERY_BROKEN_OFF'

export const NOTHING = new Uint8Array(0)

/**
 * Tries once to hand a document to the peer, within a time limit that holds even when the remote ignores it.
 * Never rejects. Undefined when `abort` was aborted meanwhile: then nothing is known, and nothing to be recorded,
 * unless it was for BROKEN_OFF; and when the lease was over before the request, so that nothing was sent.
 * @param isOurs whether nobody else can have the document yet
 */
export async function attempt(
  claimed: Claimed,
  abort: AbortController,
  options: AttemptOptions,
  isOurs: () => boolean,
): Promise<Attempt | undefined> {
  const { now } = options
  const startedAt = now()
  let late = false
  const cancelTimer = options.startTimer(() => {
    late = true
    abort.abort()
  }, options.timeoutMs)
  const { promise: cancelled, reject } = Promise.withResolvers<never>()
  abort.signal.addEventListener('abort', () => reject(abort.signal.reason), { once: true })
  let outcome: Outcome
  let response: Uint8Array = NOTHING
  try {
    const reply = await Promise.race([call(claimed, abort.signal, options, isOurs), cancelled])
    outcome = outcomeOfReply(reply.answer, options.rules)
    response = reply.bytes
  } catch (error) {
    // Nothing was sent, and whoever has it now sends it.
    if (error === LEASE_OVER) return undefined
    const brokenOff = abort.signal.reason === BROKEN_OFF
    if (abort.signal.aborted && !late && !brokenOff) return undefined
    options.remotes.failed(claimed.operation, error)
    if (late) outcome = deadline(options.timeoutMs)
    else outcome = brokenOff ? UNKNOWN : outcomeOfError(error)
    if (error instanceof RemoteError) response = error.bytes ?? NOTHING
  } finally {
    cancelTimer()
  }
  const request = Buffer.from(claimed.document, 'utf8')
  const said = withoutSecrets(outcome, response, options.conceal)
  const record = { startedAt, endedAt: now(), request, response: kept(said.response) }
  return { outcome: said.outcome, record }
}

/** More than any secret is long, in bytes, so that none is kept in part because the rest was cut off. */
const CUT_MARGIN_BYTES = 8 * 1024

/** The words of the peer, without our secrets; without any of it when they cannot be told apart. */
function withoutSecrets(
  outcome: Outcome,
  response: Uint8Array,
  conceal: CourierOptions['conceal'],
): Pick<Attempt, 'outcome'> & { readonly response: Uint8Array } {
  if (!conceal) return { outcome, response }
  const { reply, ...rest } = outcome
  try {
    return {
      response: conceal.bytes(response.subarray(0, MAX_KEPT_BYTES + CUT_MARGIN_BYTES)),
      outcome: reply
        ? { ...rest, reply: { code: conceal.text(reply.code), desc: conceal.text(reply.desc) } }
        : rest,
    }
  } catch {
    return { outcome: rest, response: NOTHING }
  }
}

const LEASE_OVER = new Error('the lease of the document is over')

async function call(
  { id, peer, document, operation, acceptedAt, message }: Claimed,
  signal: AbortSignal,
  options: AttemptOptions,
  isOurs: () => boolean,
) {
  const sealed = options.seal(document, operation)
  const remote = await options.remotes.get(operation)
  // Right before the request: the process may have stood still since the claim, and another instance may have sent
  // this document since, and its correction.
  if (!isOurs()) throw LEASE_OVER
  // Numbers of the outbox begin anew with a new ledger.
  return remote.call(sealed, signal, { key: `${peer}/${id}/${acceptedAt}`, message })
}

// A copy: the bytes may be a view of something bigger, and are cloned on their way to the ledger.
const kept = (bytes: Uint8Array): Uint8Array => Uint8Array.from(bytes.subarray(0, MAX_KEPT_BYTES))

const deadline = (limitMs: number): Outcome => ({
  class: 'unreachable',
  code: 'DELIVERY_DEADLINE',
  reason: {
    zh: `对方未在 ${limitMs} 毫秒内完成应答，是否已处理不明`,
    en: `The peer was not done within ${limitMs} ms; whether it acted is unknown`,
  },
})

const UNKNOWN: Outcome = {
  class: 'unreachable',
  code: BROKEN_OFF,
  reason: {
    zh: 'Node-RED 停止时发送尚未完成，对方是否已处理不明，将原样重发',
    en: 'Node-RED stopped before the peer had answered; whether it acted is unknown, and the same is sent again',
  },
}
