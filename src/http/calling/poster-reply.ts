import { promisify } from 'node:util'
import zlib from 'node:zlib'
import type { TransportReply } from '../../soap/index.js'
import { rootPart } from '../body-part.js'
import { isMultipart } from '../content-type.js'
import { badEncoding, tooBig } from './poster-errors.js'

/**
 * The peer's reply as it was meant: inflated, and without the multipart that toolkits with MTOM put around it. What
 * its Content-Encoding says counts only where the bytes agree: servers send an empty one, a charset, or `gzip` on what
 * they did not compress.
 * @param maxBytes most bytes once inflated
 * @throws HttpError PEER_ENCODING, PEER_TOO_BIG
 */
export async function unwrapped(
  reply: TransportReply,
  host: string,
  maxBytes: number,
): Promise<TransportReply> {
  const encoding = reply.headers['content-encoding']
  const type = reply.headers['content-type']
  const multipart = isMultipart(type)
  const isPlain = encoding === undefined && !isGzip(reply.bytes)
  if (isPlain && !multipart) return reply
  const bytes = isPlain ? reply.bytes : await inflated(reply.bytes, encoding ?? '', host, maxBytes)
  if (!multipart) return { ...reply, bytes }
  try {
    const root = rootPart(bytes, type)
    return {
      ...reply,
      headers: { ...reply.headers, 'content-type': root.contentType },
      bytes: root.bytes,
    }
  } catch (error) {
    throw badEncoding(host, error)
  }
}

async function inflated(
  bytes: Buffer,
  encoding: string,
  host: string,
  maxBytes: number,
): Promise<Buffer> {
  const inflate = inflaterOf(encoding.toLowerCase(), bytes)
  if (inflate === undefined) {
    if (isText(bytes)) return bytes
    throw badEncoding(host)
  }
  try {
    return await inflate(bytes, { maxOutputLength: maxBytes })
  } catch (error) {
    if ((error as { code?: unknown }).code === 'ERR_BUFFER_TOO_LARGE') throw tooBig(host, maxBytes)
    if (isText(bytes)) return bytes
    throw badEncoding(host, error)
  }
}

type Inflate = (bytes: Buffer, options: zlib.ZlibOptions) => Promise<Buffer>
const gunzip: Inflate = promisify<Buffer, zlib.ZlibOptions, Buffer>(zlib.gunzip)
const inflateZlib: Inflate = promisify<Buffer, zlib.ZlibOptions, Buffer>(zlib.inflate)
const inflateRaw: Inflate = promisify<Buffer, zlib.ZlibOptions, Buffer>(zlib.inflateRaw)

function inflaterOf(encoding: string, bytes: Buffer): Inflate | undefined {
  if (isGzip(bytes)) return gunzip
  if (!encoding.includes('deflate')) return undefined
  // Some servers send the bare stream under this name; the zlib format begins with method 8 (RFC 1950, 2.2).
  return ((bytes[0] ?? 0) & 0x0f) === 8 ? inflateZlib : inflateRaw
}

/** The first bytes of the format (RFC 1952 section 2.3.1), with which no text begins. */
const isGzip = (bytes: Buffer): boolean => bytes[0] === 0x1f && bytes[1] === 0x8b

/** Enough for a byte order mark and the white space before an answer. */
const TEXT_WINDOW = 64

/** True for what begins as an answer does: markup, JSON, or the first boundary of a multipart. */
const isText = (bytes: Buffer): boolean =>
  /^[\xef\xbb\xbf\xfe\xff\0\s]*(?:[<{[]|-\0?-)/.test(bytes.toString('latin1', 0, TEXT_WINDOW))
