import { alertFor, type Exam } from '../../loop/index.js'
import { joinDateTime, type Crisis } from '../../messages/index.js'
import type { Row, Step } from '../../store/index.js'
import type { CrisisToStore, ToDeliver } from '../types.js'
import { number, sql, text } from './sql.js'

/** A critical value that a flow was given again. */
export interface HandedAgain {
  readonly crisis: CrisisToStore
  readonly item: Pick<ToDeliver, 'peer' | 'node' | 'document'>
  /** The revision that the flow says it is. */
  readonly revision?: number | undefined
}

/** What stands in the outbox of a critical value that is handed over again. */
export interface Before {
  readonly outbox: number
  readonly alert: number
  /** It is the same document; otherwise it is a later content, after which the earlier one is not to be sent. */
  readonly isSame: boolean
}

/**
 * Why a critical value that a flow was given again is not sent again: its node has put it there before, or a
 * correction of it. What has ended with a person there does not count: the peer may have nothing of it.
 * @param n the revision that has its content; null when it has none, because the flow changes it
 */
export function* findBefore(
  exam: Exam,
  { crisis, item, revision }: HandedAgain,
  n: number | null,
): Step<Before | null> {
  const known = alertFor(exam.alerts, crisis)
  if (!known) return null
  const alert = known.id
  const rows = yield sql(
    `select o.id, o.document, o.named, o.revision, r.document as content
     from outbox o left join revision r on r.alert = o.alert and r.n = o.revision
     where o.alert = $1 and o.peer = $2 and o.node = $3 and o.operation = 'SynCrisisInfo'
       and o.state in ('ready', 'leased', 'done')
     order by o.id`,
    alert,
    item.peer,
    item.node,
  )
  // A flow that leaves elements out may make the same document of two revisions, with another between them.
  const isOwn = (saidRevision: unknown) =>
    revision === undefined || saidRevision === null || saidRevision === revision
  const same = rows.find((row) => row['document'] === item.document && isOwn(row['named']))
  if (same) return { outbox: number(same, 'id'), alert, isSame: true }
  const setMs = setMsOf(crisis.crisis)
  const own = { n, saidRevision: revision ?? null, setMs, current: known.revision }
  const later = rows.findLast((row) => isLater(row, own))
  return later ? { outbox: number(later, 'id'), alert, isSame: false } : null
}

interface Own {
  readonly n: number | null
  /** The revision that the flow says it is. */
  readonly saidRevision: number | null
  readonly setMs: number | null
  /** The revision of the alert that counts now. */
  readonly current: number
}

/** Whether a document in the outbox has a later content: by the set time, else by the numbers of one kind. */
function isLater(row: Row, { n, saidRevision, setMs, current }: Own): boolean {
  const theirs = { n: row['revision'], saidRevision: row['named'] }
  if (n === current) return false
  if (n !== null && theirs.n === current) return true
  const theirMs =
    row['content'] === null ? null : setMsOf(JSON.parse(text(row, 'content')) as Crisis)
  if (setMs !== null && theirMs !== null && setMs !== theirMs) return theirMs > setMs
  if (saidRevision !== null && typeof theirs.saidRevision === 'number')
    return theirs.saidRevision > saidRevision
  return n !== null && typeof theirs.n === 'number' && theirs.n > n
}

/** In any zone, since it is only compared. */
const setMsOf = ({ CrisisSetDate, CrisisSetTime }: Crisis): number | null =>
  joinDateTime(CrisisSetDate, CrisisSetTime).epochMs
