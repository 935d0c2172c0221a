import type { Migration } from '../../store/index.js'
import { withStates } from './second.js'

/** Watches, with the rules by which they follow alerts, and the timer of each alert that somebody must still react to. */
export const THIRTEENTH: Migration = {
  version: 13,
  statements: [
    ...withStates('owed', 'kind', "'crisis', 'feedback', 'outcome', 'step', 'change'"),
    `create table watch (
      target text primary key,
      rules text not null,
      armed {big} not null,
      at {big} not null
    ){tail}`,
    `create table timer (
      alert {big} not null,
      target text not null,
      due_at {big} not null,
      level {big} not null,
      since {big} not null,
      state text not null,
      primary key (alert, target)
    ){tail}`,
    'create index timer_due on timer(target, due_at)',
    'create index timer_since on timer(target, since)',
    'create index timer_level on timer(target) where level > 0',
  ],
}
