import { asCrisisError } from '../../messages/index.js'
import { abortedBefore, type Evidence, type PageClass, type Verdict } from './contract.js'
import { readJson, type Json } from './json.js'
import type { Secrets } from './secrets.js'

export interface HttpReply {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly bytes: Uint8Array
}

/**
 * The way out for channels over HTTP, such as a `Poster`: a reply is complete, whatever its status, or the call
 * rejects with a code. Limits of time and size are the implementation's.
 */
export interface HttpDoor {
  get(url: string, signal?: AbortSignal): Promise<HttpReply>
  post(
    url: string,
    body: string,
    headers: Readonly<Record<string, string>>,
    signal?: AbortSignal,
  ): Promise<HttpReply>
}

export interface HttpRequest {
  readonly url: string
  /** Absent = GET. */
  readonly body?: string
  readonly headers?: Readonly<Record<string, string>>
}

/** A reply with its JSON, which is undefined when none can be believed; or the verdict on a call without a reply. */
export type Exchanged =
  | { readonly reply: HttpReply; readonly json: Json | undefined; readonly evidence: Evidence }
  | { readonly reply?: undefined; readonly failed: Verdict; readonly evidence: Evidence }

/** Codes of a call that cannot have reached the service. All others may have. */
const NOT_SENT: ReadonlySet<string> = new Set([
  'PEER_UNREACHABLE',
  'PEER_CONNECT_TIMEOUT',
  'PEER_BUSY',
  'PEER_TLS',
])

/** Codes of a setting that no repetition cures. */
const WRONG_SETTING: ReadonlySet<string> = new Set(['PEER_ADDRESS'])

export const JSON_TYPE = { 'content-type': 'application/json; charset=utf-8' } as const

/** Makes one call. What is kept of it is without secrets, and without its headers. */
export async function exchange(
  door: HttpDoor,
  { url, body, headers = JSON_TYPE }: HttpRequest,
  secrets: Secrets,
  signal: AbortSignal,
): Promise<Exchanged> {
  if (signal.aborted) return { failed: abortedBefore, evidence: {} }
  const line = `${body === undefined ? 'GET' : 'POST'} ${withoutLogin(url)}\n\n${body ?? ''}`
  const request = secrets.bytes(Buffer.from(line))
  try {
    const reply =
      body === undefined ? await door.get(url, signal) : await door.post(url, body, headers, signal)
    const evidence = { request, answer: secrets.bytes(reply.bytes) }
    const type = reply.headers['content-type']
    return { reply, json: readJson(reply.bytes, typeof type === 'string' ? type : ''), evidence }
  } catch (thrown) {
    const { code, reason } = asCrisisError(thrown)
    return {
      failed: {
        class: classOfError(code),
        code,
        reason: { zh: secrets.text(reason.zh), en: secrets.text(reason.en) },
      },
      evidence: { request },
    }
  }
}

function classOfError(code: string): PageClass {
  if (WRONG_SETTING.has(code)) return 'refused'
  return NOT_SENT.has(code) ? 'retry' : 'unknown'
}

const withoutLogin = (url: string): string => url.replace(/^(https?:\/\/)[^/?#]*@/i, '$1')

const MAX_RETRY_AFTER_MS = 3_600_000

/**
 * Time that an answer asks to wait, in ms: `Retry-After` in seconds (RFC 9110 section 10.2.3), or Feishu's
 * `x-ogw-ratelimit-reset`. Undefined where it asks for none, no more than an hour.
 */
export function retryAfterOf({ headers }: HttpReply): number | undefined {
  const said = headers['retry-after'] ?? headers['x-ogw-ratelimit-reset']
  if (typeof said !== 'string' || !/^\d{1,9}$/.test(said.trim())) return undefined
  return Math.min(Number(said) * 1000, MAX_RETRY_AFTER_MS)
}
