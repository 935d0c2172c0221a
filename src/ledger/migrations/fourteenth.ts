import type { Migration } from '../../store/index.js'

const PLAIN = [
  'alerts',
  'cancelled',
  'closed',
  'fed_back',
  'pages',
  'notified_in_time',
  'notified_unsigned',
  'notified_late',
  'notified_unknown',
  'notified_clock',
  'contents',
  'receive_unknown',
  'receive_replaced',
  'receive_clock',
  'process_replaced',
  'process_clock',
]
const BUCKETS = Array.from({ length: 24 }, (_, n) => n)
const COUNTERS = [
  ...PLAIN,
  ...BUCKETS.map((n) => `receive${n}`),
  ...BUCKETS.map((n) => `process${n}`),
]

const tallyBy = (table: string, period: string): string => `create table ${table} (
      ${period} text not null,
      department text not null,
      shift text not null,
      code text not null,
      discipline text not null,
      ${COUNTERS.map((name) => `${name} {big} not null`).join(',\n      ')},
      primary key (${period}, department, shift, code, discipline)
    ){tail}`

/**
 * The tally, the counters with which each alert stands in it, and the rules by which a site names departments and
 * shifts. Alerts that the ledger has already are not counted yet.
 */
export const FOURTEENTH: Migration = {
  version: 14,
  statements: [
    'alter table alert add column uncounted {big} not null default 1',
    'alter table alert add column pages {big} not null default 0',
    'create index alert_uncounted on alert(id) where uncounted = 1',
    `create table counted (
      alert {big} primary key,
      cell text not null,
      counts text not null
    ){tail}`,
    tallyBy('tally', 'day'),
    // Sums of whole months, for figures of years.
    tallyBy('tally_month', 'month'),
    `create table tally_rules (
      id {big} primary key,
      rules text not null,
      at {big} not null
    ){tail}`,
  ],
}
