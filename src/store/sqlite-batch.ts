import type { CrisisError } from '../messages/index.js'
import { CarriedRows } from './carried-rows.js'
import { monotonicMs } from './clock.js'
import type { Call } from './calls.js'
import { ledgerError, LedgerError } from './errors.js'
import type { SqliteConnection } from './sqlite-connection.js'
import { isFileTrouble, operationError } from './sqlite-errors.js'
import { begin, drive, hearing, type Settled } from './step.js'
import type { EngineDefinition, Row, Statement } from './types.js'

/**
 * All operations of a batch in one transaction, so that they share one flush. One that fails is rolled back
 * alone. Throws when the file is the reason; then none of them is stored.
 */
export function commitBatch(
  writer: SqliteConnection,
  definition: EngineDefinition,
  batch: readonly Call[],
): Settled[] {
  return together(writer, definition, batch) ?? apart(writer, definition, batch)
}

/**
 * All of them without savepoints, as nearly every batch can be run: to be able to undo one operation SQLite keeps a
 * copy of each page that it changes. Undefined, and nothing is stored, when one of them has failed.
 */
function together(
  writer: SqliteConnection,
  definition: EngineDefinition,
  batch: readonly Call[],
): Settled[] | undefined {
  let failed: unknown
  const carried = new CarriedRows()
  const query = (statement: Statement): readonly Row[] => {
    const known = carried.answer(statement)
    if (known) return known
    const rows = writer.query(statement)
    carried.learn(statement, rows)
    return rows
  }
  try {
    return writer.transaction('begin immediate', () => {
      const settled = batch.map((call) => {
        if (isLate(call)) return tooLate(call)
        try {
          return run(query, definition, call)
        } catch (error) {
          failed = error
          throw error
        }
      })
      for (const statement of carried.writes) writer.query(statement)
      return settled
    })
  } catch (error) {
    // A commit that failed, or a file that is the reason, is no operation's fault.
    if (error !== failed || isFileTrouble(error)) throw error
    return undefined
  }
}

/** Each with a savepoint of its own, so that the one that fails is rolled back alone. */
function apart(
  writer: SqliteConnection,
  definition: EngineDefinition,
  batch: readonly Call[],
): Settled[] {
  return writer.transaction('begin immediate', () =>
    batch.map((call) => runApart(writer, definition, call)),
  )
}

function run(
  ask: (statement: Statement) => readonly Row[],
  definition: EngineDefinition,
  { id, name, args }: Call,
): Settled {
  const step = begin(definition, name, args)
  const hints: string[] = []
  return { id, value: drive(step, hearing(ask, hints)), hints }
}

function runApart(writer: SqliteConnection, definition: EngineDefinition, call: Call): Settled {
  if (isLate(call)) return tooLate(call)
  writer.exec('savepoint operation')
  let settled: Settled
  try {
    settled = run((statement) => writer.query(statement), definition, call)
  } catch (error) {
    if (isFileTrouble(error)) throw error
    settled = { id: call.id, error: operationError(error) }
    // Throws when the whole transaction is gone, and then so are the neighbours.
    writer.exec('rollback to operation')
  }
  writer.exec('release operation')
  return settled
}

/** One operation that only reads, on one state of the data. Throws when the file is damaged. */
export function readOne(
  reader: SqliteConnection,
  definition: EngineDefinition,
  call: Call,
): Settled {
  const { id, name, args } = call
  if (isLate(call)) return tooLate(call)
  try {
    const value = reader.transaction('begin', () =>
      drive(begin(definition, name, args), (statement) => {
        if (isLate(call)) throw ledgerError('LEDGER_SLOW')
        return reader.query(statement)
      }),
    )
    return { id, value, hints: [] }
  } catch (thrown) {
    const error = operationError(thrown)
    if (isFileTrouble(thrown) && DAMAGE.has(error.code)) throw thrown
    // To write is refused with the code of a read-only file, and here it is the operation's fault.
    return { id, error: error.code === 'LEDGER_READ_ONLY' ? refused(error) : error }
  }
}

/** Errors that reading can find in the file. */
const DAMAGE: ReadonlySet<string> = new Set(['LEDGER_CORRUPT', 'LEDGER_UNAVAILABLE'])

const refused = (error: CrisisError): LedgerError =>
  ledgerError('LEDGER_REFUSED', {
    evidence: error instanceof LedgerError ? error.evidence : undefined,
  })

const isLate = (call: Call): boolean => monotonicMs() > call.deadline

const tooLate = ({ id }: Call): Settled => ({ id, error: ledgerError('LEDGER_BUSY') })
