import type { Migration } from '../../store/index.js'

/** The limit of a plan that an alert is to meet next, so that a flow is told once when it has passed. */
export const EIGHTEENTH: Migration = {
  version: 18,
  statements: [
    // `due_at` is null once nothing more is to be told of this content; then the row only says so.
    `create table limit_timer (
      alert {big} not null,
      target text not null,
      due_at {big},
      state text not null,
      primary key (alert, target)
    ){tail}`,
    'create index limit_timer_due on limit_timer(target, due_at)',
    // Alerts that are open already get theirs when their watch looks through them.
    'update watch set armed = 0',
  ],
}
