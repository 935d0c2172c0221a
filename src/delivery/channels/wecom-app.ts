import { combined, distinct, of } from './addresses.js'
import type { AddressResult, Channel, PageResult, Verdict } from './contract.js'
import { ACCEPTED, noAddress } from './contract.js'
import { guarded } from './guarded.js'
import { exchange, type HttpDoor } from './http-call.js'
import { fieldOf, type Json } from './json.js'
import { clipped } from './mentions.js'
import { contradiction, verdictOf } from './reply-code.js'
import { Secrets } from './secrets.js'
import { WECOM, WECOM_NAME, WECOM_TEXT_BYTES } from './wecom-codes.js'
import { WecomToken } from './wecom-token.js'

export interface WecomAppOptions {
  readonly door: HttpDoor
  readonly corpId: string
  readonly corpSecret: string
  readonly agentId: number
  /** Without a slash at its end. Default is `https://qyapi.weixin.qq.com`. */
  readonly origin?: string
  /** Milliseconds since the epoch. Default is the clock of the machine. */
  readonly now?: () => number
}

/** Tokens that are invalid or have expired: fetched anew once (document 90455). */
const STALE_TOKEN: ReadonlySet<string> = new Set(['WECOM_40014', 'WECOM_42001'])

/** The three kinds of recipients, the prefix of an address, and the fields that name those not reached. */
const KINDS = [
  { field: 'touser', prefix: '', invalid: ['invaliduser', 'unlicenseduser'] },
  { field: 'toparty', prefix: 'party:', invalid: ['invalidparty'] },
  { field: 'totag', prefix: 'tag:', invalid: ['invalidtag'] },
] as const

type Kind = (typeof KINDS)[number]

const kindOf = (address: string): Kind =>
  KINDS.find(({ prefix }) => prefix !== '' && address.startsWith(prefix)) ?? KINDS[0]

/**
 * The request body of a text message (developer.work.weixin.qq.com/document/path/90236). An address is a user id,
 * `party:` with a department's number, or `tag:` with a tag's. The check for duplicates stays off: it would hide a
 * reminder that says the same.
 */
export function wecomAppBody(text: string, to: readonly string[], agentId: number): unknown {
  const recipients = KINDS.flatMap((kind) => {
    const ids = to.filter((address) => kindOf(address) === kind).map((one) => idOf(one, kind))
    return ids.length > 0 ? [[kind.field, ids.join('|')]] : []
  })
  return {
    ...Object.fromEntries(recipients),
    msgtype: 'text',
    agentid: agentId,
    text: { content: clipped(text, WECOM_TEXT_BYTES) },
    enable_duplicate_check: 0,
  }
}

const idOf = (address: string, { prefix }: Kind): string => address.slice(prefix.length)

/**
 * An application of WeCom, which writes to people. `errcode` 0 does not say that all of them were reached: those
 * named as invalid or without a licence were not, and a page is accepted only when nobody is named.
 */
export function wecomApp(options: WecomAppOptions): Channel {
  const { door, corpId, corpSecret, agentId, origin = ORIGIN, now = Date.now } = options
  const secrets = new Secrets([corpSecret])
  const tokens = new WecomToken({ door, origin, corpId, corpSecret, secrets, now })

  const attempt = async (
    body: string,
    to: readonly string[],
    signal: AbortSignal,
  ): Promise<{ readonly result: PageResult; readonly token?: string }> => {
    const { token, failed } = await tokens.get(signal)
    if (failed) return { result: failed }
    const own = secrets.with(token)
    const url = `${origin}/cgi-bin/message/send?access_token=${encodeURIComponent(token)}`
    const done = await exchange(door, { url, body }, own, signal)
    const verdict = done.reply ? verdictOf(WECOM, done.reply, done.json, own) : done.failed
    const whole =
      done.reply && verdict.class === 'accepted'
        ? (byAddress(to, done.json) ?? contradiction(WECOM_NAME, done.reply))
        : verdict
    return { result: { ...whole, ...done.evidence }, token }
  }

  return guarded(async (page, signal) => {
    const to = distinct(page.to)
    if (to.length === 0) return noAddress
    const body = JSON.stringify(wecomAppBody(page.text, to, agentId))
    const first = await attempt(body, to, signal)
    if (first.token === undefined || !STALE_TOKEN.has(first.result.code)) return first.result
    tokens.forget(first.token)
    return (await attempt(body, to, signal)).result
  })
}

const ORIGIN = 'https://qyapi.weixin.qq.com'

/**
 * One result for each address of a message that was taken; undefined when the answer names recipients that it
 * cannot mean, or in a way that cannot be read. Ids come back in lower case.
 */
function byAddress(to: readonly string[], json: Json | undefined): Verdict | undefined {
  const missed = new Map<string, AddressResult>()
  for (const kind of KINDS) {
    const own = to.filter((address) => kindOf(address) === kind)
    for (const field of kind.invalid) {
      const named = fieldOf(json, field) ?? ''
      if (typeof named !== 'string') return undefined
      for (const id of named.split('|').filter((one) => one.trim() !== '')) {
        const wanted = id.trim().toLowerCase()
        const matching = own.filter((address) => idOf(address, kind).toLowerCase() === wanted)
        if (matching.length === 0) return undefined
        for (const address of matching) missed.set(address, of(address, MISSED[field]))
      }
    }
  }
  return combined(to.map((address) => missed.get(address) ?? of(address, ACCEPTED)))
}

const missing = (field: string, zh: string, en: string): Verdict => ({
  class: 'refused',
  code: `WECOM_${field.toUpperCase()}`,
  reason: { zh: `企业微信：${zh}`, en: `WeCom: ${en}` },
})

const MISSED: Readonly<Record<Kind['invalid'][number], Verdict>> = {
  invaliduser: missing(
    'invaliduser',
    '成员账号无效，或不在应用可见范围内',
    'the user id is invalid, or out of the reach of the application',
  ),
  unlicenseduser: missing(
    'unlicenseduser',
    '成员没有接口许可',
    'the user has no licence for the interface',
  ),
  invalidparty: missing('invalidparty', '部门无效', 'the department is invalid'),
  invalidtag: missing('invalidtag', '标签无效', 'the tag is invalid'),
}
