import { CrisisError, type Reason } from './errors.js'
import { prepareDocument } from './document.js'
import { besideIn, type Beside, type ReadResponse } from './generic-response.js'
import { withControlsShown } from './reply-controls.js'
import { PROFILE_SUCCESS, readProfile, type ReplyProfile } from './reply-profile.js'
import { meaningsOf } from './reply-words.js'
import { isBlank } from './text.js'
import { readXml, type XmlLimits } from './xml/index.js'

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
 * The meaning of a peer's answer. `unusable` = it is empty, so there is no answer (reading A5); one that is there and is
 * not understood is `ambiguous`.
 */
export interface ReplyVerdict {
  readonly class: 'delivered' | 'rejected' | 'ambiguous' | 'unauthorized' | 'unusable'
  /** `DELIVERED`, `REPLY_REJECTED`, `REPLY_UNAUTHORIZED`, `REPLY_CONTRADICTION`, `REPLY_CODE`, `REPLY_JSON`, `REPLY_EMPTY`, `REPLY_UNREADABLE` */
  readonly code: string
  readonly reason: Reason
  /** The answer itself, where it was understood. */
  readonly reply?: ReadResponse
  /** The words of an answer that was not understood, cut. */
  readonly raw?: string
}

/**
 * Classes a peer's answer (reading A1, A4, A5, A12, A31). Only an XML code of exactly `0` whose desc does not
 * contradict it, a JSON code that this peer's rules name, or the success of its profile is `delivered`. Never
 * throws.
 */
export function classifyReply(
  text: string,
  rules: ReplyRules = {},
  limits: XmlLimits = {},
  others: readonly string[] = [],
): ReplyVerdict {
  const verdict = classifyOne(text, rules, limits)
  const rest = others.filter((other) => !isBlank(other))
  if (rest.length === 0) return verdict
  const verdicts = [verdict, ...rest.map((other) => classifyOne(other, rules, limits))]
  const understood = verdicts.find(({ reply }) => reply !== undefined)
  if (!understood?.reply) return verdict
  // Several returned elements are one answer. What is understood of it must not be denied by what is not.
  const said = [text, ...rest].filter((_, index) => verdicts[index] !== understood)
  const isSuccess = understood.class === 'delivered'
  const isDenied = isSuccess
    ? said.some((other) => deniesSuccess(besideOf(other)))
    : said.some((other) => isBareSuccess(other))
  return isDenied && understood.class !== 'ambiguous' ? contradiction(understood.reply) : understood
}

function classifyOne(text: string, rules: ReplyRules, limits: XmlLimits): ReplyVerdict {
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
    reply = readProfile(withControlsShown(text), profile, limits)
  } catch (error) {
    return verdictOfUnreadable(text, error)
  }
  return reply.format === 'json' || profile === 'json'
    ? verdictOfJson(reply, rules)
    : verdictOfCode(reply, PROFILE_SUCCESS[profile])
}

/** Longest part of an answer that is kept for people, in UTF-16 code units. */
const MAX_RAW = 1000

function verdictOfUnreadable(text: string, error: unknown): ReplyVerdict {
  const ambiguous = error instanceof CrisisError && error.code === 'DOCUMENT_AMBIGUOUS'
  const detail: Reason =
    error instanceof CrisisError ? error.reason : { zh: '无法读取', en: 'it cannot be read' }
  return {
    class: 'ambiguous',
    code: ambiguous ? 'REPLY_CODE' : 'REPLY_UNREADABLE',
    reason: {
      zh: `对方应答无法识别：${detail.zh}`,
      en: `The peer's answer is unusable: ${detail.en}`,
    },
    raw: Array.from(text.trim()).slice(0, MAX_RAW).join(''),
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
  const { code, beside } = reply
  if (code === successCode) {
    return deniesSuccess(beside)
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
  const means = meaningsOf(beside.map(({ text }) => text).join('\n'))
  if (means.has('refusesUs') || code === '401') {
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
  if (means.has('success') && !means.has('failure')) return contradiction(reply)
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

const NAMES_SUCCESS = /^(?:is)?(?:success|succeed(?:ed)?|ok|pass(?:ed)?)$/i
const NAMES_FAILURE = /^(?:is)?(?:err(?:or)?s?|fail(?:ed|ure)?s?|exceptions?|faults?)$/i
const NAMES_CODE = /(?:code|status|state|ret|result|flag)$/i
const NO = /^(?:false|no|n|f|0|否)$/i
const NOTHING = /^(?:|0+|null|nil|none|false|no|n|f|ok|无|空|否|\[\]|\{\})$/i
const FAILING_CODE = /^(?:-\d+|[45]\d{2}|false|fail(?:ed|ure)?|err(?:or)?|ng)$/i

/** True when anything in an answer denies that it is a success: by its words, or by its name and its value. */
function deniesSuccess(beside: readonly Beside[]): boolean {
  const means = meaningsOf(beside.map(({ text }) => text).join('\n'))
  // A success that speaks of our identity, or of a result that nobody has validated, without saying that it succeeded is a refusal (reading A12).
  const isRefusal = means.has('refusesUs') || means.has('unchecked')
  if (means.has('failure') || (isRefusal && !means.has('success'))) return true
  return beside.some(({ name, text }) => {
    const value = text.trim()
    return (
      (NAMES_SUCCESS.test(name) && NO.test(value)) ||
      (NAMES_FAILURE.test(name) && !NOTHING.test(value) && !meaningsOf(value).has('success')) ||
      (NAMES_CODE.test(name) && FAILING_CODE.test(value))
    )
  })
}

/** The content of a returned element beside the answer, read as far as it can be. */
function besideOf(text: string): readonly Beside[] {
  try {
    return [...besideIn(readXml(prepareDocument(withControlsShown(text)).xml))]
  } catch {
    return [{ name: 'code', text }]
  }
}

/** A word by itself that says success under some profile. */
const isBareSuccess = (text: string): boolean => /^\s*(?:0|1|true|ok|success|成功)\s*$/i.test(text)

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
