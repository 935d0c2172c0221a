import { isWithdrawn, WITHDRAWN_CODES, withdrawal, type WithdrawnCode } from '../../loop/index.js'
import type { Step } from '../../store/index.js'
import { audit, type Actor } from './audit.js'
import { endReport, endingChanges, endingOfWithdrawn, tellFlow } from './outcome.js'
import { loadReports, noteDissolved, rewriteReport } from './reports.js'
import { listed, sql } from './sql.js'
import {
  documentOf,
  lockDocuments,
  markLeased,
  supersede,
  transitionOne,
  type Document,
} from './transition.js'

const FEEDBACK = "operation = 'SynCrisisResponseInfo'"

/**
 * An alert is no longer what feedback was told of: what speaks of it alone is ended, and its flow is told; what
 * speaks of others as well goes on for those.
 * @param isVoid also what is on its way, and what needs a person, also in a person's own words
 */
export function* withdraw(
  actor: Actor,
  lane: string,
  alert: number,
  code: WithdrawnCode,
  isVoid: boolean,
  at: number,
): Step<void> {
  // None is taken to be delivered meanwhile.
  const found = yield* lockDocuments(
    `${FEEDBACK} and id in (
       select id from outbox where lane = $1 and state in ('ready', 'leased')
       union all select id from outbox where lane = $1 and state in ('held', 'dead') and $2 = 1)`,
    lane,
    isVoid ? 1 : 0,
  )
  const stored = yield* loadReports(lane)
  const { ended, kept, dissolved, stopped } = withdrawal(stored, alert, isVoid)
  for (const one of found) {
    const isOwn = one.says === null && one.alert === alert && isVoid
    if (isOwn || stopped.includes(one.id)) yield* stop(actor, one, code, at)
    if (!dissolved.includes(one.id)) continue
    yield* supersede(one.id, at)
    yield* noteDissolved(one.id)
  }
  for (const report of kept) yield* rewriteReport(report)
  const ending = endingOfWithdrawn(code, 'SynCrisisResponseInfo')
  const detail = { code: ending.code }
  for (const one of stored.reports.filter(({ id }) => ended.includes(id))) {
    const { id: outbox, alert: of } = one
    yield* audit(actor, at, { kind: 'cancelled', outbox, alert: of, detail })
    yield* endReport(one, { outbox, attempts: 0 }, 'cancelled', ending, at)
  }
}

/** Ends it, or has it ended when the attempt that is being made is over. */
function* stop(actor: Actor, one: Document, code: WithdrawnCode, at: number): Step<void> {
  if (one.state === 'leased') yield* markLeased(one.id, code)
  else yield* end(actor, one, code, one.endedAt === null, at)
}

/** Ends a document that is not to be sent. @param isTold false where its flow knows already, or is told of a later one */
export function* end(
  actor: Actor,
  before: Document,
  code: WithdrawnCode,
  isTold: boolean,
  at: number,
): Step<void> {
  const { id: outbox, alert, operation } = before
  const ending = endingOfWithdrawn(code, operation)
  const changes = { ...endingChanges(ending, at), blocked: null }
  const ended = yield* transitionOne('withdrawn', outbox, changes)
  if (!ended) return
  yield* audit(actor, at, { kind: 'cancelled', outbox, alert, detail: { code: ending.code } })
  if (isTold) yield* tellFlow(before, 'cancelled', ending, at)
}

/** Ends what was taken back while it was on the wire, and came back because its instance gave up or died. */
export function* endReturned(actor: Actor, peer: string, at: number): Step<void> {
  const rows = yield sql(
    `select * from outbox where peer = $1 and blocked in ${listed(WITHDRAWN_CODES)} and state = 'ready' {skip}`,
    peer,
  )
  for (const one of rows.map(documentOf)) {
    if (isWithdrawn(one.blocked)) yield* end(actor, one, one.blocked, true, at)
  }
}
