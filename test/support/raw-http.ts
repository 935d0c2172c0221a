import { once } from 'node:events'
import { connect } from 'node:net'
import type { Request } from './soap-form.js'

export interface RawReply {
  readonly status: number
  readonly head: string
  readonly text: string
}

/** One request on a connection of its own, every byte of it as it is told, and the whole answer. */
export async function exchange(
  port: number,
  path: string,
  request: Request,
  usual: Readonly<Record<string, string>> = {},
): Promise<RawReply> {
  const { chunks } = request
  const bytes = Buffer.from(request.body)
  const headers: Readonly<Record<string, string | undefined>> = {
    Host: `127.0.0.1:${port}`,
    ...usual,
    Connection: 'close',
    ...(chunks ? { 'Transfer-Encoding': 'chunked' } : { 'Content-Length': `${bytes.length}` }),
    ...request.headers,
  }
  const lines = Object.entries(headers).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}: ${value}\r\n`],
  )
  const start = `POST ${path}${request.target ?? ''} HTTP/${request.http ?? '1.1'}\r\n`
  const socket = connect(port, '127.0.0.1')
  const received: Buffer[] = []
  socket.on('data', (chunk: Buffer) => received.push(chunk))
  const closed = once(socket, 'close')
  socket.write(Buffer.from(`${start}${lines.join('')}\r\n`, 'latin1'))
  if (headers['Expect']) await once(socket, 'data')
  if (!chunks) socket.write(bytes)
  for (const chunk of chunks ?? []) {
    const part = Buffer.from(chunk)
    socket.write(`${part.length.toString(16)}\r\n`)
    socket.write(part)
    socket.write('\r\n')
  }
  if (chunks) socket.write('0\r\n\r\n')
  await closed
  const answer = Buffer.concat(received).toString('utf8')
  const reply = answer.replace(/^HTTP\/1\.1 100[^]*?\r\n\r\n/, '')
  const end = reply.indexOf('\r\n\r\n')
  return {
    status: Number(/^HTTP\/1\.\d (\d{3})/.exec(reply)?.[1]),
    head: reply.slice(0, end),
    text: reply.slice(end + 4),
  }
}
