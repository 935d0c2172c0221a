import type { OutCharset, Reason } from '../messages/index.js'
import { readTemplate, type Constants, type Template } from './template.js'
import { kindOfTemplate, type Place } from './template-places.js'

/** The source of a parameter's value; `template` is a text with places of its own. */
export const PARAMETER_SOURCES = [
  'document',
  'fixed',
  'env',
  'credential',
  'message',
  'id',
  'time',
  'template',
] as const
export type ParameterSource = (typeof PARAMETER_SOURCES)[number]

/** A parameter of the operation. The rows stand in the order of the WSDL. */
export interface ParameterRow {
  readonly name: string
  /** Blank = that of the document's parameter; `""` = none. */
  readonly namespace?: string
  readonly from: ParameterSource
  /** Text, name of the variable or credential, path in the message, pattern of the time; by `from`. */
  readonly value: string
}

export interface HeaderRow {
  readonly name: string
  /** A template. */
  readonly value: string
}

export const ADDRESSINGS = ['1.0', '2004/08'] as const
export type Addressing = (typeof ADDRESSINGS)[number]

/** `xml` and `json` post the document, or the wrapper around it, without SOAP. */
export const CARRIERS = ['xml', 'json'] as const
export type Carrier = (typeof CARRIERS)[number]

/** The parts of a request beyond the interface document. Blank is none of them. */
export interface RequestForm {
  readonly parameters?: readonly ParameterRow[] | undefined
  /** A document around ours. */
  readonly wrapper?: string | undefined
  /** One block of the SOAP header, or a `<soap:Header>` with several. */
  readonly soapHeader?: string | undefined
  readonly addressing?: Addressing | undefined
  readonly httpHeaders?: readonly HeaderRow[] | undefined
  readonly carrier?: Carrier | undefined
}

export interface RequestProblem {
  /** JSON pointer of the setting. */
  readonly pointer: string
  readonly reason: Reason
}

/** A form whose templates are read. */
export interface ReadForm {
  readonly parameters: readonly {
    readonly row: ParameterRow
    /** Undefined = the document. */
    readonly template: Template | undefined
  }[]
  readonly wrapper: Template | undefined
  readonly soapHeader: Template | undefined
  readonly addressing: Addressing | undefined
  readonly httpHeaders: readonly { readonly name: string; readonly template: Template }[]
  readonly carrier: Carrier | undefined
}

/** XML names without a colon, as far as parameters are called. */
const NAME = /^[A-Za-z_\u00b7-\uffff][\w.\u00b7-\uffff-]*$/
const HEADER_NAME = /^[!#$%&'*+.^`|~\w-]+$/

/** Headers that the connection writes itself. */
const OWN_HEADERS: ReadonlySet<string> = new Set([
  'host',
  'connection',
  'content-length',
  'transfer-encoding',
  'accept-encoding',
  'expect',
])

/**
 * Reads the templates of a request and finds what is wrong with it, without sending anything.
 * @param constants undefined for a name that is not set, which is a problem
 */
export function readRequestForm(
  form: RequestForm,
  constants: Constants,
  charset: OutCharset,
): { readonly form: ReadForm; readonly problems: readonly RequestProblem[] } {
  const problems: RequestProblem[] = []
  const read = (pointer: string, text: string, more: Partial<Rules> = {}): Template | undefined => {
    const found = readTemplate(text, { constants, charset, ...(more.kind && { kind: more.kind }) })
    if ('reason' in found) {
      problems.push({ pointer, reason: found.reason })
      return undefined
    }
    const wrong = more.check?.(found.template)
    if (wrong) problems.push({ pointer, reason: wrong })
    return found.template
  }
  const { wrapper = '', soapHeader = '', httpHeaders = [], carrier } = form
  const parameters = (form.parameters ?? []).map((row, index) => ({
    row,
    template: readRow(row, (text, kind) =>
      read(`/parameters/${index}/value`, text, { kind, check: withoutDocument }),
    ),
  }))
  problems.push(...parameterProblems(form.parameters ?? []))
  if (carrier === 'json' && wrapper.trim() === '') {
    problems.push({ pointer: '/wrapper', reason: JSON_WITHOUT_WRAPPER })
  }
  if (carrier && (soapHeader.trim() !== '' || form.addressing || parameters.length > 0)) {
    problems.push({ pointer: '/carrier', reason: WITHOUT_SOAP })
  }
  httpHeaders.forEach(({ name }, index) => {
    if (HEADER_NAME.test(name) && !OWN_HEADERS.has(name.toLowerCase())) return
    problems.push({ pointer: `/httpHeaders/${index}/name`, reason: badHeader(name) })
  })
  const headers = httpHeaders.map(({ name, value }, index) => ({
    name,
    template: read(`/httpHeaders/${index}/value`, value, {
      kind: 'text',
      check: withoutDocument,
    }),
  }))
  return {
    problems,
    form: {
      parameters,
      wrapper:
        wrapper.trim() === ''
          ? undefined
          : read('/wrapper', wrapper, { check: (one) => wrapperFault(one, carrier) }),
      soapHeader:
        soapHeader.trim() === ''
          ? undefined
          : read('/soapHeader', soapHeader.trim(), { kind: 'xml', check: withoutDocument }),
      addressing: form.addressing,
      httpHeaders: headers.flatMap(({ name, template }) => (template ? [{ name, template }] : [])),
      carrier,
    },
  }
}

interface Rules {
  readonly kind: Template['kind']
  readonly check: (template: Template) => Reason | undefined
}

/** All that the parameters of a form take from a message, by its paths. */
export function messagePathsOf({
  parameters,
  wrapper,
  soapHeader,
  httpHeaders,
}: ReadForm): string[] {
  const templates = [
    ...parameters.map(({ template }) => template),
    wrapper,
    soapHeader,
    ...httpHeaders.map(({ template }) => template),
  ]
  const places = templates.flatMap((template) => template?.places ?? [])
  return [...new Set(places.filter(({ kind }) => kind === 'msg').map(({ as }) => as))]
}

/** A row as the template that its value is; undefined for the document. */
function readRow(
  { from, value }: ParameterRow,
  read: (text: string, kind: Template['kind']) => Template | undefined,
): Template | undefined {
  switch (from) {
    case 'env':
      return read(`{{env:${value}}}`, 'text')
    case 'credential':
      return read(`{{secret:${value}}}`, 'text')
    case 'message':
      return read(`{{msg:${value}}}`, 'text')
    case 'id':
      return read('{{id}}', 'text')
    case 'time':
      return read(value.trim() === '' ? '{{time}}' : `{{time:${value}}}`, 'text')
    case 'template':
      return read(value, kindOfTemplate(value))
    case 'fixed':
      return { kind: 'text', places: [], fill: () => value }
    default:
      return undefined
  }
}

function parameterProblems(rows: readonly ParameterRow[]): RequestProblem[] {
  if (rows.length === 0) return []
  const problems: RequestProblem[] = []
  rows.forEach(({ name, from }, index) => {
    if (!NAME.test(name))
      problems.push({ pointer: `/parameters/${index}/name`, reason: badName(name) })
    if (!PARAMETER_SOURCES.includes(from)) {
      problems.push({ pointer: `/parameters/${index}/from`, reason: NO_SOURCE })
    }
  })
  const twice = rows.findIndex(({ name }, index) =>
    rows.slice(0, index).some((before) => before.name === name),
  )
  if (twice >= 0) {
    problems.push({
      pointer: `/parameters/${twice}/name`,
      reason: namedTwice(rows[twice]?.name ?? ''),
    })
  }
  if (rows.filter(({ from }) => from === 'document').length !== 1) {
    problems.push({ pointer: '/parameters', reason: ONE_DOCUMENT })
  }
  return problems
}

const isDocument = ({ kind }: Place): boolean => kind === 'document'

const withoutDocument = ({ places }: Template): Reason | undefined =>
  places.some(isDocument) ? DOCUMENT_ELSEWHERE : undefined

/** A wrapper carries the document once, or fields of it. */
function wrapperFault(
  { places, kind }: Template,
  carrier: Carrier | undefined,
): Reason | undefined {
  const documents = places.filter(isDocument).length
  if (documents > 1) return DOCUMENT_TWICE
  if (documents === 0 && !places.some((place) => place.kind === 'field')) return NO_DOCUMENT
  if (carrier && kind !== carrier) return otherKind(carrier)
  return undefined
}

const ONE_DOCUMENT: Reason = {
  zh: '必须有且只有一个参数的来源是“消息文档”',
  en: 'Exactly one parameter must be the document',
}
const NO_SOURCE: Reason = {
  zh: '参数来源不在可选范围内',
  en: 'There is no such source of a parameter',
}
const DOCUMENT_TWICE: Reason = {
  zh: '外层文档中 {{document}} 出现了多次，只能出现一次',
  en: 'The wrapper has {{document}} more than once',
}
const NO_DOCUMENT: Reason = {
  zh: '外层文档中既没有 {{document}} 也没有 {{field:…}}，请求将不含消息内容',
  en: 'The wrapper has neither {{document}} nor {{field:…}}, so that the request would not hold the document',
}
const DOCUMENT_ELSEWHERE: Reason = {
  zh: '{{document}} 只能用于外层文档',
  en: '{{document}} can stand in the wrapper only',
}
const JSON_WITHOUT_WRAPPER: Reason = {
  zh: '以 JSON 发送时必须填写外层文档',
  en: 'A post of JSON needs a wrapper',
}
const WITHOUT_SOAP: Reason = {
  zh: '不用 SOAP 时，不能填写参数、SOAP 头或 WS-Addressing',
  en: 'Without SOAP there are no parameters, no SOAP header and no WS-Addressing',
}

const otherKind = (carrier: Carrier): Reason => ({
  zh: `以 ${carrier.toUpperCase()} 发送时，外层文档也必须是 ${carrier.toUpperCase()}`,
  en: `A post of ${carrier.toUpperCase()} needs a wrapper in ${carrier.toUpperCase()}`,
})

// Names are typed by a person and shown to that person: no longer than can be read.
const badName = (name: string): Reason => ({
  zh: `参数名“${name.slice(0, 60)}”不是有效的 XML 名称`,
  en: `“${name.slice(0, 60)}” is no XML name for a parameter`,
})

const namedTwice = (name: string): Reason => ({
  zh: `参数 ${name.slice(0, 60)} 出现了两次`,
  en: `The parameter ${name.slice(0, 60)} is there twice`,
})

const badHeader = (name: string): Reason => ({
  zh: `请求头名称“${name.slice(0, 60)}”无效，或由连接自己填写`,
  en: `“${name.slice(0, 60)}” is no name of a header, or the connection writes it itself`,
})
