import type { IncomingMessage, ServerResponse } from 'node:http'
import { HttpError } from '../errors.js'
import { startTimer, type StartTimer } from '../timers.js'
import { normalisePath, splitTarget } from './front-url.js'
import { answer } from './page-answer.js'
import { DEFAULT_GRACE_MS, type Registration } from './switchboard.js'

/** A base path with all that lies below it, served by one node. */
export interface Site {
  /**
   * Answers each request, and never throws.
   * @param rest the target behind the base path as it was written: '' for the base path itself, else from its `/` on
   */
  serve(req: IncomingMessage, res: ServerResponse, rest: string): void
}

interface Entry {
  readonly site: Site
  readonly depth: number
  state: 'live' | 'busy'
  stopTimer: (() => void) | undefined
}

/** The sites that nodes host, on whatever port. */
export class Sites {
  readonly #startTimer: StartTimer
  readonly #graceMs: number
  /** By mount and base path. */
  readonly #entries = new Map<string, Entry>()

  constructor(start: StartTimer = startTimer, graceMs = DEFAULT_GRACE_MS) {
    this.#startTimer = start
    this.#graceMs = graceMs
  }

  /**
   * Hosts a site below a base path of a mount. After its release all below it is answered "try again" until a new node
   * takes it over, as after a deploy, or the grace time is over.
   * @throws HttpError ADDRESS_TAKEN
   */
  register(mount: string, path: string, site: Site): Registration {
    const base = normalisePath(path)
    const key = keyOf(mount, base)
    const before = this.#entries.get(key)
    if (before?.state === 'live') throw taken()
    before?.stopTimer?.()
    const depth = base.split('/').filter(Boolean).length
    const entry: Entry = { site, depth, state: 'live', stopTimer: undefined }
    this.#entries.set(key, entry)
    const remove = (): void => {
      if (this.#entries.get(key) === entry) this.#entries.delete(key)
    }
    return {
      release: (removed) => {
        if (entry.state === 'live') {
          entry.state = 'busy'
          if (removed) remove()
          else entry.stopTimer = this.#startTimer(remove, this.#graceMs)
        }
        return Promise.resolve()
      },
    }
  }

  hosts(mount: string, req: IncomingMessage): boolean {
    return this.#find(mount, req.url ?? '/') !== undefined
  }

  /** Answers a request that belongs to a site of this mount; says false, untouched, to all others. */
  handle(mount: string, req: IncomingMessage, res: ServerResponse): boolean {
    const found = this.#find(mount, req.url ?? '/')
    if (!found) return false
    if (found.entry.state === 'busy') busy(req, res)
    else found.entry.site.serve(req, res, found.rest)
    return true
  }

  /** The longest base path counts, so that one site may lie below another. */
  #find(
    mount: string,
    target: string,
  ): { readonly entry: Entry; readonly rest: string } | undefined {
    if (this.#entries.size === 0) return undefined
    const { path } = splitTarget(target)
    const query = target.includes('?') ? target.slice(target.indexOf('?')) : ''
    const depths = new Set([...this.#entries.values()].map(({ depth }) => depth))
    for (const depth of [...depths].toSorted((a, b) => b - a)) {
      const cut = endOfParts(path, depth)
      const entry = this.#entries.get(keyOf(mount, normalisePath(path.slice(0, cut))))
      if (entry) return { entry, rest: path.slice(cut) + query }
    }
    return undefined
  }
}

const keyOf = (mount: string, base: string): string => `${mount} ${base}`

/** The place in a path behind so many of its parts. */
function endOfParts(path: string, parts: number): number {
  let at = 0
  for (let part = 0; part < parts; part++) {
    while (path[at] === '/') at++
    while (at < path.length && path[at] !== '/') at++
  }
  return at
}

/** To a script of a page as it reads all that goes wrong, to a person as text. */
function busy(req: IncomingMessage, res: ServerResponse): void {
  const { zh, en } = BUSY
  const isPerson = req.headers.accept?.includes('text/html') === true
  answer(req, res, {
    status: 503,
    headers: {
      'Content-Type': `${isPerson ? 'text/plain' : 'application/json'}; charset=utf-8`,
      'Cache-Control': 'no-store',
      'Retry-After': '5',
    },
    body: isPerson ? `${zh}\n${en}\n` : JSON.stringify({ code: 'BUSY', reason: BUSY }),
  })
}

const BUSY = {
  zh: '系统正在更新，请稍后重试',
  en: 'The system is being updated; try again in a moment',
} as const

const taken = (): HttpError =>
  new HttpError(
    'ADDRESS_TAKEN',
    {
      zh: '此路径上已有另一个节点的页面，请换一个路径',
      en: 'Another node already has its pages at this path; choose another one',
    },
    '409',
  )
