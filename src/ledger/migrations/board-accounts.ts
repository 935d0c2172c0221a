import type { Migration } from '../../store/index.js'

/**
 * The people who may look at the board, and their sessions. A secret is a hash with its salt and cost; of a session
 * only the hash of its token is kept.
 */
export const BOARD_ACCOUNTS: Migration = {
  version: 19,
  statements: [
    // `id` is the login in the form by which two are compared.
    `create table board_account (
      id text primary key,
      login text not null,
      code text not null,
      name text not null,
      role text not null check (role in ('look', 'act', 'administer')),
      patients {big} not null,
      secret text not null,
      made_at {big} not null,
      signed_in_at {big},
      locked_at {big}
    ){tail}`,
    // `account` is blank for whoever has none here; `role` is then what was known of them at the sign-in.
    `create table board_session (
      hash text primary key,
      board text not null,
      way text not null check (way in ('account', 'first', 'proxy', 'node-red')),
      account text not null,
      login text not null,
      code text not null,
      name text not null,
      role text not null,
      stamp text not null,
      at {big} not null,
      seen_at {big} not null
    ){tail}`,
    'create index board_session_person on board_session(board, way, login)',
  ],
}
