export interface MetricDefinition {
  readonly type: 'gauge' | 'counter' | 'histogram'
  readonly help: string
  readonly labels: readonly string[]
}

const gauge = (help: string, ...labels: readonly string[]): MetricDefinition => ({
  type: 'gauge',
  help,
  labels,
})
const counter = (help: string, ...labels: readonly string[]): MetricDefinition => ({
  type: 'counter',
  help,
  labels,
})
const histogram = (help: string, ...labels: readonly string[]): MetricDefinition => ({
  type: 'histogram',
  help,
  labels,
})

/**
 * All metrics, by their names. Labels are names of nodes, words of ours and codes: their number is bounded, and nothing
 * of a patient stands in them. Counters count what this process did since it started; gauges are of the whole ledger,
 * so that every instance on it says the same.
 */
export const METRICS = {
  crisis_ready: gauge('1 while this process can accept, as /readyz says'),
  crisis_not_ready: gauge('1 for each code by which /readyz says no', 'code'),
  crisis_instance_info: gauge('1 for this process', 'process', 'engine'),
  crisis_process_start_time_seconds: gauge('When this process started, in Unix time'),
  crisis_process_memory_bytes: gauge('Resident memory of this process'),

  crisis_ledger_ready: gauge('1 while the ledger works'),
  crisis_ledger_trouble: gauge('1 for the code by which the ledger does not work', 'code'),
  crisis_ledger_accepts: gauge('0 while only the reserve of the disk is left'),
  crisis_ledger_commits_total: counter('Transactions that this process has committed'),
  crisis_ledger_file_bytes: gauge('Size of the ledger file'),
  crisis_ledger_log_bytes: gauge('Size of the log (WAL) beside the ledger file'),
  crisis_ledger_database_bytes: gauge('Size of the database on a PostgreSQL server'),
  crisis_ledger_disk_free_bytes: gauge('Free room on the disk of the ledger file'),
  crisis_ledger_disk_size_bytes: gauge('Size of the disk of the ledger file'),
  crisis_ledger_backup_timestamp_seconds: gauge('Time of the newest whole backup of the file'),
  crisis_ledger_lapsed_leases: gauge('Documents and pages that an instance left in the middle'),

  crisis_alerts_open: gauge('Critical values that nobody has processed', 'stage'),
  crisis_alerts_oldest_age_seconds: gauge('Age of the oldest of them', 'stage'),
  crisis_alerts_overdue: gauge('Open critical values past the limit', 'until'),
  crisis_alerts_escalated: gauge('Open values for which a step of the plan has fired', 'watch'),
  crisis_alerts_uncounted: gauge('Critical values that the figures do not count yet'),
  crisis_timers_due: gauge('Steps that are due and were not taken yet', 'watch'),
  crisis_timers_late_seconds: gauge('By how much the latest of them is late', 'watch'),

  crisis_documents_waiting: gauge('Documents still to be delivered', 'peer', 'operation'),
  crisis_documents_oldest_age_seconds: gauge('Age of the oldest of them', 'peer', 'operation'),
  crisis_documents_dead: gauge('Documents that need a person', 'peer', 'operation'),
  crisis_documents_parked: gauge('Feedback that waits for something else', 'peer', 'waits'),
  crisis_deliveries_total: counter('Attempts to deliver by outcome', 'peer', 'operation', 'class'),
  crisis_delivery_duration_seconds: histogram('Duration of an attempt to deliver', 'peer'),
  crisis_peer_failures: gauge('Failures in a row', 'peer'),
  crisis_peer_last_success_timestamp_seconds: gauge('When the peer took a document last', 'peer'),

  crisis_pages_waiting: gauge('Pages that no channel has taken yet', 'channel'),
  crisis_pages_oldest_age_seconds: gauge('Age of the oldest of them', 'channel'),
  crisis_pages_failed: gauge('Failed pages of values that nobody has received', 'channel'),
  crisis_page_attempts_total: counter(
    'Attempts to page by what became of them',
    'channel',
    'class',
  ),

  crisis_answers_total: counter('Answers to callers', 'service', 'operation', 'code'),
  crisis_answer_duration_seconds: histogram('Duration of an answer', 'service', 'operation'),
  crisis_refused_calls_total: counter('Calls that could not be taken', 'service', 'code'),

  crisis_stuck: gauge('What needs a person', 'kind'),
  crisis_handouts_waiting: gauge('Messages that are owed to flows', 'node', 'kind'),
  crisis_handouts_oldest_age_seconds: gauge('Age of the oldest of them', 'node', 'kind'),
  crisis_trouble: gauge('1 for each trouble that lasts', 'kind', 'subject'),

  crisis_measure_ratio: gauge('A figure of the closed loop, from 0 to 1', 'measure', 'period'),
  crisis_measure_cases: gauge('Cases that the figure is of', 'measure', 'period'),
} as const satisfies Readonly<Record<string, MetricDefinition>>

export type MetricName = keyof typeof METRICS
