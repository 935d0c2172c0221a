import { accountId, type AccountChange, type BoardRole } from '../../ledger/index.js'
import type { AccountsView, Act, ActAnswer } from '../api.js'
import type { Visitor } from './devices.js'
import type { BoardOptions } from './options.js'
import { hashPassword, LEAST_PASSWORD, MOST_PASSWORD } from './passwords.js'
import { badRequest, roleTooSmall } from './problem.js'
import type { Session } from './sessions.js'
import type { Verifier } from './verifier.js'
import type { Reason } from '../../messages/index.js'

const LOGIN = /^[^\s\p{C}]{1,64}$/u
const TEXT = /^[^\p{C}]{1,64}$/u
const ROLES: readonly BoardRole[] = ['look', 'act', 'administer']

/** The acts of administrators on the accounts of the board, and all with their own password. */
export class Accounts {
  readonly #options: BoardOptions
  readonly #verifier: Verifier

  constructor(options: BoardOptions, verifier: Verifier) {
    this.#options = options
    this.#verifier = verifier
  }

  /** @throws LedgerError */
  async view(): Promise<AccountsView> {
    const { ledger, first, patients } = this.#options
    const found = await ledger.ask('boardAccounts', undefined)
    const rows = found.map(({ login, code, name, role, ...rest }) => ({
      user: login,
      person: { code, name },
      role,
      seesPatients: rest.patients,
      isLocked: rest.lockedAt !== null,
      isFirst: false,
      lastSignIn: rest.signedInAt,
    }))
    const own = first && {
      user: first.user,
      person: { code: first.user, name: first.user },
      role: 'administer' as const,
      seesPatients: patients,
      isLocked: false,
      isFirst: true,
      lastSignIn: null,
    }
    return { now: Date.now(), rows: own ? [own, ...rows] : rows }
  }

  /** @throws BoardProblem, LedgerError */
  async act(session: Session, act: Act, visitor: Visitor): Promise<ActAnswer> {
    const fields = act.fields ?? {}
    const { action = '' } = fields
    if (action === 'ownPassword') return this.#ownPassword(session, fields, visitor)
    if (session.facts.role !== 'administer') throw roleTooSmall()
    const login = (act.id ?? '').trim()
    if (!LOGIN.test(login)) return refused(BAD_LOGIN)
    if (this.#verifier.isFirst(login)) return refused(IS_FIRST)
    const isOwn = session.way === 'account' && accountId(login) === accountId(session.login)
    if (isOwn && action !== 'unlock') return refused(IS_OWN)
    const change = await changeOf(action, fields, this.#options.cost)
    if ('zh' in change) return refused(change)
    const { ledger, actor } = this.#options
    const by = session.login
    const isDone = await ledger.run('changeBoardAccount', { actor, by, login, change })
    return isDone ? DONE : refused(action === 'add' ? IS_THERE : IS_NONE)
  }

  async #ownPassword(
    { way, login, hash }: Session,
    { password = '', oldPassword = '' }: Readonly<Record<string, string>>,
    visitor: Visitor,
  ): Promise<ActAnswer> {
    if (way !== 'account') return refused(NOT_HERE)
    const problem = problemOf(password)
    if (problem) return refused(problem)
    await this.#verifier.verify(login, oldPassword, visitor)
    const secret = await hashPassword(password, this.#options.cost)
    const { ledger, actor } = this.#options
    const change = { kind: 'own', secret, keep: hash } as const
    const isDone = await ledger.run('changeBoardAccount', { actor, by: login, login, change })
    return isDone ? DONE : refused(IS_NONE)
  }
}

/** @throws BoardProblem REQUEST_INVALID for an action that is none */
async function changeOf(
  action: string,
  fields: Readonly<Record<string, string>>,
  cost: BoardOptions['cost'],
): Promise<AccountChange | Reason> {
  const { code = '', name = '', password = '', patients = 'no' } = fields
  const role = ROLES.find((one) => one === fields['role'])
  const isPersonBad = !TEXT.test(code.trim()) || !TEXT.test(name.trim())
  const person = { code: code.trim(), name: name.trim(), patients: patients === 'yes' }
  switch (action) {
    case 'add': {
      if (isPersonBad || !role) return BAD_PERSON
      const problem = problemOf(password)
      return problem ?? { kind: 'add', ...person, role, secret: await hashPassword(password, cost) }
    }
    case 'change':
      return isPersonBad || !role ? BAD_PERSON : { kind: 'change', ...person, role }
    case 'password': {
      const problem = problemOf(password)
      return problem ?? { kind: 'password', secret: await hashPassword(password, cost) }
    }
    case 'lock':
    case 'unlock':
    case 'delete':
      return { kind: action }
    default:
      throw badRequest({ zh: '没有这种账户操作', en: 'There is no such act on accounts' })
  }
}

function problemOf(password: string): Reason | undefined {
  const { length } = password.normalize('NFKC')
  return length < LEAST_PASSWORD || length > MOST_PASSWORD ? BAD_PASSWORD : undefined
}

const DONE: ActAnswer = { isDone: true, reason: null }
const refused = (reason: Reason): ActAnswer => ({ isDone: false, reason })

const BAD_LOGIN: Reason = {
  zh: '用户名应为 1 到 64 个字符，不含空格',
  en: 'The user should have 1 to 64 characters and no spaces',
}
const BAD_PERSON: Reason = {
  zh: '工号、姓名（各不超过 64 个字符）和角色都要填写',
  en: 'Staff number and name (up to 64 characters each) and role are required',
}
const BAD_PASSWORD: Reason = {
  zh: `密码应为 ${LEAST_PASSWORD} 到 ${MOST_PASSWORD} 个字符`,
  en: `The password should have ${LEAST_PASSWORD} to ${MOST_PASSWORD} characters`,
}
const IS_FIRST: Reason = {
  zh: '这是看板节点中设置的首位管理员，只能在该节点中修改',
  en: 'This is the first administrator, who stands in the board’s node and can be changed there only',
}
const IS_OWN: Reason = {
  zh: '不能修改自己的账户，请由另一位管理员操作；改密码请用“修改密码”',
  en: 'You cannot change your own account; another administrator can. Your password you change yourself',
}
const IS_THERE: Reason = { zh: '该用户名已存在', en: 'There is such a user already' }
const IS_NONE: Reason = { zh: '该用户名不存在', en: 'There is no such user' }
const NOT_HERE: Reason = {
  zh: '您的密码不在看板中管理',
  en: 'Your password is not kept by the board',
}
