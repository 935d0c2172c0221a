import type { Migration } from '../../store/index.js'
import { withStates } from './second.js'

/** The acts of people on alerts, the one-time links by which some of them come, and the secret that signs the links. */
export const SIXTEENTH: Migration = {
  version: 16,
  statements: [
    ...withStates(
      'owed',
      'kind',
      "'crisis', 'feedback', 'outcome', 'step', 'change', 'paged', 'acknowledged'",
    ),
    `create table acknowledgement (
      id {id},
      alert {big} not null,
      at {big} not null,
      kind text not null check (kind in ('received', 'processed', 'refused', 'passedOn')),
      done_at {big} not null,
      code text not null,
      name text not null,
      role text not null,
      how text not null,
      read_back {big},
      note text not null,
      revision {big} not null,
      step {big},
      to_code text not null,
      to_name text not null,
      flags text not null,
      link text
    ){tail}`,
    'create index acknowledgement_alert on acknowledgement(alert)',
    `create table link (
      hash text primary key,
      alert {big} not null,
      revision {big} not null,
      step {big},
      code text not null,
      name text not null,
      at {big} not null,
      expires_at {big} not null,
      used_at {big},
      used_kind text,
      wrong {big} not null,
      noted text not null
    ){tail}`,
    'create index link_alert on link(alert)',
    `create table link_secret (
      id {big} primary key,
      secret text not null
    ){tail}`,
  ],
}
