import type { Step } from '../../store/index.js'
import type { Origin } from '../types.js'
import { insert } from './sql.js'

/** Keeps the bytes as they came, for as long as their retention says. */
export function* keepRaw(origin: Origin, operation: string, at: number): Step<number> {
  return yield* insert(
    `insert into raw (at, service, operation, remote, charset, bytes)
     values ($1, $2, $3, $4, $5, $6) returning id`,
    at,
    origin.service,
    operation,
    origin.remoteAddress,
    origin.charset,
    origin.raw,
  )
}
