import { combined, distinct, joined, of } from './addresses.js'
import type { AddressResult, Channel, Evidence, Page, Verdict } from './contract.js'
import { ACCEPTED, noAddress } from './contract.js'
import { guarded } from './guarded.js'
import { exchange, JSON_TYPE, retryAfterOf, type HttpDoor, type HttpReply } from './http-call.js'
import { fieldOf, type Json } from './json.js'
import { clipped } from './mentions.js'
import { contradiction, tooMany, unreadable } from './reply-code.js'
import { Secrets } from './secrets.js'

export interface NtfyOptions {
  readonly door: HttpDoor
  /** The root of the server, such as `https://ntfy.sh`; no topic. */
  readonly origin: string
  /** An access token, or a user with a password; absent = none is asked for. */
  readonly login?:
    { readonly token: string } | { readonly user: string; readonly password: string } | undefined
}

/** ntfy counts from 1 to 5; both make a sound. */
const PRIORITY = { urgent: 5, other: 4 } as const

/** A server takes 4 096 bytes of text, and makes an attachment of a longer one. */
const TEXT_BYTES = 4096

/** The request body to publish as JSON (docs.ntfy.sh/publish, "Publish as JSON"). */
export const ntfyBody = (
  page: Pick<Page, 'title' | 'text' | 'urgent' | 'link'>,
  topic: string,
): unknown => ({
  topic,
  title: page.title,
  message: clipped(page.text, TEXT_BYTES),
  priority: page.urgent ? PRIORITY.urgent : PRIORITY.other,
  ...(page.link !== undefined && { click: page.link }),
})

/** A server of ntfy, our own or the public one; an address is a topic, and each gets a message of its own. */
export function ntfy({ door, origin, login }: NtfyOptions): Channel {
  const authorization = login && authorizationOf(login)
  const secrets = new Secrets([
    ...(login ? ('token' in login ? [login.token] : [login.password]) : []),
    authorization?.split(' ')[1],
  ])
  const headers = { ...JSON_TYPE, ...(authorization !== undefined && { authorization }) }
  return guarded(async (page, signal) => {
    const topics = distinct(page.to)
    if (topics.length === 0) return noAddress
    const results: AddressResult[] = []
    const evidence: Evidence[] = []
    let waitMs: number | undefined
    for (const topic of topics) {
      const body = JSON.stringify(ntfyBody(page, topic))
      const done = await exchange(door, { url: origin, body, headers }, secrets, signal)
      const verdict = done.reply ? ntfyVerdict(done.reply, done.json, topic, secrets) : done.failed
      results.push(of(topic, verdict))
      waitMs = verdict.retryAfterMs ?? waitMs
      evidence.push(done.evidence)
    }
    return { ...combined(results, waitMs), ...joined(evidence) }
  })
}

const authorizationOf = (login: NonNullable<NtfyOptions['login']>): string =>
  'token' in login
    ? `Bearer ${login.token}`
    : `Basic ${Buffer.from(`${login.user}:${login.password}`).toString('base64')}`

const NAME = { zh: 'ntfy 服务器', en: 'the ntfy server' } as const

/** Daily quota and failed logins (42908, 42909): waiting some minutes does not help. */
const OF_THE_DAY: ReadonlySet<number> = new Set([42_908, 42_909])

/**
 * A message that was published comes back with its id. A refusal is JSON with `code`, whose first three digits are the
 * HTTP status (server/errors.go of binwiederhier/ntfy).
 */
function ntfyVerdict(
  reply: HttpReply,
  json: Json | undefined,
  topic: string,
  secrets: Secrets,
): Verdict {
  const id = fieldOf(json, 'id')
  const code = fieldOf(json, 'code')
  if (typeof id === 'string' && id !== '' && fieldOf(json, 'event') === 'message') {
    const isOurs = reply.status === 200 && fieldOf(json, 'topic') === topic && code === undefined
    return isOurs ? ACCEPTED : contradiction(NAME, reply)
  }
  if (typeof code !== 'number' || Math.floor(code / 100) !== reply.status || reply.status < 400) {
    return reply.status === 429 ? tooMany(NAME, reply) : unreadable(NAME, reply)
  }
  const error = fieldOf(json, 'error')
  const words = typeof error === 'string' ? `: ${secrets.words(error)}` : ''
  const isLater = (reply.status === 429 && !OF_THE_DAY.has(code)) || reply.status >= 500
  const waitMs = isLater ? retryAfterOf(reply) : undefined
  return {
    class: isLater ? 'retry' : 'refused',
    code: `NTFY_${code}`,
    reason: {
      zh: `${NAME.zh}返回 ${code}，未接收${words}`,
      en: `${NAME.en} answered ${code} and did not take it${words}`,
    },
    ...(waitMs !== undefined && { retryAfterMs: waitMs }),
  }
}
