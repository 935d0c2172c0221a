import type { Step } from '../engine/types.js'
import type { AlertStage, Origin } from '../types.js'
import { insert, sql } from './sql.js'

/** The state of a document whose attempt is given up: one that was parked meanwhile does not go out again. */
export const RETURNED = "case when parked is null then 'ready' else 'parked' end"

/** Keeps the bytes as they came, for as long as their retention says. */
export function* keepRaw(origin: Origin, operation: string, at: number): Step<number> {
  return yield* insert(
    sql(
      `insert into raw (at, service, operation, remote, charset, bytes)
       values ($1, $2, $3, $4, $5, $6) returning id`,
      at,
      origin.service,
      operation,
      origin.remoteAddress,
      origin.charset,
      origin.raw,
    ),
  )
}

/** Notes a step of an alert, with our time and with the time and the person that the document names. */
export function* addStage(
  alert: number,
  stage: AlertStage,
  at: number,
  said: { at: string | null; code: string; name: string; feedback: number | null } = {
    at: null,
    code: '',
    name: '',
    feedback: null,
  },
): Step<void> {
  yield sql(
    'insert into stage (alert, stage, at, said_at, code, name, feedback) values ($1, $2, $3, $4, $5, $6, $7)',
    alert,
    stage,
    at,
    said.at,
    said.code,
    said.name,
    said.feedback,
  )
}
