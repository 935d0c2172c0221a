import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Reason } from '../../messages/index.js'
import { HttpError } from '../errors.js'
import { startTimer, type StartTimer } from '../timers.js'
import { callerOf } from './caller.js'
import { Deadlines } from './deadlines.js'
import { normalisePath, splitSecret, splitTarget } from './front-url.js'
import { textOf } from './page-answer.js'
import { DEFAULT_GRACE_MS, type Registration } from './switchboard.js'

/** A request for a page, read. */
export interface PageRequest {
  /** HEAD is answered as GET is, without the body: a preview changes nothing. */
  readonly isPost: boolean
  /** The last part of the path, behind that of the page; '' = none. */
  readonly rest: string
  readonly query: URLSearchParams
  /** The fields of the form; empty but in a POST. */
  readonly form: URLSearchParams
  readonly acceptLanguage: string
  /** The site that the browser says it comes from, as in `same-origin`; '' where it does not say. */
  readonly fetchSite: string
  readonly caller: string
}

export interface PageAnswer {
  readonly status: number
  readonly html: string
  /** Hash of the one style that stands in it, as CSP wants it. */
  readonly styleHash: string
  readonly retryAfterSeconds?: number
}

/** Never rejects but for what nobody has foreseen. */
export type PageHandler = (request: PageRequest) => Promise<PageAnswer>

/** The fields of a form that a person types are few. */
const BODY = { maxBytes: 16 << 10, timeMs: 10_000 } as const

interface Page {
  readonly handler: PageHandler
  state: 'live' | 'busy'
  stopTimer: (() => void) | undefined
}

/** The pages that nodes host for people, beside the addresses for other systems: a path, and one part behind it. */
export class Pages {
  readonly #startTimer: StartTimer
  readonly #pages = new Map<string, Page>()
  readonly #deadlines = new Deadlines()

  constructor(start: StartTimer = startTimer) {
    this.#startTimer = start
  }

  /**
   * Hosts a page below a path. After its release it answers "try again" until a new node takes it over, as after a
   * deploy, or the grace time is over.
   * @throws HttpError ADDRESS_TAKEN
   */
  register(path: string, handler: PageHandler): Registration {
    const key = normalisePath(path)
    const before = this.#pages.get(key)
    if (before?.state === 'live') throw taken()
    before?.stopTimer?.()
    const page: Page = { handler, state: 'live', stopTimer: undefined }
    this.#pages.set(key, page)
    const remove = (): void => {
      if (this.#pages.get(key) === page) this.#pages.delete(key)
    }
    return {
      release: (removed) => {
        if (page.state === 'live') {
          page.state = 'busy'
          if (removed) remove()
          else page.stopTimer = this.#startTimer(remove, DEFAULT_GRACE_MS)
        }
        return Promise.resolve()
      },
    }
  }

  hosts(req: IncomingMessage): boolean {
    return this.#find(req) !== undefined
  }

  /** Answers a request for a page that is hosted here; says false, untouched, to all others. */
  handle(req: IncomingMessage, res: ServerResponse): boolean {
    const found = this.#find(req)
    if (!found) return false
    const { page, rest } = found
    if (page.state === 'busy') plain(res, 503, BUSY)
    else if (!['GET', 'HEAD', 'POST'].includes(req.method ?? '')) plain(res, 405, METHOD)
    else void this.#answer(page, rest, req, res)
    return true
  }

  #find(req: IncomingMessage): { readonly page: Page; readonly rest: string } | undefined {
    const { path } = splitTarget(req.url ?? '/')
    const whole = this.#pages.get(normalisePath(path))
    if (whole) return { page: whole, rest: '' }
    const split = splitSecret(path)
    const page = this.#pages.get(split.path)
    return page && { page, rest: split.secret }
  }

  async #answer(
    { handler }: Page,
    rest: string,
    req: IncomingMessage,
    res: ServerResponse,
  ): Promise<void> {
    try {
      const form = req.method === 'POST' ? await textOf(req, BODY, this.#deadlines) : ''
      const answer = await handler({
        isPost: req.method === 'POST',
        rest,
        query: new URLSearchParams(splitTarget(req.url ?? '/').query),
        form: new URLSearchParams(form),
        acceptLanguage: req.headers['accept-language'] ?? '',
        fetchSite: headerOf(req, 'sec-fetch-site'),
        caller: callerOf(req, undefined),
      })
      write(req, res, answer)
    } catch (thrown) {
      if (thrown instanceof HttpError) plain(res, 400, thrown.reason)
      else plain(res, 500, FAILED)
    }
  }
}

function headerOf(req: IncomingMessage, name: string): string {
  const value = req.headers[name]
  return typeof value === 'string' ? value : ''
}

/** Nothing is kept by a browser or a proxy, no other site is asked for anything, and none is told where it was. */
const HEADERS = {
  'Cache-Control': 'no-store',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'X-Robots-Tag': 'noindex, nofollow',
} as const

function write(req: IncomingMessage, res: ServerResponse, answer: PageAnswer): void {
  if (res.headersSent || res.destroyed) return
  const { status, html, styleHash, retryAfterSeconds } = answer
  const body = Buffer.from(html)
  res.writeHead(status, {
    ...HEADERS,
    'Content-Type': 'text/html; charset=utf-8',
    'Content-Length': body.length,
    'Content-Security-Policy': `default-src 'none'; style-src 'sha256-${styleHash}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`,
    ...(retryAfterSeconds !== undefined && { 'Retry-After': retryAfterSeconds }),
  })
  res.end(req.method === 'HEAD' ? undefined : body)
}

/** In both languages, where there is no page to say it. */
function plain(res: ServerResponse, status: number, { zh, en }: Reason): void {
  if (res.headersSent || res.destroyed) return
  res.writeHead(status, {
    ...HEADERS,
    'Content-Type': 'text/plain; charset=utf-8',
    ...(status === 503 && { 'Retry-After': 5 }),
    ...(status === 405 && { Allow: 'GET, HEAD, POST' }),
  })
  res.end(`${zh}\n${en}\n`)
}

const BUSY: Reason = {
  zh: '系统正在更新，请稍后重试',
  en: 'The system is being updated; try again in a moment',
}

const METHOD: Reason = { zh: '不支持的请求方式', en: 'This method is not supported' }

const FAILED: Reason = {
  zh: '系统故障，未作任何记录，请改用电话',
  en: 'Something failed and nothing was recorded; use the telephone',
}

const taken = (): HttpError =>
  new HttpError(
    'ADDRESS_TAKEN',
    {
      zh: '此路径上已有另一个节点的页面，请换一个路径',
      en: 'Another node already has its page at this path; choose another one',
    },
    '409',
  )
