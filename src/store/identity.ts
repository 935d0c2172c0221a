import { randomUUID } from 'node:crypto'
import type { Row, Statement } from './types.js'

/*
 * Two more rows in the table of versions, before the first version: what tells this ledger from every other
 * one, and what a person has decided about it. Copies have the same identity.
 */
const IDENTITY = -1
const ACCEPTANCE = -2

/** The identity among the rows of the table of versions; undefined in a ledger of version 0.1.0. */
export function identityIn(rows: readonly Row[]): string | undefined {
  return checksumOf(rows, IDENTITY)
}

/** The last decision of a person to use this ledger as it is; undefined where there was none. */
export function acceptanceIn(rows: readonly Row[]): string | undefined {
  return checksumOf(rows, ACCEPTANCE)
}

function checksumOf(rows: readonly Row[], version: number): string | undefined {
  const row = rows.find(({ v }) => v === version)
  return row === undefined ? undefined : String(row['checksum'])
}

/** Gives a ledger its identity, once. */
export const giveIdentity = (identity: string): Statement => ({
  sql: `insert into schema_version (v, at, checksum) values ($1, {now}, $2) on conflict (v) do nothing`,
  params: [IDENTITY, identity],
})

/** Records that a person wants this ledger as it is, whatever was here before. */
export const accept = (): Statement => ({
  sql: `insert into schema_version (v, at, checksum) values ($1, {now}, $2)
    on conflict (v) do update set at = excluded.at, checksum = excluded.checksum`,
  params: [ACCEPTANCE, randomUUID()],
})
