import type { Migration } from '../../store/index.js'

/** A row that only waits, and that no peer can have seen. */
const WAITS = `o.state = 'parked' and o.attempts = 0 and o.parked in ('otherFinding', 'process', 'wrongPatient')`

/**
 * The reports of flows to their PACS stand apart from the documents that say it. Until now each was a document, and
 * one that had to wait, or went out with a later one, was a document in a state of its own.
 */
export const TENTH: Migration = {
  version: 10,
  statements: [
    'drop view parked_documents',
    'drop view queue_depth',

    // One for each feedback of a flow, and for what is said again of which no flow hears (node ''). Its number is of
    // the sequence of the outbox, so that a person names either by one number. `waits` is what it waits for; `outbox`
    // is the document that says it.
    `create table report (
        id {big} primary key,
        peer text not null,
        lane text not null,
        alert {big},
        node text not null,
        message text not null,
        flags text,
        report text not null,
        expires_after {big},
        waits text,
        wait_told {big},
        outbox {big},
        at {big} not null,
        ended_at {big}
      ){tail}`,
    'create index report_lane on report(lane, id)',
    'create index report_alert on report(alert)',
    'create index report_outbox on report(outbox)',
    'create index report_waits on report(peer, id) where waits is not null',
    'create index report_ended on report(ended_at, id) where outbox is null and ended_at is not null',
    // Numbers are taken from where the outbox has come to, also when nothing was ever put there.
    `{only:sqlite}insert into sqlite_sequence (name, seq) select 'outbox', 0
       where not exists (select 1 from sqlite_sequence where name = 'outbox')`,

    // What a feedback says, with the true times; why a document may not be sent that is not to be written anew.
    'alter table outbox add column says text',
    'alter table outbox add column blocked text',
    `insert into report (id, peer, lane, alert, node, message, flags, report, expires_after, waits, wait_told,
        outbox, at, ended_at)
      select o.id, o.peer, o.lane, o.alert, o.node, o.message, o.flags, o.telling, o.expires_at - o.at,
        case when ${WAITS} then o.parked end,
        o.wait_told,
        case when o.state = 'merged' then o.merged_into
          when ${WAITS} then null else o.id end,
        o.at,
        case when o.state = 'merged' then (select c.ended_at from outbox c where c.id = o.merged_into)
          else o.ended_at end
      from outbox o where o.telling is not null`,
    `{only:sqlite}update outbox set says = json_extract(telling, '$.says') where telling is not null`,
    `{only:postgres}update outbox set says = telling::json->>'says' where telling is not null`,
    `delete from outbox as o where o.telling is not null and (o.state = 'merged' or (${WAITS}))`,
    `update outbox set blocked = parked, state = case when state = 'parked' then 'ready' else state end
       where parked is not null`,
    `update outbox set node = '', message = '{}' where telling is not null`,

    'drop index outbox_unsent',
    'drop index outbox_parked',
    'drop index outbox_marked',
    'drop index outbox_merged',
    'drop index outbox_telling',
    'alter table outbox drop column telling',
    'alter table outbox drop column parked',
    'alter table outbox drop column merged_into',
    'alter table outbox drop column wait_told',
    'create index outbox_blocked on outbox(peer, id) where blocked is not null',

    `create view parked_documents as
        select id, peer, 'SynCrisisResponseInfo' as operation, waits as parked, at, alert
        from report where waits is not null`,
    `create view queue_depth as
        select peer, operation, state, count(*) as documents, min(at) as oldest
        from outbox where state in ('ready', 'leased', 'held', 'dead') group by peer, operation, state
        union all select peer, 'SynCrisisResponseInfo', 'parked', count(*), min(at)
        from report where waits is not null and outbox is null group by peer`,
  ],
}
