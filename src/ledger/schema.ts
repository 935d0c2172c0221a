import type { Migration } from './engine/types.js'
import { DESCRIPTIONS } from './schema-descriptions.js'

/*
 * The tables, for both engines. Times are epoch milliseconds of our clock; what a document says of time is
 * kept beside them as text. Documents are JSON, so that ordinary tools can read them.
 */
const FIRST: Migration = {
  version: 1,
  statements: [
    `create table raw (
        id {id},
        at {big} not null,
        service text not null,
        operation text not null,
        remote text not null,
        charset text not null,
        bytes {bytes} not null
      ){tail}`,
    'create index raw_at on raw(at)',

    `create table alert (
        id {id},
        system text not null,
        key text not null,
        pair text not null,
        finding text not null,
        exam_no text not null,
        apply_no text not null,
        sick_no text not null,
        stage text not null check (stage in ('stored', 'notified', 'received', 'processed', 'fedBack')),
        revision {big} not null,
        content text not null,
        set_at text,
        opened_at {big} not null,
        received_at {big},
        processed_at {big},
        fed_back_at {big},
        hold text,
        resent {big} not null default 0
      ){tail}`,
    'create index alert_pair on alert(system, pair)',
    "create index alert_open on alert(opened_at) where stage in ('stored', 'notified', 'received')",
    "create index alert_closed on alert(processed_at) where stage in ('processed', 'fedBack')",

    // A revision can bring a new key with it (a new set time), so one alert may have several.
    `create table alert_key (
        system text not null,
        key text not null,
        alert {big} not null,
        primary key (system, key)
      ){tail}`,
    'create index alert_key_alert on alert_key(alert)',

    `create table revision (
        alert {big} not null,
        n {big} not null,
        content text not null,
        document text not null,
        flags text not null,
        raw {big},
        at {big} not null,
        primary key (alert, n)
      ){tail}`,
    'create unique index revision_content on revision(alert, content)',
    'create index revision_raw on revision(raw)',

    `create table stage (
        id {id},
        alert {big} not null,
        stage text not null,
        at {big} not null,
        said_at text,
        code text not null,
        name text not null,
        feedback {big}
      ){tail}`,
    'create index stage_alert on stage(alert)',

    `create table feedback (
        id {id},
        system text not null,
        pair text not null,
        content text not null,
        document text not null,
        stage text not null,
        receive_at text,
        process_at text,
        application text not null,
        service text not null,
        state text not null check (state in ('matched', 'orphan', 'lost')),
        raw {big},
        at {big} not null,
        resent {big} not null default 0
      ){tail}`,
    'create index feedback_pair on feedback(system, pair, content)',
    'create index feedback_raw on feedback(raw)',
    'create index feedback_at on feedback(at)',
    "create index feedback_orphan on feedback(at) where state = 'orphan'",

    // What flows have told us to tell the PACS of an alert so far (0: of an exam that is not known here): the
    // next message repeats it (A20).
    `create table told (
        system text not null,
        pair text not null,
        alert {big} not null,
        document text not null,
        at {big} not null,
        primary key (system, pair, alert)
      ){tail}`,
    'create index told_at on told(at)',

    `create table outbox (
        id {id},
        peer text not null,
        operation text not null,
        lane text not null,
        document text not null,
        alert {big},
        node text not null,
        message text not null,
        state text not null check (state in ('ready', 'leased', 'done', 'held', 'dead', 'cancelled')),
        due {big} not null,
        attempts {big} not null default 0,
        lease text,
        lease_until {big},
        expires_at {big},
        class text,
        code text,
        reason_zh text,
        reason_en text,
        at {big} not null,
        ended_at {big},
        replay_of {big},
        told_old {big} not null default 0
      ){tail}`,
    "create index outbox_due on outbox(peer, due, id) where state = 'ready'",
    "create index outbox_lane on outbox(peer, lane, id) where state in ('ready', 'leased')",
    "create index outbox_lease on outbox(lease_until) where state = 'leased'",
    "create index outbox_dead on outbox(ended_at) where state in ('held', 'dead')",
    "create index outbox_done on outbox(ended_at) where state in ('done', 'cancelled')",
    'create index outbox_alert on outbox(alert)',

    `create table attempt (
        outbox {big} not null,
        n {big} not null,
        instance text not null,
        started_at {big} not null,
        ended_at {big} not null,
        class text not null,
        code text not null,
        reply text,
        request {bytes} not null,
        response {bytes} not null,
        primary key (outbox, n)
      ){tail}`,

    // What is owed to a flow: committed with its cause, handed out by lease, gone when the flow has it.
    `create table owed (
        id {id},
        kind text not null check (kind in ('crisis', 'feedback', 'outcome')),
        target text not null,
        content text not null,
        alert {big},
        at {big} not null,
        handed {big} not null default 0,
        lease text,
        lease_until {big} not null default 0
      ){tail}`,
    'create index owed_target on owed(target, id)',
    'create index owed_alert on owed(alert)',

    `create table quarantine (
        id {id},
        at {big} not null,
        service text not null,
        operation text not null,
        remote text not null,
        code text not null,
        reason_zh text not null,
        reason_en text not null,
        charset text not null,
        bytes {bytes} not null
      ){tail}`,
    'create index quarantine_at on quarantine(at)',

    // Append only; each entry holds the hash of the one before it in its chain.
    `create table audit (
        chain text not null,
        seq {big} not null,
        at {big} not null,
        kind text not null,
        alert {big},
        outbox {big},
        actor text not null,
        detail text not null,
        before text not null,
        hash text not null,
        primary key (chain, seq)
      ){tail}`,
    'create index audit_alert on audit(alert)',
    // Where each chain ends: a chain alone cannot show that its last entries are gone.
    `create table audit_head (
        chain text primary key,
        seq {big} not null,
        hash text not null
      ){tail}`,

    `create table peer (
        id text primary key,
        failures {big} not null default 0,
        failing_since {big},
        open_until {big} not null default 0,
        alarmed {big} not null default 0
      ){tail}`,

    `create view open_alerts as
        select id, exam_no, apply_no, sick_no, stage, revision, set_at, opened_at, hold
        from alert where stage in ('stored', 'notified', 'received')`,
    `create view dead_letters as
        select id, peer, operation, state, class, code, reason_zh, attempts, at, ended_at, alert
        from outbox where state in ('held', 'dead')`,
    `create view queue_depth as
        select peer, operation, state, count(*) as documents, min(at) as oldest
        from outbox where state in ('ready', 'leased', 'held', 'dead') group by peer, operation, state`,
  ],
}

/** SQLite cannot change what a column may hold: there the table is made anew, with its rows, ids and indexes. */
function withStates(table: string, column: string, states: string): readonly string[] {
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

export const MIGRATIONS: readonly Migration[] = [
  FIRST,
  {
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
  },
  {
    version: 3,
    // What people look an alert up by.
    statements: [
      'create index alert_exam on alert(exam_no)',
      'create index alert_apply on alert(apply_no)',
    ],
  },
  {
    version: 4,
    statements: [
      // How many documents were started in which second of the last minute, for peers that limit it.
      `create table pace (
        peer text primary key,
        starts text not null
      ){tail}`,
    ],
  },
  {
    version: 5,
    statements: [
      // Who calls how; bounded, and of no consequence for any document.
      `create table caller (
        service text not null,
        remote text not null,
        operation text not null,
        form text not null,
        first_at {big} not null,
        last_at {big} not null,
        calls {big} not null,
        primary key (service, remote, operation, form)
      ){tail}`,
      'create index caller_last on caller(last_at)',
    ],
  },
  {
    version: 6,
    statements: [
      // When a person was told that a document is parked for long.
      'alter table outbox add column wait_told {big}',
      // When an instance that has the peer in its flows has last looked after what it is to be sent.
      'alter table peer add column tended_at {big}',
    ],
  },
  {
    version: 7,
    statements: [
      // The revision that its flow has said it is, which is not that of a content that the flow has changed.
      'alter table outbox add column named {big}',
      // What was told of an exam before, when it comes again.
      'create index outbox_telling on outbox(lane) where telling is not null',
    ],
  },
  {
    version: 8,
    statements: [
      // What was seen of the database's clock: when last, and for how long it has run without a jump.
      `create table clock (
        id {big} primary key,
        seen_at {big} not null,
        steady_ms {big} not null
      ){tail}`,
    ],
  },
  {
    version: 9,
    statements: [
      // How many attempts before it came to the same and are not kept.
      'alter table attempt add column alike {big} not null default 0',
      // Feedback of an exam that is not known here, which the site accepts all the same.
      'alter table feedback add column accepted {big} not null default 0',
      // What closes when a later document has said it.
      "create index outbox_dead_lane on outbox(lane, id) where state in ('held', 'dead')",
    ],
  },
  DESCRIPTIONS,
]
