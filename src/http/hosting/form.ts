import type { CharsetSource, Flag, Reason } from '../../messages/index.js'
import {
  OPERATIONS,
  PARAMETER_NAMES,
  TARGET_NAMESPACE,
  type ArgumentForm,
  type Operation,
  type SoapCall,
  type SoapVersion,
} from '../../soap/index.js'
import { isMultipart, mediaTypeOf } from '../content-type.js'
import { HttpError } from '../errors.js'

/** The form of a call, for an integrator to compare with what was agreed. It holds nothing of a document. */
export interface CallForm {
  readonly version: SoapVersion
  /** `bare`: the document stands in the operation itself, without a parameter. */
  readonly style: 'literal' | 'encoded' | 'bare'
  /** The namespace of the operation: that of our WSDL, another one, or none. */
  readonly namespace: 'ours' | 'other' | 'none'
  readonly parameter: string | null
  /** Wrapping of the document; null when there was none. */
  readonly wrapping: ArgumentForm | null
  readonly charset: string
  /** Source of the charset; `parser` = another part of the process has decoded the text before. */
  readonly charsetFrom: CharsetSource | 'parser'
  readonly coding: 'identity' | 'gzip' | 'deflate'
  readonly multipart: boolean
  /** As the caller's User-Agent tells, '' when it tells nothing. */
  readonly toolkit: string
  /** Differences from the form that our WSDL describes; empty = strict mode would take it. */
  readonly deviations: readonly Deviation[]
}

export type Deviation = keyof typeof DEVIATIONS

/** Differences that strict mode refuses, in the order in which they are named. CDATA and compression are as good as without. */
const DEVIATIONS = {
  operation: { zh: '操作名的大小写', en: 'case of the operation name' },
  namespace: { zh: '命名空间应为 WSDL 中的命名空间', en: 'namespace is not that of the WSDL' },
  bare: { zh: '操作中缺少参数元素', en: 'no parameter element in the operation' },
  parameter: {
    zh: '参数名应为 WSDL 中的名称',
    en: 'parameter name is not that of the WSDL',
  },
  qualified: {
    zh: '参数的命名空间与操作不同',
    en: 'parameter has another namespace than the operation',
  },
  several: { zh: '参数多于一个', en: 'more than one parameter' },
  encoded: { zh: 'RPC/encoded 编码（xsi:type、href）', en: 'RPC/encoded (xsi:type, href)' },
  inline: { zh: '文档未转义', en: 'document is not escaped' },
  doubleEscaped: { zh: '文档重复转义', en: 'document is escaped twice' },
  surrogates: { zh: '以代理项引用书写的字符', en: 'characters written as surrogate references' },
  spaceBeforeXml: { zh: 'XML 声明之前有空白', en: 'space before the XML declaration' },
  multipart: { zh: 'multipart 请求', en: 'multipart request' },
  contentType: { zh: 'Content-Type 与 SOAP 版本不符', en: 'Content-Type of another SOAP version' },
  charset: { zh: '字符编码与声明不符', en: 'charset differs from its label' },
} as const satisfies Readonly<Record<string, Reason>>

const ALL_DEVIATIONS = Object.keys(DEVIATIONS) as Deviation[]

/** Names come from the wire and are kept: no longer than any honest one, in UTF-16 code units. */
export const MAX_NAME = 64

/** Headers that tell of the form of a call. */
export interface CallHeaders {
  readonly contentType: string | undefined
  readonly contentEncoding: string | undefined
  readonly userAgent: string | undefined
}

/** The charset of a call's text, and its source. */
export interface CallText {
  readonly charset: string
  readonly from: CallForm['charsetFrom']
  readonly flags: readonly Flag[]
}

interface MetForm {
  readonly namespace: string
  readonly call: Omit<SoapCall, 'argument' | 'flags'>
  readonly charset: string
  readonly from: CallForm['charsetFrom']
  readonly headers: CallHeaders
  readonly form: CallForm
}

/** Callers of one address hardly ever change their forms; what they make up beyond this is looked at anew. */
const MOST_MET = 16

/** The forms that calls of one address have. Calls that are alike share the object. */
export class Forms {
  #met: MetForm[] = []

  /** @param namespace that of the operations in the WSDL of the service */
  of(
    call: SoapCall,
    text: CallText,
    headers: CallHeaders,
    namespace: string = TARGET_NAMESPACE,
  ): CallForm {
    // Calls with a peculiarity are few, and so are those of another shape.
    if (call.flags.length > 0 || text.flags.length > 0 || call.ruled) {
      return formOf(call, text, headers, namespace)
    }
    const met = this.#met.find(
      (one) => one.namespace === namespace && isAlike(one, call, text, headers),
    )
    if (met) return met.form
    const form = formOf(call, text, headers, namespace)
    if (this.#met.length >= MOST_MET) this.#met = []
    const { argument: _, flags: _flags, ...rest } = call
    const { charset, from } = text
    // A copy: a string cut out of a message would keep the whole message in memory.
    this.#met.push(structuredClone({ namespace, call: rest, charset, from, headers, form }))
    return form
  }
}

function isAlike(met: MetForm, call: SoapCall, text: CallText, headers: CallHeaders): boolean {
  return (
    met.headers.userAgent === headers.userAgent &&
    met.headers.contentType === headers.contentType &&
    met.headers.contentEncoding === headers.contentEncoding &&
    met.charset === text.charset &&
    met.from === text.from &&
    met.call.operation === call.operation &&
    met.call.namespace === call.namespace &&
    met.call.argumentName === call.argumentName &&
    met.call.argumentNamespace === call.argumentNamespace &&
    met.call.version === call.version &&
    met.call.form === call.form &&
    met.call.encoded === call.encoded
  )
}

/** The form of a call, and where it differs from the one of our WSDL, whose namespace is given. */
export function formOf(
  call: SoapCall,
  text: CallText,
  headers: CallHeaders,
  namespace: string = TARGET_NAMESPACE,
): CallForm {
  const media = mediaTypeOf(headers.contentType)
  const form = {
    version: call.version,
    style: call.argumentName === null ? 'bare' : call.encoded ? 'encoded' : 'literal',
    namespace: call.namespace === namespace ? 'ours' : call.namespace === '' ? 'none' : 'other',
    parameter: call.argumentName?.slice(0, MAX_NAME) ?? null,
    wrapping: call.form,
    charset: text.charset,
    charsetFrom: text.from,
    coding: codingOf(headers.contentEncoding),
    multipart: isMultipart(headers.contentType),
    toolkit: toolkitOf(headers.userAgent),
  } as const
  const meant = meantOperation(call.operation)
  // A rule has agreed to the names of the call, which our WSDL describes then.
  const isRuled = call.ruled !== undefined
  const has: Readonly<Record<Deviation, boolean>> = {
    operation: !isRuled && meant !== undefined && meant !== call.operation,
    namespace: !isRuled && form.namespace !== 'ours',
    bare: form.style === 'bare',
    parameter:
      !isRuled && form.parameter !== null && form.parameter !== (meant && PARAMETER_NAMES[meant]),
    // None is what the WSDL of 0.1.0 described, so its callers are in the form that they were given.
    qualified: call.argumentNamespace !== '' && call.argumentNamespace !== call.namespace,
    several: call.flags.includes('argumentsIgnored'),
    encoded: call.encoded,
    inline: call.form === 'inline',
    doubleEscaped: call.form === 'doubleEscaped',
    surrogates: call.flags.includes('surrogateReferences'),
    spaceBeforeXml: call.flags.includes('spaceBeforeXml'),
    multipart: form.multipart,
    contentType: !form.multipart && media !== MEDIA_TYPES[call.version],
    charset: text.flags.length > 0,
  }
  return { ...form, deviations: ALL_DEVIATIONS.filter((deviation) => has[deviation]) }
}

/** The refusal of a strict service, which names every deviation. */
export function notCanonical(form: CallForm): HttpError {
  const say = (language: keyof Reason, separator: string): string =>
    form.deviations.map((deviation) => DEVIATIONS[deviation][language]).join(separator)
  return new HttpError(
    'FORM_REFUSED',
    {
      zh: `严格模式：请求与 WSDL 不符：${say('zh', '；')}`,
      en: `Strict mode: the request is not as the WSDL describes it: ${say('en', '; ')}`,
    },
    '400',
  )
}

const MEDIA_TYPES: Readonly<Record<SoapVersion, string>> = {
  '1.1': 'text/xml',
  '1.2': 'application/soap+xml',
}

/** The operation that is meant, in whatever case it is written. */
function meantOperation(operation: string): Operation | undefined {
  const exact = OPERATIONS.find((name) => name === operation)
  return exact ?? OPERATIONS.find((name) => name.toLowerCase() === operation.toLowerCase())
}

function codingOf(contentEncoding: string | undefined): CallForm['coding'] {
  if (/gzip/i.test(contentEncoding ?? '')) return 'gzip'
  return /deflate/i.test(contentEncoding ?? '') ? 'deflate' : 'identity'
}

/** User agents of toolkits that people know by another name. */
const TOOLKITS: readonly (readonly [RegExp, string])[] = [
  [/MS Web Services Client Protocol/i, 'ASP.NET ASMX'],
  [/Mono Web Services Client Protocol/i, 'Mono ASMX'],
  [/(?:Borland|CodeGear|Embarcadero) SOAP/i, 'Delphi'],
  [/EasySoap|PowerBuilder/i, 'PowerBuilder'],
  [/XFire/i, 'XFire'],
  [/^Axis2/i, 'Axis2'],
  [/^Axis/i, 'Axis'],
  [/CXF/i, 'Apache CXF'],
  [/(?:JAX-WS|Metro)/i, 'JAX-WS RI'],
  [/^Java\//i, 'Java HttpURLConnection'],
  [/SOAP::Lite/i, 'SOAP::Lite'],
  [/MSIE.*MSXML|MSXML|WinHttp/i, 'WinHTTP/MSXML'],
]

const MAX_AGENTS = 100
const toolkits = new Map<string, string>()

/** The toolkit a User-Agent stands for, with its version where it names one; nothing else of it is kept. */
function toolkitOf(userAgent: string | undefined): string {
  const agent = (userAgent ?? '').slice(0, 256)
  const met = toolkits.get(agent)
  if (met !== undefined) return met
  // A caller that makes names up costs the others no more than a search.
  if (toolkits.size >= MAX_AGENTS) toolkits.clear()
  const toolkit = searchToolkit(agent)
  toolkits.set(agent, toolkit)
  return toolkit
}

function searchToolkit(agent: string): string {
  const known = TOOLKITS.find(([pattern]) => pattern.test(agent))
  const from = known ? agent.slice(agent.search(known[0])) : agent.trim()
  // A product and its version, as RFC 9110 section 10.1.5 has them.
  const name = known?.[1] ?? /^[A-Za-z][\w.+-]{0,40}/.exec(from)?.[0] ?? ''
  const version = /[/ ]v?(\d{1,5}(?:\.\d{1,6}){0,4})/.exec(from)?.[1]
  return name === '' || version === undefined ? name : `${name} ${version}`
}
