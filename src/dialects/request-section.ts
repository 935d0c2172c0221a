import { OUT_CHARSETS, type Reason } from '../messages/index.js'
import {
  ADDRESSINGS,
  BODY_STYLES,
  CARRIERS,
  credentialOf,
  PARAMETER_SOURCES,
  readRequestForm,
  type HeaderRow,
  type ParameterRow,
  type RequestForm,
} from '../soap/index.js'
import {
  isObject,
  NOT_OBJECT,
  NOT_TEXT,
  step,
  unknownName,
  type DialectProblem,
  type SectionRead,
} from './problem.js'

/** The request of a counterpart, by the names of the peer's settings; what is absent is blank. */
export interface RequestSection {
  readonly texts: Readonly<Partial<Record<TextName, string>>>
  readonly flags: Readonly<Partial<Record<FlagName, boolean>>>
  readonly parameters: readonly ParameterRow[]
  readonly httpHeaders: readonly HeaderRow[]
  /** Names of the parameters of the address that are a login, whose values a site puts into the credentials. */
  readonly query: readonly string[]
}

const LOGINS = ['basic', 'digest', 'bearer', 'token-text', 'token-digest']
const DECLARATIONS = ['none', 'UTF-8', 'GBK', 'GB2312', 'GB18030', 'UTF-16']

/** The texts of a section, and the words that each may be; null = any. */
const TEXTS = {
  soapVersion: ['1.1', '1.2'],
  style: BODY_STYLES,
  element: null,
  namespace: null,
  parameter: null,
  soapAction: null,
  charset: OUT_CHARSETS,
  declaration: DECLARATIONS,
  wrapper: null,
  soapHeader: null,
  addressing: ADDRESSINGS,
  carrier: CARRIERS,
  login: LOGINS,
} as const satisfies Readonly<Record<string, readonly string[] | null>>
export type TextName = keyof typeof TEXTS
export const REQUEST_TEXTS = Object.keys(TEXTS) as readonly TextName[]

export const REQUEST_FLAGS = ['cdata', 'allowGbk', 'oldTls'] as const
export type FlagName = (typeof REQUEST_FLAGS)[number]

export interface SectionOptions {
  /** The settings of an open dialog may hold what a file may not. Default is false. */
  readonly mayHoldSecrets?: boolean
  /** Leaves the templates to whoever knows the credentials. Default is false. */
  readonly isUnchecked?: boolean
}

/** Reads the section `request` of a dialect file. Pointers count from the section. */
export function readRequestSection(
  given: unknown,
  { mayHoldSecrets = false, isUnchecked = false }: SectionOptions = {},
): SectionRead<RequestSection> {
  if (!isObject(given)) return { problems: [{ pointer: '', reason: NOT_OBJECT }] }
  const problems: DialectProblem[] = []
  const texts: Partial<Record<TextName, string>> = {}
  const flags: Partial<Record<FlagName, boolean>> = {}
  for (const [name, value] of Object.entries(given)) {
    const pointer = step(name)
    if (ROWS.has(name)) continue
    if (isIn(REQUEST_FLAGS, name)) {
      if (typeof value === 'boolean') flags[name] = value
      else problems.push({ pointer, reason: NOT_FLAG })
    } else if (isIn(REQUEST_TEXTS, name)) {
      const wrong = textFault(TEXTS[name], value)
      if (wrong) problems.push({ pointer, reason: wrong })
      else texts[name] = String(value)
    } else problems.push({ pointer, reason: unknownName(name) })
  }
  const parameters = rowsIn(given, 'parameters', PARAMETER_COLUMNS, problems)
  const httpHeaders = rowsIn(given, 'httpHeaders', HEADER_COLUMNS, problems)
  const query = namesIn(given['query'], problems)
  if (problems.length > 0) return { problems }
  const section: RequestSection = {
    texts,
    flags,
    parameters: parameters as unknown as readonly ParameterRow[],
    httpHeaders: httpHeaders as unknown as readonly HeaderRow[],
    query,
  }
  const wrong = [
    ...(isUnchecked ? [] : formProblems(section)),
    ...(mayHoldSecrets ? [] : secretsIn(section)),
  ]
  return wrong.length > 0 ? { problems: wrong } : { value: section }
}

const ROWS: ReadonlySet<string> = new Set(['parameters', 'httpHeaders', 'query'])
const PARAMETER_COLUMNS = { needed: ['name', 'from', 'value'], other: ['namespace'] }
const HEADER_COLUMNS = { needed: ['name', 'value'], other: [] }

const isIn = <T extends string>(names: readonly T[], name: string): name is T =>
  names.some((one) => one === name)

function textFault(words: readonly string[] | null, value: unknown): Reason | undefined {
  if (typeof value !== 'string') return NOT_TEXT
  if (words === null || value === '' || words.includes(value)) return undefined
  return {
    zh: `应为 ${words.join('、')} 之一`,
    en: `This should be one of ${words.join(', ')}`,
  }
}

function rowsIn(
  given: Readonly<Record<string, unknown>>,
  name: string,
  { needed, other }: { readonly needed: readonly string[]; readonly other: readonly string[] },
  problems: DialectProblem[],
): readonly Readonly<Record<string, string>>[] {
  const rows = given[name] ?? []
  if (!Array.isArray(rows)) {
    problems.push({ pointer: step(name), reason: NOT_LIST })
    return []
  }
  rows.forEach((row: unknown, index) => {
    const pointer = `${step(name)}/${index}`
    if (!isObject(row)) {
      problems.push({ pointer, reason: NOT_OBJECT })
      return
    }
    for (const column of needed) {
      if (typeof row[column] !== 'string') {
        problems.push({ pointer: `${pointer}/${column}`, reason: NOT_TEXT })
      }
    }
    for (const column of Object.keys(row)) {
      const isKnown = needed.includes(column) || other.includes(column)
      if (!isKnown) problems.push({ pointer: pointer + step(column), reason: unknownName(column) })
      else if (typeof row[column] !== 'string' && other.includes(column)) {
        problems.push({ pointer: `${pointer}/${column}`, reason: NOT_TEXT })
      }
    }
    const from = row['from']
    if (needed.includes('from') && !PARAMETER_SOURCES.some((one) => one === from)) {
      problems.push({ pointer: `${pointer}/from`, reason: NO_SOURCE })
    }
  })
  return rows as readonly Readonly<Record<string, string>>[]
}

function namesIn(given: unknown, problems: DialectProblem[]): readonly string[] {
  if (given === undefined) return []
  const isList = Array.isArray(given) && given.every((one) => typeof one === 'string')
  if (!isList) problems.push({ pointer: '/query', reason: NOT_LIST })
  else if (given.some((one) => one.includes('='))) {
    problems.push({ pointer: '/query', reason: VALUE_IN_QUERY })
  }
  return isList ? given : []
}

/** The faults of the templates and tables, as the peer would say it. Any credential and variable may be set. */
function formProblems({ texts, parameters, httpHeaders }: RequestSection): DialectProblem[] {
  const { wrapper, soapHeader } = texts
  const form: RequestForm = {
    parameters,
    httpHeaders,
    wrapper,
    soapHeader,
    addressing: ADDRESSINGS.find((one) => one === texts.addressing),
    carrier: CARRIERS.find((one) => one === texts.carrier),
  }
  return [...readRequestForm(form, () => '', 'UTF-8').problems]
}

/** Values that look like secrets, which do not belong into a file. */
function secretsIn({ parameters, httpHeaders }: RequestSection): DialectProblem[] {
  return [
    ...parameters.flatMap(({ name, from, value }, index) =>
      from === 'fixed' && value !== '' && credentialOf(name) === 'password'
        ? [{ pointer: `/parameters/${index}/value`, reason: SECRET }]
        : [],
    ),
    ...httpHeaders.flatMap(({ name, value }, index) =>
      SECRET_HEADER.test(name) && !value.includes('{{')
        ? [{ pointer: `/httpHeaders/${index}/value`, reason: SECRET }]
        : [],
    ),
  ]
}

const SECRET_HEADER = /authorization|token|api-?key|secret|password/i

const NOT_FLAG: Reason = { zh: '应为 true 或 false', en: 'This should be true or false' }
const NOT_LIST: Reason = { zh: '应为列表', en: 'This should be a list' }
const NO_SOURCE: Reason = {
  zh: `应为 ${PARAMETER_SOURCES.join('、')} 之一`,
  en: `This should be one of ${PARAMETER_SOURCES.join(', ')}`,
}
const VALUE_IN_QUERY: Reason = {
  zh: '只写参数名，值填入凭证',
  en: 'This lists names only; values belong into the credentials',
}
const SECRET: Reason = {
  zh: '看来是密码或令牌，不能写入文件：请改为凭证（credential 或 {{secret:名称}}）',
  en: 'This seems to be a password or a token, which does not belong into a file: use a credential (credential, or {{secret:NAME}})',
}

/** The section of a peer's settings, without what is blank. */
export function writeRequestSection(section: RequestSection): Readonly<Record<string, unknown>> {
  const { texts, flags, parameters, httpHeaders, query } = section
  const filled = Object.entries(texts).filter(([, text]) => text !== '')
  const ticked = Object.entries(flags).filter(([, flag]) => flag)
  return {
    ...Object.fromEntries<string | boolean>([...filled, ...ticked]),
    ...(parameters.length > 0 && { parameters }),
    ...(httpHeaders.length > 0 && { httpHeaders }),
    ...(query.length > 0 && { query }),
  }
}
