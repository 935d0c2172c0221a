import { OPEN_ALERT_STAGES, type AlertStage } from '../../../loop/index.js'
import type { Operation } from '../../../messages/index.js'
import type { Row, Step } from '../../../store/index.js'
import { listed, now, number, sql, text } from '../sql.js'

/** Limits by which an open alert is overdue, in ms of our clock. */
export interface MonitorLimits {
  readonly receivedMs: number
  readonly processedMs: number
}

/** A number of records, and when the oldest of them began to wait, in epoch ms; null where there are none. */
export interface Pile {
  readonly count: number
  readonly oldestAt: number | null
}

/** The state of a ledger in numbers, ids of nodes and codes: nothing of a patient. Times are epoch ms. */
export interface Monitored {
  /** The ledger's own time. */
  readonly at: number
  /** Documents that are still to be delivered, by the id of their peer. */
  readonly waiting: readonly (Pile & { readonly peer: string; readonly operation: Operation })[]
  /** Documents that nobody tries again until a person decides. */
  readonly dead: readonly (Pile & { readonly peer: string; readonly operation: Operation })[]
  /** Feedback that waits for something but its peer. */
  readonly parked: readonly (Pile & { readonly peer: string; readonly waits: string })[]
  readonly peers: readonly {
    readonly id: string
    readonly failures: number
    readonly failingSince: number | null
  }[]
  /** Pages that no channel has taken yet, by the id of the channel whose turn it is. */
  readonly pagesWaiting: readonly (Pile & { readonly channel: string })[]
  /** Pages that failed for good and whose critical value nobody has received since, by their last channel. */
  readonly pagesFailed: readonly (Pile & { readonly channel: string })[]
  readonly open: readonly (Pile & { readonly stage: AlertStage })[]
  readonly overdue: { readonly received: number; readonly processed: number }
  /** Timers that are due and have not fired, and alerts of which a step has fired, by the id of their watch. */
  readonly watches: readonly (Pile & { readonly watch: string; readonly escalated: number })[]
  readonly heldExams: number
  readonly orphans: number
  readonly quarantined: number
  /** Messages that are owed to flows, by the id of the node. */
  readonly handouts: readonly (Pile & { readonly node: string; readonly kind: string })[]
  readonly troubles: readonly {
    readonly kind: string
    readonly key: string
    readonly since: number
  }[]
  /** Documents and pages whose lease has run out, so that another instance takes them over. */
  readonly lapsedLeases: number
  /** Alerts that the figures do not count yet. */
  readonly uncounted: number
  /** Size of the database on a server; null for a file. */
  readonly databaseBytes: number | null
}

const pile = (row: Row): Pile => ({
  count: number(row, 'n'),
  oldestAt: (row['oldest'] ?? null) as number | null,
})

/** Everything that a monitoring system asks of a ledger, each from an index of what is open. */
export function* monitor(limits: MonitorLimits): Step<Monitored> {
  const at = yield* now()
  const documents = (states: string): string =>
    `select peer, operation, count(*) as n, min(at) as oldest from outbox where state in ${states}
     group by peer, operation order by peer, operation`
  const documentOf = (row: Row) => ({
    peer: text(row, 'peer'),
    operation: text(row, 'operation') as Operation,
    ...pile(row),
  })
  const waiting = yield sql(documents("('ready', 'leased')"))
  const dead = yield sql(documents("('held', 'dead')"))
  const parked = yield sql(
    `select peer, waits, count(*) as n, min(at) as oldest from report where waits is not null
     group by peer, waits order by peer, waits`,
  )
  const peers = yield sql('select id, failures, failing_since from peer order by id')
  const [sums] = yield sql(SUMS, at)
  const [database] = yield sql(
    '{only:postgres}select pg_database_size(current_database()) as bytes',
  )
  return {
    at,
    waiting: waiting.map(documentOf),
    dead: dead.map(documentOf),
    parked: parked.map((row) => ({
      peer: text(row, 'peer'),
      waits: text(row, 'waits'),
      ...pile(row),
    })),
    peers: peers.map((row) => ({
      id: text(row, 'id'),
      failures: number(row, 'failures'),
      failingSince: row['failing_since'] as number | null,
    })),
    ...(yield* pages()),
    ...(yield* alerts(limits, at)),
    ...(yield* owed()),
    heldExams: number(sums, 'held'),
    orphans: number(sums, 'orphans'),
    quarantined: number(sums, 'quarantined'),
    lapsedLeases: number(sums, 'documents') + number(sums, 'pages'),
    uncounted: number(sums, 'uncounted'),
    databaseBytes: (database?.['bytes'] ?? null) as number | null,
  }
}

const SUMS = `select
  (select count(*) from (select 1 as x from alert where hold is not null group by system, pair) c) as held,
  (select count(*) from feedback where state = 'orphan' and accepted = 0) as orphans,
  (select count(*) from quarantine) as quarantined,
  (select count(*) from outbox where state = 'leased' and lease_until < $1) as documents,
  (select count(*) from page where state = 'leased' and lease_until < $1) as pages,
  (select count(*) from alert where uncounted = 1) as uncounted`

function* pages(): Step<Pick<Monitored, 'pagesWaiting' | 'pagesFailed'>> {
  // Each state by itself has an index of its own.
  const waiting = yield sql(
    `select channel, count(*) as n, min(at) as oldest from page where state = 'waiting'
     group by channel order by channel`,
  )
  const leased = yield sql(
    `select channel, count(*) as n, min(at) as oldest from page where state = 'leased'
     group by channel order by channel`,
  )
  const failed = yield sql(
    `select p.channel, count(*) as n, min(p.ended_at) as oldest
     from alert a cross join page p
     where a.stage in ${listed(OPEN_ALERT_STAGES)} and a.stage <> 'received'
       and p.alert = a.id and p.state = 'failed' and p.revision = a.revision
     group by p.channel order by p.channel`,
  )
  const pageOf = (row: Row) => ({ channel: text(row, 'channel'), ...pile(row) })
  return {
    pagesWaiting: [...waiting, ...leased].map(pageOf),
    pagesFailed: failed.map(pageOf),
  }
}

/** The start of the event, as `eventStart` has it: the content that is current, or the alert itself. */
const STARTED = `coalesce((select max(s.at) from stage s where s.alert = a.id and s.stage = 'stored'), a.opened_at)`

function* alerts(
  { receivedMs, processedMs }: MonitorLimits,
  at: number,
): Step<Pick<Monitored, 'open' | 'overdue'>> {
  const rows = yield sql(
    `select stage, count(*) as n, min(opened_at) as oldest,
       count(case when stage <> 'received' and started < $1 then 1 end) as receive_late,
       count(case when started < $2 then 1 end) as process_late
     from (select a.stage, a.opened_at, ${STARTED} as started from alert a
           where a.stage in ${listed(OPEN_ALERT_STAGES)}) c
     group by stage order by stage`,
    at - receivedMs,
    at - processedMs,
  )
  const sum = (column: string): number =>
    rows.reduce((total, row) => total + number(row, column), 0)
  return {
    open: rows.map((row) => ({ stage: text(row, 'stage') as AlertStage, ...pile(row) })),
    overdue: { received: sum('receive_late'), processed: sum('process_late') },
  }
}

function* owed(): Step<Pick<Monitored, 'handouts' | 'watches' | 'troubles'>> {
  const handouts = yield sql(
    `select target, kind, count(*) as n, min(at) as oldest from owed
     group by target, kind order by target, kind`,
  )
  const timers = yield sql(
    `select target,
       (select count(*) from timer t where t.target = watch.target and t.level > 0) as escalated,
       (select count(*) from timer t where t.target = watch.target and t.due_at < {now}) as n,
       (select min(t.due_at) from timer t where t.target = watch.target and t.due_at < {now}) as oldest
     from watch order by target`,
  )
  const troubles = yield sql('select kind, key, since from trouble order by kind, key')
  return {
    handouts: handouts.map((row) => ({
      node: text(row, 'target'),
      kind: text(row, 'kind'),
      ...pile(row),
    })),
    watches: timers.map((row) => ({
      watch: text(row, 'target'),
      escalated: number(row, 'escalated'),
      ...pile(row),
    })),
    troubles: troubles.map((row) => ({
      kind: text(row, 'kind'),
      key: text(row, 'key'),
      since: number(row, 'since'),
    })),
  }
}
