import type { Reason } from './errors.js'
import { isPointer } from './json-pointer.js'
import { xmlPlaces } from './reply-place.js'
import { meaningsOf } from './reply-words.js'

// The dialog refuses what the runtime would refuse, so a browser loads this file as well.

/**
 * Takes a layer off an answer, so that the next is read.
 *
 * - `text`: CDATA or escaped markup that stands there as text
 * - `base64`: UTF-8 in base64
 * - `xml`, `json`: a document; `at` = the place of the text in it that goes on
 */
export interface UnwrapStep {
  readonly step: 'text' | 'base64' | 'xml' | 'json'
  readonly at: string
}

export const UNWRAP_STEPS = ['text', 'base64', 'xml', 'json'] as const
export const RULE_FORMS = ['xml', 'json', 'text'] as const

/** In the list of rejections: whatever is in no list, as far as it does not look like a success. */
export const ALL_OTHERS = '*'
/** For the returned element: the whole element in the Body. */
export const WHOLE_BODY = '*'

/**
 * The meaning of a peer's answers, as data: the place of the code, and the values that decide. A value in no list is
 * ambiguous, and so is a place that is there twice or not at all.
 */
export interface ReplyRule {
  /** The returned element that holds the answer, by name; `*` = the whole element in the Body; blank = the only one. */
  readonly returned: string
  readonly unwrap: readonly UnwrapStep[]
  /** `text`: the whole text is the code. */
  readonly form: (typeof RULE_FORMS)[number]
  /** See `xmlPlaces`; of JSON a pointer; of a text blank. */
  readonly code: string
  readonly delivered: readonly string[]
  readonly rejected: readonly string[]
  readonly retry: readonly string[]
  /** The place of the words for people; blank = all that stands beside the code. */
  readonly words: string
}

/** A fault of a rule, with its place as a JSON pointer. */
export interface RuleProblem {
  readonly pointer: string
  readonly reason: Reason
}

export type RuleReading =
  | { readonly value: ReplyRule; readonly problems?: undefined }
  | { readonly value?: undefined; readonly problems: readonly RuleProblem[] }

const LISTS = ['delivered', 'rejected', 'retry'] as const
const NAMES = ['returned', 'unwrap', 'form', 'code', ...LISTS, 'words'] as const

/**
 * Reads a rule from a setting or a file, strictly: nothing is converted, and a rule under which a failure could count as
 * delivered is refused.
 * @param at pointer to the rule, for the places of its faults
 */
export function readReplyRule(given: unknown, at = ''): RuleReading {
  if (!isRecord(given)) return { problems: [{ pointer: at, reason: NO_RULE }] }
  const problems: RuleProblem[] = []
  const wrong = (pointer: string, reason: Reason): void =>
    void problems.push({ pointer: at + pointer, reason })
  for (const name of Object.keys(given)) {
    if (!isOneOf(name, NAMES)) wrong(`/${name}`, unknownName(name))
  }
  const text = (name: string): string => {
    const value = given[name] ?? ''
    if (typeof value === 'string') return value.trim()
    wrong(`/${name}`, NOT_TEXT)
    return ''
  }
  const list = (name: string): readonly string[] => {
    const value: unknown = given[name] ?? []
    if (!Array.isArray(value)) {
      wrong(`/${name}`, NO_LIST)
      return []
    }
    return value.map((item: unknown, index) => {
      if (typeof item === 'string' && item.trim() !== '') return item.trim()
      wrong(`/${name}/${index}`, typeof item === 'string' ? BLANK_VALUE : NOT_TEXT)
      return ''
    })
  }
  const form = text('form')
  const isForm = isOneOf(form, RULE_FORMS)
  if (!isForm) wrong('/form', NO_FORM)
  const rule: ReplyRule = {
    returned: text('returned'),
    unwrap: stepsOf(given['unwrap'], wrong),
    form: isForm ? form : 'text',
    code: text('code'),
    delivered: list('delivered'),
    rejected: list('rejected'),
    retry: list('retry'),
    words: text('words'),
  }
  if (problems.length === 0) checkPlaces(rule, wrong)
  if (problems.length === 0) checkValues(rule, wrong)
  return problems.length > 0 ? { problems } : { value: rule }
}

type Complain = (pointer: string, reason: Reason) => void

function stepsOf(given: unknown, wrong: Complain): readonly UnwrapStep[] {
  if (given === undefined || given === null) return []
  if (!Array.isArray(given)) {
    wrong('/unwrap', NO_LIST)
    return []
  }
  if (given.length > MOST_STEPS) wrong('/unwrap', TOO_MANY_STEPS)
  return given.map((row: unknown, index): UnwrapStep => {
    const { step, at = '', ...others } = isRecord(row) ? row : {}
    const [other] = Object.keys(others)
    if (other !== undefined) wrong(`/unwrap/${index}/${other}`, unknownName(other))
    if (typeof step !== 'string' || !isOneOf(step, UNWRAP_STEPS)) {
      wrong(`/unwrap/${index}/step`, NO_STEP)
      return { step: 'text', at: '' }
    }
    if (typeof at !== 'string') wrong(`/unwrap/${index}/at`, NOT_TEXT)
    return { step, at: typeof at === 'string' ? at.trim() : '' }
  })
}

/** More layers than any answer has. */
const MOST_STEPS = 8

function checkPlaces(rule: ReplyRule, wrong: Complain): void {
  const isPlace = (form: string, place: string): boolean =>
    form === 'json'
      ? place.startsWith('/') && isPointer(place)
      : form === 'xml' && xmlPlaces(place) !== undefined
  const reasonFor = (form: string): Reason =>
    form === 'json' ? NO_POINTER : form === 'xml' ? NO_PLACE : NO_PLACE_IN_TEXT
  rule.unwrap.forEach(({ step, at }, index) => {
    const needsPlace = step === 'xml' || step === 'json'
    if (needsPlace ? !isPlace(step, at) : at !== '') {
      wrong(`/unwrap/${index}/at`, reasonFor(step))
    }
  })
  if (rule.form === 'text' ? rule.code !== '' : !isPlace(rule.form, rule.code)) {
    wrong('/code', reasonFor(rule.form))
  }
  if (rule.words !== '' && !isPlace(rule.form, rule.words)) wrong('/words', reasonFor(rule.form))
  const { returned } = rule
  if (returned !== '' && returned !== WHOLE_BODY && /[\s/:@|*]/.test(returned)) {
    wrong('/returned', NO_NAME)
  }
}

function checkValues(rule: ReplyRule, wrong: Complain): void {
  const { delivered } = rule
  if (delivered.length === 0) wrong('/delivered', NO_SUCCESS)
  delivered.forEach((value, index) => {
    if (value === ALL_OTHERS) wrong(`/delivered/${index}`, ALL_DELIVERED)
    else if (isFailureByItself(value)) wrong(`/delivered/${index}`, failureDelivered(value))
  })
  const [zero, other] = zeroAndOtherIn(delivered)
  if (zero !== undefined && other !== undefined) {
    wrong(`/delivered/${delivered.indexOf(other)}`, zeroAndOther(zero, other))
  }
  rule.retry.forEach((value, index) => {
    if (value === ALL_OTHERS) wrong(`/retry/${index}`, ALL_RETRIED)
  })
  const seen = new Map<string, string>()
  for (const list of LISTS) {
    rule[list].forEach((value, index) => {
      // `True` beside `true`, `01` beside `1`: nobody means two things by them.
      const number = numberOf(value)
      const key = Number.isNaN(number) ? value.toLowerCase() : String(number)
      const before = seen.get(key)
      if (before !== undefined && before !== list) wrong(`/${list}/${index}`, inTwoLists(value))
      else if (before === list && rule[list].indexOf(value) !== index) {
        wrong(`/${list}/${index}`, twice(value))
      }
      seen.set(key, list)
    })
  }
}

/** A zero and another number among the values, where there are both: peers that say one for success say the other for failure. */
function zeroAndOtherIn(values: readonly string[]): readonly (string | undefined)[] {
  const numbers = values.filter((value) => !Number.isNaN(numberOf(value)))
  const zero = numbers.find((value) => numberOf(value) === 0)
  const other = numbers.find((value) => numberOf(value) !== 0)
  return zero === undefined || other === undefined ? [] : [zero, other]
}

/** True where values have both 0 and another number in them, of which one is a failure. */
export const isZeroAndOther = (values: readonly string[]): boolean =>
  zeroAndOtherIn(values).length > 0

const numberOf = (value: string): number =>
  value.trim() === '' ? Number.NaN : Number(value.normalize('NFKC'))

/** Values that are a failure wherever they stand; `AE` and the like are the acknowledgements of HL7. */
const FAILURES = /^(?:-\d+(?:\.\d+)?|[45]\d{2}|false|no?|f|ng|nak|[ac][er]|null|none|undefined)$/i

/** True for a code that says failure whatever stands beside it. */
export const isFailureByItself = (value: string): boolean =>
  FAILURES.test(value) || meaningsOf(value).has('failure') || meaningsOf(value).has('refusesUs')

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const isOneOf = <T extends string>(value: string, all: readonly T[]): value is T =>
  (all as readonly string[]).includes(value)

const NO_RULE: Reason = { zh: '没有应答规则', en: 'There is no rule for the answer' }

const unknownName = (name: string): Reason => ({
  zh: `应答规则没有“${name}”这一项`,
  en: `A rule for the answer has nothing that is called “${name}”`,
})

const NOT_TEXT: Reason = {
  zh: '应为文本；数字与 true、false 也写成文本',
  en: 'This should be a text; numbers, true and false are written as texts too',
}

const NO_LIST: Reason = { zh: '应为列表', en: 'This should be a list' }

const BLANK_VALUE: Reason = { zh: '列表中的值不能为空', en: 'A value in the list is blank' }

const NO_FORM: Reason = {
  zh: '应答内容应为 xml、json 或 text',
  en: 'The form of the answer is xml, json or text',
}

const NO_STEP: Reason = {
  zh: '拆封步骤应为 text、base64、xml 或 json',
  en: 'A step of unwrapping is text, base64, xml or json',
}

const TOO_MANY_STEPS: Reason = {
  zh: `拆封步骤最多 ${MOST_STEPS} 步`,
  en: `There are at most ${MOST_STEPS} steps of unwrapping`,
}

const NO_PLACE: Reason = {
  zh: '位置应写成 Response/Body/ResultCode、ResultCode 或 response/@code，不带命名空间前缀',
  en: 'A place is written as Response/Body/ResultCode, ResultCode or response/@code, without prefixes',
}

const NO_POINTER: Reason = {
  zh: 'JSON 中的位置应写成以 / 开头的指针，如 /data/code',
  en: 'A place in JSON is a pointer that begins with a slash, such as /data/code',
}

const NO_PLACE_IN_TEXT: Reason = {
  zh: '此处整段文本就是内容，不填位置',
  en: 'The whole text is meant here, so there is no place in it',
}

const NO_NAME: Reason = {
  zh: '返回元素应为一个名称，不带前缀；* 表示 Body 中的整个元素',
  en: 'The returned element is one name without a prefix; * is the whole element in the Body',
}

const NO_SUCCESS: Reason = {
  zh: '没有填写表示已送达的值',
  en: 'No value says that the document was delivered',
}

const ALL_DELIVERED: Reason = {
  zh: '“其余全部”不能视为已送达',
  en: 'All others cannot count as delivered',
}

const ALL_RETRIED: Reason = {
  zh: '“其余全部”只能列为拒绝；未列出的值本来就会重发几次再转人工',
  en: 'All others can only be rejections; a value in no list is sent a few more times and then held anyway',
}

const failureDelivered = (value: string): Reason => ({
  zh: `“${value}”表示失败，不能视为已送达`,
  en: `“${value}” says failure, so it cannot count as delivered`,
})

const zeroAndOther = (zero: string, other: string): Reason => ({
  zh: `${zero} 与 ${other} 不能都视为已送达：其中之一是失败，请向厂商确认`,
  en: `${zero} and ${other} cannot both count as delivered: one of them is the failure; ask the vendor`,
})

const inTwoLists = (value: string): Reason => ({
  zh: `“${value}”出现在两个列表中`,
  en: `“${value}” stands in two lists`,
})

const twice = (value: string): Reason => ({
  zh: `“${value}”重复`,
  en: `“${value}” stands there twice`,
})
