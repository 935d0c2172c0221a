import http from 'node:http'
import type { Socket } from 'node:net'
import type { Connection, Outgoing, Receiver } from './poster-connection.js'
import type { Connector, Origin } from './poster-connect.js'

/**
 * A new connection for each request, and the parser of node:http in its lenient mode, which undici does not offer:
 * line ends without CR, folded headers, control characters, a length beside chunks, spaces after a chunk's size.
 */
export class LenientConnection implements Connection {
  readonly #origin: Origin
  readonly #connector: Connector
  #destroy = (): void => {}

  constructor(origin: Origin, connector: Connector) {
    this.#origin = origin
    this.#connector = connector
  }

  send(request: Outgoing, receiver: Receiver): void {
    this.#destroy = this.#connector.connect((error, socket) => {
      if (socket) this.#send(socket, request, receiver)
      else receiver.failed(error ?? new Error('no socket'), { ...FRESH, connected: false })
    })
  }

  destroy(): void {
    this.#destroy()
  }

  #send(socket: Socket, request: Outgoing, receiver: Receiver): void {
    const { method, path, headers, body } = request
    let ended = false
    socket.once('end', () => (ended = true))
    const failed = (error: Error, sent = true) =>
      receiver.failed(error, { ...FRESH, connected: true, sent, ended })
    try {
      http
        .request({
          createConnection: () => socket,
          insecureHTTPParser: true,
          setHost: false,
          method,
          path,
          headers: { host: this.#origin.host, connection: 'close', ...headers },
        })
        .on('error', failed)
        .on('response', (response) => {
          receiver.head(response.statusCode ?? 0, response.headers)
          response.on('data', (chunk: Buffer) => receiver.data(chunk))
          response.on('error', failed)
          response.on('end', () => receiver.completed())
        })
        .end(body)
    } catch (error) {
      // node:http refuses what cannot be a header or a path before anything is sent.
      failed(error as Error, false)
    }
  }
}

const FRESH = { sent: false, reused: false, untouched: true, ended: false } as const
