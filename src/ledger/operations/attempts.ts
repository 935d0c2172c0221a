import type { Step } from '../../store/index.js'
import type { AttemptRecord } from '../types.js'
import type { Actor } from './audit.js'
import { number, sql } from './sql.js'

/**
 * Records an attempt. Of a document that nobody takes there would be one each five minutes for years: the first, the
 * last and each change of what they came to are kept, the rest counted (`alike`: the attempts before it that came to
 * the same and are not kept).
 */
export function* recordAttempt(
  { id, actor, attempt }: { id: number; actor: Actor; attempt: AttemptRecord },
  n: number,
): Step<void> {
  const [last, before] =
    n < 3
      ? []
      : yield sql(
          'select n, class, code, alike from attempt where outbox = $1 and n < $2 order by n desc limit 2',
          id,
          n,
        )
  const isAlike = [last, before].every(
    (row) => row?.['class'] === attempt.class && row['code'] === attempt.code,
  )
  if (isAlike) yield sql('delete from attempt where outbox = $1 and n = $2', id, number(last, 'n'))
  yield sql(
    `insert into attempt (outbox, n, instance, started_at, ended_at, class, code, reply, request, response, alike)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) on conflict do nothing`,
    id,
    n,
    actor.actor,
    attempt.startedAt,
    attempt.endedAt,
    attempt.class,
    attempt.code,
    attempt.reply ? JSON.stringify(attempt.reply) : null,
    attempt.request,
    attempt.response,
    isAlike ? number(last, 'alike') + 1 : 0,
  )
}
