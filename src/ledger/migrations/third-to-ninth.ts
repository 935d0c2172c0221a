import type { Migration } from '../../store/index.js'

export const THIRD_TO_NINTH: readonly Migration[] = [
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
]
