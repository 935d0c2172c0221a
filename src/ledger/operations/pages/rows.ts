import {
  type PageProgress,
  type PageState,
  type PageStep,
  type PageVerdict,
  type PlanUntil,
} from '../../../loop/index.js'
import type { Row, Step } from '../../../store/index.js'
import { owe } from '../handouts.js'
import { number, sql, text } from '../sql.js'

/** One channel by which a person can be reached. */
export interface PageWay {
  /** The id of the channel, under which its pager claims. */
  readonly channel: string
  readonly name: string
  /** Addresses as the channel writes them; a robot may need none. */
  readonly to: readonly string[]
}

/** The links by which the person of a page can acknowledge. */
export interface OneTimeLink {
  /** The address in front of the token. */
  readonly prefix: string
  /** Time in which a link can be used, in ms. */
  readonly expiresMs: number
}

/** The place of the one-time link in the text of a page. */
export const LINK_PLACE = '{link}'

/** All that a page says, and to whom. */
export interface PageContent {
  readonly person: { readonly code: string; readonly name: string }
  /** In the order in which they are tried; at least one. */
  readonly ways: readonly PageWay[]
  /** Ready made; names neither patient nor finding. */
  readonly title: string
  readonly text: string
  readonly level: string
  readonly link: string | null
  /** Each attempt gets a one-time link of its own, which takes the place of `LINK_PLACE` in the text; null = none does. */
  readonly oneTime: OneTimeLink | null
  readonly urgent: boolean
  readonly language: 'zh-CN' | 'en-US'
  /** The stage of the alert that ends it; null = none does. */
  readonly wantedUntil: PlanUntil | null
}

/** A row of the pages. */
export interface StoredPage {
  readonly id: number
  readonly node: string
  readonly channel: string
  readonly alert: number | null
  readonly revision: number | null
  readonly state: PageState
  readonly due: number
  readonly until: number | null
  readonly lease: string | null
  readonly way: number
  readonly attempts: number
  readonly tries: number
  readonly unknowns: number
  /** Attempts by any channel after which the person may have it. */
  readonly doubts: number
  readonly content: PageContent
  readonly step: PageStep | null
  /** As JSON. */
  readonly message: string
  readonly at: number
}

export function pageOf(row: Row): StoredPage {
  const step = row['step']
  return {
    id: number(row, 'id'),
    node: text(row, 'node'),
    channel: text(row, 'channel'),
    alert: row['alert'] as number | null,
    revision: row['revision'] as number | null,
    state: text(row, 'state') as PageState,
    due: number(row, 'due'),
    until: row['until_at'] as number | null,
    lease: row['lease'] as string | null,
    way: number(row, 'way'),
    attempts: number(row, 'attempts'),
    tries: number(row, 'tries'),
    unknowns: number(row, 'unknowns'),
    doubts: number(row, 'doubts'),
    content: JSON.parse(text(row, 'content')) as PageContent,
    step: typeof step === 'string' ? (JSON.parse(step) as PageStep) : null,
    message: text(row, 'message'),
    at: number(row, 'at'),
  }
}

export const progressOf = (page: StoredPage): PageProgress => ({
  way: page.way,
  ways: page.content.ways.length,
  tries: page.tries,
  unknowns: page.unknowns,
  until: page.until,
  hasSuccessor: page.step !== null && !page.step.isLast,
})

/** The end of a page, or the outcome of its last attempt. */
export type PageEnding = Pick<PageVerdict, 'code' | 'reason'>

export const SUPERSEDED: PageEnding = {
  code: 'PAGE_SUPERSEDED',
  reason: {
    zh: '已有人处理，或已由后一步、后一次提醒取代，未再发送',
    en: 'Somebody has reacted, or a later step or reminder has taken its place: it was not sent any more',
  },
}

/** A message about the end of a page, as the ledger owes it to the flow. */
export interface PagedContent {
  readonly page: number
  readonly message: unknown
  readonly state: Extract<PageState, 'accepted' | 'failed' | 'superseded'>
  readonly code: string
  readonly reasonZh: string
  readonly reasonEn: string
  readonly person: PageContent['person']
  /** Name of the channel that had it last. */
  readonly channel: string
  readonly attempts: number
  readonly sentAt: number
  readonly endedAt: number
}

/**
 * Ends a page, and owes its flow the outcome.
 * @returns false when it has come to its end, or into other hands, before
 */
export function* endPage(
  page: StoredPage,
  state: PagedContent['state'],
  { code, reason }: PageEnding,
  at: number,
): Step<boolean> {
  const ended = yield sql(
    `update page set state = $2, code = $3, reason_zh = $4, reason_en = $5, ended_at = $6, lease = null,
       lease_until = null where id = $1 and state = $7 returning id`,
    page.id,
    state,
    code,
    reason.zh,
    reason.en,
    at,
    page.state,
  )
  if (ended.length === 0) return false
  const content: PagedContent = {
    page: page.id,
    message: JSON.parse(page.message) as unknown,
    state,
    code,
    reasonZh: reason.zh,
    reasonEn: reason.en,
    person: page.content.person,
    channel: page.content.ways[page.way]?.name ?? '',
    attempts: page.attempts,
    sentAt: page.at,
    endedAt: at,
  }
  yield* owe({ kind: 'paged', target: page.node, alert: page.alert, at, content })
  return true
}

/** Another node is to be told of the pages of one that is gone. */
export function* changePageNode(from: string, to: string): Step<void> {
  yield sql(
    "update page set node = $2 where node = $1 and state in ('waiting', 'leased', 'failed')",
    from,
    to,
  )
}
