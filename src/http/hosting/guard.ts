import { hash, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { AddressList } from './address-list.js'
import { BackOff } from './back-off.js'
import { callerOf, remoteAddressOf } from './caller.js'
import { HttpError } from '../errors.js'

/** Credential that a caller must show in its `Authorization` header (RFC 7617, RFC 6750). */
export type Credential =
  | { readonly scheme: 'basic'; readonly user: string; readonly password: string }
  | { readonly scheme: 'bearer'; readonly token: string }

export interface GuardOptions {
  /** Addresses that may call; undefined = every address. */
  readonly allow?: AddressList | undefined
  /** Proxies whose `X-Forwarded-For`, `-Host` and `-Proto` are believed. */
  readonly proxies?: AddressList | undefined
  readonly credential?: Credential | undefined
  /** True when the WSDL may be read without the credential. Default is false. */
  readonly wsdlOpen?: boolean
  /** Milliseconds since the epoch. */
  readonly now?: () => number
}

/** The answer to a caller that may not come in: no SOAP, since nothing of the request was read. */
export interface TurnedAway {
  readonly status: 401 | 403 | 429
  readonly headers: Readonly<Record<string, string>>
  readonly error: HttpError
}

/** Decides by the head of a request which callers may come in at an address. */
export class Guard {
  readonly #options: GuardOptions
  readonly #expected: Buffer | undefined
  readonly #backOff: BackOff
  /** Headers that were right. A set compares hashes first, so its time tells nothing of where two texts differ. */
  readonly #accepted = new Set<string>()

  constructor(options: GuardOptions) {
    this.#options = options
    this.#expected = options.credential && digest(shownAs(options.credential))
    this.#backOff = new BackOff(options.now)
  }

  /** The address of the caller; '' where a trusted proxy does not tell it. */
  callerOf(req: IncomingMessage): string {
    return callerOf(req, this.#options.proxies)
  }

  /** True when a request comes from a proxy whose word is taken for where it was called. */
  trusts(req: IncomingMessage): boolean {
    return this.#options.proxies?.has(remoteAddressOf(req)) === true
  }

  /** Why a caller may not come in; undefined when it may. */
  refuses(req: IncomingMessage, caller: string, asksForWsdl: boolean): TurnedAway | undefined {
    const { allow, credential, wsdlOpen } = this.#options
    if (allow && !allow.has(caller)) return { status: 403, headers: {}, error: notAllowed(caller) }
    if (!credential || !this.#expected || (asksForWsdl && wsdlOpen === true)) return undefined
    const shown = req.headers.authorization
    // Looked at before any waiting: whoever shows the right one gets in, whatever others try from its address.
    if (shown !== undefined && this.#accepts(shown, this.#expected)) return undefined
    const challenge = {
      'WWW-Authenticate': credential.scheme === 'basic' ? BASIC_CHALLENGE : 'Bearer realm="crisis"',
    }
    // Many toolkits call once without, to be asked: that is no attempt.
    if (shown === undefined) return { status: 401, headers: challenge, error: notShown(caller) }
    const waitMs = this.#backOff.failed(caller)
    if (waitMs === 0) return { status: 401, headers: challenge, error: wrong(caller) }
    const seconds = Math.ceil(waitMs / 1000)
    return { status: 429, headers: { 'Retry-After': String(seconds) }, error: tooOften(caller) }
  }

  #accepts(shown: string, expected: Buffer): boolean {
    if (this.#accepted.has(shown)) return true
    if (!timingSafeEqual(digest(normal(shown)), expected)) return false
    if (this.#accepted.size < MAX_ACCEPTED) this.#accepted.add(shown)
    return true
  }
}

/** Ways to write one header, by the case of its scheme and the white space behind it. */
const MAX_ACCEPTED = 10

const BASIC_CHALLENGE = 'Basic realm="crisis", charset="UTF-8"'

/** The header that shows a credential. */
const shownAs = (credential: Credential): string =>
  credential.scheme === 'basic'
    ? `basic ${Buffer.from(`${credential.user}:${credential.password}`).toString('base64')}`
    : `bearer ${credential.token}`

/** The scheme's name is written in any case and with any white space behind it (RFC 9110 section 11.1). */
const normal = (header: string): string =>
  header.trim().replace(/^(\w+)[ \t]+/, (_all, scheme: string) => `${scheme.toLowerCase()} `)

/** Digests are compared because timingSafeEqual wants equal lengths, and a length tells something too. */
const digest = (text: string): Buffer => hash('sha256', text, 'buffer')

const from = (caller: string) =>
  caller === '' ? { zh: '来源地址不明', en: 'unknown address' } : { zh: caller, en: caller }

const notAllowed = (caller: string): HttpError =>
  new HttpError(
    'CALLER_REFUSED',
    {
      zh: `调用方地址（${from(caller).zh}）不在本服务允许的地址之内`,
      en: `The caller’s address (${from(caller).en}) is not among those that may call this service`,
    },
    '401',
  )

const notShown = (caller: string): HttpError =>
  new HttpError(
    'CREDENTIAL_MISSING',
    {
      zh: `调用（${from(caller).zh}）没有携带 Authorization 请求头，本服务要求认证`,
      en: `The call (${from(caller).en}) has no Authorization header, which this service asks for`,
    },
    '401',
  )

const wrong = (caller: string): HttpError =>
  new HttpError(
    'CREDENTIAL_REFUSED',
    {
      zh: `调用（${from(caller).zh}）的 Authorization 请求头不正确`,
      en: `The Authorization header of the call (${from(caller).en}) is wrong`,
    },
    '401',
  )

const tooOften = (caller: string): HttpError =>
  new HttpError(
    'CREDENTIAL_REFUSED',
    {
      zh: `调用（${from(caller).zh}）的 Authorization 请求头多次不正确，请按 Retry-After 等待后再试`,
      en: `The Authorization header of the calls (${from(caller).en}) was wrong too often; wait as Retry-After says`,
    },
    '401',
  )
