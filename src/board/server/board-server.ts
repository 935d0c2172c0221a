import type { IncomingMessage, ServerResponse } from 'node:http'
import {
  answer,
  callerOf,
  Deadlines,
  splitTarget,
  textOf,
  type Site,
} from '../../http/hosting/index.js'
import type { TurnedAway } from '../../ledger/index.js'
import { Accounts } from './accounts.js'
import { actIn, signInIn } from './act-form.js'
import { sendFile } from './files.js'
import { sendFileOf } from './csv.js'
import { Devices, type Visitor } from './devices.js'
import { Doorman } from './doorman.js'
import type { BoardOptions } from './options.js'
import { badRequest, BoardProblem, notFound, roleTooSmall, signedOut, tooMany } from './problem.js'
import { VIEW_NAMES, type SessionFacts, type ViewName } from './reads.js'
import { Refusals } from './refusals.js'
import { sendJson, sendProblem } from './replies.js'
import { requireOwnPage, headerOf } from './request.js'
import { isFormToken, type Session } from './sessions.js'
import { Streams } from './streams.js'
import { Verifier } from './verifier.js'
import type { ActAnswer } from '../api.js'

const SIGN_IN_BODY = { maxBytes: 16 << 10, timeMs: 10_000 } as const
const ACT_BODY = { maxBytes: 1 << 20, timeMs: 10_000 } as const
const MOST_TARGET = 4_096
/** Questions of one session that are answered at a time. */
const MOST_READS = 6

/** A request, taken apart. */
interface Asked extends Visitor {
  readonly res: ServerResponse
  /** Behind the base path, with its slash; query apart. */
  readonly path: string
  readonly query: URLSearchParams
}

/** Serves the board below its base path: the page, and all that the page asks for. */
export class BoardServer implements Site {
  readonly #options: BoardOptions
  readonly #refusals: Refusals
  readonly #doorman: Doorman
  readonly #accounts: Accounts
  readonly #streams: Streams
  readonly #deadlines = new Deadlines()
  /** Questions under way, by session. */
  readonly #reading = new Map<string, number>()

  constructor(options: BoardOptions) {
    this.#options = options
    this.#refusals = new Refusals((refused) => this.#note(refused))
    const devices = new Devices(options)
    const verifier = new Verifier(options, this.#refusals, devices)
    this.#doorman = new Doorman(options, verifier, this.#refusals, devices)
    this.#accounts = new Accounts(options, verifier)
    this.#streams = new Streams(options.limits, options.now)
  }

  /** Number of event streams that are open. */
  get streams(): number {
    return this.#streams.size
  }

  serve(req: IncomingMessage, res: ServerResponse, rest: string): void {
    // A browser that has gone away is no fault of the process.
    res.on('error', () => {})
    const { path, query } = splitTarget(rest === '' ? '/' : rest)
    const remote = callerOf(req, this.#options.proxies)
    const target = new URLSearchParams(query)
    const asked: Asked = { req, res, path, query: target, rest, remote }
    this.#answer(asked).catch((thrown: unknown) => {
      if (sendProblem(req, res, thrown)) this.#options.failed(thrown)
    })
  }

  /** Ends the event streams and writes what is still to be noted. Never rejects. */
  async close(): Promise<void> {
    this.#streams.end()
    await this.#refusals.flush()
  }

  async #answer(asked: Asked): Promise<void> {
    const { req, res, path, rest } = asked
    if (rest.length > MOST_TARGET) throw tooLong()
    const other = path.slice(1)
    if (this.#options.others?.handles(other)) return this.#options.others.handle(req, res, other)
    if (path.startsWith('/api/')) return this.#api(asked, path.slice('/api/'.length))
    const file = this.#options.files.get(path)
    if (!file) throw notFound()
    requireMethod(req, 'GET')
    // Relative, so that it stays right behind a proxy that puts a path before.
    if (rest === '' || rest.startsWith('?')) return redirect(asked)
    sendFile(req, res, file)
  }

  async #api(asked: Asked, name: string): Promise<void> {
    const { req, res } = asked
    switch (name) {
      case 'session':
        requireMethod(req, 'GET')
        return this.#session(asked)
      case 'sign-in':
        requireMethod(req, 'POST')
        return this.#signIn(asked)
      case 'sign-out':
        requireMethod(req, 'POST')
        return this.#signOut(asked)
      case 'act':
        requireMethod(req, 'POST')
        return this.#act(asked)
      case 'events':
        requireMethod(req, 'GET')
        return this.#events(asked)
      case 'accounts': {
        requireMethod(req, 'GET')
        const session = await this.#signedIn(asked)
        if (session.facts.role !== 'administer') throw this.#tooSmall(session, asked)
        return sendJson(req, res, await this.#accounts.view())
      }
      case 'register.csv':
        requireMethod(req, 'GET')
        return this.#csv(asked)
      default:
        return this.#view(asked, name)
    }
  }

  async #session(asked: Asked): Promise<void> {
    const { req, res } = asked
    const { session, cookie } = await this.#doorman.greet(asked)
    sendJson(req, res, this.#doorman.viewOf(session), cookie)
  }

  async #signIn(asked: Asked): Promise<void> {
    const { req, res, remote } = asked
    this.#requireOwnPage(req, '', remote)
    const typed = signInIn(await textOf(req, SIGN_IN_BODY, this.#deadlines))
    const { session, cookie } = await this.#doorman.signIn(asked, typed)
    sendJson(req, res, this.#doorman.viewOf(session), cookie)
  }

  async #signOut(asked: Asked): Promise<void> {
    const { req, res } = asked
    const session = await this.#signedIn(asked)
    this.#requireForm(session, asked)
    const cookie = await this.#doorman.signOut(asked, session)
    await this.#streams.recheck()
    sendJson(req, res, this.#doorman.viewOf(null), cookie)
  }

  async #act(asked: Asked): Promise<void> {
    const { req, res } = asked
    const session = await this.#signedIn(asked)
    this.#requireForm(session, asked)
    const act = actIn(await textOf(req, ACT_BODY, this.#deadlines))
    if (act.kind === 'account') {
      const done = await this.#accounts.act(session, act, asked).catch((thrown: unknown) => {
        throw isRole(thrown) ? this.#tooSmall(session, asked) : thrown
      })
      if (done.isDone) await this.#streams.recheck()
      return sendJson(req, res, done)
    }
    if (session.facts.role === 'look') throw this.#tooSmall(session, asked)
    const { secondUser, secondPassword, ...fields } = act.fields ?? {}
    const second = await this.#doorman.second(session, secondUser, secondPassword, asked)
    if (second && 'reason' in second) return sendJson(req, res, second satisfies ActAnswer)
    const facts: SessionFacts = { ...session.facts, second }
    sendJson(req, res, await this.#options.acts.act(facts, { ...act, fields }))
  }

  async #view(asked: Asked, name: string): Promise<void> {
    const { req, res, query } = asked
    const known = VIEW_NAMES.find((one): one is ViewName => one === name)
    if (!known) throw notFound()
    requireMethod(req, 'GET')
    const session = await this.#signedIn(asked)
    const read = this.#options.reads.views[known]
    const view = await this.#oneOfFew(session, () => read(session.facts, query))
    if (!view) throw notFound()
    sendJson(req, res, view)
  }

  async #csv(asked: Asked): Promise<void> {
    const session = await this.#signedIn(asked)
    await this.#oneOfFew(session, async () => {
      const file = await this.#options.reads.registerCsv(session.facts, asked.query)
      await sendFileOf(asked.res, file)
    })
  }

  async #events(asked: Asked): Promise<void> {
    const { req, res } = asked
    if (req.method === 'HEAD') throw wrongMethod('GET')
    const session = await this.#doorman.read(req)
    if (!session) throw signedOut()
    const { facts, hash } = session
    this.#streams.open(req, res, {
      hash,
      holds: () => this.#doorman.stillHolds(session),
      follow: (tell, failed) => this.#options.reads.follow(facts, tell, failed),
    })
  }

  /** @throws BoardProblem SIGNED_OUT, LedgerError */
  async #signedIn({ req, remote }: Asked): Promise<Session> {
    const session = await this.#doorman.read(req)
    if (!session) {
      if (this.#doorman.showsToken(req)) this.#refusals.add('session', '', remote)
      throw signedOut()
    }
    await this.#doorman.note(session)
    return session
  }

  #requireOwnPage(req: IncomingMessage, login: string, remote: string): void {
    try {
      requireOwnPage(req, this.#options.proxies)
    } catch (thrown) {
      this.#refusals.add('site', login, remote)
      throw thrown
    }
  }

  /** @throws BoardProblem OTHER_SITE, FORM_FORGED */
  #requireForm({ token, login }: Session, { req, remote }: Asked): void {
    this.#requireOwnPage(req, login, remote)
    if (isFormToken(token, headerOf(req, 'x-crisis-form'))) return
    this.#refusals.add('form', login, remote)
    throw forged()
  }

  #tooSmall({ login }: Session, { remote }: Asked): BoardProblem {
    this.#refusals.add('role', login, remote)
    return roleTooSmall()
  }

  /** @throws BoardProblem TOO_MANY */
  async #oneOfFew<T>({ hash }: Session, run: () => Promise<T>): Promise<T> {
    const under = this.#reading.get(hash) ?? 0
    if (under >= MOST_READS) throw tooMany(TOO_MANY_READS, 1)
    this.#reading.set(hash, under + 1)
    try {
      return await run()
    } finally {
      const left = (this.#reading.get(hash) ?? 1) - 1
      if (left > 0) this.#reading.set(hash, left)
      else this.#reading.delete(hash)
    }
  }

  async #note(refused: TurnedAway['refused']): Promise<void> {
    const { ledger, actor, failed } = this.#options
    await ledger.run('noteBoardRefusals', { actor, refused }).catch(failed)
  }
}

const isRole = (thrown: unknown): boolean =>
  thrown instanceof BoardProblem && thrown.code === 'ROLE_TOO_SMALL'

/** HEAD goes as GET does. @throws BoardProblem METHOD_REFUSED */
function requireMethod({ method }: IncomingMessage, wanted: 'GET' | 'POST'): void {
  if (method !== wanted && !(wanted === 'GET' && method === 'HEAD')) throw wrongMethod(wanted)
}

const wrongMethod = (wanted: string) =>
  new BoardProblem('METHOD_REFUSED', 405, {
    zh: `此地址只接受 ${wanted}`,
    en: `This address takes ${wanted} only`,
  })

const tooLong = () => badRequest({ zh: '地址过长', en: 'The address is too long' })

const forged = () =>
  new BoardProblem('FORM_FORGED', 403, {
    zh: '页面已过期，未执行任何操作，请刷新后重试',
    en: 'The page is out of date and nothing was done; load it again and retry',
  })

const TOO_MANY_READS = {
  zh: '您的上一次查询还在进行，请稍后再试',
  en: 'Your last questions are still being answered; try again in a moment',
} as const

function redirect({ req, res }: Asked): void {
  const { originalUrl } = req as IncomingMessage & { readonly originalUrl?: string }
  const { path } = splitTarget(originalUrl ?? req.url ?? '/')
  const last = path.split('/').filter(Boolean).at(-1) ?? ''
  // Nothing but a name: whatever else was written leads to where it came from.
  const isName = /^[\w\-.~]+$/.test(last)
  answer(req, res, {
    status: isName ? 302 : 404,
    headers: { 'Cache-Control': 'no-store', ...(isName && { Location: `./${last}/` }) },
    body: '',
  })
}
