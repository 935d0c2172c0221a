import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A page as the person had it. */
export interface Received {
  /** Exam, step and round. */
  readonly name: string
  readonly topic: string
  readonly at: number
  /** It says that the person may have it already. */
  readonly isMarked: boolean
  /** Its answer came through. */
  readonly isWhole: boolean
}

/** In times of trouble: what is answered to one call in so many. */
const TROUBLE = ['refuse', 'busy', 'cut', 'hang'] as const
const TROUBLE_IN = 14
const MARK = '【重复】'

/** A fake ntfy server that writes down each page before it answers, as its documents say, or does not. */
export class Receiver {
  readonly received: Received[] = []
  isPeaceful = false
  readonly #random: () => number
  readonly #server = createServer((req, res) => {
    this.#take(req, res).catch(() => res.destroy())
  })

  constructor(random: () => number) {
    this.#random = random
  }

  async open(): Promise<string> {
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  close(): void {
    this.#server.closeAllConnections()
    this.#server.close()
  }

  async #take(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const chunks: Buffer[] = []
    for await (const chunk of req) chunks.push(chunk as Buffer)
    const { topic, title } = JSON.parse(Buffer.concat(chunks).toString()) as Record<string, string>
    if (topic === undefined || title === undefined) throw new Error('not a page')
    const answer = (status: number, body: object): void => {
      res.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    }
    const drawn = Math.floor(this.#random() * TROUBLE_IN)
    const trouble = this.isPeaceful ? undefined : TROUBLE[drawn]
    if (topic === 'broken' || trouble === 'refuse') {
      answer(400, { code: 40_009, http: 400, error: 'invalid topic' })
    } else if (trouble === 'busy') {
      answer(503, { code: 50_301, http: 503, error: 'busy' })
    } else {
      const isMarked = title.startsWith(MARK)
      const name = isMarked ? title.slice(MARK.length) : title
      this.received.push({ name, topic, at: Date.now(), isMarked, isWhole: trouble === undefined })
      if (trouble === 'cut') res.destroy()
      else if (trouble === undefined) answer(200, { id: 'x', event: 'message', topic })
    }
  }
}
