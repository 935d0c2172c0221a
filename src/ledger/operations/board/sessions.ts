import type { Step } from '../../../store/index.js'
import { audit, type Actor } from '../audit.js'
import { now, number, sql, text } from '../sql.js'
import { accountId, noteSignIn, type BoardRole } from './accounts.js'

/**
 * The way in which somebody has signed in: by an account of the ledger, as the first administrator, who stands in the
 * node, by the word of a proxy, or as a user of Node-RED.
 */
export type SignInWay = 'account' | 'first' | 'proxy' | 'node-red'

export interface NewSession {
  readonly actor: Actor
  /** The board that it is for, and no other. */
  readonly board: string
  /** Hash of its token. */
  readonly hash: string
  readonly way: SignInWay
  readonly login: string
  readonly person: { readonly code: string; readonly name: string }
  /** The role that whoever has no account has by the sign-in; '' = that of the board's settings. */
  readonly role: BoardRole | ''
  /** Tells a first administrator from one with another password; '' for the others. */
  readonly stamp: string
  /** The kept text of the account's password; null for whoever has none. */
  readonly secret: string | null
  /** The address that it comes from, for the audit. */
  readonly remote: string
  /** Sessions of the board that were last seen longer ago than this, in ms, are removed on this occasion. */
  readonly forgetMs: number
}

/** Browsers that one person may be signed in with at a time; the one that was seen longest ago goes first. */
const MOST_SESSIONS = 20

/** @returns false where the account was changed since its secret was looked at */
export function* openBoardSession(args: NewSession): Step<boolean> {
  const { actor, board, hash, way, login, person, role, stamp, remote, forgetMs } = args
  const at = yield* now()
  const account = way === 'account' ? accountId(login) : ''
  if (account !== '' && !(yield* noteSignIn(account, args.secret ?? '', at))) return false
  yield sql('delete from board_session where board = $1 and seen_at < $2', board, at - forgetMs)
  const others = yield sql(
    'select hash from board_session where board = $1 and way = $2 and login = $3 order by seen_at desc',
    board,
    way,
    login,
  )
  for (const row of others.slice(MOST_SESSIONS - 1)) {
    yield sql('delete from board_session where hash = $1', text(row, 'hash'))
  }
  yield sql(
    `insert into board_session (hash, board, way, account, login, code, name, role, stamp, at, seen_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
    hash,
    board,
    way,
    account,
    login,
    person.code,
    person.name,
    role,
    stamp,
    at,
    at,
  )
  yield* audit(actor, at, { kind: 'boardSignIn', detail: { by: login, way, remote } })
  return true
}

export interface BoardSession {
  readonly way: SignInWay
  readonly login: string
  readonly code: string
  readonly name: string
  /** '' = that of the board's settings. */
  readonly role: BoardRole | ''
  /** null for whoever has no account, and then the board's settings say it. */
  readonly patients: boolean | null
  readonly stamp: string
  /** Epoch ms by the clock of the ledger, as `now`, the time at which it was read. */
  readonly at: number
  readonly seenAt: number
  readonly now: number
}

/** A session as it is now: role and name are those that its account has by now. null = there is none. */
export function* boardSession(args: {
  readonly board: string
  readonly hash: string
}): Step<BoardSession | null> {
  const at = yield* now()
  const [row] = yield sql(
    `select s.way, s.login, s.stamp, s.at, s.seen_at, a.patients, a.locked_at, a.id,
       coalesce(a.code, s.code) as code, coalesce(a.name, s.name) as name, coalesce(a.role, s.role) as role
     from board_session s left join board_account a on a.id = s.account
     where s.hash = $1 and s.board = $2`,
    args.hash,
    args.board,
  )
  if (!row) return null
  const way = text(row, 'way') as SignInWay
  if (way === 'account' && (row['id'] === null || row['locked_at'] !== null)) return null
  return {
    way,
    login: text(row, 'login'),
    code: text(row, 'code'),
    name: text(row, 'name'),
    role: text(row, 'role') as BoardRole | '',
    patients: row['patients'] === null ? null : row['patients'] === 1,
    stamp: text(row, 'stamp'),
    at: number(row, 'at'),
    seenAt: number(row, 'seen_at'),
    now: at,
  }
}

/** Notes that somebody has used a session. */
export function* seeBoardSession(args: { readonly hash: string }): Step<void> {
  yield sql('update board_session set seen_at = $2 where hash = $1', args.hash, yield* now())
}

/** Ends a session, if there is one. */
export function* closeBoardSession(args: {
  readonly actor: Actor
  readonly hash: string
}): Step<void> {
  const [row] = yield sql(
    'delete from board_session where hash = $1 returning login, way',
    args.hash,
  )
  if (!row) return
  const detail = { by: text(row, 'login'), way: text(row, 'way') }
  yield* audit(args.actor, yield* now(), { kind: 'boardSignOut', detail })
}

/** Attempts that were turned away, as one entry each. */
export interface TurnedAway {
  readonly actor: Actor
  readonly refused: readonly {
    /** The login of the account that was tried, or of the session; '' = none that is known. */
    readonly account: string
    readonly remote: string
    readonly why: string
    readonly count: number
  }[]
}

/** Notes attempts that were turned away; whoever calls this sees to it that a flood of them is few entries. */
export function* noteBoardRefusals({ actor, refused }: TurnedAway): Step<void> {
  const at = yield* now()
  for (const detail of refused) yield* audit(actor, at, { kind: 'boardRefused', detail })
}
