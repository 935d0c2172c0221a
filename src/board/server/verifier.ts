import { createHash } from 'node:crypto'
import { BackOff } from '../../http/hosting/index.js'
import { accountId, type BoardRole, type SignInWay } from '../../ledger/index.js'
import type { PersonView } from '../api.js'
import type { Devices, Visitor } from './devices.js'
import { Gate } from './gate.js'
import type { BoardOptions } from './options.js'
import { areEqual, isPassword, keyOf, noPassword, SCRYPT_COST } from './passwords.js'
import { BoardProblem, tooMany } from './problem.js'
import type { Refusals } from './refusals.js'

/** A person whose password was right. */
export interface Verified {
  readonly way: SignInWay
  readonly login: string
  readonly person: PersonView
  /** '' = that of the board's settings. */
  readonly role: BoardRole | ''
  readonly stamp: string
  /** The kept text of the account's password; null for whoever has none. */
  readonly secret: string | null
}

const MOST_TYPED = 200

/** Checks passwords, each against the one place that its login belongs to. */
export class Verifier {
  readonly #options: BoardOptions
  readonly #refusals: Refusals
  readonly #devices: Devices
  readonly #gate = new Gate()
  readonly #backOff: BackOff
  /** Checked in the place of an account that does not exist, so that the time tells nothing. */
  readonly #nobody: string
  /** Worked out when it is asked for: a start must not wait for it. */
  #firstKey: Promise<Buffer> | undefined

  constructor(options: BoardOptions, refusals: Refusals, devices: Devices) {
    this.#options = options
    this.#refusals = refusals
    this.#devices = devices
    this.#backOff = new BackOff(options.now)
    this.#nobody = noPassword(options.cost)
  }

  /** Tells the first administrator from one with another name or password, also in other processes; '' = none. */
  async stamp(): Promise<string> {
    const { first } = this.#options
    if (!first) return ''
    this.#firstKey ??= this.#keyOfFirst(first.password)
    return stampOf(await this.#firstKey).toString()
  }

  isFirst(login: string): boolean {
    const { first } = this.#options
    return first !== null && accountId(first.user) === accountId(login)
  }

  /**
   * Waiting after wrong attempts holds for one login from one address, or at the computers where that person has signed
   * in before, so that it keeps nobody out elsewhere.
   * @throws BoardProblem WRONG_LOGIN, ACCOUNT_LOCKED, TOO_MANY, BUSY; LedgerError
   */
  async verify(typed: string, password: string, visitor: Visitor): Promise<Verified> {
    const login = typed.slice(0, MOST_TYPED + 1)
    const { remote } = visitor
    const isKnown = await this.#devices.isKnown(visitor, login)
    const who = JSON.stringify([accountId(login), isKnown || remote])
    const waitMs = this.#backOff.waits(who)
    if (waitMs > 0) {
      this.#refusals.add('wait', '', remote)
      throw tooOften(Math.ceil(waitMs / 1000))
    }
    const checked = await this.#gate.run(isKnown ? who : remote, () =>
      this.#check(login, password, remote),
    )
    if (!checked) throw busy()
    if (checked.result) {
      this.#backOff.forget(who)
      return checked.result
    }
    const nextMs = this.#backOff.failed(who)
    throw nextMs > 0 ? tooOften(Math.ceil(nextMs / 1000)) : wrongLogin()
  }

  async #check(login: string, password: string, remote: string): Promise<Verified | null> {
    const isTyped = login.trim() !== '' && login.length <= MOST_TYPED
    if (!isTyped || password.length > MOST_TYPED) return this.#refused('password', '', remote)
    if (this.isFirst(login)) return this.#asFirst(password, remote)
    if (this.#options.signIn === 'node-red') return this.#asNodeRedUser(login, password, remote)
    const found = await this.#options.ledger.run('boardAccount', { login })
    const isRight = await isPassword(password, found?.secret ?? this.#nobody)
    if (!found || !isRight) return this.#refused('password', found?.account.login ?? '', remote)
    const { secret } = found
    const { code, name, role, lockedAt, login: own } = found.account
    if (lockedAt !== null) {
      this.#refused('locked', own, remote)
      // Said only to whoever knows the password.
      throw locked()
    }
    return { way: 'account', login: own, person: { code, name }, role, stamp: '', secret }
  }

  async #asFirst(password: string, remote: string): Promise<Verified | null> {
    const { first } = this.#options
    const key = await this.#keyOfFirst(password)
    const stamp = await this.stamp()
    const isRight = areEqual(stampOf(key), Buffer.from(stamp))
    if (!first || !isRight) return this.#refused('password', first?.user ?? '', remote)
    const { user } = first
    const person = { code: user, name: user }
    return { way: 'first', login: user, person, role: 'administer', stamp, secret: null }
  }

  async #asNodeRedUser(login: string, password: string, remote: string): Promise<Verified | null> {
    const user = await this.#options.nodeRedUser(login, password)
    if (!user) return this.#refused('password', '', remote)
    const { name, isAdministrator } = user
    const role = isAdministrator ? 'administer' : ''
    return {
      way: 'node-red',
      login: name,
      person: { code: name, name },
      role,
      stamp: '',
      secret: null,
    }
  }

  #refused(why: string, account: string, remote: string): null {
    this.#refusals.add(why, account, remote)
    return null
  }

  /** The salt is no secret, and the same in each process that has this board. */
  #keyOfFirst(password: string): Promise<Buffer> {
    const { board, first, cost = SCRYPT_COST } = this.#options
    const salt = createHash('sha256').update(`crisis board\n${board}\n${first?.user}`).digest()
    return keyOf(password, salt, cost)
  }
}

const stampOf = (key: Buffer): Buffer =>
  Buffer.from(createHash('sha256').update(key).digest('base64url'))

const wrongLogin = () =>
  new BoardProblem('WRONG_LOGIN', 401, {
    zh: '用户名或密码不正确',
    en: 'The user or the password is wrong',
  })

const locked = () =>
  new BoardProblem('ACCOUNT_LOCKED', 403, {
    zh: '该账户已被停用，请联系管理员',
    en: 'This account is locked; ask an administrator',
  })

const tooOften = (seconds: number) =>
  tooMany(
    {
      zh: `多次输入不正确，请在 ${seconds} 秒后再试；在其他电脑上不受影响`,
      en: `It was wrong too often; try again in ${seconds} s. Other computers are not affected`,
    },
    seconds,
  )

const busy = () =>
  new BoardProblem(
    'BUSY',
    503,
    { zh: '同时登录的人过多，请稍后再试', en: 'Too many are signing in; try again in a moment' },
    2,
  )
