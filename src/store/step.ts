import { asCrisisError, type CrisisError } from '../messages/index.js'
import type { EngineDefinition, Row, Statement, Step } from './types.js'

/** The end of one operation of a batch. */
export type Settled =
  | { readonly id: number; readonly value: unknown; readonly hints: readonly string[] }
  | { readonly id: number; readonly error: CrisisError }

/** Makes the body of an operation by its name. */
export function begin(definition: EngineDefinition, name: string, args: unknown): Step<unknown> {
  const operation = Object.hasOwn(definition.operations, name)
    ? definition.operations[name]
    : undefined
  if (!operation) throw asCrisisError(new Error(`The ledger has no operation ${name}`))
  return operation(args as never)
}

/** Asks a database, and keeps what is to be hinted of once that is committed. */
export function hearing<T>(
  query: (statement: Statement) => T,
  hints: string[],
): (statement: Statement) => T {
  return (statement) => {
    if (statement.hint !== undefined) hints.push(statement.hint)
    return query(statement)
  }
}

/** Runs a body to its end on a database that answers at once. */
export function drive<T>(step: Step<T>, query: (statement: Statement) => readonly Row[]): T {
  let turn = step.next([])
  while (!turn.done) turn = step.next(query(turn.value))
  return turn.value
}

/** Runs a body to its end on a database that answers later. */
export async function driveLater<T>(
  step: Step<T>,
  query: (statement: Statement) => Promise<readonly Row[]>,
): Promise<T> {
  let turn = step.next([])
  while (!turn.done) turn = step.next(await query(turn.value))
  return turn.value
}
