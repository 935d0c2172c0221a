import { asCrisisError, CrisisError, type Reason } from '../../messages/index.js'
import { LedgerError } from '../../ledger/index.js'
import type { Problem } from '../api.js'

/** Why the board does not do what it was asked, with the HTTP status that says so. */
export class BoardProblem extends CrisisError {
  override readonly name: string = 'BoardProblem'

  constructor(
    code: string,
    readonly status: number,
    reason: Reason,
    readonly retryAfterSeconds?: number,
  ) {
    super(code, reason)
  }
}

export interface Told {
  readonly status: number
  readonly problem: Problem
  readonly retryAfterSeconds: number | undefined
  /** True for what nobody has foreseen, and the log has to tell of. */
  readonly isOurs: boolean
}

const STATUS: Readonly<Record<string, number>> = {
  '400': 400,
  '401': 401,
  '404': 404,
  '405': 405,
  '409': 409,
  '413': 413,
  '422': 400,
  '503': 503,
}

/** Whatever was thrown, as the browser is told of it. */
export function toldOf(thrown: unknown): Told {
  const error = asCrisisError(thrown)
  const problem = { code: error.code, reason: error.reason }
  if (error instanceof BoardProblem) {
    const { status, retryAfterSeconds } = error
    return { status, problem, retryAfterSeconds, isOurs: false }
  }
  if (error instanceof LedgerError) {
    return { status: 503, problem, retryAfterSeconds: 2, isOurs: false }
  }
  const status = STATUS[error.answer] ?? 500
  return { status, problem, retryAfterSeconds: undefined, isOurs: error.code === 'UNEXPECTED' }
}

export const notFound = () =>
  new BoardProblem('NOT_FOUND', 404, { zh: '没有这一项', en: 'There is no such thing' })

export const signedOut = () =>
  new BoardProblem('SIGNED_OUT', 401, {
    zh: '尚未登录，或登录已过期',
    en: 'Nobody is signed in, or the session is over',
  })

export const roleTooSmall = () =>
  new BoardProblem('ROLE_TOO_SMALL', 403, {
    zh: '您的角色不能进行此操作',
    en: 'Your role does not allow this',
  })

export const badRequest = (reason: Reason) => new BoardProblem('REQUEST_INVALID', 400, reason)

export const tooMany = (reason: Reason, seconds: number) =>
  new BoardProblem('TOO_MANY', 429, reason, seconds)
