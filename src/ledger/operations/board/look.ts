import type { Step } from '../../../store/index.js'
import { number, sql } from '../sql.js'
import { lastTrouble } from './last-trouble.js'
import type { BoardTrouble } from './open.js'

/**
 * Tells a ledger in which something may have changed from one in which nothing has: a text that is the same as long as
 * nothing was written that a board shows. Cheap, whatever there is.
 */
export function* boardMark(): Step<string> {
  const [row] = yield sql(
    `select (select cast(coalesce(sum(seq), 0) as {big}) from audit_head) as audited,
       (select count(*) from page where state = 'leased') as leased,
       (select coalesce(max(id), 0) from page) as page`,
  )
  return [number(row, 'audited'), number(row, 'leased'), number(row, 'page')].join('/')
}

/** Refused calls are looked at by people for so long, in ms; they are kept for longer. */
export const REFUSED_SHOWN_MS = 7 * 24 * 3_600_000

/** Numbers of what is undelivered, and of what needs a person; what is unclaimed only Node-RED knows. */
export interface BoardCounts {
  /** Documents and pages that are still to be delivered. */
  readonly owed: number
  readonly dead: number
  readonly refused: number
  readonly orphans: number
  /** Exams whose patient is in doubt. */
  readonly held: number
  readonly waiting: number
  readonly lastTrouble: BoardTrouble | null
}

export function* boardCounts(): Step<BoardCounts> {
  const [row] = yield sql(
    `select
       (select count(*) from outbox where state in ('ready', 'leased') and coalesce(blocked, '') <> 'wrongPatient')
         + (select count(*) from page where state = 'waiting')
         + (select count(*) from page where state = 'leased') as owed,
       (select count(*) from outbox where state in ('held', 'dead')) as dead,
       (select count(*) from quarantine where at > {now} - ${REFUSED_SHOWN_MS}) as refused,
       (select count(*) from feedback where state = 'orphan') as orphans,
       (select count(*) from report where waits is not null) as waiting`,
  )
  const held = yield sql(
    'select count(*) as n from (select system, pair from alert where hold is not null group by system, pair) c',
  )
  return {
    owed: number(row, 'owed'),
    dead: number(row, 'dead'),
    refused: number(row, 'refused'),
    orphans: number(row, 'orphans'),
    held: number(held[0], 'n'),
    waiting: number(row, 'waiting'),
    lastTrouble: yield* lastTrouble(),
  }
}
