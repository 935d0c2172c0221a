import { ALL_OTHERS, type ReplyRule } from './reply-rule.js'

// Data that the dialog shows as well, so a browser loads this file.

/**
 * The ready forms of the answers of a peer whose interface is older than the common answer of V2.0, or is none of this
 * document (reading A31). `''` is the document's own: `<response><code>0`, and JSON where its success codes are set.
 *
 * - `json`: only JSON with `code`, whose success codes are set
 * - `result-code-0`, `result-code-1`: `<Response>` with one `ResultCode`, there or one level below; DHC's
 *   success is `1` and its failure `-1`, others have `0`
 * - `text-0`, `text-true`: nothing but this word
 * - `rule`: the rule of the peer's own settings
 */
export const REPLY_PROFILES = [
  '',
  'json',
  'result-code-0',
  'result-code-1',
  'text-0',
  'text-true',
  'rule',
] as const
export type ReplyProfile = (typeof REPLY_PROFILES)[number]

/** A rule with what only the ready ones have, because flows of 0.1.0 are to keep their meaning. */
export interface RuleRow extends ReplyRule {
  /** A text that is not like this is none of the form. */
  readonly shape?: RegExp
  /** Names in lower case, of which all together are there once. Default is the name of the code itself. */
  readonly rivals?: readonly string[]
  /** A code that is `true` or `false` in JSON is none. Default is false. */
  readonly isNeverBoolean?: boolean
}

const row = (form: ReplyRule['form'], code: string, success: string, words = ''): ReplyRule => ({
  returned: '',
  unwrap: [],
  form,
  code,
  delivered: [success],
  rejected: [ALL_OTHERS],
  // By these a peer with our own package says that it has not stored a document (reading A2).
  retry: ['500', '503'],
  words,
})

const RESULT_CODE = 'Response/ResultCode | Response/*/ResultCode'
const resultCode = (success: string): RuleRow => ({
  ...row('xml', RESULT_CODE, success, 'Response'),
  rivals: ['resultcode', 'code'],
})

const OWN_XML: RuleRow = row('xml', 'response/code', '0', '//desc')

/** The document names both 0 and 1 (7.2), so the site says which; without that there is no success (reading A1). */
const ownJson = (codes: readonly string[]): RuleRow => ({
  ...row('json', '/code', '', '/desc'),
  delivered: codes,
  rivals: ['code'],
  isNeverBoolean: true,
})

const FIXED: Readonly<Partial<Record<ReplyProfile, readonly RuleRow[]>>> = {
  'result-code-0': [resultCode('0')],
  'result-code-1': [resultCode('1')],
  'text-0': [{ ...row('text', '', '0'), shape: /^[+-]?\d{1,9}$/ }],
  'text-true': [{ ...row('text', '', 'true'), shape: /^(?:true|false)$/i }],
}

export interface ReplyRules {
  /** The form that this peer answers in; no other is understood. Default is the document's own. */
  readonly profile?: ReplyProfile
  /**
   * The codes that mean success when this peer answers in JSON. There is no default: the document names both
   * `0` and `1` (7.2), and guessing would turn some site's failure into a success (reading A1).
   */
  readonly jsonSuccessCodes?: readonly string[]
  /** The peer's own rule, for the profile `rule`. Without it that profile understands nothing. */
  readonly rule?: ReplyRule
}

const known = new WeakMap<ReplyRules, readonly RuleRow[]>()

/** The rules that the settings of a peer come to, one for each form that it may answer in. */
export function rowsOf(rules: ReplyRules): readonly RuleRow[] {
  const rows = known.get(rules) ?? madeOf(rules)
  known.set(rules, rows)
  return rows
}

function madeOf({ profile = '', jsonSuccessCodes = [], rule }: ReplyRules): readonly RuleRow[] {
  if (profile === 'rule') return rule ? [rule] : []
  const fixed = FIXED[profile]
  if (fixed) return fixed
  const json = ownJson(jsonSuccessCodes.map((code) => code.trim()).filter((code) => code !== ''))
  return profile === 'json' ? [json] : [OWN_XML, json]
}

/** The document's own answers: what a peer without settings gives. */
export const OWN_RULES: ReplyRules = Object.freeze({})

/** Rules to begin with, for forms that many peers answer in; each is a copy that a site changes. */
export const READY_RULES: readonly { readonly name: string; readonly rule: ReplyRule }[] = [
  ready('<Response><Body><ResultCode>1', 'xml', 'Response/Body/ResultCode', '1', '-1'),
  ready('<Response><ResultCode>0', 'xml', 'Response/ResultCode', '0'),
  ready('<Response><Code>0', 'xml', 'Response/Code', '0'),
  ready('<Result><ResultCode>0', 'xml', 'Result/ResultCode', '0'),
  ready('<response><head><code>0', 'xml', 'response/head/code', '0'),
  ready('<response code="0">', 'xml', 'response/@code', '0'),
  ready('<RetInfo><RetCode>1', 'xml', '//RetInfo/RetCode', '1'),
  ready('<acknowledgement typeCode="AA"> (HL7 V3)', 'xml', HL7_V3(), 'AA', 'AE', 'AR'),
  ready('{"success":true}', 'json', '/success', 'true', 'false'),
  ready('{"code":"200"}', 'json', '/code', '200'),
  ready('{"ResultCode":"0"}', 'json', '/ResultCode', '0'),
  ready('success', 'text', '', 'success'),
]

function HL7_V3(): string {
  return '//acknowledgement/@typeCode | //acknowledgement/typeCode/@code'
}

function ready(
  name: string,
  form: ReplyRule['form'],
  code: string,
  success: string,
  ...failures: readonly string[]
): { readonly name: string; readonly rule: ReplyRule } {
  const isHl7 = success === 'AA'
  return {
    name,
    rule: {
      returned: isHl7 ? '*' : '',
      unwrap: [],
      form,
      code,
      delivered: [success],
      rejected: failures.length > 0 ? failures : [ALL_OTHERS],
      retry: [],
      words: '',
    },
  }
}
