import type { Migration } from '../../store/index.js'

/** The last reading of a peer's WSDL, for when it cannot be had. */
export const ELEVENTH: Migration = {
  version: 11,
  statements: [
    `create table description (
      peer text not null,
      source text not null,
      at {big} not null,
      content text not null,
      primary key (peer, source)
    ){tail}`,
  ],
}
