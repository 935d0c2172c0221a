import type { CallForm, Deviation } from '../../src/http/hosting/index.js'
import { escapeText } from '../../src/messages/index.js'
import {
  PARAMETER_NAMES,
  SOAP_NAMESPACES,
  TARGET_NAMESPACE,
  type Operation,
  type SoapVersion,
} from '../../src/soap/index.js'

/** What a row is made for. */
export interface Asked {
  readonly operation: Operation
  readonly version: SoapVersion
  /** The document to be sent, as the string that must arrive. */
  readonly document: string
}

/** A request as a stack sends it. */
export interface Request {
  readonly body: string | Buffer
  /** In place of the usual ones; undefined = left out. */
  readonly headers?: Readonly<Record<string, string | undefined>>
  /** What is put behind the path of the service. */
  readonly target?: string
  readonly http?: '1.0' | '1.1'
  /** The body cut into chunks, each of them sent by itself. */
  readonly chunks?: readonly (string | Buffer)[]
}

/** One row of the matrix: a form in which stacks send, and what is understood of it. */
export interface SoapForm {
  readonly about: string
  readonly make: (asked: Asked) => Request
  /** What arrives where that is not the very string that was sent. */
  readonly arrives?: (document: string) => string
  /** What strict mode refuses of it; none = it is taken there too. */
  readonly deviations: readonly Deviation[]
  readonly form?: Partial<CallForm>
  readonly flags?: readonly string[]
  /** Only where the service allows GBK that calls itself UTF-8. */
  readonly allowGbk?: boolean
}

export const DECLARATION = '<?xml version="1.0" encoding="utf-8"?>'

/** What stands between the start and the end of the Envelope. */
export const envelope = (version: SoapVersion, inside: string, attributes = ''): string =>
  `<s:Envelope xmlns:s="${SOAP_NAMESPACES[version]}"${attributes}>${inside}</s:Envelope>`

export const body = (asked: Asked, inside: string, before = DECLARATION): string =>
  before + envelope(asked.version, `<s:Body>${inside}</s:Body>`)

/** The form of our own WSDL, with what is to be different. */
export function canonical(
  asked: Asked,
  changes: {
    readonly before?: string
    readonly namespace?: string
    readonly parameter?: string
    readonly wrapped?: string
  } = {},
): string {
  const namespace = changes.namespace ?? TARGET_NAMESPACE
  const parameter = changes.parameter ?? PARAMETER_NAMES[asked.operation]
  const wrapped = changes.wrapped ?? escapeText(asked.document)
  return body(
    asked,
    `<t:${asked.operation} xmlns:t="${namespace}"><${parameter}>${wrapped}</${parameter}></t:${asked.operation}>`,
    changes.before,
  )
}

/** In CDATA, split where the document holds the end of one. */
export const inCdata = (text: string): string =>
  `<![CDATA[${text.replaceAll(']]>', ']]]]><![CDATA[>')}]]>`

export const withoutDeclaration = (document: string): string =>
  document.replace(/^<\?xml[^>]*\?>\s*/, '')

export const MEDIA_TYPES: Readonly<Record<SoapVersion, string>> = {
  '1.1': 'text/xml',
  '1.2': 'application/soap+xml',
}
