import { createHmac } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { accountId } from '../../ledger/index.js'
import type { BoardOptions } from './options.js'
import { cookieNamed, cookieValue, isSecure, pathOf } from './request.js'

/** A request, with whom it comes from. */
export interface Visitor {
  readonly req: IncomingMessage
  /** The target behind the base path. */
  readonly rest: string
  /** The address of the caller; '' where nobody knows. */
  readonly remote: string
}

/** People who share one computer of a ward. */
const MOST_PEOPLE = 12
const KEEP_MS = 366 * 24 * 3_600_000
const MARK_LENGTH = 22

/**
 * Computers at which somebody has signed in before. Whoever tries passwords from the same address, as behind a proxy
 * that nobody has named, has no such cookie, so that people at their own computers never wait for it (OWASP, "Slow down
 * online guessing attacks with device cookies").
 */
export class Devices {
  readonly #options: BoardOptions
  #key: Promise<string> | undefined

  constructor(options: BoardOptions) {
    this.#options = options
  }

  /** True where this person has signed in at this computer. @throws LedgerError */
  async isKnown(visitor: Visitor, login: string): Promise<boolean> {
    const marks = this.#marksOf(visitor.req)
    return marks.length > 0 && marks.includes(await this.#markOf(login))
  }

  /** The cookie by which this computer is known for one person more. @throws LedgerError */
  async cookieFor({ req, rest }: Visitor, login: string): Promise<string> {
    const { board, proxies } = this.#options
    const mark = await this.#markOf(login)
    const others = this.#marksOf(req).filter((one) => one !== mark)
    const marks = [mark, ...others].slice(0, MOST_PEOPLE).join('.')
    const cookie = { board, kind: 'device', isSecure: isSecure(req, proxies) } as const
    return cookieNamed(cookie, pathOf(req, rest, proxies), marks, KEEP_MS)
  }

  #marksOf(req: IncomingMessage): readonly string[] {
    const { board, proxies } = this.#options
    const cookie = { board, kind: 'device', isSecure: isSecure(req, proxies) } as const
    return cookieValue(req, cookie)
      .split('.')
      .filter((mark) => mark.length === MARK_LENGTH)
      .slice(0, MOST_PEOPLE)
  }

  async #markOf(login: string): Promise<string> {
    this.#key ??= this.#options.ledger.run('boardKey', undefined)
    try {
      const text = JSON.stringify([this.#options.board, accountId(login)])
      const mac = createHmac('sha256', await this.#key).update(text)
      return mac.digest('base64url').slice(0, MARK_LENGTH)
    } catch (thrown) {
      this.#key = undefined
      throw thrown
    }
  }
}
