import { promisify } from 'node:util'
import zlib from 'node:zlib'
import type { TransportReply } from '../soap/index.js'
import { rootPart } from './body-part.js'
import { badEncoding, tooBig } from './poster-errors.js'

/**
 * The peer's reply as it was meant: inflated, and without the multipart that toolkits with MTOM put around it.
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
  const multipart = type !== undefined && /^\s*multipart\//i.test(type)
  if (encoding === undefined && !multipart) return reply
  const bytes =
    encoding === undefined ? reply.bytes : await inflated(reply.bytes, encoding, host, maxBytes)
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
  const inflate = inflaterOf(encoding.trim().toLowerCase(), bytes)
  if (inflate === 'none') return bytes
  if (inflate === undefined) throw badEncoding(host)
  try {
    return await inflate(bytes, { maxOutputLength: maxBytes })
  } catch (error) {
    if ((error as { code?: unknown }).code === 'ERR_BUFFER_TOO_LARGE') throw tooBig(host, maxBytes)
    throw badEncoding(host, error)
  }
}

type Inflate = (bytes: Buffer, options: zlib.ZlibOptions) => Promise<Buffer>
const gunzip: Inflate = promisify<Buffer, zlib.ZlibOptions, Buffer>(zlib.gunzip)
const inflateZlib: Inflate = promisify<Buffer, zlib.ZlibOptions, Buffer>(zlib.inflate)
const inflateRaw: Inflate = promisify<Buffer, zlib.ZlibOptions, Buffer>(zlib.inflateRaw)

function inflaterOf(encoding: string, bytes: Buffer): Inflate | 'none' | undefined {
  // An empty body may carry the label all the same.
  if (bytes.length === 0 || encoding === 'identity' || encoding === 'none') return 'none'
  if (encoding === 'gzip' || encoding === 'x-gzip') return gunzip
  // Some servers send the bare stream under this name; the zlib format begins with method 8 (RFC 1950, 2.2).
  if (encoding === 'deflate') return ((bytes[0] ?? 0) & 0x0f) === 8 ? inflateZlib : inflateRaw
  return undefined
}
