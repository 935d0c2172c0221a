import type * as pg from 'pg'
import type { Call } from './calls.js'
import { CarriedRows } from './carried-rows.js'
import { monotonicMs } from './clock.js'
import { asUnknown, ledgerError, withoutTexts, type LedgerError } from './errors.js'
import { command, query } from './postgres-driver.js'
import { StatementFailure, type Failure } from './postgres-errors.js'
import { PostgresLine } from './postgres-line.js'
import { begin, driveLater, hearing, type Settled } from './step.js'
import type { EngineDefinition, Row, Statement } from './types.js'

export interface BatchResult {
  readonly settled: readonly Settled[]
  /** Those that stood in the way of another transaction: to be run again, alone. */
  readonly again: readonly Call[]
}

/**
 * All operations of a batch in one transaction, so that they share one flush and its round trip. One that
 * fails is rolled back alone. Rejects with a StatementFailure when the batch as a whole failed; its error
 * says whether it may have been stored.
 */
export async function commitBatch(
  client: pg.Client,
  definition: EngineDefinition,
  batch: readonly Call[],
): Promise<BatchResult> {
  const settled: Settled[] = []
  const again: Call[] = []
  const line = new PostgresLine(client)
  const carried = new CarriedRows()
  const ask = async (statement: Statement): Promise<readonly Row[]> => {
    const known = carried.answer(statement)
    if (known) return known
    const rows = await line.query(statement)
    carried.learn(statement, rows)
    return rows
  }
  line.command('begin; savepoint operation')
  for (const [index, call] of batch.entries()) {
    if (index > 0) line.command('release operation; savepoint operation')
    const forget = carried.mark()
    try {
      const one = await runOne(ask, definition, call)
      await line.end()
      settled.push(one)
    } catch (thrown) {
      line.forget()
      forget()
      const failure = failureOf(thrown)
      if (failure?.lost) throw thrown
      await command(client, 'rollback to operation')
      if (failure?.again) again.push(call)
      else settled.push({ id: call.id, error: failure?.error ?? withoutTexts(thrown) })
    }
  }
  // Not waited for: when one fails the commit is none, and says so.
  for (const statement of carried.writes) line.send(statement)
  await commit(client)
  return { settled, again }
}

/** One operation that only reads, on one state of the data. Rejects with a StatementFailure. */
export async function readOne(
  client: pg.ClientBase,
  definition: EngineDefinition,
  call: Call,
): Promise<Settled> {
  const isQuestion = call.mode === 'ask'
  const opening = 'begin transaction isolation level repeatable read read only'
  const limitMs = Math.max(1, Math.ceil(call.deadline - monotonicMs()))
  await command(
    client,
    isQuestion ? `${opening}; set local statement_timeout = ${limitMs}` : opening,
  )
  try {
    const settled = await runOne((statement) => query(client, statement, 'kept'), definition, call)
    await command(client, 'commit')
    return settled
  } catch (thrown) {
    const failure = failureOf(thrown)
    const wrote = failure?.state === READ_ONLY_TRANSACTION
    if (failure?.lost && !wrote) throw thrown
    await command(client, 'rollback')
    if (wrote) return { id: call.id, error: refused(failure) }
    if (isQuestion && failure?.state === CANCELED) {
      return { id: call.id, error: ledgerError('LEDGER_SLOW') }
    }
    return { id: call.id, error: failure?.error ?? withoutTexts(thrown) }
  }
}

async function runOne(
  run: (statement: Statement) => Promise<readonly Row[]>,
  definition: EngineDefinition,
  { id, name, args, deadline }: Call,
): Promise<Settled> {
  if (monotonicMs() > deadline) return { id, error: ledgerError('LEDGER_BUSY') }
  const step = begin(definition, name, args)
  const hints: string[] = []
  return { id, value: await driveLater(step, hearing(run, hints)), hints }
}

/** Rejects unless the server says that it is done, and where it has to be. */
async function commit(client: pg.ClientBase): Promise<void> {
  let warned = false
  const hear = ({ code }: { code: string | undefined }) => (warned ||= isWarning(code))
  client.on('notice', hear)
  let tag: string
  try {
    tag = await command(client, 'commit')
  } catch (thrown) {
    const failure = failureOf(thrown)
    // The answer is missing, not the commit.
    if (failure?.lost) throw new StatementFailure({ ...failure, error: asUnknown(failure.error) })
    throw thrown
  } finally {
    client.off('notice', hear)
  }
  // A transaction that had failed ends without an error, but with this.
  if (tag !== 'COMMIT') throw unavailable(`PostgreSQL ${tag}`, false)
  // The wait for a synchronous standby was given up: stored here, and perhaps only here.
  if (warned) throw unavailable('PostgreSQL warning at commit', true)
}

const isWarning = (code: string | undefined): boolean => code?.startsWith('01') ?? false

const READ_ONLY_TRANSACTION = '25006'
/** By the limit of a statement, or by an administrator. */
const CANCELED = '57014'

const failureOf = (thrown: unknown): Failure | undefined =>
  thrown instanceof StatementFailure ? thrown.failure : undefined

function unavailable(evidence: string, unknown: boolean): StatementFailure {
  const error = ledgerError('LEDGER_UNAVAILABLE', { evidence })
  return new StatementFailure({
    error: unknown ? asUnknown(error) : error,
    lost: false,
    again: false,
  })
}

const refused = ({ error }: Failure): LedgerError =>
  ledgerError('LEDGER_REFUSED', { evidence: error.evidence })
