import { randomUUID } from 'node:crypto'
import {
  encodeText,
  escapeText,
  MessageError,
  withReferences,
  type OutCharset,
} from '../messages/index.js'
import { addressingBlocks } from './addressing.js'
import { callValues, type Occasion, type ValueSource } from './call-values.js'
import { requestTemplate, type Dialect } from './remote-dialect.js'
import { RemoteError } from './remote-errors.js'
import { inString, packed, sendable, type Packing } from './remote-packing.js'
import type { ReadForm } from './request-form.js'
import type { CallValues } from './template.js'

/** A request as it is posted. */
export interface WrittenRequest {
  readonly body: Uint8Array
  readonly headers: Readonly<Record<string, string>>
}

export interface WriterOptions extends ValueSource {
  readonly charset: OutCharset
  readonly packing: Packing
  /** Makes a block of the Header, anew for each call. */
  readonly header: (() => string) | undefined
  /** Undefined = a request with nothing beside the document. */
  readonly form: ReadForm | undefined
  /** The address for WS-Addressing, without a login. */
  readonly to: string
}

/** Writes the requests to one operation. @throws MessageError DOCUMENT_EMPTY, DOCUMENT_AMBIGUOUS, VALUE_CHARACTER */
export type WriteRequest = (document: string, occasion: Occasion) => WrittenRequest

/**
 * All of a request that does not depend on the document is written once.
 * @throws RemoteError REQUEST_EMPTY, SETTING_REQUEST
 */
export function requestWriter(dialect: Dialect, options: WriterOptions): WriteRequest {
  const { form } = options
  if (form === undefined) return plainWriter(dialect, options)
  return form.carrier
    ? carrierWriter(form, form.carrier, options)
    : formWriter(dialect, form, options)
}

function plainWriter(dialect: Dialect, { charset, packing, header }: WriterOptions): WriteRequest {
  const { head, middle, open, close, tail, headers } = requestTemplate(dialect, charset)
  const before = middle + open
  const after = withReferences(close + tail, charset)
  return (document) => {
    const argument = packed(document, charset, packing)
    const own = header ? `<soap:Header>${header()}</soap:Header>` : ''
    const front = withReferences(head + own + before, charset)
    return { body: encodeText(front + argument + after, charset), headers }
  }
}

function formWriter(dialect: Dialect, form: ReadForm, options: WriterOptions): WriteRequest {
  const { charset, packing, header, to } = options
  const { head, middle, open, close, tail, beside, headers } = requestTemplate(dialect, charset)
  const { parameters, wrapper, soapHeader, addressing } = form
  if (parameters.length > 0 && dialect.parameter === null) throw wrongRequest(BARE)
  if (addressing && dialect.soapAction === '') throw wrongRequest(NO_ACTION)
  const withHeaders = headerWriter(headers, form)
  return (document, occasion) => {
    const text = sendable(document, charset, packing)
    const values = valuesOf(text, options, occasion)
    const whole = wrapper ? referenced(wrapper.fill(values), wrapper.kind, charset) : text
    const blocks = [
      header?.() ?? '',
      addressing
        ? addressingBlocks(addressing, { action: dialect.soapAction, to, id: randomUUID() })
        : '',
      soapHeader ? insideHeader(soapHeader.fill(values)) : '',
    ].join('')
    let front = head + (blocks === '' ? '' : `<soap:Header>${blocks}</soap:Header>`) + middle
    let back = ''
    let isPast = parameters.length === 0
    if (isPast) front += open
    for (const { row, template } of parameters) {
      if (!template) {
        front += open
        isPast = true
        continue
      }
      const value = escapeText(template.fill(values))
      const written = beside(row.name, namespaceOf(row.namespace), value)
      if (isPast) back += written
      else front += written
    }
    const body =
      withReferences(front, charset) +
      inString(whole, packing) +
      withReferences(close + back + tail, charset)
    return { body: encodeText(body, charset), headers: withHeaders(values) }
  }
}

function carrierWriter(
  form: ReadForm,
  carrier: 'xml' | 'json',
  options: WriterOptions,
): WriteRequest {
  const { charset, packing } = options
  const { wrapper } = form
  const label = carrier === 'json' ? 'utf-8' : charset.toLowerCase()
  const withHeaders = headerWriter(
    { ...ALWAYS, 'Content-Type': `application/${carrier}; charset=${label}` },
    form,
  )
  return (document, occasion) => {
    const text = sendable(document, charset, packing)
    const values = valuesOf(text, options, occasion)
    const whole = wrapper ? referenced(wrapper.fill(values), wrapper.kind, charset) : text
    // JSON is UTF-8 (RFC 8259 section 8.1); what another charset lacks is escaped in it.
    const body = carrier === 'json' ? Buffer.from(whole, 'utf8') : encodeText(whole, charset)
    return { body, headers: withHeaders(values) }
  }
}

// Firewalls for web applications refuse what names no agent and accepts nothing.
const ALWAYS = { Accept: '*/*', 'User-Agent': 'node-red-crisis' }

const valuesOf = (text: string, options: WriterOptions, occasion: Occasion): CallValues =>
  callValues(text, () => encodeText(text, options.charset).toString('base64'), options, occasion)

const referenced = (text: string, kind: string, charset: OutCharset): string =>
  kind === 'xml' ? withReferences(text, charset) : text

/** `""` says that a parameter is in no namespace. */
const namespaceOf = (setting: string | undefined): string | undefined =>
  setting === undefined || setting.trim() === ''
    ? undefined
    : setting.trim().replace(/^"(.*)"$/, '$1')

/** The blocks of a template that is a whole Header. */
function insideHeader(filled: string): string {
  if (!/^<soap:Header[\s>]/.test(filled)) return filled
  return filled.slice(filled.indexOf('>') + 1, filled.lastIndexOf('</'))
}

function headerWriter(
  headers: Readonly<Record<string, string>>,
  { httpHeaders }: ReadForm,
): (values: CallValues) => Readonly<Record<string, string>> {
  if (httpHeaders.length === 0) return () => headers
  const set = new Set(httpHeaders.map(({ name }) => name.toLowerCase()))
  const rest = Object.entries(headers).filter(([name]) => !set.has(name.toLowerCase()))
  return (values) => {
    const own = httpHeaders.map(({ name, template }) => {
      const value = template.fill(values)
      if (/[\r\n]/.test(value)) throw badHeader(name)
      // Characters beyond ASCII go as UTF-8 bytes, which an HTTP client takes in this form only.
      return [name, Buffer.from(value, 'utf8').toString('latin1')] as const
    })
    return Object.fromEntries([...rest, ...own])
  }
}

const badHeader = (name: string) =>
  new MessageError('VALUE_CHARACTER', {
    zh: `请求头 ${name} 的值中有换行，未发送`,
    en: `The value of the header ${name} has a line end, so nothing was sent`,
  })

const wrongRequest = (reason: { readonly zh: string; readonly en: string }) =>
  new RemoteError('SETTING_REQUEST', reason)

const BARE = {
  zh: '请求样式为 bare 时没有参数，不能填写参数表；未发送',
  en: 'A bare request has no parameters, so there can be no table of them; nothing was sent',
}
const NO_ACTION = {
  zh: 'WS-Addressing 需要 SOAPAction，请在对方系统的设置中填写；未发送',
  en: 'WS-Addressing needs a SOAPAction: set it in the settings of the peer; nothing was sent',
}
