import { CRISIS, CRISIS_REQUEST, FEEDBACK, FEEDBACK_DOCUMENT } from './samples.js'

/** What differs between the two databases where rows are made up. */
export type FillDialect = 'sqlite' | 'postgres'

const HEX: Readonly<Record<FillDialect, string>> = {
  sqlite: 'lower(hex(randomblob(32)))',
  postgres: 'md5(random()::text) || md5(random()::text)',
}
const BYTES: Readonly<Record<FillDialect, (text: string) => string>> = {
  sqlite: (text) => `cast(${text} as blob)`,
  postgres: (text) => `convert_to(${text}, 'UTF8')`,
}

const DAY_MS = 24 * 3_600_000
const YEARS_MS = 3 * 365 * DAY_MS
/** Bytes and deliveries are kept for so long. */
const RAW_MS = 90 * DAY_MS
const MINUTE_MS = 60_000
/** The newest of them, which nobody has dealt with yet, where nothing else is said. */
const OPEN = 200

const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`

export interface Filling {
  readonly from: number
  readonly to: number
  readonly total: number
  readonly now: number
  /** How many of the newest are open. */
  readonly open?: number
}

/**
 * Statements that fill an empty ledger with alerts number `from` to `to` of `total`, as three years of receiving and
 * passing on leave them: all but the newest closed, bytes and deliveries of the last 90 days.
 */
export function fillStatements(
  dialect: FillDialect,
  { from, to, total, now, open = OPEN }: Filling,
): readonly string[] {
  const hex = HEX[dialect]
  const bytes = (text: string): string => BYTES[dialect](literal(text))
  const numbers = `with recursive n(i) as (select cast(${from} as bigint) union all select i + 1 from n where i < ${to})`
  const at = `(${now - YEARS_MS} + i * ${Math.floor(YEARS_MS / total)})`
  const closed = `i <= ${total - open}`
  const recent = `i > ${Math.floor(total * (1 - RAW_MS / YEARS_MS))}`
  const closedAt = (minutes: number): string =>
    `case when ${closed} then ${at} + ${minutes * MINUTE_MS} end`
  return [
    `insert into alert (id, system, key, pair, finding, exam_no, apply_no, sick_no, stage, revision, content, set_at,
       opened_at, received_at, processed_at, fed_back_at)
     ${numbers} select i, '', ${hex}, ${hex}, ${hex}, cast(9000000000000000 + i as text), cast(i as text),
       'C' || i, case when ${closed} then 'fedBack' else 'stored' end, 1, ${hex}, '2026-01-01T00:00:00+08:00',
       ${at}, ${closedAt(5)}, ${closedAt(30)}, ${closedAt(31)} from n`,
    `insert into revision (alert, n, content, document, flags, raw, at)
     ${numbers} select i, 1, ${hex}, ${literal(JSON.stringify(CRISIS))}, '[]', case when ${recent} then i end, ${at}
     from n`,
    `insert into stage (alert, stage, at, said_at, code, name)
     ${numbers} select i, s.stage, ${at} + s.after, '2026-01-01T00:00:00+08:00', '040002', '管理员'
     from n join (select 'stored' as stage, 0 as after union all select 'notified', 1000
       union all select 'received', ${5 * MINUTE_MS} union all select 'processed', ${30 * MINUTE_MS}) s
       on s.stage = 'stored' or ${closed}`,
    `insert into feedback (system, pair, content, document, stage, receive_at, process_at, application, service,
       state, raw, at)
     select '', pair, ${hex}, ${literal(JSON.stringify(FEEDBACK))}, 'processed', set_at, set_at, 'HIS', 'bench', 'matched',
       null, processed_at from alert where id between ${from} and ${to} and processed_at is not null`,
    `insert into audit (chain, seq, at, kind, alert, outbox, actor, detail, before, hash)
     ${numbers} select 'file', i * 4 + k.k, ${at} + k.k, k.kind, i, null, 'host-1-00000000/0123456789abcdef',
       '{"findings":1}', ${hex}, ${hex}
     from n join (select -3 as k, 'stored' as kind union all select -2, 'queued' union all select -1, 'done'
       union all select 0, 'feedback:processed') k on true`,
    `insert into raw (id, at, service, operation, remote, charset, bytes)
     ${numbers} select i, ${at}, 'bench', 'SynCrisisInfo', '127.0.0.1', 'utf-8', ${bytes(CRISIS_REQUEST.toString())}
     from n where ${recent}`,
    `insert into outbox (id, peer, operation, lane, document, alert, node, message, state, due, attempts, class,
       code, at, ended_at)
     ${numbers} select i, 'bench-peer', 'SynCrisisInfo', cast(i as text), ${literal(FEEDBACK_DOCUMENT)}, i,
       'bench-out', '{"topic":"bench"}', 'done', 0, 1, 'delivered', 'DELIVERED', ${at}, ${at} + 1000
     from n where ${recent}`,
    `insert into attempt (outbox, n, instance, started_at, ended_at, class, code, reply, request, response)
     ${numbers} select i, 1, 'host-1-00000000', ${at}, ${at} + 1000, 'delivered', 'DELIVERED', null,
       ${bytes(FEEDBACK_DOCUMENT)}, ${bytes('<response><code>0</code></response>')}
     from n where ${recent}`,
  ]
}

/** What follows when all alerts are there. */
export const FILL_END: readonly string[] = [
  'insert into alert_key (system, key, alert) select system, key, id from alert order by key',
  'insert into audit_head (chain, seq, hash) select chain, seq, hash from audit order by seq desc limit 1',
]
