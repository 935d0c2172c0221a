import type { Reason } from '../../messages/index.js'
import type { Verdict } from './contract.js'
import { ACCEPTED } from './contract.js'
import { retryAfterOf, type HttpReply } from './http-call.js'
import { fieldOf, type Json } from './json.js'
import type { Secrets } from './secrets.js'

export interface CodeMeaning {
  readonly class: 'refused' | 'retry'
  readonly reason: Reason
  /** Time for which the service takes nothing, where it says so, in ms. */
  readonly retryAfterMs?: number
}

export type CodeTable = ReadonlyMap<number, CodeMeaning>

export const refusal = (zh: string, en: string): CodeMeaning => ({
  class: 'refused',
  reason: { zh, en },
})

export const later = (zh: string, en: string, retryAfterMs?: number): CodeMeaning => ({
  class: 'retry',
  reason: { zh, en },
  ...(retryAfterMs !== undefined && { retryAfterMs }),
})

/** A service whose answers are JSON with a number that says what became of the call. */
export interface CodedService {
  readonly name: Reason
  /** Before the number in a verdict's code. */
  readonly prefix: string
  /** The field of the number. */
  readonly code: string
  /** The field of its words. */
  readonly words: string
  /** Numbers but 0; one that is not in it is a refusal. */
  readonly table: CodeTable
}

/**
 * The verdict that an answer gives by its number. Only the number 0 in an answer of status 200 is a success; the text
 * `"0"` is none, as the services document a number. HTML and all else that has no number is `unknown`.
 */
export function verdictOf(
  service: CodedService,
  reply: HttpReply,
  json: Json | undefined,
  secrets: Secrets,
): Verdict {
  const code = fieldOf(json, service.code)
  if (typeof code !== 'number' || !Number.isSafeInteger(code)) {
    return reply.status === 429 ? tooMany(service.name, reply) : unreadable(service.name, reply)
  }
  if (code === 0) return reply.status === 200 ? ACCEPTED : contradiction(service.name, reply)
  const meaning = service.table.get(code) ?? UNLISTED
  const said = fieldOf(json, service.words)
  const words = typeof said === 'string' ? secrets.words(said) : ''
  const quote = words === '' ? { zh: '', en: '' } : { zh: `，对方说明：${words}`, en: `: ${words}` }
  const { zh, en } = service.name
  const waitMs = retryAfterOf(reply) ?? meaning.retryAfterMs
  return {
    class: meaning.class,
    code: `${service.prefix}_${code}`,
    reason: {
      zh: `${zh}返回 ${code}：${meaning.reason.zh}${quote.zh}`,
      en: `${en} answered ${code}, ${meaning.reason.en}${quote.en}`,
    },
    ...(meaning.class === 'retry' && waitMs !== undefined && { retryAfterMs: waitMs }),
  }
}

const UNLISTED = refusal('未被接收', 'not taken')

/** An answer that is no JSON, or has no number where the service documents one. */
export const unreadable = ({ zh, en }: Reason, { status }: HttpReply): Verdict => ({
  class: 'unknown',
  code: 'ANSWER_UNREADABLE',
  reason: {
    zh: `${zh}的应答无法识别（HTTP ${status}），是否已接收不明，请检查地址与代理`,
    en: `The answer of ${en} cannot be read (HTTP ${status}); whether it was taken is unknown. Check the address and any proxy`,
  },
})

export const contradiction = ({ zh, en }: Reason, { status }: HttpReply): Verdict => ({
  class: 'unknown',
  code: 'ANSWER_CONTRADICTS',
  reason: {
    zh: `${zh}的应答自相矛盾（HTTP ${status}），是否已接收不明`,
    en: `The answer of ${en} contradicts itself (HTTP ${status}); whether it was taken is unknown`,
  },
})

export function tooMany({ zh, en }: Reason, reply: HttpReply): Verdict {
  const waitMs = retryAfterOf(reply)
  return {
    class: 'retry',
    code: 'HTTP_429',
    reason: {
      zh: `${zh}限流（HTTP 429），未接收`,
      en: `${en} takes no more just now (HTTP 429)`,
    },
    ...(waitMs !== undefined && { retryAfterMs: waitMs }),
  }
}
