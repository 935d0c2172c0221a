import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Guard } from '../../http/hosting/index.js'
import type { Reason } from '../../messages/index.js'
import type { Exposition } from './exposition.js'
import type { Health } from './health.js'

/** The pages for machines, by the last part of their path. */
const PAGES = ['livez', 'readyz', 'metrics'] as const
type PageName = (typeof PAGES)[number]

export interface OperationsOptions {
  /** Decides who may ask for `livez` and `readyz`: load balancers show no credential. */
  readonly healthGuard: Guard
  /** Decides who may read the metrics. */
  readonly metricsGuard: Guard
  readonly health: () => Promise<Health>
  readonly metrics: () => Promise<Exposition>
}

/** Answers load balancers and monitoring systems. Nothing of a patient and no secret is in any answer. */
export class OperationsPages {
  readonly #options: OperationsOptions

  constructor(options: OperationsOptions) {
    this.#options = options
  }

  /** @param rest the part of the path behind the place where they are hosted */
  handles(rest: string): boolean {
    return pageOf(rest) !== undefined
  }

  /** Answers a request that it handles. Never rejects. */
  handle(req: IncomingMessage, res: ServerResponse, rest: string): void {
    const page = pageOf(rest)
    if (page === undefined) return answer(req, res, 404, {}, NOT_HERE)
    if (req.method !== 'GET' && req.method !== 'HEAD') {
      return answer(req, res, 405, { Allow: 'GET, HEAD' }, NOT_SO)
    }
    const { healthGuard, metricsGuard } = this.#options
    const guard = page === 'metrics' ? metricsGuard : healthGuard
    const refused = guard.refuses(req, guard.callerOf(req), false)
    if (refused) return answer(req, res, refused.status, refused.headers, refused.error.reason)
    void this.#answer(page, req, res).catch(() => answer(req, res, 500, {}, FAILED))
  }

  async #answer(page: PageName, req: IncomingMessage, res: ServerResponse): Promise<void> {
    if (page === 'metrics') {
      const { contentType, text } = await this.#options.metrics()
      return write(req, res, 200, { 'Content-Type': contentType }, text)
    }
    // That it answers at all is what `livez` says: a process that is not ready may still be the best there is.
    const health = page === 'livez' ? ALIVE : await this.#options.health()
    const status = health.isReady ? 200 : 503
    const isJson = /\bapplication\/json\b/.test(req.headers.accept ?? '')
    if (isJson) write(req, res, status, JSON_TYPE, `${JSON.stringify(health)}\n`)
    else write(req, res, status, TEXT_TYPE, textOf(health))
  }
}

const pageOf = (rest: string): PageName | undefined => PAGES.find((page) => page === rest)

const ALIVE: Health = { isReady: true, reasons: [] }

const TEXT_TYPE = { 'Content-Type': 'text/plain; charset=utf-8' }
const JSON_TYPE = { 'Content-Type': 'application/json; charset=utf-8' }

function textOf({ isReady, reasons }: Health): string {
  if (isReady) return 'ok\n'
  const lines = reasons.map(({ code, reason, where }) => {
    const place = where === '' ? '' : ` (${where})`
    return `[${code}]${place} ${reason.zh}\n[${code}]${place} ${reason.en}\n`
  })
  return lines.join('')
}

function answer(
  req: IncomingMessage,
  res: ServerResponse,
  status: number,
  headers: Readonly<Record<string, string>>,
  { zh, en }: Reason,
): void {
  write(req, res, status, { ...TEXT_TYPE, ...headers }, `${zh}\n${en}\n`)
}

function write(
  req: IncomingMessage,
  res: ServerResponse,
  status: number,
  headers: Readonly<Record<string, string>>,
  text: string,
): void {
  if (res.headersSent || res.destroyed) return
  const body = Buffer.from(text)
  res.writeHead(status, {
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
    'Content-Length': body.length,
    ...headers,
  })
  res.end(req.method === 'HEAD' ? undefined : body)
}

const NOT_HERE: Reason = { zh: '没有此页面', en: 'There is no such page' }
const NOT_SO: Reason = { zh: '不支持的请求方式', en: 'This method is not supported' }
const FAILED: Reason = { zh: '内部错误，请查看日志', en: 'An internal error; see the log' }
