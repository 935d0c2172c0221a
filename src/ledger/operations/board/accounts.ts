import type { Row, Step } from '../../../store/index.js'
import { audit, type Actor } from '../audit.js'
import { now, sql, text } from '../sql.js'

/** `look` < `act` < `administer`: each may what the one before may. */
export type BoardRole = 'look' | 'act' | 'administer'

export interface BoardAccount {
  /** As people type it to sign in. */
  readonly login: string
  /** The person by whom acts are recorded: staff number and name. */
  readonly code: string
  readonly name: string
  readonly role: BoardRole
  readonly patients: boolean
  /** Epoch ms. */
  readonly madeAt: number
  readonly signedInAt: number | null
  readonly lockedAt: number | null
}

/** A change of an account; each ends its sessions but `add`, `unlock`, and `own`, which keeps the one it comes from. */
export type AccountChange =
  | (Pick<BoardAccount, 'code' | 'name' | 'role' | 'patients'> & {
      readonly kind: 'add'
      readonly secret: string
    })
  | (Pick<BoardAccount, 'code' | 'name' | 'role' | 'patients'> & { readonly kind: 'change' })
  | { readonly kind: 'password'; readonly secret: string }
  /** By its own person. */
  | { readonly kind: 'own'; readonly secret: string; readonly keep: string }
  | { readonly kind: 'lock' }
  | { readonly kind: 'unlock' }
  | { readonly kind: 'delete' }

export interface ChangeAccount {
  readonly actor: Actor
  /** The login of whoever does it. */
  readonly by: string
  readonly login: string
  readonly change: AccountChange
}

/** The form of a login by which two are compared: people type it in any case, and with the keyboard that is on. */
export const accountId = (login: string): string => login.normalize('NFKC').trim().toLowerCase()

/** All accounts, by their logins. */
export function* boardAccounts(): Step<readonly BoardAccount[]> {
  return (yield sql('select * from board_account order by id')).map(accountOf)
}

/** An account with its secret, for whoever checks a password; null when there is none. */
export function* boardAccount(args: {
  readonly login: string
}): Step<{ readonly account: BoardAccount; readonly secret: string } | null> {
  const [row] = yield sql('select * from board_account where id = $1', accountId(args.login))
  return row ? { account: accountOf(row), secret: text(row, 'secret') } : null
}

/** @returns false where there is none such, or, for `add`, one already */
export function* changeBoardAccount({ actor, by, login, change }: ChangeAccount): Step<boolean> {
  const at = yield* now()
  const id = accountId(login)
  const changed = yield changing(id, login, change, at)
  if (changed.length === 0) return false
  if (change.kind === 'own') {
    yield sql('delete from board_session where account = $1 and hash <> $2', id, change.keep)
  } else if (change.kind !== 'add' && change.kind !== 'unlock') {
    yield sql('delete from board_session where account = $1', id)
  }
  const what = 'role' in change ? { role: change.role, patients: change.patients } : {}
  yield* audit(actor, at, {
    kind: 'boardAccount',
    detail: { by, account: login, change: change.kind, ...what },
  })
  return true
}

/**
 * Notes a sign-in at an account, as long as it still has the secret that was looked at: a change meanwhile waits for the
 * session of this one, to end it, or this one finds the change.
 * @param id as `accountId` makes it
 */
export function* noteSignIn(id: string, secret: string, at: number): Step<boolean> {
  const rows = yield sql(
    `update board_account set signed_in_at = $3
     where id = $1 and secret = $2 and locked_at is null returning id`,
    id,
    secret,
    at,
  )
  return rows.length > 0
}

function changing(id: string, login: string, change: AccountChange, at: number) {
  switch (change.kind) {
    case 'add':
      return sql(
        `insert into board_account (id, login, code, name, role, patients, secret, made_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict do nothing returning id`,
        id,
        login,
        change.code,
        change.name,
        change.role,
        change.patients ? 1 : 0,
        change.secret,
        at,
      )
    case 'change':
      return sql(
        `update board_account set code = $2, name = $3, role = $4, patients = $5
         where id = $1 returning id`,
        id,
        change.code,
        change.name,
        change.role,
        change.patients ? 1 : 0,
      )
    case 'password':
    case 'own':
      return sql(
        'update board_account set secret = $2 where id = $1 returning id',
        id,
        change.secret,
      )
    case 'lock':
      return sql('update board_account set locked_at = $2 where id = $1 returning id', id, at)
    case 'unlock':
      return sql('update board_account set locked_at = null where id = $1 returning id', id)
    case 'delete':
      return sql('delete from board_account where id = $1 returning id', id)
  }
}

const accountOf = (row: Row): BoardAccount => ({
  login: text(row, 'login'),
  code: text(row, 'code'),
  name: text(row, 'name'),
  role: text(row, 'role') as BoardRole,
  patients: row['patients'] === 1,
  madeAt: row['made_at'] as number,
  signedInAt: row['signed_in_at'] as number | null,
  lockedAt: row['locked_at'] as number | null,
})
