import type { Migration } from '../../store/index.js'
import { withStates } from './second.js'

/** Pages that are owed to people, each attempt of them, and what the instances share about a channel. */
export const FIFTEENTH: Migration = {
  version: 15,
  statements: [
    ...withStates('owed', 'kind', "'crisis', 'feedback', 'outcome', 'step', 'change', 'paged'"),
    `create table page (
      id {id},
      mark text not null,
      node text not null,
      channel text not null,
      alert {big},
      revision {big},
      state text not null check (state in ('waiting', 'leased', 'accepted', 'failed', 'superseded')),
      due {big} not null,
      until_at {big},
      lease text,
      lease_until {big},
      way {big} not null,
      attempts {big} not null,
      tries {big} not null,
      unknowns {big} not null,
      doubts {big} not null,
      content text not null,
      step text,
      message text not null,
      code text,
      reason_zh text,
      reason_en text,
      at {big} not null,
      ended_at {big}
    ){tail}`,
    "create index page_due on page(channel, due) where state = 'waiting'",
    "create index page_waiting on page(alert) where state = 'waiting'",
    "create index page_lease on page(lease_until) where state = 'leased'",
    "create index page_node on page(node, state) where state in ('waiting', 'leased', 'failed')",
    'create index page_alert on page(alert)',
    'create index page_mark on page(node, mark)',
    'create index page_ended on page(ended_at) where alert is null',
    `create table page_attempt (
      page {big} not null,
      n {big} not null,
      channel text not null,
      instance text not null,
      started_at {big} not null,
      ended_at {big} not null,
      class text not null,
      code text not null,
      reason_zh text not null,
      reason_en text not null,
      request {bytes},
      answer {bytes},
      primary key (page, n)
    ){tail}`,
    `create table channel (
      id text primary key,
      looked_at {big} not null,
      sent text not null
    ){tail}`,
  ],
}
