import { isMultipart, parameterOf } from './content-type.js'
import { HttpError } from './errors.js'

export interface Part {
  readonly bytes: Buffer
  readonly contentType: string | undefined
}

/** Parts among which the envelope is looked for; toolkits put it first. */
export const MAX_PARTS = 32

/**
 * The envelope of a request: the whole body or, as toolkits with MTOM or attachments send it, the root part
 * of a `multipart/related` one (RFC 2387 section 3.2). Other parts are not looked at.
 * @throws HttpError BODY_UNREADABLE
 */
export function rootPart(bytes: Buffer, contentType: string | undefined): Part {
  if (contentType === undefined || !isMultipart(contentType)) {
    return { bytes, contentType }
  }
  const boundary = parameterOf(contentType, 'boundary')
  if (boundary === undefined) throw noRootPart()
  const start = parameterOf(contentType, 'start')
  const delimiter = Buffer.from(`--${boundary}`, 'latin1')
  let from = bytes.indexOf(delimiter)
  let first: Part | undefined
  for (let parts = 0; from >= 0; parts++) {
    if (parts === MAX_PARTS) throw tooManyParts()
    from += delimiter.length
    const to = bytes.indexOf(delimiter, from)
    if (to < 0) break
    const { id, part } = readPart(bytes.subarray(from, to))
    if (start === undefined || id === start) return part
    first ??= part
    from = to
  }
  if (!first) throw noRootPart()
  return first
}

/** Header lines, an empty line, the content, and the line break that belongs to the next delimiter. */
function readPart(bytes: Buffer): { readonly id: string | undefined; readonly part: Part } {
  const end = bytes.indexOf('\r\n\r\n')
  if (end < 0) throw noRootPart()
  const header = bytes.toString('latin1', 0, end)
  const field = (name: string) =>
    new RegExp(`^${name}:[ \\t]*(.+)$`, 'im').exec(header)?.[1]?.trim()
  const content = bytes.subarray(end + 4, bytes.length - 2)
  return {
    id: field('Content-ID'),
    part: {
      bytes: decoded(content, field('Content-Transfer-Encoding')),
      contentType: field('Content-Type'),
    },
  }
}

/** The content of a part as it was before it was made fit for mail (RFC 2045 section 6). */
function decoded(content: Buffer, encoding: string | undefined): Buffer {
  switch (encoding?.toLowerCase()) {
    case 'base64':
      return Buffer.from(content.toString('latin1'), 'base64')
    case 'quoted-printable': {
      const text = content.toString('latin1').replace(/[ \t]+(?=\r?\n)|=[ \t]*\r?\n/g, '')
      const byte = (_whole: string, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))
      return Buffer.from(text.replace(/=([0-9a-f]{2})/gi, byte), 'latin1')
    }
    default:
      return content
  }
}

const noRootPart = (): HttpError =>
  new HttpError(
    'BODY_UNREADABLE',
    {
      zh: 'multipart 请求体不完整，找不到 SOAP 信封',
      en: 'The multipart body is incomplete: there is no SOAP envelope in it',
    },
    '400',
  )

const tooManyParts = (): HttpError =>
  new HttpError(
    'BODY_UNREADABLE',
    {
      zh: `multipart 请求体的前 ${MAX_PARTS} 个部分中没有 SOAP 信封`,
      en: `There is no SOAP envelope among the first ${MAX_PARTS} parts of the multipart body`,
    },
    '400',
  )
