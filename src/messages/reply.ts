import { CrisisError, type Reason } from './errors.js'
import { prepareDocument } from './document.js'
import { withControlsShown } from './reply-controls.js'
import { ambiguousCode, besideIn, type Beside, type ReadResponse } from './reply-parts.js'
import { OWN_RULES, rowsOf, type ReplyRules, type RuleRow } from './reply-profile.js'
import { readByRules, rowFor } from './reply-reading.js'
import { ALL_OTHERS, WHOLE_BODY } from './reply-rule.js'
import { meaningsOf } from './reply-words.js'
import { isBlank } from './text.js'
import { readXml, type XmlLimits } from './xml/index.js'

/** The code of a refusal that asks to be sent the same again. */
export const REPLY_RETRY = 'REPLY_RETRY'

/**
 * The meaning of a peer's answer. `unusable` = it is empty, so there is no answer (reading A5); one that is there and is
 * not understood is `ambiguous`.
 */
export interface ReplyVerdict {
  readonly class: 'delivered' | 'rejected' | 'ambiguous' | 'unauthorized' | 'unusable'
  /** `DELIVERED`, `REPLY_REJECTED`, `REPLY_RETRY`, `REPLY_UNAUTHORIZED`, `REPLY_CONTRADICTION`, `REPLY_CODE`, `REPLY_JSON`, `REPLY_EMPTY`, `REPLY_UNREADABLE` */
  readonly code: string
  readonly reason: Reason
  /** The answer itself, where it was understood. */
  readonly reply?: ReadResponse
  /** The words of an answer that was not understood, cut. */
  readonly raw?: string
}

/** A string that a peer returned, with the name of its element; null = it has none. */
export interface Returned {
  readonly name: string | null
  readonly text: string
}

/** All that a peer returned in one answer. */
export interface Answer extends Returned {
  /** Further returned elements: all of it is one answer. */
  readonly others?: readonly Returned[]
  /** The whole element in the Body, as XML. Default is the text. */
  readonly body?: string
}

/**
 * Classes a peer's answer (reading A1, A4, A5, A12, A31). Only a code that the peer's rule names as delivered, and that
 * nothing beside it contradicts, is `delivered`; of the document's own answer that is an XML code of exactly `0`. Never
 * throws.
 */
export function classifyReply(
  given: string | Answer,
  rules: ReplyRules = OWN_RULES,
  limits: XmlLimits = {},
): ReplyVerdict {
  const answer: Answer = typeof given === 'string' ? { name: null, text: given } : given
  const rows = rowsOf(rules)
  const returned = rows[0]?.returned ?? ''
  if (returned === '') return classifyAll(answer, rows, limits)
  if (returned === WHOLE_BODY) return classifyOne(answer.body ?? answer.text, rows, limits)
  return classifyNamed(answer, returned, rows, limits)
}

/** Nothing says which of several returned elements holds the answer: it is the one that is understood. */
function classifyAll(
  { text, others = [] }: Answer,
  rows: readonly RuleRow[],
  limits: XmlLimits,
): ReplyVerdict {
  const verdict = classifyOne(text, rows, limits)
  const rest = others.filter((other) => !isBlank(other.text))
  if (rest.length === 0 || isBlank(text)) return verdict
  const verdicts = [verdict, ...rest.map((other) => classifyOne(other.text, rows, limits))]
  const understood = verdicts.find(({ reply }) => reply !== undefined)
  if (!understood?.reply) return verdict
  // Several returned elements are one answer. What is understood of it must not be denied by what is not.
  const said = [text, ...rest.map((other) => other.text)]
  const beside = said.filter((_, index) => verdicts[index] !== understood)
  const isDenied =
    understood.class === 'delivered'
      ? beside.some((other) => deniesSuccess(besideOf(other)))
      : beside.some((other) => isBareSuccess(other))
  return isDenied && understood.class !== 'ambiguous' ? contradiction(understood.reply) : understood
}

function classifyNamed(
  { others = [], ...first }: Answer,
  returned: string,
  rows: readonly RuleRow[],
  limits: XmlLimits,
): ReplyVerdict {
  const all: readonly Returned[] = [first, ...others]
  const [meant, ...more] = all.filter(({ name }) => name === returned)
  const said = all.filter((one) => one !== meant && !isBlank(one.text))
  // An answer without the element was given by somebody all the same, unless it says nothing at all.
  if (!meant || more.length > 0 || (isBlank(meant.text) && said.length > 0)) {
    const whole = all.map(({ text }) => text).join('\n')
    return isBlank(whole)
      ? classifyOne('', rows, limits)
      : verdictOfUnreadable(whole, ambiguousCode())
  }
  const verdict = classifyOne(meant.text, rows, limits)
  const isDenied =
    verdict.class === 'delivered' &&
    said.some(({ name, text }) => deniesSuccess([{ name: name ?? '', text }, ...besideOf(text)]))
  return isDenied && verdict.reply ? contradiction(verdict.reply) : verdict
}

function classifyOne(text: string, rows: readonly RuleRow[], limits: XmlLimits): ReplyVerdict {
  if (isBlank(text)) {
    return {
      class: 'unusable',
      code: 'REPLY_EMPTY',
      reason: { zh: '对方应答为空', en: "The peer's answer is empty" },
    }
  }
  try {
    const shown = withControlsShown(text)
    return verdictOfCode(readByRules(shown, rows, limits), rowFor(shown, rows))
  } catch (error) {
    return verdictOfUnreadable(text, error)
  }
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

/** Looks like a success, or like nothing: perhaps meant as the success, and never taken for it. */
const isNearSuccess = (code: string, delivered: readonly string[]): boolean =>
  code === '' ||
  /^[+-]?0+(?:\.0*)?$/.test(code) ||
  delivered.some((success) => isNearly(code, success))

function verdictOfCode(
  reply: ReadResponse,
  { form, delivered, rejected, retry }: RuleRow,
): ReplyVerdict {
  const { code, beside } = reply
  if (delivered.length === 0) return unset(reply, form)
  if (delivered.includes(code)) {
    return deniesSuccess(beside)
      ? contradiction(reply)
      : {
          class: 'delivered',
          code: 'DELIVERED',
          reason: { zh: '对方已接收', en: 'Delivered' },
          reply,
        }
  }
  const isListed = rejected.includes(code) || retry.includes(code)
  const isOther = rejected.includes(ALL_OTHERS) && !isNearSuccess(code, delivered)
  const wanted = delivered.join('/')
  if (!isListed && !isOther) {
    return {
      class: 'ambiguous',
      code: 'REPLY_CODE',
      reason: {
        zh: `对方应答的 code 不是规定的值（成功应为 ${wanted}），请与厂商确认`,
        en: `The code of the answer is not one of those agreed (success is exactly ${wanted}); ask the vendor`,
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
  if (retry.includes(code)) {
    return {
      class: 'rejected',
      code: REPLY_RETRY,
      reason: {
        zh: '对方暂时未能接收，将稍后重发',
        en: 'The peer could not take the document just now, so it is sent again',
      },
      reply,
    }
  }
  return {
    class: 'rejected',
    code: 'REPLY_REJECTED',
    reason: {
      zh: `对方拒绝接收（应答码不是成功码 ${wanted}）`,
      en: `The peer refused the document (its code is not ${wanted}, the success)`,
    },
    reply,
  }
}

/** Only of JSON may the success be unset. */
const unset = (reply: ReadResponse, form: RuleRow['form']): ReplyVerdict => ({
  class: 'ambiguous',
  code: form === 'json' ? 'REPLY_JSON' : 'REPLY_CODE',
  reason: {
    zh: '对方以 JSON 应答，但未设置该对方的 JSON 成功码（文档 7.2 自相矛盾：0 或 1）',
    en: 'The peer answered in JSON, and its JSON success code is not set (the document names both 0 and 1)',
  },
  reply,
})

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

/** `True` for `true`, `01` for `1`. */
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
