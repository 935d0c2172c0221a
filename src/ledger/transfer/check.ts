import { driveLater } from '../../store/whole.js'
import { auditChains, auditPage } from '../operations/audit.js'
import { sql } from '../operations/sql.js'
import { verify, type Verification } from '../verification.js'
import type { Side } from './side.js'

export type Reader = Pick<Side, 'query'>

/** Verifies the audit of a side that is not open as a ledger. */
export async function verifyChains(side: Reader): Promise<Verification> {
  const query = side.query.bind(side)
  const chains = await driveLater(auditChains(), query)
  return verify(chains, (place) => driveLater(auditPage(place), query))
}

/** What somebody still has to do something about. */
export interface Pending {
  /** Alerts that are not processed. */
  readonly open: number
  /** Documents that are still to be delivered. */
  readonly queued: number
  /** Documents that wait for a person. */
  readonly dead: number
  /** Messages that a flow has not been given yet. */
  readonly owed: number
}

export async function pendingOf(side: Reader): Promise<Pending> {
  const [row] = await side.query(sql(PENDING))
  const count = (name: keyof Pending): number => Number(row?.[name])
  return { open: count('open'), queued: count('queued'), dead: count('dead'), owed: count('owed') }
}

const PENDING = `select
  (select count(*) from open_alerts) as open,
  (select count(*) from outbox where state in ('ready', 'leased')) as queued,
  (select count(*) from dead_letters) as dead,
  (select count(*) from owed) as owed`
