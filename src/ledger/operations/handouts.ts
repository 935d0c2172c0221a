import type { Owed } from '../types.js'
import type { Step } from '../../store/index.js'
import { endPageLeases } from './pages/leases.js'
import { number, sql, text } from './sql.js'
import { transition } from './transition.js'

export interface ToOwe {
  readonly kind: Owed['kind']
  readonly target: string
  readonly content: unknown
  readonly alert: number | null
  /** Nothing of the alert can have been handed out before. */
  readonly isNew?: boolean
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
  const row = sql(
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
  )
  // Whoever hands out looks at once; a message that is in hand already needs no look.
  const [owed] = yield lease ? row : { ...row, hint: `owed/${what.target}` }
  const { kind, target, content } = what
  return { id: number(owed, 'id'), kind, target, content, lease: lease?.lease ?? '', handed: 0 }
}

/**
 * Whether an earlier message of the alert was handed to nobody yet, or to an instance that may have died with it:
 * a correction must not overtake it. What this instance itself has handed out is with the flow already.
 */
function* isBehind({ target, alert, isNew }: ToOwe, { lease }: Lease): Step<boolean> {
  if (alert === null || isNew === true) return false
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

export interface TakeHandouts extends Lease {
  readonly target: string
  readonly limit: number
}

/**
 * Takes what is owed to a node, oldest first, so that no other instance hands it out meanwhile; of each alert
 * nothing while something earlier is in the hands of another instance.
 */
export function* takeHandouts(args: TakeHandouts): Step<readonly Owed[]> {
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

export interface Handed {
  readonly ids: readonly number[]
  /** Any lease of the instance that has handed them out: what another one has taken since is left alone. */
  readonly lease: string
}

/** Most messages in one statement; lists of one length keep the number of different statements small. */
const LIST_LENGTH = 50
const LIST = Array.from({ length: LIST_LENGTH }, (_, place) => `$${place + 2}`).join(', ')
const HANDED = `id in (${LIST}) and substr(lease, 1, length($1)) = $1`
const VALUE = `$${LIST_LENGTH + 2}`

/** Runs a statement for the messages, in parts; returns how many rows it was for. */
function* forAll(
  statement: string,
  { ids, lease }: Handed,
  ...values: readonly number[]
): Step<number> {
  let count = 0
  for (let start = 0; start < ids.length; start += LIST_LENGTH) {
    const part = ids.slice(start, start + LIST_LENGTH)
    // Ids count from 1.
    const list = [...part, ...Array<number>(LIST_LENGTH - part.length).fill(0)]
    count += (yield sql(statement, instanceOf(lease), ...list, ...values)).length
  }
  return count
}

/** Their flow has them. Returns how many; those whose lease somebody else has taken are not among them. */
export function* settleHandout(args: Handed): Step<number> {
  return yield* forAll(`delete from owed where ${HANDED} returning id`, args)
}

/** Their flow may still lose them: nobody else is to hand them out for another while. */
export function* renewHandouts(args: Handed & { readonly leaseMs: number }): Step<number> {
  return yield* forAll(
    `update owed set lease_until = {now} + ${VALUE} where ${HANDED} returning id`,
    args,
    args.leaseMs,
  )
}

/**
 * Whoever asks next has them, as when their node is closed. `unseen`: no flow has seen them, so that they do not
 * count as handed out.
 */
export function* giveBackHandouts(args: Handed & { readonly unseen: boolean }): Step<number> {
  return yield* forAll(
    `update owed set lease = null, lease_until = 0, handed = handed - ${VALUE} where ${HANDED} returning id`,
    args,
    args.unseen ? 1 : 0,
  )
}

/** It has become void before any flow has had it. */
export function* dropHandout(owed: number): Step<void> {
  yield sql('delete from owed where id = $1 and handed = 0', owed)
}

/** A message that the flow was given and that a document, perhaps one of several, is made of. */
export interface TakenOver {
  readonly owed?: number | undefined
  /** Others are made of it after this one, so that it stays owed. Default is false. */
  readonly isOneOfMore?: boolean | undefined
}

/**
 * A node of ours has what became of it on record: it is settled, whoever holds its lease.
 * @returns false where it was settled before, as by another instance after this one stood still for longer than its lease
 */
export function* takeOver({ owed, isOneOfMore = false }: TakenOver): Step<boolean> {
  if (owed === undefined) return true
  const statement = isOneOfMore
    ? 'select id from owed where id = $1'
    : 'delete from owed where id = $1 returning id'
  return (yield sql(statement, owed)).length > 0
}

/**
 * A call was answered with a failure, because it is not known whether it was stored: should it have been, whoever asks
 * next has its messages, and the sender's repeat of it is answered to a flow that has them.
 * @param lease that of this call alone
 */
export function* freeCall({ lease }: { readonly lease: string }): Step<number> {
  const rows = yield sql(
    'update owed set lease = null, lease_until = 0, handed = handed - 1 where lease = $1 returning id, target',
    lease,
  )
  return rows.length
}

/** At the start of the only instance of a file: whoever held a lease is gone. */
export function* freeLeases(): Step<void> {
  yield* transition(
    'returned',
    { where: "state = 'leased'", params: [] },
    { lease: null, lease_until: null },
  )
  yield sql('update owed set lease = null, lease_until = 0 where lease is not null')
  yield* endPageLeases()
}
