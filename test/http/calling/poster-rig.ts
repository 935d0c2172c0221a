import assert from 'node:assert/strict'
import { once } from 'node:events'
import http from 'node:http'
import https from 'node:https'
import net, { type AddressInfo } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { HttpError } from '../../../src/http/index.js'
import { Poster, type PosterOptions } from '../../../src/http/calling/index.js'

export type Handler = (
  request: http.IncomingMessage,
  response: http.ServerResponse,
  body: Buffer,
) => void

export const failsWith = (promise: Promise<unknown>, code: string): Promise<void> =>
  assert.rejects(promise, (error) => {
    assert.ok(error instanceof HttpError, String(error))
    assert.equal(error.code, code)
    return true
  })

/** Posters, and real servers for them to call. */
export class PosterRig {
  readonly #posters: Poster[] = []
  readonly #servers: net.Server[] = []
  readonly #sockets = new Set<net.Socket>()
  /** Connections that were ever made to the servers. */
  made = 0

  poster(options: PosterOptions = {}): Poster {
    const made = new Poster({ deadlineMs: 5_000, ...options })
    this.#posters.push(made)
    return made
  }

  async listen(server: net.Server): Promise<number> {
    this.#servers.push(server)
    server.on('connection', (socket: net.Socket) => {
      this.made++
      this.#sockets.add(socket)
      socket.on('close', () => this.#sockets.delete(socket))
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return (server.address() as AddressInfo).port
  }

  /** Returns the origin of a server that hands over each request with its whole body. */
  async serve(handler: Handler, options: http.ServerOptions = {}): Promise<string> {
    const port = await this.listen(http.createServer(options, whole(handler)))
    return `http://127.0.0.1:${port}`
  }

  async serveTls(handler: Handler, options: https.ServerOptions): Promise<string> {
    const server = https.createServer(options, whole(handler))
    server.on('tlsClientError', () => {})
    return `https://localhost:${await this.listen(server)}`
  }

  /** The origin of a port on which nobody listens. */
  async nobody(): Promise<string> {
    const server = net.createServer()
    const port = await this.listen(server)
    server.close()
    await once(server, 'close')
    return `http://127.0.0.1:${port}`
  }

  /** Connections that are open at the servers. */
  get open(): number {
    return this.#sockets.size
  }

  /** Resolves when no connection is open at the servers any more. */
  async untilNoneIsOpen(): Promise<void> {
    while (this.open > 0) await pause(5)
  }

  async close(): Promise<void> {
    this.made = 0
    for (const one of this.#posters.splice(0)) one.close()
    for (const socket of this.#sockets) socket.destroy()
    for (const server of this.#servers.splice(0)) {
      if (!server.listening) continue
      server.close()
      await once(server, 'close')
    }
  }
}

function whole(handler: Handler): http.RequestListener {
  return (request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => handler(request, response, Buffer.concat(chunks)))
  }
}
