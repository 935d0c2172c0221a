import type { IncomingMessage } from 'node:http'
import { accountId } from '../../ledger/index.js'
import type { ActAnswer, PersonView, Role, SessionView, SignIn } from '../api.js'
import type { Devices, Visitor } from './devices.js'
import type { BoardOptions } from './options.js'
import { BoardProblem, roleTooSmall, signedOut } from './problem.js'
import type { Refusals } from './refusals.js'
import { cookieNamed, isSecure, pathOf, proxyUserOf, tokenOf, type Cookie } from './request.js'
import { formTokenOf, isWall, Sessions, type Session } from './sessions.js'
import type { Verified, Verifier } from './verifier.js'

/** Headers of an answer; each cookie is one of its own. */
type Headers = Readonly<Record<string, string | readonly string[]>>

/** A session, and the headers by which the browser keeps it. */
export interface Greeted {
  readonly session: Session | null
  readonly cookie: Headers
}

/** The person whom a proxy has named. */
interface Named {
  readonly login: string
  readonly role: Role
}

const HIGHEST_FIRST: readonly Role[] = ['administer', 'act', 'look']

/** Knows who is at the door: by a session, which somebody has signed in for or a proxy has vouched for. */
export class Doorman {
  readonly #options: BoardOptions
  readonly #verifier: Verifier
  readonly #refusals: Refusals
  readonly #devices: Devices
  readonly #sessions: Sessions

  constructor(options: BoardOptions, verifier: Verifier, refusals: Refusals, devices: Devices) {
    this.#options = options
    this.#verifier = verifier
    this.#refusals = refusals
    this.#devices = devices
    this.#sessions = new Sessions(options, verifier)
  }

  /**
   * The session of a request.
   * @throws LedgerError; BoardProblem PROXY_REFUSED, ROLE_NONE
   */
  async read(req: IncomingMessage): Promise<Session | null> {
    const named = this.#named(req)
    // The proxy's word counts with each request: whoever it does not name any more is signed out.
    if (named === null) return null
    const session = await this.#sessions.read(this.#tokenOf(req), named?.role ?? null)
    return named && session?.login !== named.login ? null : session
  }

  showsToken(req: IncomingMessage): boolean {
    return this.#tokenOf(req) !== ''
  }

  /** @throws LedgerError */
  note(session: Session): Promise<void> {
    return this.#sessions.note(session)
  }

  /** The session of a request; where a proxy names somebody who has none yet, a new one. @throws as `read` */
  async greet(visitor: Visitor): Promise<Greeted> {
    const session = await this.read(visitor.req)
    const named = this.#named(visitor.req)
    if (session || !named) return { session, cookie: {} }
    const { login } = named
    const person = { code: login, name: login }
    const by = { way: 'proxy', role: '', stamp: '', secret: null } as const
    return this.#begin(visitor, { ...by, login, person }, named.role)
  }

  /** @throws BoardProblem WRONG_LOGIN and others; LedgerError */
  async signIn(visitor: Visitor, { user, password }: SignIn): Promise<Greeted> {
    if (this.#options.signIn === 'proxy') throw notHere()
    const verified = await this.#verifier.verify(user, password, visitor)
    const before = this.#tokenOf(visitor.req)
    const { session, cookie } = await this.#begin(visitor, verified, null)
    // A browser has one session; the one before must not outlive it unseen.
    const old = before === '' ? null : await this.#sessions.read(before, null)
    if (old) await this.#sessions.close(old.hash)
    const device = await this.#devices.cookieFor(visitor, verified.login)
    const cookies = [cookie['Set-Cookie'] ?? [], device].flat()
    return { session, cookie: { 'Set-Cookie': cookies } }
  }

  /** @returns the headers that take the cookie away. @throws LedgerError */
  async signOut(visitor: Visitor, { hash }: Session): Promise<Headers> {
    await this.#sessions.close(hash)
    return this.#headers(visitor, '', null)
  }

  /** Never rejects: while the ledger cannot be asked, a session that held goes on. */
  async stillHolds({ token, facts }: Session): Promise<boolean> {
    try {
      const role = this.#options.signIn === 'proxy' ? facts.role : null
      const session = await this.#sessions.read(token, role)
      return session?.facts.role === facts.role && session.facts.seesPatients === facts.seesPatients
    } catch {
      return true
    }
  }

  /**
   * The second person of an act, who signs for it with a password of their own.
   * @returns null where none was named; an answer where that person cannot sign
   * @throws BoardProblem TOO_MANY, BUSY; LedgerError
   */
  async second(
    session: Session,
    user: string | undefined,
    password: string | undefined,
    visitor: Visitor,
  ): Promise<PersonView | null | ActAnswer> {
    if (user === undefined || user.trim() === '') return null
    let verified: Verified
    try {
      verified = await this.#verifier.verify(user, password ?? '', visitor)
    } catch (thrown) {
      const isWrong =
        thrown instanceof BoardProblem && ['WRONG_LOGIN', 'ACCOUNT_LOCKED'].includes(thrown.code)
      if (isWrong) return { isDone: false, reason: SECOND_WRONG }
      throw thrown
    }
    const { person, login, role } = verified
    const { facts } = session
    const isSame =
      accountId(login) === accountId(session.login) ||
      accountId(person.code) === accountId(facts.person.code)
    if (isSame) return { isDone: false, reason: SECOND_SAME }
    if ((role || this.#options.role) !== 'look') return person
    this.#refusals.add('role', login, visitor.remote)
    return { isDone: false, reason: roleTooSmall().reason }
  }

  viewOf(session: Session | null): SessionView {
    const { signIn, hospital, zone, language } = this.#options
    const facts = session?.facts
    return {
      person: facts?.person ?? null,
      role: facts?.role ?? 'look',
      seesPatients: facts?.seesPatients ?? false,
      formToken: session ? formTokenOf(session.token) : '',
      signIn,
      hospital,
      zone,
      language: language(),
      now: Date.now(),
    }
  }

  /** undefined where no proxy is asked; null where it names nobody. */
  #named(req: IncomingMessage): Named | null | undefined {
    const { signIn, headers, proxies, role } = this.#options
    if (signIn !== 'proxy') return undefined
    const user = proxyUserOf(req, headers, proxies)
    if (!user) return null
    if (!user.roles) return { login: user.name, role }
    const said = HIGHEST_FIRST.find((one) => user.roles?.includes(one))
    // Never a role that nobody has given.
    if (!said) throw noRole()
    return { login: user.name, role: said }
  }

  async #begin(visitor: Visitor, verified: Verified, role: Role | null): Promise<Greeted> {
    const token = await this.#sessions.open(verified, visitor.remote)
    const session = token === null ? null : await this.#sessions.read(token, role)
    if (!session || token === null) throw signedOut()
    const keepMs = isWall(session.facts) ? this.#options.wallMs : null
    return { session, cookie: this.#headers(visitor, token, keepMs) }
  }

  #cookie(req: IncomingMessage): Cookie {
    const { board, proxies } = this.#options
    return { board, kind: 'session', isSecure: isSecure(req, proxies) }
  }

  #tokenOf(req: IncomingMessage): string {
    return tokenOf(req, this.#cookie(req))
  }

  #headers({ req, rest }: Visitor, token: string, keepMs: number | null): Headers {
    const path = pathOf(req, rest, this.#options.proxies)
    return { 'Set-Cookie': cookieNamed(this.#cookie(req), path, token, keepMs) }
  }
}

const noRole = () =>
  new BoardProblem('ROLE_NONE', 403, {
    zh: '登录代理没有为您给出看板的角色，请联系信息科',
    en: 'The sign-in proxy gives you no role for the board; ask the IT department',
  })

const notHere = () =>
  new BoardProblem('SIGN_IN_ELSEWHERE', 403, {
    zh: '本看板由医院的登录代理登录',
    en: 'The sign-in proxy of the hospital signs people in to this board',
  })

const SECOND_WRONG = {
  zh: '第二人的用户名或密码不正确，未执行任何操作',
  en: 'The user or the password of the second person is wrong, and nothing was done',
} as const

const SECOND_SAME = {
  zh: '第二人不能是您本人',
  en: 'The second person cannot be you',
} as const
