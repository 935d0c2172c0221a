import type { Owed } from '../types.js'
import type { Step } from '../../store/index.js'
import { audit, type Actor } from './audit.js'
import { keepDecision, type Decision } from './decisions.js'
import { changePageNode } from './pages/rows.js'
import { changeNode } from './reports.js'
import { now, number, sql, text } from './sql.js'

/** What is owed to the flow of one node. */
export interface HandoutsTo {
  readonly node: string
  readonly kind: Owed['kind']
  readonly messages: number
  /** When the oldest of them was stored, in epoch ms, and how long ago that is, in ms. */
  readonly oldestAt: number
  readonly ageMs: number
  /** Some are in the hands of an instance. */
  readonly held: boolean
}

/** What is owed, by node; which of them are in no flow only Node-RED knows. */
export function* handoutsByNode(): Step<readonly HandoutsTo[]> {
  const rows = yield sql(
    `select target, kind, count(*) as messages, min(at) as oldest, {now} - min(at) as age,
       max(lease_until) - {now} as held
     from owed group by target, kind order by target, kind`,
  )
  return rows.map((row) => ({
    node: text(row, 'target'),
    kind: text(row, 'kind') as Owed['kind'],
    messages: number(row, 'messages'),
    oldestAt: number(row, 'oldest'),
    ageMs: number(row, 'age'),
    held: number(row, 'held') >= 0,
  }))
}

export interface PassOn {
  readonly actor: Actor
  readonly from: string
  readonly to: string
  /** What the other node hands out. */
  readonly kind: Owed['kind']
  /** The person who wants it, and why, where that is known. */
  readonly decision?: Pick<Decision, 'by' | 'reason'> | undefined
}

/** @returns for the audit: its number, or nothing */
export function* keepPassOn(
  decision: PassOn['decision'],
  at: number,
): Step<{ readonly decision?: number }> {
  if (!decision) return {}
  return { decision: yield* keepDecision({ ...decision, second: '' }, 'passOn', null, at) }
}

/**
 * Another node is to hand out what is owed to a node that is gone; the outcomes of what that one sent and is still
 * undelivered too. Returns how many messages there are; what an instance has in hand stays.
 */
export function* passOnHandouts({ actor, from, to, kind, decision }: PassOn): Step<number> {
  const at = yield* now()
  const passing = sql(
    `update owed set target = $2, lease = null, lease_until = 0
     where target = $1 and kind = $3 and lease_until < $4 returning id`,
    from,
    to,
    kind,
    at,
  )
  const rows = yield { ...passing, hint: `owed/${to}` }
  if (kind === 'outcome') {
    // One by one, as their indexes are.
    for (const undelivered of ["in ('ready', 'leased')", "in ('held', 'dead')"]) {
      yield sql(`update outbox set node = $2 where node = $1 and state ${undelivered}`, from, to)
    }
    yield* changeNode(from, to)
  }
  if (kind === 'paged') yield* changePageNode(from, to)
  const detail = { from, to, messages: rows.length, ...(yield* keepPassOn(decision, at)) }
  yield* audit(actor, at, { kind: 'handoutsPassedOn', detail })
  return rows.length
}

export interface GiveUp {
  readonly actor: Actor
  readonly node: string
  readonly by: string
  readonly reason: string
}

/** A person has decided that nobody is to be given what is owed to a node that is gone. Returns how many. */
export function* giveUpHandouts({ actor, node, by, reason }: GiveUp): Step<number> {
  const at = yield* now()
  const rows = yield sql(
    'delete from owed where target = $1 and lease_until < $2 returning kind, alert',
    node,
    at,
  )
  for (const row of rows) {
    const alert = row['alert'] as number | null
    const decision = yield* keepDecision({ by, second: '', reason }, 'giveUp', alert, at)
    const detail = { node, kind: text(row, 'kind'), decision }
    yield* audit(actor, at, { kind: 'handoutsGivenUp', alert, detail })
  }
  return rows.length
}
