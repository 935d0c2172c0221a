import http from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { Poster } from '../../../src/http/calling/index.js'
import type { Page, PageResult } from '../../../src/delivery/channels/index.js'

export interface Seen {
  readonly method: string
  readonly url: URL
  readonly headers: http.IncomingHttpHeaders
  readonly body: string
}

export type Answer = (seen: Seen, response: http.ServerResponse) => void

/** A service over real HTTP that answers as it is told, and a poster to call it with. */
export class HttpRig {
  readonly seen: Seen[] = []
  readonly poster = new Poster({ deadlineMs: 700 })
  #server: http.Server | undefined
  origin = ''
  answer: Answer = (_seen, response) => response.writeHead(500).end()

  async open(): Promise<void> {
    this.#server = http.createServer((request, response) => {
      const chunks: Buffer[] = []
      request.on('data', (chunk: Buffer) => chunks.push(chunk))
      request.on('end', () => {
        const url = new URL(request.url ?? '/', this.origin)
        const { method = '', headers } = request
        const seen = { method, url, headers, body: Buffer.concat(chunks).toString() }
        this.seen.push(seen)
        this.answer(seen, response)
      })
    })
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
    this.origin = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  close(): void {
    this.poster.close()
    this.#server?.closeAllConnections()
    this.#server?.close()
  }

  /** The body of the last request. */
  get body(): unknown {
    return JSON.parse(this.seen.at(-1)?.body ?? 'null')
  }
}

/** An answer as the services give it: JSON, status 200. */
export const json =
  (body: unknown, status = 200, headers: Readonly<Record<string, string>> = {}): Answer =>
  (_seen, response) =>
    raw(JSON.stringify(body), status, headers)(_seen, response)

export const raw =
  (body: string | Buffer, status = 200, headers: Readonly<Record<string, string>> = {}): Answer =>
  (_seen, response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(body)
  }

export const page = (over: Partial<Page> = {}): Page => ({
  id: 'page-1',
  to: ['zhang3', 'li4'],
  text: '【示例医院】危急值 #AB12CD（1级），请于10分钟内登录系统处理。',
  title: '危急值 #AB12CD',
  level: '1',
  urgent: true,
  ...over,
})

/** The signal of a page that nobody cancels. */
export const going = (): AbortSignal => new AbortController().signal

/** All that a result says to anybody: reasons, codes and bytes. */
export const shown = (result: PageResult): string =>
  [
    JSON.stringify({ ...result, request: undefined, answer: undefined }),
    result.request?.toString('latin1'),
    result.answer?.toString('latin1'),
    result.request?.toString('utf16le'),
    result.answer?.toString('utf16le'),
  ].join('\n')
