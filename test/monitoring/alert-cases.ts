/** Series of a test of rules, by their names and labels, in promtool's notation: a value, and how often it comes again, each half a minute. */
type SeriesValues = Readonly<Record<string, string>>

export interface AlertCase {
  readonly alert: string
  readonly series: SeriesValues
  /** When the alert fires, from the first value on. */
  readonly at: string
}

/** A site where all is well, with two instances on one ledger. */
export const QUIET: SeriesValues = Object.fromEntries(
  ['a', 'b'].flatMap((instance) =>
    Object.entries({
      crisis_ready: '1',
      crisis_ledger_ready: '1',
      crisis_ledger_accepts: '1',
      crisis_ledger_log_bytes: '4000000',
      crisis_ledger_disk_free_bytes: '50000000000',
      crisis_ledger_disk_size_bytes: '100000000000',
      crisis_ledger_lapsed_leases: '0',
      'crisis_alerts_overdue{until="received"}': '0',
      'crisis_alerts_overdue{until="processed"}': '0',
      'crisis_timers_late_seconds{watch="w"}': '2',
      'crisis_documents_oldest_age_seconds{peer="HIS"}': '20',
      'crisis_peer_failures{peer="HIS"}': '1',
      'crisis_pages_oldest_age_seconds{channel="SMS"}': '5',
      'crisis_stuck{kind="hold"}': '0',
      'crisis_stuck{kind="quarantine"}': '3',
      'crisis_answers_total{service="PACS",code="0"}': '7',
      'crisis_measure_ratio{measure="receivedOnTime",period="day"}': '0.97',
      'crisis_measure_cases{measure="receivedOnTime",period="day"}': '40',
    }).map(([name, value]) => [withLabel(name, 'instance', instance), `${value}x500`]),
  ),
)

function withLabel(series: string, label: string, value: string): string {
  return series.endsWith('}')
    ? series.replace('}', `,${label}="${value}"}`)
    : `${series}{${label}="${value}"}`
}

const fires = (alert: string, at: string, series: SeriesValues): AlertCase => ({
  alert,
  at,
  series,
})

/** Each alert with the least that makes it fire. */
export const ALERT_CASES: readonly AlertCase[] = [
  fires('CrisisAbsent', '3m', { another_metric: '1x20' }),
  fires('CrisisNotReady', '2m', { 'crisis_ready{instance="a"}': '0x20' }),
  fires('CrisisLedgerFailing', '1m', { 'crisis_ledger_ready{instance="a"}': '0x20' }),
  fires('CrisisLedgerFull', '1m', {
    'crisis_ledger_accepts{instance="a",job="x"}': '0x20',
    'crisis_ledger_ready{instance="a",job="x"}': '1x20',
  }),
  fires('CrisisDiskFilling', '45m', {
    'crisis_ledger_disk_free_bytes{instance="a"}': '9000x200',
    'crisis_ledger_disk_size_bytes{instance="a"}': '100000x200',
  }),
  fires('CrisisLogLarge', '16m', { 'crisis_ledger_log_bytes{instance="a"}': '2000000000x50' }),
  fires('CrisisBackupOld', '65m', {
    'crisis_ledger_backup_timestamp_seconds{instance="a"}': '-200000x200',
  }),
  fires('CrisisLeasesLapsed', '6m', { crisis_ledger_lapsed_leases: '2x20' }),
  fires('CrisisOverdue', '2m', { 'crisis_alerts_overdue{until="received"}': '1x20' }),
  fires('CrisisProcessingOverdue', '11m', { 'crisis_alerts_overdue{until="processed"}': '1x40' }),
  fires('CrisisStepsLate', '2m', { 'crisis_timers_late_seconds{watch="w"}': '61x20' }),
  fires('CrisisDeliveryLate', '2m', {
    'crisis_documents_oldest_age_seconds{peer="HIS"}': '301x20',
  }),
  fires('CrisisPeerFailing', '2m', { 'crisis_peer_failures{peer="HIS"}': '3x20' }),
  fires('CrisisDeadLetters', '2m', { 'crisis_documents_dead{peer="HIS"}': '1x20' }),
  fires('CrisisPagesLate', '2m', { 'crisis_pages_oldest_age_seconds{channel="SMS"}': '121x20' }),
  fires('CrisisPagesFailed', '1m', { 'crisis_pages_failed{channel="SMS"}': '1x20' }),
  fires('CrisisStuck', '11m', { 'crisis_stuck{kind="unclaimed"}': '1x40' }),
  fires('CrisisQuarantined', '10m', { 'crisis_stuck{kind="quarantine"}': '3x10 4x20' }),
  fires('CrisisHandoutsLate', '2m', { 'crisis_handouts_oldest_age_seconds{node="n"}': '301x20' }),
  fires('CrisisTrouble', '2m', { 'crisis_trouble{kind="silence",subject="PACS"}': '1x20' }),
  fires('CrisisCallsRefused', '5m', {
    'crisis_refused_calls_total{service="PACS",code="XML_TOO_BIG"}': '0+1x20',
  }),
  fires('CrisisAnswersFailing', '4m', {
    'crisis_answers_total{service="PACS",code="500"}': '0+1x20',
  }),
  fires('CrisisAnswersSlow', '9m', {
    'crisis_answer_duration_seconds_bucket{service="PACS",le="2.5"}': '0x40',
    'crisis_answer_duration_seconds_bucket{service="PACS",le="5"}': '0+1x40',
    'crisis_answer_duration_seconds_bucket{service="PACS",le="+Inf"}': '0+1x40',
  }),
  fires('CrisisOnTimeLow', '40m', {
    'crisis_measure_ratio{measure="receivedOnTime",period="day"}': '0.8x100',
    'crisis_measure_cases{measure="receivedOnTime",period="day"}': '10x100',
  }),
]
