import { createHash } from 'node:crypto'
import type { Reason } from '../messages/index.js'
import { ledgerError } from './errors.js'
import { identityIn } from './identity.js'
import { moveMark, refuseMarked } from './move-mark.js'
import type { MigrationProgress } from './migration-progress.js'
import type { Migration, Row, Statement, Step } from './types.js'

/** The engine's own table. Its one row per migration is also what a test for writability rewrites. */
export const VERSION_TABLE =
  'create table if not exists schema_version (v {big} primary key, at {big} not null, checksum text not null){tail}'

export const WRITE_PROBE: Statement = {
  sql: 'update schema_version set at = at where v = 1',
  params: [],
}

/** The rows of the engine's own table. */
export const READ_VERSIONS: Statement = {
  sql: 'select v, at, checksum from schema_version order by v',
  params: [],
}

export interface SchemaState {
  /** The last migration that was done; 0 for none. */
  readonly version: number
  readonly missing: readonly Migration[]
  readonly warnings: readonly Reason[]
  /** Undefined in a new ledger and in one of version 0.1.0. */
  readonly identity: string | undefined
}

/**
 * The migrations that the schema has and lacks. Throws LEDGER_NEWER when it has one that this program does not know:
 * an older program that wrote there would damage what the newer one relies on. Throws LEDGER_MOVED or LEDGER_MOVING for
 * what a move has left, unless `marked` allows it.
 */
export function* inspect(
  migrations: readonly Migration[],
  marked: 'refuse' | 'allow' = 'refuse',
): Step<SchemaState> {
  const rows = yield READ_VERSIONS
  if (marked === 'refuse') refuseMarked(moveMark(rows))
  const version = Math.max(0, Number(rows.at(-1)?.['v'] ?? 0))
  if (version > (migrations.at(-1)?.version ?? 0)) throw ledgerError('LEDGER_NEWER')
  return {
    version,
    missing: migrations.filter((migration) => migration.version > version),
    warnings: rows.some((row) => isEdited(row, migrations)) ? [EDITED] : [],
    identity: identityIn(rows),
  }
}

/** Counts the statements of the missing migrations, each when it begins; a new ledger has nothing to wait for. */
export class MigrationSteps {
  readonly #total: number
  readonly #tell: ((progress: MigrationProgress) => void) | undefined
  #done = 0

  constructor({ version, missing }: SchemaState, tell?: (progress: MigrationProgress) => void) {
    this.#total = missing.reduce((sum, { statements }) => sum + statements.length, 0)
    this.#tell = version > 0 ? tell : undefined
  }

  next(): void {
    this.#tell?.({ phase: 'change', done: this.#done++, total: this.#total })
  }
}

/**
 * One step of the schema; runs in a transaction of its own.
 * @param onStatement called before each statement
 */
export function* migrate(migration: Migration, onStatement?: () => void): Step<void> {
  for (const sql of migration.statements) {
    onStatement?.()
    yield { sql, params: [] }
  }
  yield {
    sql: 'insert into schema_version (v, at, checksum) values ($1, {now}, $2)',
    params: [migration.version, checksum(migration)],
  }
}

function isEdited(row: Row, migrations: readonly Migration[]): boolean {
  const migration = migrations.find(({ version }) => version === row['v'])
  return migration !== undefined && checksum(migration) !== row['checksum']
}

function checksum(migration: Migration): string {
  return createHash('sha256').update(JSON.stringify(migration.statements)).digest('hex')
}

const EDITED: Reason = {
  zh: '台账结构由不同的程序版本建立，请向供应商确认版本',
  en: 'The tables of the ledger were made by a different build of this package; ask where that build came from',
}
