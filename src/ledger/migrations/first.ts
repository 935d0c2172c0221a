import type { Migration } from '../../store/index.js'

/*
 * The tables, for both engines. Times are epoch milliseconds of our clock; what a document says of time is
 * kept beside them as text. Documents are JSON, so that ordinary tools can read them.
 */
export const FIRST: Migration = {
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
