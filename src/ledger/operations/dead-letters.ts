import type { Row, SqlValue, Step } from '../engine/types.js'
import { audit, type Actor } from './audit.js'
import { note } from './decisions.js'
import { AT_ONCE } from './outbox.js'
import { tellFlow, type Ending } from './outcome.js'
import { insert, now, number, sql, text } from './sql.js'

/** One dead letter, with a corrected document if there is one; or all of them, of one peer if one is named. */
export type Replay = { readonly actor: Actor } & (
  | { readonly id: number; readonly peer?: null; readonly document: string | null }
  | { readonly id: null; readonly peer: string | null; readonly document: null }
)

/** Sends dead letters again: each as a new document behind those of its lane, the old one kept as it ended. */
export function* replay(args: Replay): Step<readonly number[]> {
  const at = yield* now()
  // Taken before they are copied, so that of two people who ask at the same moment only one sends it again.
  const rows = yield sql(
    `update outbox set state = 'cancelled'
     where state in ('held', 'dead') and ($1 < 0 or id = $1) and ($2 = '' or peer = $2) returning *`,
    args.id ?? -1,
    args.peer ?? '',
  )
  const fresh: number[] = []
  for (const row of rows.toSorted((a, b) => number(a, 'id') - number(b, 'id'))) {
    fresh.push(yield* sendAgain(args, row, at))
  }
  return fresh
}

function* sendAgain({ actor, document }: Replay, row: Row, at: number): Step<number> {
  yield sql('{lock:$1}', `${text(row, 'peer')}/${text(row, 'lane')}`)
  const columns = [
    'peer',
    'operation',
    'lane',
    'alert',
    'node',
    'message',
    'revision',
    'flags',
    'named',
  ] as const
  const values: SqlValue[] = columns.map((column) => row[column] ?? null)
  const before = number(row, 'id')
  const parked = yield* isHeld(row)
  const outbox = yield* insert(
    sql(
      `insert into outbox (peer, operation, lane, alert, node, message, revision, flags, named, due, document, telling,
         at, replay_of, state, parked)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, ${AT_ONCE}, $10, $11, $12, $13, $14, $15) returning id`,
      ...values,
      document ?? text(row, 'document'),
      // A person's own words are never merged with others.
      document === null ? (row['telling'] ?? null) : null,
      at,
      before,
      parked ? 'parked' : 'ready',
      parked ? 'wrongPatient' : null,
    ),
  )
  yield sql('update outbox set merged_into = $2 where merged_into = $1', before, outbox)
  yield* audit(actor, at, {
    kind: document === null ? 'replayed' : 'editedAndResent',
    outbox,
    alert: row['alert'] as number | null,
    detail: { replayOf: before },
  })
  return outbox
}

/** Feedback of an exam whose patient is in doubt waits, whoever sends it. */
function* isHeld(row: Row): Step<boolean> {
  if (row['operation'] !== 'SynCrisisResponseInfo') return false
  const [held] = yield sql(
    'select id from alert where pair = $1 and hold is not null limit 1',
    text(row, 'lane'),
  )
  return held !== undefined
}

export interface Cancel {
  readonly actor: Actor
  readonly id: number
  /** Who says so. */
  readonly by?: string | undefined
  readonly reason: string
}

const CANCELLED: Ending = {
  class: 'rejected',
  code: 'CANCELLED',
  reasonZh: '已由人工取消，不再发送',
  reasonEn: 'Cancelled by a person; it is not sent any more',
  reply: null,
}

/**
 * A person has decided that a document is not to be sent: a dead letter, one that is tried again and again and
 * holds up its lane, or one that is parked. False when it is neither, or just under way.
 */
export function* cancel(args: Cancel): Step<boolean> {
  const at = yield* now()
  const [before] = yield sql('select ended_at from outbox where id = $1', args.id)
  const [row] = yield sql(
    `update outbox set state = 'cancelled', parked = null, ended_at = $2
     where id = $1 and state in ('ready', 'held', 'dead', 'parked') returning *`,
    args.id,
    at,
  )
  if (!row) return false
  const alert = row['alert'] as number | null
  const decision = yield* note(
    { by: args.by ?? '', second: '', reason: args.reason },
    'cancel',
    alert,
    at,
    args.id,
  )
  yield* audit(args.actor, at, { kind: 'cancelled', outbox: args.id, alert, detail: { decision } })
  // Of a dead letter the flow has been told already.
  if (before?.['ended_at'] === null) yield* tellFlow(row, 'cancelled', CANCELLED, at)
  return true
}
