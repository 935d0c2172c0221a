import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { AddressOptions, ReadyReply } from '../../src/http/hosting/index.js'
import { encodeText } from '../../src/messages/index.js'
import { writeFault } from '../../src/soap/index.js'
import type { Behaviour } from '../settings/index.js'

/** The replies of a simulated system: as they are, or spoilt the way its behaviour says. */
export class Replying {
  readonly #spoil: AddressOptions['sendReply']
  /** The callers that wait for an answer that never comes. */
  readonly #silent = new Set<Socket>()

  constructor(behaviour: Behaviour) {
    const ways: Partial<Record<Behaviour, AddressOptions['sendReply']>> = {
      fault: sendFault,
      gbk: sendGbk,
      half: sendHalf,
      html: sendPage,
      silent: (_reply, res) => this.#keepSilent(res),
    }
    this.#spoil = ways[behaviour]
  }

  get options(): Pick<AddressOptions, 'sendReply'> {
    return this.#spoil ? { sendReply: this.#spoil } : {}
  }

  #keepSilent({ socket }: ServerResponse): void {
    if (!socket) return
    this.#silent.add(socket)
    socket.once('close', () => this.#silent.delete(socket))
  }

  /** Hangs up on whoever still waits. */
  close(): void {
    for (const socket of this.#silent) socket.destroy()
  }
}

function send(res: ServerResponse, status: number, type: string, body: Buffer): void {
  res.writeHead(status, { 'Content-Type': type, 'Content-Length': body.length })
  res.end(body)
}

function sendFault({ version, contentType }: ReadyReply, res: ServerResponse): void {
  const reason = { zh: '模拟的 Fault', en: 'a simulated Fault' }
  send(res, 500, contentType, Buffer.from(writeFault(version, 'receiver', reason)))
}

function sendGbk({ contentType, text }: ReadyReply, res: ServerResponse): void {
  const body = Buffer.from(encodeText(text.replace(/encoding="utf-8"/i, 'encoding="GBK"'), 'GBK'))
  send(res, 200, contentType.replace(/utf-8/i, 'GBK'), body)
}

/** The head promises the whole answer, and the connection ends in the midst of it. */
function sendHalf({ contentType, text }: ReadyReply, res: ServerResponse): void {
  const body = Buffer.from(text)
  res.writeHead(200, { 'Content-Type': contentType, 'Content-Length': body.length })
  res.write(body.subarray(0, body.length / 2), () => res.destroy())
}

function sendPage(_reply: ReadyReply, res: ServerResponse): void {
  const page = '<!DOCTYPE html><html><body><h1>模拟的网页 / a simulated page</h1></body></html>'
  send(res, 200, 'text/html; charset=utf-8', Buffer.from(page))
}
