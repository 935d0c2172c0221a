import { afterPageAttempt, type PageNext, type PageVerdict } from '../../../loop/index.js'
import type { Step } from '../../../store/index.js'
import { audit, type Actor } from '../audit.js'
import { examOfAlert, lockExam } from '../exam/load.js'
import { countPage } from '../exam/save.js'
import { now, number, sql } from '../sql.js'
import { passOverStep } from '../watches.js'
import { endPage, pageOf, progressOf, type StoredPage } from './rows.js'

/** One attempt to give a page to a channel, with what went and what came, without secrets. */
export interface PageAttempt {
  readonly startedAt: number
  readonly endedAt: number
  readonly request: Uint8Array | null
  readonly answer: Uint8Array | null
}

export interface ConcludePage {
  readonly actor: Actor
  readonly id: number
  /** The lease by which it was tried; null for one that waits and cannot be tried. */
  readonly lease: string | null
  /** null = nothing was tried, or nobody knows. */
  readonly attempt: PageAttempt | null
  readonly verdict: PageVerdict
}

export interface ConcludedPage {
  /** False: somebody else has it now, or it has come to its end, so nothing was changed. */
  readonly owned: boolean
  readonly next: PageNext | null
}

/**
 * Records an attempt and what follows from it, fenced by the lease. A page that has failed for good passes its step
 * over in the same transaction, so that the next person is called at once. May be asked again when it is not known
 * whether it was committed.
 */
export function* concludePage(args: ConcludePage): Step<ConcludedPage> {
  const { actor, id, lease, attempt, verdict } = args
  const at = yield* now()
  // The exam before the page, as everybody else.
  const [meant] = yield sql('select alert from page where id = $1', id)
  const alert = (meant?.['alert'] ?? null) as number | null
  const exam = alert === null ? null : yield* examOfAlert(alert)
  if (exam) yield* lockExam(exam.examKey)
  const [row] = yield sql(
    `update page set channel = channel where id = $1 and ${lease === null ? "state = 'waiting' and $2 = ''" : "state = 'leased' and lease = $2"} returning *`,
    id,
    lease ?? '',
  )
  if (!row) return { owned: yield* isConcluded(args), next: null }
  const before = pageOf(row)
  const isDoubtful = verdict.class === 'unknown'
  const page: StoredPage = isDoubtful
    ? { ...before, unknowns: before.unknowns + 1, doubts: before.doubts + 1 }
    : before
  if (attempt) yield* keepAttempt(args, attempt, page)
  const next = afterPageAttempt(progressOf(page), verdict, at)
  if (next.state === 'waiting') yield* waitAgain(page, next, verdict, at)
  else yield* endPage(page, next.state, verdict, at)
  if (next.state !== 'waiting') {
    const kind = next.state === 'accepted' ? 'pageAccepted' : 'pageFailed'
    const detail = { page: id, code: verdict.code, attempts: page.attempts }
    yield* audit(actor, at, { kind, alert, detail })
  }
  if (next.state === 'accepted' && alert !== null) yield* countPage(alert)
  if (next.state === 'failed') yield* passOverFor(actor, page)
  return { owned: true, next }
}

/** The next person of the plan is called at once. */
function* passOverFor(actor: Actor, { alert, step }: StoredPage): Step<void> {
  if (alert !== null && step) {
    yield* passOverStep({ actor, target: step.watch, alert, fired: step })
  }
}

function* keepAttempt(
  { actor, verdict }: ConcludePage,
  { startedAt, endedAt, request, answer }: PageAttempt,
  { id, attempts, channel }: StoredPage,
): Step<void> {
  yield sql(
    `insert into page_attempt (page, n, channel, instance, started_at, ended_at, class, code, reason_zh, reason_en,
       request, answer)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) on conflict do nothing`,
    id,
    attempts,
    channel,
    actor.actor,
    startedAt,
    endedAt,
    verdict.class,
    verdict.code,
    verdict.reason.zh,
    verdict.reason.en,
    request,
    answer,
  )
}

function* waitAgain(
  page: StoredPage,
  { way, at: due }: Extract<PageNext, { state: 'waiting' }>,
  { code, reason }: PageVerdict,
  at: number,
): Step<void> {
  const isMoved = way !== page.way
  const place = isMoved ? yield* tendedWay(page, way, at) : way
  const channel = page.content.ways[place]?.channel ?? page.channel
  // Tries and doubts are counted for each channel anew.
  const { tries, unknowns } = isMoved ? NONE : page
  const waiting = sql(
    `update page set state = 'waiting', lease = null, lease_until = null, channel = $2, way = $3, due = $4, tries = $5,
       unknowns = $6, doubts = $7, code = $8, reason_zh = $9, reason_en = $10 where id = $1`,
    page.id,
    channel,
    place,
    due,
    tries,
    unknowns,
    page.doubts,
    code,
    reason.zh,
    reason.en,
  )
  yield isMoved ? { ...waiting, hint: `page/${channel}` } : waiting
}

const NONE = { tries: 0, unknowns: 0 }

/** Time after which a channel that nobody has looked at is taken to have no pager, in ms. */
export const UNTENDED_MS = 60_000

/** The first channel from a place on that somebody tends; where there is none, that of the place. */
function* tendedWay({ content }: StoredPage, way: number, at: number): Step<number> {
  for (const [place, { channel }] of content.ways.entries()) {
    if (place < way) continue
    const [row] = yield sql('select looked_at from channel where id = $1', channel)
    if (row && number(row, 'looked_at') > at - UNTENDED_MS) return place
  }
  return way
}

/** True when this very attempt stands in the record: its commit was reported to us as failed. */
function* isConcluded({ id, actor, attempt }: ConcludePage): Step<boolean> {
  if (!attempt) return false
  const [row] = yield sql(
    'select n from page_attempt where page = $1 and instance = $2 and started_at = $3 and ended_at = $4',
    id,
    actor.actor,
    attempt.startedAt,
    attempt.endedAt,
  )
  return row !== undefined
}
