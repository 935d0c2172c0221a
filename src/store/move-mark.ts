import { ledgerError, LedgerError } from './errors.js'
import type { Engine, Row, Statement } from './types.js'

/**
 * The marks that a move from one database to the other leaves in both, so that a ledger is never used in two places:
 *
 * - `moved`: this is the old one, `to` the database that it is in now
 * - `moving`: this is the new one, and not whole yet
 */
export interface MoveMark {
  readonly state: 'moved' | 'moving'
  readonly to: Engine['kind']
  /** The same in both databases. */
  readonly id: string
  readonly at: number
}

/** It stands in the table of versions, before the first: where every opening looks first. */
const VERSION = 0

/** The mark among the rows of the table of versions. */
export function moveMark(rows: readonly Row[]): MoveMark | undefined {
  const row = rows.find(({ v }) => v === VERSION)
  if (!row) return undefined
  const [state, to, id = ''] = String(row['checksum']).split(' ')
  return {
    state: state === 'moved' ? 'moved' : 'moving',
    to: to === 'sqlite' ? 'sqlite' : 'postgres',
    id,
    at: Number(row['at']),
  }
}

/** Throws LEDGER_MOVED or LEDGER_MOVING for a ledger with a mark. */
export function refuseMarked(mark: MoveMark | undefined): void {
  if (!mark) return
  throw mark.state === 'moved' ? moved(mark) : ledgerError('LEDGER_MOVING')
}

export const readMark: Statement = {
  sql: 'select v, at, checksum from schema_version where v = $1',
  params: [VERSION],
}

export const dropMark: Statement = {
  sql: 'delete from schema_version where v = $1',
  params: [VERSION],
}

export const setMark = ({ state, to, id, at }: MoveMark): Statement => ({
  sql: `insert into schema_version (v, at, checksum) values ($1, $2, $3)
    on conflict (v) do update set at = excluded.at, checksum = excluded.checksum`,
  params: [VERSION, at, [state, to, id].join(' ')],
})

export function moved({ to, at }: MoveMark): LedgerError {
  const when = new Date(at).toISOString()
  const [zh, en] = to === 'postgres' ? ['PostgreSQL', 'PostgreSQL'] : ['本机文件', 'a file']
  return new LedgerError('LEDGER_MOVED', {
    zh: `该台账已于 ${when} 迁移到${zh}，请在 crisis store 中选择新位置；确需恢复使用此处，请执行 crisis-ledger reopen`,
    en: `This ledger was moved to ${en} at ${when}; choose that in the crisis store, or run "crisis-ledger reopen" to use this one again`,
  })
}
