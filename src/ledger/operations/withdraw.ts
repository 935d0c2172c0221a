import type { Row, Step } from '../engine/types.js'
import type { ParkedCode } from '../types.js'
import { audit, type Actor } from './audit.js'
import { endingOfWithdrawn, setState, tellFlow, type Ending } from './outcome.js'
import type { Telling } from './parked.js'
import { number, sql, text } from './sql.js'

/** Why feedback is taken back: what it speaks of is void, or has been corrected. */
export type Withdrawn = Extract<ParkedCode, 'alertCancelled' | 'revised'>

/** A document with those that were merged into it. */
interface Group {
  readonly row: Row
  readonly telling: Telling
  readonly merged: readonly Row[]
  /** Whether any of them speaks of the alert that is taken back. */
  readonly isMeant: boolean
  /** Whom all of them speak of, without the alert that is taken back. */
  readonly others: readonly number[]
}

/**
 * An alert is no longer what feedback was told of: what speaks of it alone is ended, and its flow is told; what
 * speaks of others as well goes on for those. What no peer can have seen is parked for that, to be written anew.
 * @param all also what says its final words already and is not parked
 */
export function* withdraw(
  actor: Actor,
  pair: string,
  alert: number,
  code: Withdrawn,
  all: boolean,
  at: number,
): Step<void> {
  // Changes nothing but locks the rows: none is taken to be delivered meanwhile. Each part has its own index.
  const rows = yield sql(
    `update outbox set lane = lane where operation = 'SynCrisisResponseInfo' and id in (
       select id from outbox where lane = $1 and state in ('ready', 'parked')
       union all select id from outbox where lane = $1 and state in ('ready', 'leased')
       union all select id from outbox where lane = $1 and state in ('held', 'dead') and $3 = 'alertCancelled')
       and (telling is not null or alert = $2) returning *`,
    pair,
    alert,
    code,
  )
  for (const row of rows.toSorted((a, b) => number(a, 'id') - number(b, 'id'))) {
    // A dead letter is sent again by people only.
    const isTried = number(row, 'attempts') > 0 || row['ended_at'] !== null
    if (row['telling'] === null) {
      if (all) yield* stop(actor, row, code, at)
      continue
    }
    const group = yield* groupOf(row, alert)
    const isFinal = group.telling.says !== null && (row['state'] !== 'parked' || isTried)
    if (!group.isMeant) continue
    if (isFinal && !all) continue
    if (isTried) yield* withdrawTried(actor, group, alert, code, at)
    else yield* withdrawUnseen(actor, group, alert, code, at)
  }
}

function* groupOf(row: Row, alert: number): Step<Group> {
  const merged = yield sql(
    'select * from outbox where merged_into = $1 order by id',
    number(row, 'id'),
  )
  const all = [row, ...merged].flatMap((one) => tellingOf(one)?.alerts ?? [])
  return {
    row,
    telling: tellingOf(row)!,
    merged,
    isMeant: all.includes(alert),
    others: [...new Set(all)].filter((id) => id !== alert),
  }
}

function tellingOf(row: Row): Telling | null {
  const telling = row['telling']
  return typeof telling === 'string' ? (JSON.parse(telling) as Telling) : null
}

/** A peer may have seen it, so it goes on with its words as long as they are anybody's. */
function* withdrawTried(
  actor: Actor,
  { row, telling, others }: Group,
  alert: number,
  code: Withdrawn,
  at: number,
): Step<void> {
  if (others.length === 0) yield* stop(actor, row, code, at)
  else if (telling.alerts.includes(alert)) yield* keepTelling(row, { ...telling, alerts: others })
}

/** Each of the group is what it was before they were merged, and is ended or waits to be written anew. */
function* withdrawUnseen(
  actor: Actor,
  { row, merged }: Group,
  alert: number,
  code: Withdrawn,
  at: number,
): Step<void> {
  if (merged.length > 0) {
    yield sql(
      `update outbox set merged_into = null, ended_at = null where merged_into = $1`,
      number(row, 'id'),
    )
  }
  for (const one of [row, ...merged]) {
    const telling = tellingOf(one)
    const alerts = telling?.alerts.filter((id) => id !== alert) ?? []
    if (!telling || alerts.length === 0) {
      yield* end(actor, one['state'] === 'merged' ? { ...one, ended_at: null } : one, code, at)
      continue
    }
    yield* keepTelling(one, { ...telling, alerts, says: null })
    if (one['state'] === 'parked') continue
    const parked: ParkedCode = 'otherFinding'
    yield sql(
      `update outbox set state = 'parked', parked = $2 where id = $1`,
      number(one, 'id'),
      parked,
    )
    yield* audit(actor, at, {
      kind: 'parked',
      outbox: number(one, 'id'),
      alert: one['alert'] as number | null,
      detail: { parked },
    })
  }
}

function* keepTelling(row: Row, telling: Telling): Step<void> {
  yield sql(
    'update outbox set telling = $2 where id = $1',
    number(row, 'id'),
    JSON.stringify(telling),
  )
}

/** Ends it, or has it ended when the attempt that is being made is over. */
function* stop(actor: Actor, row: Row, code: Withdrawn, at: number): Step<void> {
  if (row['state'] !== 'leased') yield* end(actor, row, code, at)
  else yield sql('update outbox set parked = $2 where id = $1', number(row, 'id'), code)
}

/** Ends a document that is not to be sent; its flow is told unless it knows already. */
export function* end(actor: Actor, row: Row, code: Withdrawn, at: number): Step<void> {
  const ending: Ending = endingOfWithdrawn(code, text(row, 'operation'))
  yield* setState(row, 'cancelled', number(row, 'due'), ending, at)
  yield* audit(actor, at, {
    kind: 'cancelled',
    outbox: number(row, 'id'),
    alert: row['alert'] as number | null,
    detail: { code: ending.code },
  })
  if (row['ended_at'] === null) yield* tellFlow(row, 'cancelled', ending, at)
}

/** Ends what was taken back while it was on the wire, and came back because its instance gave up or died. */
export function* endReturned(actor: Actor, peer: string, at: number): Step<void> {
  const rows = yield sql(
    `select * from outbox where parked in ('alertCancelled', 'revised') and peer = $1
       and id in (select id from outbox where state = 'parked') {skip}`,
    peer,
  )
  for (const row of rows) yield* end(actor, row, text(row, 'parked') as Withdrawn, at)
}
