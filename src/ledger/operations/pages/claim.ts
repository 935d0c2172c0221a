import {
  countedBy,
  pageTurns,
  type DuePage,
  type RateRule,
  type SentMessage,
} from '../../../loop/index.js'
import type { Step } from '../../../store/index.js'
import { mintLink } from '../acknowledge/links.js'
import { audit, type Actor } from '../audit.js'
import { number, sql, text } from '../sql.js'
import { endPage, pageOf, SUPERSEDED, type PageContent, type StoredPage } from './rows.js'
import { isStanding } from './standing.js'

/** The limit of a channel, and what it counts for. */
export interface PageRate {
  readonly rule: RateRule
  /** `person`: for each address by itself, as an application does; `channel`: for all of it, as a robot does. */
  readonly per: 'channel' | 'person'
}

export interface ClaimPages {
  readonly actor: Actor
  /** The id of the channel. */
  readonly channel: string
  readonly lease: string
  readonly leaseMs: number
  /** Number of messages that the instance can send now. */
  readonly limit: number
  /** Holds for all instances together; null = there is none. */
  readonly rate: PageRate | null
  /** True where all see each message anyway, so that pages of several people may be one: a group chat. */
  readonly isShared: boolean
}

/** A page that an instance has taken to send. The lease fences its outcome. */
export interface ClaimedPage {
  readonly id: number
  readonly lease: string
  /** The number of the attempt, from 1. */
  readonly attempt: number
  readonly to: readonly string[]
  readonly content: PageContent
  /** The one-time link of this attempt; its token stands nowhere in the ledger. */
  readonly link: { readonly url: string; readonly token: string } | null
  /** The person may have it already. */
  readonly isRepeated: boolean
}

export interface PageClaims {
  /** Messages to send; one of several pages is a digest of them. */
  readonly groups: readonly (readonly ClaimedPage[])[]
  /** In how many ms to ask again, although nothing else happens; null when there is no need to. */
  readonly againMs: number | null
}

/** Another instance is claiming just now, which is a matter of one commit. */
const CLAIMING_MS = 50
/** Longer than any wait: what is due later than this was put off by a clock that has been set back since. */
const LONGEST_WAIT_MS = 65 * 60_000
/** So many at a time are looked at: more than these in one digest nobody reads. */
const MOST_DUE = 200
/** Interval at which it is noted that a channel is tended, in ms. */
const TENDED_EVERY_MS = 5_000

/**
 * Takes pages of a channel that are due. Each is asked whether it still makes sense in this very moment: one of an alert
 * that somebody has reacted to, or of a step that a later one has followed, is never sent. The channel's limit holds
 * for all instances.
 */
export function* claimPages(args: ClaimPages): Step<PageClaims> {
  // As for documents: never waiting, because a transaction holds the locks of all its operations.
  const [turn] = yield sql('select {try:$1} as mine, {now} as now', `page/${args.channel}`)
  if (number(turn, 'mine') === 0) return { groups: [], againMs: CLAIMING_MS }
  const at = number(turn, 'now')
  const known = yield* channelOf(args, at)
  const due = yield* standingPages(args, at)
  const { groups, againMs } = pageTurns(due, args.rate?.rule ?? null, known, at, args.limit)
  if (groups.length > 0 && args.rate) yield* noteSent(args, known, groups, at)
  const claimed: (readonly ClaimedPage[])[] = []
  for (const group of groups) {
    const members: ClaimedPage[] = []
    for (const { page } of group) members.push(yield* leased(args, page, at))
    claimed.push(members)
  }
  return { groups: claimed, againMs: againMs ?? (yield* nextDueMs(args, at)) }
}

/** The messages that the channel was given of late; notes from time to time that somebody tends it. */
function* channelOf({ channel, rate }: ClaimPages, at: number): Step<readonly SentMessage[]> {
  const [row] = yield sql('select looked_at, sent from channel where id = $1', channel)
  const lookedAt = row ? number(row, 'looked_at') : -1
  if (lookedAt > at || at - lookedAt >= TENDED_EVERY_MS) {
    yield sql(
      `insert into channel (id, looked_at, sent) values ($1, $2, '[]')
       on conflict (id) do update set looked_at = excluded.looked_at`,
      channel,
      at,
    )
  }
  if (!row || !rate) return []
  return countedBy(rate.rule, JSON.parse(text(row, 'sent')) as readonly SentMessage[], at)
}

interface Due extends DuePage {
  readonly page: StoredPage
}

function* standingPages(args: ClaimPages, at: number): Step<readonly Due[]> {
  if (args.limit <= 0) return []
  const rows = yield sql(
    `select * from page where channel = $1 and state = 'waiting' and (due <= $2 or due > $3)
     order by due, id limit ${MOST_DUE} {skip}`,
    args.channel,
    at,
    at + LONGEST_WAIT_MS,
  )
  const due: Due[] = []
  for (const page of rows.map(pageOf)) {
    if (page.until !== null && page.until <= at) continue
    if (yield* isStanding(page)) due.push(dueOf(page, args))
    else yield* supersedePage(args.actor, page, at)
  }
  return due
}

function dueOf(page: StoredPage, { rate, isShared }: ClaimPages): Due {
  const to = JSON.stringify(wayOf(page)?.to ?? [])
  return {
    page,
    together: isShared ? '' : to,
    counted: rate?.per === 'person' ? to : '',
    urgent: page.content.urgent,
  }
}

const wayOf = ({ content, way }: StoredPage) => content.ways[way]

export function* supersedePage(actor: Actor, page: StoredPage, at: number): Step<void> {
  if (!(yield* endPage(page, 'superseded', SUPERSEDED, at))) return
  const detail = { page: page.id, attempts: page.attempts }
  yield* audit(actor, at, { kind: 'pageSuperseded', alert: page.alert, detail })
}

function* noteSent(
  { channel }: ClaimPages,
  known: readonly SentMessage[],
  groups: readonly (readonly Due[])[],
  at: number,
): Step<void> {
  const now = groups.map(([first]) => ({ at, counted: first?.counted ?? '' }))
  yield sql(
    'update channel set sent = $2 where id = $1',
    channel,
    JSON.stringify([...known, ...now]),
  )
}

function* leased({ lease, leaseMs }: ClaimPages, page: StoredPage, at: number): Step<ClaimedPage> {
  yield sql(
    `update page set state = 'leased', lease = $2, lease_until = $3, attempts = attempts + 1, tries = tries + 1
     where id = $1`,
    page.id,
    lease,
    at + leaseMs,
  )
  return {
    id: page.id,
    lease,
    attempt: page.attempts + 1,
    to: wayOf(page)?.to ?? [],
    content: page.content,
    link: yield* linkOf(page),
    isRepeated: page.doubts > 0,
  }
}

function* linkOf({ alert, revision, step, content }: StoredPage): Step<ClaimedPage['link']> {
  const { oneTime, person } = content
  if (!oneTime || alert === null || revision === null) return null
  const { prefix, expiresMs } = oneTime
  const place = step ? step.step + 1 : undefined
  const token = yield* mintLink({ alert, revision, step: place, person, expiresMs })
  return { url: prefix + token, token }
}

function* nextDueMs({ channel }: ClaimPages, at: number): Step<number | null> {
  const [row] = yield sql(
    "select min(due) as due from page where channel = $1 and state = 'waiting' and due > $2",
    channel,
    at,
  )
  const due = row?.['due']
  return typeof due === 'number' ? due - at : null
}

/** Gives back what was claimed and not tried, as at a redeploy; it does not count as an attempt. */
export function* releasePages({ lease }: { readonly lease: string }): Step<void> {
  const rows = yield sql(
    `update page set state = 'waiting', lease = null, lease_until = null, attempts = attempts - 1, tries = tries - 1
     where state = 'leased' and lease = $1 returning channel`,
    lease,
  )
  const [row] = rows
  if (row) yield { ...sql('select 1'), hint: `page/${text(row, 'channel')}` }
}
