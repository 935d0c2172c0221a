import { once } from 'node:events'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import pg from 'pg'
import type { PostgresAddress } from '../../src/store/index.js'
import type { Pooler } from './pooler.js'

const SSL_REQUEST = 80_877_103
const ACCEPTED = Buffer.from('R\0\0\0\x08\0\0\0\0Z\0\0\0\x05I', 'latin1')

/**
 * A way to a server as PgBouncer in transaction mode: a connection has a process of the server for one transaction
 * at a time, and for the next one that which was given back last.
 */
export async function startTransactionPooler(address: PostgresAddress): Promise<Pooler> {
  const idle: Socket[] = []
  const sockets = new Set<Socket>()
  const server = createServer((near) => {
    sockets.add(near)
    near.on('error', () => near.destroy())
    let far: Socket | undefined
    let unanswered = 0
    let isStarted = false
    const back = (bytes: Buffer, type: string): void => {
      near.write(bytes)
      if (type !== 'Z' || --unanswered > 0 || bytes.at(-1) !== 0x49) return
      far?.removeAllListeners('data')
      if (far) idle.push(far)
      far = undefined
    }
    let queue: Promise<void> = Promise.resolve()
    const forward = async (bytes: Buffer, type: string): Promise<void> => {
      if (type === 'X') return
      if (!far) {
        far = idle.pop() ?? (await serverSocket(address))
        sockets.add(far)
        far.on('data', messages(back))
      }
      if (type === 'Q' || type === 'S') unanswered++
      far.write(bytes)
    }
    const take = messages((bytes, type) => {
      queue = queue.then(() => forward(bytes, type))
    })
    near.on('data', (bytes: Buffer) => {
      if (isStarted) take(bytes)
      else if (bytes.readInt32BE(4) === SSL_REQUEST) near.write('N')
      else {
        isStarted = true
        near.write(ACCEPTED)
      }
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

/** The socket of a connection that has logged in. */
async function serverSocket(address: PostgresAddress): Promise<Socket> {
  const client = new pg.Client(address)
  await client.connect()
  const { stream } = (client as unknown as { connection: { stream: Socket } }).connection
  stream.removeAllListeners()
  stream.on('error', () => stream.destroy())
  return stream
}

/** Cuts a stream into whole messages, each with its type. */
function messages(take: (bytes: Buffer, type: string) => void): (bytes: Buffer) => void {
  let rest = Buffer.alloc(0)
  return (bytes) => {
    rest = Buffer.concat([rest, bytes])
    while (rest.length >= 5 && rest.length > rest.readInt32BE(1)) {
      const end = rest.readInt32BE(1) + 1
      const message = rest.subarray(0, end)
      rest = rest.subarray(end)
      take(message, String.fromCharCode(message[0] ?? 0))
    }
  }
}
