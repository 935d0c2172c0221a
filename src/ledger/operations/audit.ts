import { hash as digest } from 'node:crypto'
import { isTroubling } from '../../loop/index.js'
import type { Journal, Step } from '../../store/index.js'
import { distinct, number, sql, text } from './sql.js'
import { tellTrouble, type Lasting } from './troubles.js'

/** Who writes into the audit, and into which chain: with several instances each has its own. */
export interface Actor {
  readonly chain: string
  /** The node, instance or person that acts. */
  readonly actor: string
}

export interface AuditEntry {
  readonly kind: string
  readonly alert?: number | null
  readonly outbox?: number | null
  /** Codes, counts and ids; never patient text, a licence or a password. */
  readonly detail?: Readonly<Record<string, string | number | boolean | null>>
  /** A trouble that begins or ends by it, for the flows that are told of troubles; not part of the entry. */
  readonly lasting?: Lasting
}

/** The audit as the journal by which a ledger is told from an older copy of it. */
export const JOURNAL: Journal = {
  last: 'select chain, seq, hash, sum(seq) over () as entries from audit_head order by seq desc limit 1',
  entry: 'select hash from audit where chain = $1 and seq = $2',
}

export const FIRST_HASH = '0'.repeat(64)

/** The columns of an entry that its hash is made of, in that order. */
const HASHED = ['chain', 'seq', 'at', 'kind', 'alert', 'outbox', 'actor', 'detail'] as const

const INSERT = `insert into audit (${HASHED.join(', ')}, before, hash)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`

/**
 * Appends to a chain: an entry cannot be changed or taken out without breaking every hash behind it. Flows are owed the
 * trouble that follows from it.
 */
export function* audit(actor: Actor, at: number, entry: AuditEntry): Step<void> {
  const name = `audit_head/${actor.chain}`
  const [last] = yield {
    ...sql('select seq, hash from audit_head where chain = $1', actor.chain),
    carried: { name },
  }
  const seq = last ? number(last, 'seq') + 1 : 1
  const before = last ? text(last, 'hash') : FIRST_HASH
  const hashed = [
    actor.chain,
    seq,
    at,
    entry.kind,
    entry.alert ?? null,
    entry.outbox ?? null,
    actor.actor,
    JSON.stringify(entry.detail ?? {}),
  ]
  const hash = hashOf(before, hashed)
  yield sql(INSERT, ...hashed, before, hash)
  yield {
    ...sql(
      `insert into audit_head (chain, seq, hash) values ($1, $2, $3)
       on conflict (chain) do update set seq = excluded.seq, hash = excluded.hash`,
      actor.chain,
      seq,
      hash,
    ),
    carried: { name, written: { seq, hash } },
  }
  // Asked here, so that an entry without a trouble costs no more than that.
  if (entry.lasting || isTroubling(entry)) yield* tellTrouble(entry, at)
}

/** A place in a chain: the entry that was looked at last. */
export interface AuditPlace {
  readonly chain: string
  readonly seq: number
  readonly hash: string
}

export interface AuditPage {
  readonly entries: number
  /** The first entry that does not follow from the one before it, or that is missing at the end. */
  readonly brokenAt: number | null
  /** Where the next page begins; null at the end of the chain, and where it is broken. */
  readonly next: AuditPlace | null
}

const PAGE = 500

/** The beginning of every chain. */
export function* auditChains(): Step<readonly AuditPlace[]> {
  const rows = yield sql(
    `${distinct('audit', 'chain')}
     select chain from audit_head union select v from d where v is not null order by chain`,
  )
  return rows.map((row) => ({ chain: text(row, 'chain'), seq: 0, hash: FIRST_HASH }))
}

/**
 * Works a part of a chain out anew. A line that was changed, added or taken out shows at its place. In parts,
 * so that nobody who wants to store something waits for the whole of it.
 */
export function* auditPage(after: AuditPlace): Step<AuditPage> {
  const { chain } = after
  let { seq, hash } = after
  const page = yield sql(
    'select * from audit where chain = $1 and seq > $2 order by seq limit $3',
    chain,
    seq,
    PAGE,
  )
  for (const [index, row] of page.entries()) {
    const found = number(row, 'seq')
    const right = hashOf(
      hash,
      HASHED.map((column) => row[column]),
    )
    const follows = found === seq + 1 && row['before'] === hash && row['hash'] === right
    if (!follows) return { entries: index, brokenAt: found, next: null }
    seq = found
    hash = text(row, 'hash')
  }
  const entries = page.length
  if (entries === PAGE) return { entries, brokenAt: null, next: { chain, seq, hash } }
  const [end] = yield sql('select seq, hash from audit_head where chain = $1', chain)
  const whole = end?.['seq'] === seq && end['hash'] === hash
  return { entries, brokenAt: whole ? null : seq + 1, next: null }
}

const hashOf = (before: string, hashed: readonly unknown[]): string =>
  digest('sha256', before + JSON.stringify(hashed))
