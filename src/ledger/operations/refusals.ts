import type { Step } from '../../store/index.js'
import type { ToQuarantine } from '../types.js'
import { number, sql } from './sql.js'

/** A call that was refused because it could not be understood. */
export interface Refusal extends Omit<ToQuarantine, 'raw'> {
  /** The number by which its Catch message names it. */
  readonly id: number
  readonly at: number
  /** Size of what is kept, in bytes. */
  readonly size: number
}

const REFUSAL = `select id, at, service, operation, remote as "remoteAddress", code, reason_zh as "reasonZh",
    reason_en as "reasonEn", charset, length(bytes) as size from quarantine`

/** The refused calls, the latest first. */
export function* refusals(args: { limit: number }): Step<readonly Refusal[]> {
  const rows = yield sql(`${REFUSAL} order by id desc limit $1`, args.limit)
  return rows as unknown as readonly Refusal[]
}

/** One refused call with the bytes that came, licences masked; null when there is none, or it is no longer kept. */
export function* refusal(args: {
  id: number
}): Step<(Refusal & { readonly raw: Uint8Array }) | null> {
  const [row] = yield sql(`${REFUSAL} where id = $1`, args.id)
  if (!row) return null
  const [kept] = yield sql('select bytes from quarantine where id = $1', number(row, 'id'))
  return { ...(row as unknown as Refusal), raw: kept?.['bytes'] as Uint8Array }
}
