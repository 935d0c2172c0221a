import type { Reason } from './errors.js'
import { REPLY_PROFILES, type ReplyProfile } from './reply-profile.js'
import {
  isFailureByItself,
  isZeroAndOther,
  readReplyRule,
  type ReplyRule,
  type RuleProblem,
} from './reply-rule.js'

/** The answers of a counterpart, by the names of the peer's settings. */
export interface AnswerSection {
  readonly replyProfile: ReplyProfile
  readonly jsonSuccess: string
  readonly replyRule: ReplyRule | null
  readonly replyTable: readonly AnswerRow[]
}

/** A code, or a code with certain words, that is treated in another way than the rule says. */
export interface AnswerRow {
  readonly code: string
  readonly words?: string
  readonly action: (typeof ACTIONS)[number]
}

const ACTIONS = ['deliver', 'retry', 'hold'] as const
const NAMES = ['replyProfile', 'jsonSuccess', 'replyRule', 'replyTable']
const COLUMNS = ['code', 'words', 'action']

export type AnswerSectionRead =
  | { readonly value: AnswerSection; readonly problems?: undefined }
  | { readonly value?: undefined; readonly problems: readonly RuleProblem[] }

/** Reads the section `answer` of a dialect file, strictly. Pointers count from the section. */
export function readAnswerSection(given: unknown): AnswerSectionRead {
  if (!isRecord(given)) return { problems: [{ pointer: '', reason: NOT_OBJECT }] }
  const problems: RuleProblem[] = []
  const wrong = (pointer: string, reason: Reason): void => void problems.push({ pointer, reason })
  for (const name of Object.keys(given)) {
    if (!NAMES.includes(name)) wrong(`/${stepOf(name)}`, UNKNOWN)
  }
  const text = (name: string): string => {
    const value = given[name] ?? ''
    if (typeof value === 'string') return value.trim()
    wrong(`/${name}`, NOT_TEXT)
    return ''
  }
  const hasRule = given['replyRule'] !== undefined && given['replyRule'] !== null
  const written = text('replyProfile') || (hasRule ? 'rule' : '')
  const replyProfile = REPLY_PROFILES.find((one) => one === written)
  if (replyProfile === undefined) wrong('/replyProfile', NO_PROFILE)
  else if (hasRule !== (replyProfile === 'rule')) wrong('/replyRule', RULE_AND_PROFILE)
  const jsonSuccess = text('jsonSuccess')
  if (isZeroAndOther(jsonSuccess.split(','))) wrong('/jsonSuccess', BOTH)
  if (replyProfile === 'json' && jsonSuccess === '') wrong('/jsonSuccess', NO_JSON_CODE)
  const rule = hasRule ? readReplyRule(given['replyRule'], '/replyRule') : undefined
  problems.push(...(rule?.problems ?? []))
  const replyTable = rowsIn(given['replyTable'] ?? [], wrong)
  if (problems.length > 0 || replyProfile === undefined) return { problems }
  return { value: { replyProfile, jsonSuccess, replyRule: rule?.value ?? null, replyTable } }
}

/** The section as a file has it: only what differs from a peer that answers as the document says. */
export function writeAnswerSection(section: AnswerSection): Readonly<Record<string, unknown>> {
  const { replyProfile, jsonSuccess, replyRule, replyTable } = section
  return {
    ...(replyProfile !== '' && replyProfile !== 'rule' && { replyProfile }),
    ...(jsonSuccess !== '' && { jsonSuccess }),
    ...(replyProfile === 'rule' && { replyRule }),
    ...(replyTable.length > 0 && { replyTable }),
  }
}

function rowsIn(
  given: unknown,
  wrong: (pointer: string, reason: Reason) => void,
): readonly AnswerRow[] {
  if (!Array.isArray(given)) {
    wrong('/replyTable', NOT_LIST)
    return []
  }
  const seen = new Set<string>()
  return given.map((row: unknown, index): AnswerRow => {
    const at = `/replyTable/${index}`
    if (!isRecord(row)) wrong(at, NOT_OBJECT)
    const cells = isRecord(row) ? row : {}
    for (const name of Object.keys(cells)) {
      if (!COLUMNS.includes(name)) wrong(`${at}/${stepOf(name)}`, UNKNOWN)
    }
    const cell = (name: string): string => {
      const value = cells[name] ?? ''
      if (typeof value === 'string') return value.trim()
      wrong(`${at}/${name}`, NOT_TEXT)
      return ''
    }
    const [code, words] = [cell('code'), cell('words')]
    if (code === '') wrong(`${at}/code`, NO_CODE)
    const key = JSON.stringify([code, words])
    if (seen.has(key)) wrong(`${at}/code`, TWICE)
    seen.add(key)
    const action = ACTIONS.find((one) => one === cells['action'])
    if (action === undefined) wrong(`${at}/action`, NO_ACTION)
    // With words a site may know that a refusal is none: "it has come already".
    if (action === 'deliver' && words === '' && isFailureByItself(code)) {
      wrong(`${at}/action`, FAILURE_DELIVERED)
    }
    return { code, ...(words !== '' && { words }), action: action ?? 'hold' }
  })
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** A name as a step of a pointer; it is a stranger's, and no longer than a person reads. */
const stepOf = (name: string): string =>
  name.slice(0, 60).replaceAll('~', '~0').replaceAll('/', '~1')

const NOT_OBJECT: Reason = { zh: '应为对象', en: 'This should be an object' }
const NOT_LIST: Reason = { zh: '应为列表', en: 'This should be a list' }
const NOT_TEXT: Reason = { zh: '应为文字', en: 'This should be a text' }
const NO_CODE: Reason = { zh: '应答码不能为空', en: 'The code is blank' }
const TWICE: Reason = { zh: '应答码重复', en: 'The code stands there twice' }

const UNKNOWN: Reason = {
  zh: '没有这一项，可能来自更新的版本',
  en: 'This is not known here; it may be of a later version',
}

const NO_PROFILE: Reason = {
  zh: `应为 ${REPLY_PROFILES.join('、')} 之一`,
  en: `This should be one of ${REPLY_PROFILES.join(', ')}`,
}

const RULE_AND_PROFILE: Reason = {
  zh: '只有应答格式为 rule 时才有应答规则，且必须有',
  en: 'The form "rule" has a rule, and no other form has one',
}

const BOTH: Reason = {
  zh: '0 与其他数字不能都是成功码：其中之一是失败',
  en: '0 and another number cannot both be a success: one of them is the failure',
}

const NO_JSON_CODE: Reason = {
  zh: '应答格式为 JSON 时，必须填写成功码',
  en: 'Answers in JSON need their success codes',
}

const NO_ACTION: Reason = {
  zh: `应为 ${ACTIONS.join('、')} 之一`,
  en: `This should be one of ${ACTIONS.join(', ')}`,
}

const FAILURE_DELIVERED: Reason = {
  zh: '该应答码表示失败，不能一律视为已送达；请填写应答中的文字',
  en: 'This code says failure, so it cannot always count as delivered; say which words the answer has',
}
