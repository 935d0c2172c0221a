import { readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join, resolve } from 'node:path'
import type { Act, ActAnswer, OpenRow, OpenUpdate, SessionView } from '../../src/board/api.js'
import * as data from './board-data.js'

const PAGE = resolve(__dirname, '../../board')
const BASE = '/crisis-board'
const TYPES: Readonly<Record<string, string>> = {
  'index.html': 'text/html; charset=utf-8',
  'board.js': 'text/javascript; charset=utf-8',
  'board.css': 'text/css; charset=utf-8',
}
/** As the real server sends it: whatever the page does must do with that. */
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
const PASSWORD = 'invented-word'

/** A server of the board's page with an invented hospital behind it, without a ledger. */
export class BoardServer {
  readonly acts: Act[] = []
  /** Views that fail, by name. */
  readonly failing = new Set<string>()
  /** True: every view has nothing to show. */
  isEmpty = false
  rows: readonly OpenRow[] = data.openRows(14)
  language: SessionView['language'] = 'zh-CN'
  isSignedIn = true
  /** The answer to the next acts. */
  answer: ActAnswer = { isDone: true, reason: null }
  /** True: acts get no answer at all. */
  isCut = false
  readonly #streams = new Set<ServerResponse>()
  readonly #server: Server

  private constructor() {
    this.#server = createServer((req, res) => {
      void this.#handle(req, res)
    })
  }

  static async start(): Promise<BoardServer> {
    const one = new BoardServer()
    await new Promise<void>((done) => one.#server.listen(0, '127.0.0.1', done))
    return one
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}${BASE}/`
  }

  close(): void {
    this.#server.closeAllConnections()
    this.#server.close()
  }

  /** Sends a difference to all pages that listen. */
  update(changed: readonly OpenRow[], gone: readonly number[] = []): void {
    const kept = this.rows.filter(
      ({ alert }) => !gone.includes(alert) && !changed.some((row) => row.alert === alert),
    )
    this.rows = [...kept, ...changed]
    for (const stream of this.#streams) this.#send(stream, { isWhole: false, changed, gone })
  }

  /** Ends all event streams; the page tries again by itself. */
  cutStreams(): void {
    for (const stream of this.#streams) stream.destroy()
  }

  #send(stream: ServerResponse, update: Omit<OpenUpdate, 'now' | 'counts'>): void {
    const whole: OpenUpdate = { now: data.NOW, counts: data.countsOf(this.rows), ...update }
    stream.write(`event: open\ndata: ${JSON.stringify(whole)}\n\n`)
  }

  get #session(): SessionView {
    return {
      person: this.isSignedIn ? { code: '040007', name: '李晓医生' } : null,
      ...{ role: 'administer', seesPatients: true, formToken: 'form-1', signIn: 'accounts' },
      ...{ hospital: '市第一人民医院', zone: '+08:00', language: this.language, now: data.NOW },
    }
  }

  async #handle(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const url = new URL(req.url ?? '', 'http://board')
    const path = url.pathname.slice(BASE.length + 1)
    if (path.startsWith('api/')) {
      const body = req.method === 'POST' ? await textOf(req) : ''
      this.#api(path.slice(4), url.searchParams, body, req, res)
      return
    }
    const file = path === '' ? 'index.html' : path
    const type = TYPES[file]
    if (type === undefined) {
      res.writeHead(404).end()
      return
    }
    res.writeHead(200, { 'Content-Type': type, 'Content-Security-Policy': POLICY })
    res.end(readFileSync(join(PAGE, file)))
  }

  #api(
    name: string,
    query: URLSearchParams,
    body: string,
    req: IncomingMessage,
    res: ServerResponse,
  ): void {
    const say = (status: number, value: unknown): void => {
      res.writeHead(status, { 'Content-Type': 'application/json' })
      res.end(JSON.stringify(value))
    }
    const problem = (status: number, code: string, zh: string, en: string): void =>
      say(status, { code, reason: { zh, en } })
    if (name === 'session') return say(200, this.#session)
    if (name === 'sign-in') {
      const { password } = JSON.parse(body) as { readonly password?: string }
      if (password !== PASSWORD)
        return problem(401, 'WRONG', '账号或密码错误', 'Wrong account or password')
      this.isSignedIn = true
      return say(200, {})
    }
    if (!this.isSignedIn) return problem(401, 'SIGNED_OUT', '请登录', 'Sign in')
    if (this.failing.has(name)) return problem(503, 'BUSY', '数据库繁忙', 'The database is busy')
    if (name === 'sign-out') {
      this.isSignedIn = false
      return say(200, {})
    }
    if (name === 'events') return this.#follow(res)
    if (name === 'act') {
      if (req.headers['x-crisis-form'] !== 'form-1')
        return problem(403, 'FORM', '表单无效', 'Forged')
      this.acts.push(JSON.parse(body) as Act)
      if (this.isCut) res.destroy()
      else say(200, this.answer)
      return
    }
    const view = this.#view(name, query)
    if (view === undefined) problem(404, 'NONE', '没有这条记录', 'There is no such record')
    else say(200, this.isEmpty ? emptied(view) : view)
  }

  #follow(res: ServerResponse): void {
    res.writeHead(200, { 'Content-Type': 'text/event-stream' })
    res.write('retry: 200\n\n')
    this.#streams.add(res)
    res.on('close', () => this.#streams.delete(res))
    this.#send(res, { isWhole: true, changed: this.rows, gone: [] })
  }

  #view(name: string, query: URLSearchParams): object | undefined {
    const asked = (field: string): string => query.get(field) ?? ''
    switch (name) {
      case 'exam':
        return Number(asked('alert')) > 0 ? data.examView(Number(asked('alert'))) : undefined
      case 'raw':
        return data.rawView
      case 'stuck':
        return data.stuckView
      case 'search':
        return data.searchView(asked('after'))
      case 'register':
        return data.registerView
      case 'figures':
        return data.figuresView(asked('by'))
      case 'roster':
        return data.rosterView
      case 'accounts':
        return data.accountsView
      case 'phone-calls':
        return data.callsView
      default:
        return undefined
    }
  }
}

/** The same view of a hospital in which nothing has happened. */
function emptied(view: object): object {
  const lists = Object.entries(view).map(([name, value]) => [
    name,
    Array.isArray(value) ? [] : value,
  ])
  return Object.fromEntries(lists) as object
}

async function textOf(req: IncomingMessage): Promise<string> {
  const parts: Buffer[] = []
  for await (const part of req) parts.push(part as Buffer)
  return Buffer.concat(parts).toString('utf8')
}
