import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'
import { takeBody, type Body } from '../../src/http/hosting/body.js'
import { rootPart } from '../../src/http/body-part.js'
import { Deadlines } from '../../src/http/hosting/deadlines.js'
import { formOf, type CallForm } from '../../src/http/hosting/form.js'
import { decodeBytes, type DecodedText } from '../../src/messages/index.js'
import { readCall, type SoapCall } from '../../src/soap/index.js'

export interface Received {
  readonly text: DecodedText
  readonly call: SoapCall
  readonly form: CallForm
}

/** As the front takes a request, up to the handler. */
export async function receive(
  headers: IncomingHttpHeaders,
  body: Uint8Array,
  allowGbk = false,
): Promise<Received> {
  const text = decode(headers, await bodyOf(requestOf(headers, body)), allowGbk)
  const call = readCall(text.text)
  return { text, call, form: formIn(headers, call, text) }
}

const deadlines = new Deadlines()

const bodyOf = (req: IncomingMessage): Promise<Body> =>
  new Promise((resolve, reject) => {
    takeBody(req, {}, deadlines, undefined, (body, error) => {
      if (body) resolve(body)
      else reject(error as Error)
    })
  })

export function decode(
  headers: IncomingHttpHeaders,
  { bytes }: { readonly bytes: Buffer },
  allowGbk: boolean,
): DecodedText {
  const part = rootPart(bytes, headers['content-type'])
  return decodeBytes(part.bytes, { contentType: part.contentType, allowGbk })
}

const formIn = (headers: IncomingHttpHeaders, call: SoapCall, text: DecodedText): CallForm =>
  formOf(call, text, {
    contentType: headers['content-type'],
    contentEncoding: headers['content-encoding'],
    userAgent: headers['user-agent'],
  })

/** What the front needs of a request, without a connection. */
export function requestOf(
  headers: IncomingHttpHeaders,
  body: Uint8Array,
  remoteAddress = '127.0.0.1',
): IncomingMessage {
  const stream = Readable.from([Buffer.from(body)])
  const request = { headers, complete: true, socket: { remoteAddress } }
  return Object.assign(stream, request) as unknown as IncomingMessage
}
