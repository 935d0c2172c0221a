import type { PageVerdict } from '../../../loop/index.js'
import type { Row, Step } from '../../../store/index.js'
import { now, number, sql } from '../sql.js'
import { pageOf } from './rows.js'
import { UNTENDED_MS, type ConcludePage } from './conclude.js'

/** Most of each kind at a time. */
const MOST = 50

/** Time for which a page waits behind others that its channel does not end, where there is another channel, in ms. */
export const BUSY_MS = 10_000

/**
 * Pages that nobody will bring to an end by itself: those that an instance was sending when it died, those whose time is
 * over, those whose channel nobody tends any more, and those that wait behind a channel that hangs.
 * @param busy a channel whose hands are all full; null = none is
 * @returns how each of them is to be concluded
 */
export function* strandedPages({
  busy,
}: {
  readonly busy: string | null
}): Step<readonly Omit<ConcludePage, 'actor'>[]> {
  const at = yield* now()
  const interrupted = yield sql(
    `select id, lease from page where state = 'leased' and lease_until < $1 order by lease_until limit ${MOST}`,
    at,
  )
  const rest = yield sql(
    `select p.id, p.until_at from page p where p.state = 'waiting' and p.channel in (${CHANNELS})
       and (p.until_at <= $1 or (p.due < $2 and not exists (
         select 1 from channel c where c.id = p.channel and c.looked_at > $2)))
     order by p.channel, p.due limit ${MOST}`,
    at,
    at - UNTENDED_MS,
  )
  const isOver = (row: Row): boolean => row['until_at'] !== null && number(row, 'until_at') <= at
  return [
    ...interrupted.map((row) => ({
      ...end(row, String(row['lease']), INTERRUPTED),
      // That it was tried is on record, although nobody knows when it ended.
      attempt: { startedAt: at, endedAt: at, request: null, answer: null },
    })),
    ...rest.map((row) => end(row, null, isOver(row) ? EXPIRED : UNTENDED)),
    ...(busy === null ? [] : yield* behind(busy, at)),
  ]
}

/** Pages that wait behind a channel, and have another one to go to. */
function* behind(channel: string, at: number): Step<readonly Omit<ConcludePage, 'actor'>[]> {
  const rows = yield sql(
    `select * from page where channel = $1 and state = 'waiting' and due < $2 order by due limit ${MOST}`,
    channel,
    at - BUSY_MS,
  )
  const hasMore = (row: Row): boolean => {
    const { way, content } = pageOf(row)
    return way + 1 < content.ways.length
  }
  return rows.filter(hasMore).map((row) => end(row, null, BUSY))
}

/** The channels of all pages that wait, each found by itself in the index of what waits. */
const CHANNELS = `with recursive d(v) as (
    select min(channel) from page where state = 'waiting'
    union all select (select min(channel) from page where state = 'waiting' and channel > d.v) from d
      where d.v is not null)
  select v from d where v is not null`

const end = (row: Row, lease: string | null, verdict: PageVerdict) => ({
  id: number(row, 'id'),
  lease,
  attempt: null,
  verdict,
})

const INTERRUPTED: PageVerdict = {
  class: 'unknown',
  code: 'PAGE_INTERRUPTED',
  isOurs: true,
  reason: {
    zh: '发送时 Node-RED 被终止，是否已发出不明',
    en: 'Node-RED was ended while sending; whether it was sent is unknown',
  },
}

const EXPIRED: PageVerdict = {
  class: 'refused',
  code: 'PAGE_EXPIRED',
  reason: {
    zh: '在有效时间内没有渠道接收',
    en: 'No channel has taken it in the time in which it made sense',
  },
}

const BUSY: PageVerdict = {
  class: 'refused',
  code: 'PAGE_CHANNEL_BUSY',
  reason: {
    zh: '渠道迟迟没有应答，在它之后排队的通知改用下一渠道',
    en: 'The channel does not answer, so that pages behind it go on to the next one',
  },
}

const UNTENDED: PageVerdict = {
  class: 'refused',
  code: 'PAGE_CHANNEL_GONE',
  reason: {
    zh: '渠道已被删除、停用，或使用其他台账，一分钟内无人发送',
    en: 'The channel was deleted or disabled, or has another ledger: nobody has looked at it for a minute',
  },
}

/** Counts of the pages of a node. */
export interface PageCounts {
  readonly waiting: number
  /** Pages that have failed and whose critical value nobody has received since. */
  readonly failed: number
}

export function* pageCounts({ node }: { readonly node: string }): Step<PageCounts> {
  const [row] = yield sql(
    `select
       (select count(*) from page where node = $1 and state in ('waiting', 'leased')) as waiting,
       (select count(*) from page p join alert a on a.id = p.alert where p.node = $1 and p.state = 'failed'
          and a.stage in ('stored', 'notified') and a.revision = p.revision) as failed`,
    node,
  )
  return { waiting: number(row, 'waiting'), failed: number(row, 'failed') }
}
