import type { Migration } from '../../store/index.js'
import { withStates } from './second.js'

/** The troubles that last or were told of, and the number of critical values of each hour, by which silence is known. */
export const SEVENTEENTH: Migration = {
  version: 17,
  statements: [
    ...withStates(
      'owed',
      'kind',
      "'crisis', 'feedback', 'outcome', 'step', 'change', 'paged', 'acknowledged', 'trouble'",
    ),
    // `target` is the watch that is told; '' = each.
    `create table trouble (
      target text not null,
      kind text not null,
      key text not null,
      since {big} not null,
      primary key (target, kind, key)
    ){tail}`,
    // The synthetic critical value that a watch has sent last, and how often it has come in.
    `create table synthetic (
      target text primary key,
      key text not null,
      at {big} not null,
      came {big} not null
    ){tail}`,
    'create index synthetic_key on synthetic(key)',
    // `hour` counts from 1970; the rows of the service '' say which hours have been counted.
    `create table volume (
      service text not null,
      hour {big} not null,
      alerts {big} not null,
      primary key (service, hour)
    ){tail}`,
  ],
}
