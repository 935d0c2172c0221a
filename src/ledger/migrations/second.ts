import type { Migration } from '../../store/index.js'
import { FIRST } from './first.js'

/**
 * SQLite cannot change what a column may hold: there the table is made anew, with its rows, ids and indexes.
 * For tables that have the columns and indexes of the first version.
 */
export function withStates(table: string, column: string, states: string): readonly string[] {
  const check = `check (${column} in (${states}))`
  const create =
    FIRST.statements.find((statement) => statement.startsWith(`create table ${table} (`)) ?? ''
  const anew = create
    .replace(`create table ${table} (`, `create table ${table}_anew (`)
    .replace(/check \(\w+ in \([^)]*\)\)/, check)
  return [
    `{only:postgres}alter table ${table} drop constraint ${table}_${column}_check`,
    `{only:postgres}alter table ${table} add constraint ${table}_${column}_check ${check}`,
    ...[
      anew,
      `insert into ${table}_anew select * from ${table}`,
      // The ids go on where they were, also when the last rows are gone.
      `delete from sqlite_sequence where name = '${table}_anew'`,
      `insert into sqlite_sequence (name, seq)
       select '${table}_anew', seq from sqlite_sequence where name = '${table}'`,
      `drop table ${table}`,
      `alter table ${table}_anew rename to ${table}`,
      ...FIRST.statements.filter((statement) => statement.includes(` on ${table}(`)),
    ].map((statement) => `{only:sqlite}${statement}`),
  ]
}

export const SECOND: Migration = {
  version: 2,
  // A feedback can wait for something (parked) or go out with a later one (merged), and an alert can be cancelled.
  statements: [
    'drop view open_alerts',
    'drop view dead_letters',
    'drop view queue_depth',
    ...withStates(
      'alert',
      'stage',
      "'stored', 'notified', 'received', 'processed', 'fedBack', 'cancelled'",
    ),
    ...withStates(
      'outbox',
      'state',
      "'ready', 'leased', 'done', 'held', 'dead', 'cancelled', 'parked', 'merged'",
    ),

    // The node whose flow was told of the alert, to be told when it is cancelled.
    'alter table alert add column target text',
    'alter table alert add column cancelled_at {big}',
    "create index alert_cancelled on alert(cancelled_at) where stage = 'cancelled'",
    'create index alert_hold on alert(system, pair) where hold is not null',
    // The hash of what the document itself names, without elements that are unknown.
    'alter table revision add column core text',

    // The revision that is sent; what was noted of it for its flow; what a feedback was told as; why it waits;
    // the one that it goes out with.
    'alter table outbox add column revision {big}',
    'alter table outbox add column flags text',
    'alter table outbox add column telling text',
    'alter table outbox add column parked text',
    'alter table outbox add column merged_into {big}',
    "create index outbox_unsent on outbox(lane, id) where state in ('ready', 'parked')",
    "create index outbox_parked on outbox(lane, id) where state = 'parked'",
    'create index outbox_marked on outbox(lane) where parked is not null',
    'create index outbox_merged on outbox(merged_into) where merged_into is not null',

    // What people have decided, with their names and reasons, to which the audit only refers.
    `create table decision (
        id {id},
        at {big} not null,
        kind text not null,
        alert {big},
        outbox {big},
        person text not null,
        second text not null,
        reason text not null
      ){tail}`,
    'create index decision_alert on decision(alert)',
    'create index decision_outbox on decision(outbox)',

    `create view open_alerts as
        select id, exam_no, apply_no, sick_no, stage, revision, set_at, opened_at, hold
        from alert where stage in ('stored', 'notified', 'received')`,
    `create view dead_letters as
        select id, peer, operation, state, class, code, reason_zh, attempts, at, ended_at, alert
        from outbox where state in ('held', 'dead')`,
    `create view parked_documents as
        select id, peer, operation, parked, at, alert from outbox where state = 'parked'`,
    `create view queue_depth as
        select peer, operation, state, count(*) as documents, min(at) as oldest
        from outbox where state in ('ready', 'leased', 'held', 'dead', 'parked')
        group by peer, operation, state`,
  ],
}
