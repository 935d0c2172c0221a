import type { Step } from '../../store/index.js'
import type { Caller, SeenCaller } from '../types.js'
import { now, number, sql, text } from './sql.js'

/** The rows that are kept: those of the callers that were heard last. */
export const MOST_CALLERS = 1_000

/** Adds to who calls how. In one order everywhere, so that two instances never wait for each other. */
export function* noteCallers(args: { readonly seen: readonly SeenCaller[] }): Step<void> {
  const at = yield* now()
  yield sql('{lock:$1}', 'callers')
  for (const one of args.seen) {
    yield sql(
      `insert into caller (service, remote, operation, form, first_at, last_at, calls)
       values ($1, $2, $3, $4, $5, $6, $7)
       on conflict (service, remote, operation, form) do update set
         calls = caller.calls + excluded.calls,
         last_at = case when excluded.last_at > caller.last_at then excluded.last_at else caller.last_at end`,
      one.service,
      one.remoteAddress,
      one.operation,
      one.form,
      at - one.firstAgoMs,
      at - one.lastAgoMs,
      one.calls,
    )
  }
  yield sql(
    'delete from caller where last_at < (select last_at from caller order by last_at desc limit 1 offset $1)',
    MOST_CALLERS - 1,
  )
}

/** Who calls how, those heard last first. */
export function* callers(args: { readonly limit: number }): Step<readonly Caller[]> {
  const rows = yield sql('select * from caller order by last_at desc, form limit $1', args.limit)
  return rows.map((row) => ({
    service: text(row, 'service'),
    remoteAddress: text(row, 'remote'),
    operation: text(row, 'operation'),
    form: JSON.parse(text(row, 'form')) as object,
    firstAt: number(row, 'first_at'),
    lastAt: number(row, 'last_at'),
    calls: number(row, 'calls'),
  }))
}
