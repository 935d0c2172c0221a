import { CrisisError, type Reason } from './errors.js'
import type { ReadResponse } from './generic-response.js'
import { PROFILE_SUCCESS, readProfile, type ReplyProfile } from './reply-profile.js'
import { isBlank } from './text.js'
import type { XmlLimits } from './xml/index.js'

export interface ReplyRules {
  /** The shape that this peer answers in; no other is understood. Default is the document's own. */
  readonly profile?: ReplyProfile
  /**
   * The codes that mean success when this peer answers in JSON. There is no default: the document names both
   * `0` and `1` (7.2), and guessing would turn some site's failure into a success (reading A1).
   */
  readonly jsonSuccessCodes?: readonly string[]
}

/**
 * What a peer's answer means. `unusable` = no answer that could be read at all (reading A5).
 */
export interface ReplyVerdict {
  readonly class: 'delivered' | 'rejected' | 'ambiguous' | 'unauthorized' | 'unusable'
  /** `DELIVERED`, `REPLY_REJECTED`, `REPLY_UNAUTHORIZED`, `REPLY_CONTRADICTION`, `REPLY_CODE`, `REPLY_JSON`, `REPLY_EMPTY`, `REPLY_UNREADABLE` */
  readonly code: string
  readonly reason: Reason
  /** The answer itself, where there was one. */
  readonly reply?: ReadResponse
}

const SAYS_FAILURE =
  /失败|错误|异常|拒绝|无效|超时|不存在|[未没不]有?能?够?成功|fail|error|exception|unsuccess|not success/i
const SAYS_SUCCESS = /成功|success/i
const SAYS_UNAUTHORIZED = /身份|验证|授权|licen[cs]e|unauthori[sz]ed/i

/**
 * Classes a peer's answer (reading A1, A4, A5, A12, A31). Only an XML code of exactly `0` whose desc does not
 * contradict it, a JSON code that this peer's rules name, or the success of its profile is `delivered`. Never
 * throws.
 */
export function classifyReply(
  text: string,
  rules: ReplyRules = {},
  limits: XmlLimits = {},
): ReplyVerdict {
  if (isBlank(text)) {
    return {
      class: 'unusable',
      code: 'REPLY_EMPTY',
      reason: { zh: '对方应答为空', en: "The peer's answer is empty" },
    }
  }
  const { profile = '' } = rules
  let reply: ReadResponse
  try {
    reply = readProfile(text, profile, limits)
  } catch (error) {
    return verdictOfUnreadable(error)
  }
  return reply.format === 'json' || profile === 'json'
    ? verdictOfJson(reply, rules)
    : verdictOfCode(reply, PROFILE_SUCCESS[profile])
}

function verdictOfUnreadable(error: unknown): ReplyVerdict {
  const ambiguous = error instanceof CrisisError && error.code === 'DOCUMENT_AMBIGUOUS'
  const detail: Reason =
    error instanceof CrisisError ? error.reason : { zh: '无法读取', en: 'it cannot be read' }
  return {
    class: ambiguous ? 'ambiguous' : 'unusable',
    code: ambiguous ? 'REPLY_CODE' : 'REPLY_UNREADABLE',
    reason: {
      zh: `对方应答无法识别：${detail.zh}`,
      en: `The peer's answer is unusable: ${detail.en}`,
    },
  }
}

function verdictOfJson(reply: ReadResponse, rules: ReplyRules): ReplyVerdict {
  // No code is no success, whatever the rules say.
  const known = (rules.jsonSuccessCodes ?? []).filter((code) => !isBlank(code))
  if (known.length === 0) {
    return {
      class: 'ambiguous',
      code: 'REPLY_JSON',
      reason: {
        zh: '对方以 JSON 应答，但未设置该对方的 JSON 成功码（文档 7.2 自相矛盾：0 或 1）',
        en: 'The peer answered in JSON, and its JSON success code is not set (the document names both 0 and 1)',
      },
      reply,
    }
  }
  return verdictOfCode(reply, known.includes(reply.code) ? reply.code : known[0]!)
}

function verdictOfCode(reply: ReadResponse, successCode: string): ReplyVerdict {
  const { code, desc } = reply
  if (code === successCode) {
    // A success that speaks of our identity without saying that it succeeded is a refusal (reading A12).
    const refuses = SAYS_UNAUTHORIZED.test(desc) && !SAYS_SUCCESS.test(desc)
    return SAYS_FAILURE.test(desc) || refuses
      ? contradiction(reply)
      : {
          class: 'delivered',
          code: 'DELIVERED',
          reason: { zh: '对方已接收', en: 'Delivered' },
          reply,
        }
  }
  if (code === '' || /^[+-]?0+(?:\.0*)?$/.test(code) || isNearly(code, successCode)) {
    return {
      class: 'ambiguous',
      code: 'REPLY_CODE',
      reason: {
        zh: `对方应答的 code 不是规定的值（成功应为 ${successCode}），请与厂商确认`,
        en: `The code of the answer is not one of those agreed (success is exactly ${successCode}); ask the vendor`,
      },
      reply,
    }
  }
  if (SAYS_UNAUTHORIZED.test(desc) || code === '401') {
    return {
      class: 'unauthorized',
      code: 'REPLY_UNAUTHORIZED',
      reason: {
        zh: '对方拒绝了我方身份（身份验证码、授权），请检查 License',
        en: 'The peer refuses our identity; check the licence',
      },
      reply,
    }
  }
  if (SAYS_SUCCESS.test(desc) && !SAYS_FAILURE.test(desc)) return contradiction(reply)
  return {
    class: 'rejected',
    code: 'REPLY_REJECTED',
    reason: {
      zh: `对方拒绝接收（应答码不是成功码 ${successCode}）`,
      en: `The peer refused the document (its code is not ${successCode}, the success)`,
    },
    reply,
  }
}

/** `True` for `true`, `01` for `1`: perhaps meant as the success, and never taken for it. */
const isNearly = (code: string, successCode: string) =>
  code.toLowerCase() === successCode.toLowerCase() || Number(code) === Number(successCode)

const contradiction = (reply: ReadResponse): ReplyVerdict => ({
  class: 'ambiguous',
  code: 'REPLY_CONTRADICTION',
  reason: {
    zh: '对方应答的 code 与 desc 互相矛盾，不能视为成功，请与厂商确认',
    en: 'The code and the desc of the answer contradict each other, so it is no success; ask the vendor',
  },
  reply,
})
