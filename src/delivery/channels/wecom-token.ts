import type { PageResult } from './contract.js'
import { exchange, type HttpDoor } from './http-call.js'
import { fieldOf } from './json.js'
import { unreadable, verdictOf } from './reply-code.js'
import type { Secrets } from './secrets.js'
import { WECOM } from './wecom-codes.js'

export interface WecomTokenOptions {
  readonly door: HttpDoor
  /** `https://qyapi.weixin.qq.com`, or a proxy of the hospital. */
  readonly origin: string
  readonly corpId: string
  readonly corpSecret: string
  readonly secrets: Secrets
  /** Milliseconds since the epoch. */
  readonly now: () => number
}

export type TokenOutcome =
  | { readonly token: string; readonly failed?: undefined }
  | { readonly token?: undefined; readonly failed: PageResult }

/** Fetched anew so long before its end, in ms: a message may be on its way for some seconds. */
const MARGIN_MS = 120_000

/**
 * The access token of an application, kept for as long as WeCom says (7200 s as a rule): to fetch it for each message
 * is blocked (developer.work.weixin.qq.com/document/path/91039).
 */
export class WecomToken {
  readonly #options: WecomTokenOptions
  #kept: { readonly token: string; readonly until: number } | undefined
  #fetching: Promise<TokenOutcome> | undefined

  constructor(options: WecomTokenOptions) {
    this.#options = options
  }

  /** The token, or why there is none; in that case nothing of a page was sent. */
  get(signal: AbortSignal): Promise<TokenOutcome> {
    const kept = this.#kept
    if (kept && this.#options.now() < kept.until) return Promise.resolve({ token: kept.token })
    this.#fetching ??= this.#fetch(signal).finally(() => (this.#fetching = undefined))
    return this.#fetching
  }

  /** Forgets a token that WeCom no longer takes, unless another one has come meanwhile. */
  forget(token: string): void {
    if (this.#kept?.token === token) this.#kept = undefined
  }

  async #fetch(signal: AbortSignal): Promise<TokenOutcome> {
    const { door, origin, corpId, corpSecret, secrets, now } = this.#options
    const query = new URLSearchParams({ corpid: corpId, corpsecret: corpSecret }).toString()
    const url = `${origin}/cgi-bin/gettoken?${query}`
    const done = await exchange(door, { url }, secrets, signal)
    if (!done.reply) return { failed: notSent({ ...done.failed, ...done.evidence }) }
    const verdict = verdictOf(WECOM, done.reply, done.json, secrets)
    const token = fieldOf(done.json, 'access_token')
    if (verdict.class === 'accepted' && typeof token === 'string' && token !== '') {
      const seconds = fieldOf(done.json, 'expires_in')
      const livesMs = typeof seconds === 'number' && seconds > 0 ? seconds * 1000 : 0
      this.#kept = { token, until: now() + Math.max(0, livesMs - MARGIN_MS) }
      return { token }
    }
    const failed = verdict.class === 'accepted' ? unreadable(WECOM.name, done.reply) : verdict
    // The answer may hold a token after all, under another name.
    return {
      failed: notSent({
        ...failed,
        ...(done.evidence.request && { request: done.evidence.request }),
      }),
    }
  }
}

/** No token, no page: what is unknown is the token's fate alone. */
const notSent = (result: PageResult): PageResult =>
  result.class === 'unknown' ? { ...result, class: 'retry' } : result
