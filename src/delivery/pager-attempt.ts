import type { StartTimer } from '../http/index.js'
import {
  LINK_PLACE,
  type ClaimedPage,
  type PageAttempt,
  type PageContent,
} from '../ledger/index.js'
import type { PageVerdict } from '../loop/index.js'
import { digest, type Channel, type Page, type PageResult } from './channels/index.js'

/** Why an attempt is ended before its time, and the code of its outcome. */
export const PAGE_BROKEN_OFF = 'PAGE_BROKEN_OFF'

/** A service that answers with its whole error log is not to fill the ledger, which keeps every attempt. */
const MAX_KEPT_BYTES = 16 * 1024

export interface SendOptions {
  readonly transport: Channel
  readonly timeoutMs: number
  readonly startTimer: StartTimer
  readonly now: () => number
}

export interface SentGroup {
  readonly attempt: PageAttempt
  readonly result: PageResult
}

/**
 * Gives one message to the channel, within a time limit that holds even when the channel ignores it. Never rejects.
 * @param group the pages that it is of; several are a digest
 */
export async function sendGroup(
  group: readonly ClaimedPage[],
  abort: AbortController,
  { transport, timeoutMs, startTimer, now }: SendOptions,
): Promise<SentGroup> {
  const startedAt = now()
  const { promise: ended, resolve } = Promise.withResolvers<PageResult>()
  const cancelTimer = startTimer(() => {
    resolve(late(timeoutMs))
    abort.abort()
  }, timeoutMs)
  abort.signal.addEventListener(
    'abort',
    () => resolve(abort.signal.reason === PAGE_BROKEN_OFF ? BROKEN_OFF : late(timeoutMs)),
    { once: true },
  )
  let result: PageResult
  try {
    const [first] = group
    const message = digest(group.map(asPage), first?.content.language ?? 'zh-CN')
    result = await Promise.race([transport.send(message, abort.signal), ended])
  } catch {
    result = UNEXPECTED
  } finally {
    cancelTimer()
  }
  const tokens = group.flatMap(({ link }) => link?.token ?? [])
  return {
    result,
    attempt: {
      startedAt,
      endedAt: now(),
      request: kept(result.request, tokens),
      answer: kept(result.answer, tokens),
    },
  }
}

/** A page as the channel is given it. */
function asPage({ id, to, content, link: oneTime, isRepeated }: ClaimedPage): Page {
  const { title, level, urgent } = content
  const link = oneTime?.url ?? content.link
  const text = content.text.replaceAll(LINK_PLACE, () => link ?? '')
  const mark = isRepeated ? REPEATED[content.language] : ''
  return {
    id: String(id),
    to,
    title: mark + title,
    text: mark + text,
    level,
    ...(link !== null && { link }),
    urgent,
  }
}

/** The person may have it already, and must not take it for another one. */
const REPEATED: Readonly<Record<PageContent['language'], string>> = {
  'zh-CN': '【重复】',
  'en-US': '[REPEAT] ',
}

/** The verdict on one page of a message: that on its own addresses where the channel tells them apart. */
export function verdictOn({ to }: ClaimedPage, result: PageResult): PageVerdict {
  const { code, reason, retryAfterMs, perAddress } = result
  const isOurs = code === PAGE_BROKEN_OFF
  const whole = { class: result.class, code, reason, retryAfterMs, isOurs }
  if (!perAddress || result.class === 'accepted') return whole
  const own = perAddress.filter(({ address }) => to.some((one) => one.trim() === address))
  // A person who has it by one address has it.
  const [best] = CLASSES.flatMap((kind) => own.filter((one) => one.class === kind))
  return best ? { class: best.class, code: best.code, reason: best.reason, retryAfterMs } : whole
}

/** From the one by which a person has the page to the one that is of no use to try again. */
const CLASSES = ['accepted', 'unknown', 'retry', 'refused'] as const

/**
 * A copy, since the bytes may be a view of something bigger and are cloned on their way to the ledger; without the tokens
 * of links, by which whoever reads the ledger could acknowledge.
 */
function kept(bytes: Uint8Array | undefined, tokens: readonly string[]): Uint8Array | null {
  if (!bytes) return null
  // Each byte is a character of its own, so that whatever the charset is comes out as it was.
  const text = Buffer.from(bytes).toString('latin1')
  const masked = tokens.reduce((said, token) => said.replaceAll(token, '***'), text)
  return Uint8Array.from(Buffer.from(masked.slice(0, MAX_KEPT_BYTES), 'latin1'))
}

const late = (limitMs: number): PageResult => ({
  class: 'unknown',
  code: 'PAGE_DEADLINE',
  reason: {
    zh: `渠道未在 ${limitMs} 毫秒内完成，是否已发出不明`,
    en: `The channel was not done within ${limitMs} ms; whether it was sent is unknown`,
  },
})

const BROKEN_OFF: PageResult = {
  class: 'unknown',
  code: PAGE_BROKEN_OFF,
  reason: {
    zh: 'Node-RED 停止或重新部署时发送尚未完成，是否已发出不明',
    en: 'Node-RED stopped, or was deployed, before the channel had answered; whether it was sent is unknown',
  },
}

const UNEXPECTED: PageResult = {
  class: 'unknown',
  code: 'UNEXPECTED',
  reason: {
    zh: '渠道内部错误，是否已发出不明',
    en: 'An internal error of the channel; whether it was sent is unknown',
  },
}
