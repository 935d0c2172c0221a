import type { Owed } from '../types.js'
import type { Step } from '../engine/types.js'
import { RETURNED } from './records.js'
import { insert, number, sql, text } from './sql.js'

export interface ToOwe {
  readonly kind: Owed['kind']
  readonly target: string
  readonly content: unknown
  readonly alert: number | null
  readonly at: number
  /**
   * Who hands it out first; others may once the lease is over. Absent = whoever asks first. Not granted, so that
   * the lease of what is returned is '', while an earlier message of the same alert is in other hands.
   */
  readonly lease?: Lease | undefined
}

/** A right that ends by itself, so that what a dead instance held is taken over. */
export interface Lease {
  readonly lease: string
  readonly leaseMs: number
}

/** Notes that a flow is to be given a message, in the transaction that is its cause. */
export function* owe(what: ToOwe): Step<Owed> {
  const lease = what.lease && !(yield* isBehind(what, what.lease)) ? what.lease : undefined
  const id = yield* insert(
    sql(
      `insert into owed (kind, target, content, alert, at, handed, lease, lease_until)
       values ($1, $2, $3, $4, $5, $6, $7, $8) returning id`,
      what.kind,
      what.target,
      JSON.stringify(what.content),
      what.alert,
      what.at,
      lease ? 1 : 0,
      lease?.lease ?? null,
      lease ? what.at + lease.leaseMs : 0,
    ),
  )
  const { kind, target, content } = what
  return { id, kind, target, content, lease: lease?.lease ?? '', handed: 0 }
}

/**
 * Whether an earlier message of the alert was handed to nobody yet, or to an instance that may have died with it:
 * a correction must not overtake it. What this instance itself has handed out is with the flow already.
 */
function* isBehind({ target, alert }: ToOwe, { lease }: Lease): Step<boolean> {
  if (alert === null) return false
  const [earlier] = yield sql(
    `select id from owed where target = $1 and alert = $2
       and (lease is null or substr(lease, 1, length($3)) <> $3) limit 1`,
    target,
    alert,
    instanceOf(lease),
  )
  return earlier !== undefined
}

/** A lease begins with the instance that holds it. */
const instanceOf = (lease: string): string => lease.slice(0, lease.indexOf('/') + 1)

export interface TakeOwed extends Lease {
  readonly target: string
  readonly limit: number
}

/**
 * Takes what is owed to a node, oldest first, so that no other instance hands it out meanwhile; of each alert
 * nothing while something earlier is in the hands of another instance.
 */
export function* takeOwed(args: TakeOwed): Step<readonly Owed[]> {
  // Two instances that take at the same moment would not see each other's leases.
  yield sql('{lock:$1}', `owed/${args.target}`)
  const rows = yield sql(
    `with c as materialized (
       select id from owed o where target = $1 and lease_until < {now} and not exists (
         select 1 from owed p where p.target = o.target and p.alert = o.alert and p.id < o.id
           and p.lease_until >= {now} and substr(p.lease, 1, length($5)) <> $5)
       order by id limit $2 {skip}
     )
     update owed set lease = $3, lease_until = {now} + $4, handed = handed + 1
     from c where owed.id = c.id
     returning owed.id, owed.kind, owed.target, owed.content, owed.handed`,
    args.target,
    args.limit,
    args.lease,
    args.leaseMs,
    instanceOf(args.lease),
  )
  return rows
    .map((row) => ({
      id: number(row, 'id'),
      kind: text(row, 'kind') as Owed['kind'],
      target: text(row, 'target'),
      lease: args.lease,
      handed: number(row, 'handed') - 1,
      content: JSON.parse(text(row, 'content')) as unknown,
    }))
    .toSorted((a, b) => a.id - b.id)
}

/** The flow has it. False when the lease had run out and somebody else has taken it. */
export function* settleOwed(args: { id: number; lease: string }): Step<boolean> {
  const rows = yield sql(
    'delete from owed where id = $1 and lease = $2 returning id',
    args.id,
    args.lease,
  )
  return rows.length > 0
}

/** It was not handed out after all, as when its node was closed meanwhile: whoever asks next has it. */
export function* giveBackOwed(args: { id: number; lease: string }): Step<void> {
  yield sql(
    'update owed set lease = null, lease_until = 0, handed = handed - 1 where id = $1 and lease = $2',
    args.id,
    args.lease,
  )
}

/** At the start of the only instance of a file: whoever held a lease is gone. */
export function* freeLeases(): Step<void> {
  yield sql(
    `update outbox set state = ${RETURNED}, lease = null, lease_until = null where state = 'leased'`,
  )
  yield sql('update owed set lease = null, lease_until = 0 where lease is not null')
}
