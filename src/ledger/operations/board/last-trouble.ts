import { LASTING_TROUBLES, lastingTrouble, type LastingTrouble } from '../../../loop/index.js'
import type { Row, Step } from '../../../store/index.js'
import { listed, number, sql, text } from '../sql.js'
import type { BoardTrouble } from './open.js'

/** The latest thing that needs a person and that nobody has dealt with: codes and ids, and nothing of a patient. */
export interface LastTrouble extends BoardTrouble {
  /** Id of the peer, the service or the channel that it is about; of a gap of a roster its place there. */
  readonly subject: string
}

/** The latest dead letter, refused call or trouble that lasts; null = there is none. */
export function* lastTrouble(): Step<LastTrouble | null> {
  const [dead] = yield sql(
    `select coalesce(code, '') as code, coalesce(reason_zh, '') as reason_zh,
       coalesce(reason_en, '') as reason_en, ended_at as at, peer as subject
     from outbox where state in ('held', 'dead') and ended_at is not null order by ended_at desc limit 1`,
  )
  const [refused] = yield sql(
    'select code, reason_zh, reason_en, at, service as subject from quarantine order by id desc limit 1',
  )
  const [lasting] = yield sql(
    `select kind, key as subject, since as at from trouble where kind in ${listed(LASTING_TROUBLES)}
     union all select 'peerDown', id, coalesce(failing_since, 0) from peer where alarmed = 1
     order by 3 desc limit 1`,
  )
  const found = [dead && happened(dead), refused && happened(refused), lasting && lasts(lasting)]
  return found.flatMap((one) => one ?? []).toSorted((a, b) => b.at - a.at)[0] ?? null
}

const happened = (row: Row): LastTrouble => ({
  code: text(row, 'code'),
  reason: { zh: text(row, 'reason_zh'), en: text(row, 'reason_en') },
  at: number(row, 'at'),
  subject: text(row, 'subject'),
})

function lasts(row: Row): LastTrouble {
  const { code, reason } = lastingTrouble(text(row, 'kind') as LastingTrouble, true, null)
  return { code, reason, at: number(row, 'at'), subject: text(row, 'subject') }
}
