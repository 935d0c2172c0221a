import type { Reason } from '../../messages/index.js'
import type { Verdict } from './contract.js'
import { ACCEPTED } from './contract.js'
import { retryAfterOf, type HttpReply } from './http-call.js'
import { isPointer, valueAt, type Json } from './json.js'
import { contradiction, tooMany, unreadable } from './reply-code.js'

/**
 * An answer meets a rule when it meets all that the rule names. One for `accepted` that names no status asks for 2xx.
 */
export interface GatewayRule {
  /** `200`, or a class such as `2xx`. */
  readonly status?: string | undefined
  /** A JSON pointer (RFC 6901) into the answer, such as `/data/code`. Default is none. */
  readonly pointer?: string | undefined
  /**
   * The value that the pointer must lead to, of this very type: the text `"0"` is not the number 0. Default for
   * `accepted` is any text or number that can be the id of a message, for the others any value but null.
   */
  readonly equals?: string | number | boolean | null | undefined
}

export interface GatewayRules {
  readonly accepted: readonly GatewayRule[]
  readonly refused?: readonly GatewayRule[] | undefined
  readonly retry?: readonly GatewayRule[] | undefined
}

export interface RuleProblem {
  readonly code: 'RULES_MISSING' | 'RULE_STATUS' | 'RULE_POINTER' | 'RULE_EMPTY'
  /** The rule, such as `accepted/0`. */
  readonly path: string
  readonly reason: Reason
}

const STATUS = /^[1-5](?:\d\d|xx)$/i

/** The faults in the rules of a gateway; none = they can be used. */
export function ruleProblems(rules: GatewayRules): readonly RuleProblem[] {
  const lists = { accepted: rules.accepted, refused: rules.refused, retry: rules.retry }
  const problems = Object.entries(lists).flatMap(([name, list]) =>
    (list ?? []).flatMap((rule, i) => [...problemsOf(rule, `${name}/${i}`)]),
  )
  if (rules.accepted.length > 0) return problems
  return [
    {
      code: 'RULES_MISSING',
      path: 'accepted',
      reason: {
        zh: '未设置何种应答视为已接收',
        en: 'No rule says which answer means that a page was taken',
      },
    },
    ...problems,
  ]
}

function* problemsOf(rule: GatewayRule, path: string): Generator<RuleProblem> {
  const { status, pointer, equals } = rule
  if (status !== undefined && !STATUS.test(status)) {
    yield {
      code: 'RULE_STATUS',
      path,
      reason: {
        zh: '状态码应为 200 或 2xx 的形式',
        en: 'A status is written as 200, or as a class: 2xx',
      },
    }
  }
  if (pointer !== undefined && !isPointer(pointer)) {
    yield {
      code: 'RULE_POINTER',
      path,
      reason: {
        zh: 'JSON 指针应以 / 开头，例如 /data/code',
        en: 'A JSON pointer begins with a slash, such as /data/code',
      },
    }
  }
  if (
    (status === undefined && pointer === undefined) ||
    (pointer === undefined && equals !== undefined)
  ) {
    yield {
      code: 'RULE_EMPTY',
      path,
      reason: {
        zh: '规则需要状态码或 JSON 指针；有值时必须有指针',
        en: 'A rule needs a status or a JSON pointer, and a pointer where it has a value',
      },
    }
  }
}

const NAME = { zh: '短信/消息网关', en: 'the gateway' } as const

/**
 * The verdict of the rules on an answer. What meets no rule is unknown, as is what meets rules of two kinds. HTML and
 * whatever else is no JSON is never accepted; an empty body may be, by a rule that asks for a status alone.
 */
export function gatewayVerdict(
  rules: GatewayRules,
  reply: HttpReply,
  json: Json | undefined,
): Verdict {
  const met = {
    accepted: rules.accepted.some((rule) =>
      isMet({ ...rule, status: rule.status ?? TAKEN }, isId, reply, json),
    ),
    refused: rules.refused?.some((rule) => isMet(rule, isThere, reply, json)),
    retry: rules.retry?.some((rule) => isMet(rule, isThere, reply, json)),
  }
  const kinds = Object.values(met).filter(Boolean).length
  if (kinds > 1) return contradiction(NAME, reply)
  if (met.refused) return refusedBy(reply)
  if (met.retry) return later(reply)
  if (met.accepted) {
    const isEmpty = Buffer.from(reply.bytes).toString('latin1').trim() === ''
    return json !== undefined || isEmpty ? ACCEPTED : unreadable(NAME, reply)
  }
  if (reply.status === 429) return tooMany(NAME, reply)
  return json === undefined ? unreadable(NAME, reply) : unforeseen(reply)
}

const TAKEN = '2xx'

const isThere = (value: Json): boolean => value !== null

/** False for what services put where there is no id. */
const isId = (value: Json): boolean =>
  typeof value === 'number' ? value !== 0 : typeof value === 'string' && value.trim() !== ''

function isMet(
  { status, pointer, equals }: GatewayRule,
  isEnough: (value: Json) => boolean,
  reply: HttpReply,
  json: Json | undefined,
): boolean {
  if (status !== undefined && !matches(status, reply.status)) return false
  if (pointer === undefined) return status !== undefined
  const found = json === undefined ? undefined : valueAt(json, pointer)
  if (found === undefined) return false
  return equals === undefined ? isEnough(found) : found === equals
}

const matches = (written: string, status: number): boolean =>
  /xx$/i.test(written) ? written[0] === `${status}`[0] : written === `${status}`

const refusedBy = ({ status }: HttpReply): Verdict => ({
  class: 'refused',
  code: 'GATEWAY_REFUSED',
  reason: {
    zh: `${NAME.zh}的应答按规则为拒绝（HTTP ${status}）`,
    en: `The answer of ${NAME.en} is a refusal by its rules (HTTP ${status})`,
  },
})

function later(reply: HttpReply): Verdict {
  const waitMs = retryAfterOf(reply)
  return {
    class: 'retry',
    code: 'GATEWAY_LATER',
    reason: {
      zh: `${NAME.zh}的应答按规则为稍后再试（HTTP ${reply.status}）`,
      en: `The answer of ${NAME.en} asks for another try by its rules (HTTP ${reply.status})`,
    },
    ...(waitMs !== undefined && { retryAfterMs: waitMs }),
  }
}

const unforeseen = ({ status }: HttpReply): Verdict => ({
  class: 'unknown',
  code: 'GATEWAY_UNFORESEEN',
  reason: {
    zh: `${NAME.zh}的应答不符合任何规则（HTTP ${status}），是否已接收不明`,
    en: `The answer of ${NAME.en} meets no rule (HTTP ${status}); whether it was taken is unknown`,
  },
})
