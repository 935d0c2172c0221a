import type { DatabaseError } from 'pg'
import { LedgerError, ledgerError } from './errors.js'

type Code = Parameters<typeof ledgerError>[0]

/** An error, and whether its connection can still be used. */
export interface Failure {
  readonly error: LedgerError
  /** True when the connection cannot be used any more. */
  readonly lost: boolean
  /** True when the same operation may well succeed when it has the database for itself. */
  readonly again: boolean
  /** The SQLSTATE, unless the server said nothing. */
  readonly state?: string
}

/** By SQLSTATE, the longest match first. */
const CODES: readonly (readonly [prefix: string, code: Code, lost: boolean])[] = [
  // A newer program has changed the tables under a plan that is kept: the next connection looks at the schema.
  ['0A000', 'LEDGER_UNAVAILABLE', true],
  ['25006', 'LEDGER_READ_ONLY', true],
  ['3D000', 'LEDGER_DENIED', true],
  ['42501', 'LEDGER_DENIED', false],
  ['53100', 'LEDGER_FULL', false],
  ['55P03', 'LEDGER_BUSY', false],
  ['57014', 'LEDGER_BUSY', false],
  ['XX001', 'LEDGER_CORRUPT', false],
  ['XX002', 'LEDGER_CORRUPT', false],
  ['08', 'LEDGER_UNAVAILABLE', true],
  ['25P', 'LEDGER_UNAVAILABLE', true],
  ['28', 'LEDGER_DENIED', true],
  ['40', 'LEDGER_BUSY', false],
  ['53', 'LEDGER_UNAVAILABLE', true],
  ['57P', 'LEDGER_UNAVAILABLE', true],
  ['58', 'LEDGER_UNAVAILABLE', false],
  ['XX', 'LEDGER_UNAVAILABLE', false],
]

/** Serialisation failure and deadlock: the neighbours of a batch can be the reason. */
const AGAIN: ReadonlySet<string> = new Set(['40001', '40P01'])

/** Carries a failed statement through the body of an operation. */
export class StatementFailure extends Error {
  constructor(readonly failure: Failure) {
    super(failure.error.message)
  }
}

/**
 * Classes of SQLSTATE whose messages name objects of the database and never quote a value of a document, nor the
 * user: connections, rights, locks, resources, the server itself.
 */
const SPEAKING = /^(?:08|0A|25|3D|3F|40|42|53|54|55|57|58|XX)/
const MOST_WORDS = 200

/** The server's own words, on one line; empty where they could quote what is not to be shown. */
function wordsOf(state: string, { message }: DatabaseError): string {
  return SPEAKING.test(state) ? ` ${message.replace(/\s+/g, ' ').slice(0, MOST_WORDS)}` : ''
}

/** Anything `pg` threw, with the code and what the server says of it where that quotes no value. */
export function postgresFailure(thrown: unknown): Failure {
  const state = sqlStateOf(thrown)
  if (state === undefined) return { error: connectionError(thrown), lost: true, again: false }
  const [, code, lost] = CODES.find(([prefix]) => state.startsWith(prefix)) ?? REFUSED
  const { constraint } = thrown as DatabaseError
  const named = constraint === undefined ? '' : ` ${constraint}`
  const evidence = `PostgreSQL ${state}${named}${wordsOf(state, thrown as DatabaseError)}`
  return { error: ledgerError(code, { evidence }), lost, again: AGAIN.has(state), state }
}

/** Anything that was thrown while the server was asked. */
export function failureOf(thrown: unknown): Pick<Failure, 'error'> {
  if (thrown instanceof StatementFailure) return thrown.failure
  if (thrown instanceof LedgerError) return { error: thrown }
  return postgresFailure(thrown)
}

const REFUSED = ['', 'LEDGER_REFUSED', false] as const

function connectionError(thrown: unknown): LedgerError {
  const { code, message } = thrown as NodeJS.ErrnoException
  // `pg` gives this one no code: the server asks for a password and there is none.
  if (/^SASL: .*password must be/.test(message ?? '')) {
    return ledgerError('LEDGER_DENIED', { evidence: 'no password' })
  }
  const evidence = code ?? 'connection ended'
  return new LedgerError('LEDGER_UNAVAILABLE', NOT_THERE, { evidence })
}

function sqlStateOf(thrown: unknown): string | undefined {
  if (!(thrown instanceof Error) || !('severity' in thrown)) return undefined
  const { code } = thrown as NodeJS.ErrnoException
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) ? code : undefined
}

const NOT_THERE = {
  zh: '连接不上数据库，请检查数据库服务、地址、端口和网络；正在自动重试',
  en: 'The database cannot be reached; check that it runs, its address, its port and the network. It is being tried again',
}
