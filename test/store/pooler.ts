import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'

const SSL_REQUEST = 80_877_103
/** What PgBouncer knows of what comes with a connection. */
const KNOWN: ReadonlySet<string> = new Set([
  'user',
  'database',
  'application_name',
  'client_encoding',
  'datestyle',
  'timezone',
  'standard_conforming_strings',
])

export interface Pooler {
  readonly port: number
  close(): Promise<void>
}

/**
 * A way to a server that treats what comes with a connection as PgBouncer does: it refuses what it does not know
 * (its default), or drops it (`ignore_startup_parameters`).
 */
export async function startPooler(port: number, unknown: 'refuse' | 'drop'): Promise<Pooler> {
  const sockets = new Set<Socket>()
  const server = createServer((near) => {
    const far = connect(port, '127.0.0.1')
    for (const socket of [near, far]) {
      sockets.add(socket)
      socket.on('error', () => socket.destroy())
    }
    near.on('close', () => far.destroy())
    far.on('close', () => near.destroy())
    near.on('data', function first(bytes: Buffer) {
      if (bytes.readInt32BE(4) === SSL_REQUEST) {
        near.write('N')
        return
      }
      near.off('data', first)
      const asked = parametersOf(bytes)
      const foreign = [...asked.keys()].filter((name) => !KNOWN.has(name))
      if (foreign.length > 0 && unknown === 'refuse') {
        near.end(refusal(`unsupported startup parameter: ${foreign[0]}`))
        return
      }
      for (const name of foreign) asked.delete(name)
      far.write(startup(asked))
      near.pipe(far)
      far.pipe(near)
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

function parametersOf(bytes: Buffer): Map<string, string> {
  const texts = bytes.toString('utf8', 8, bytes.readInt32BE(0)).split('\0')
  const found = new Map<string, string>()
  for (let i = 0; texts[i]; i += 2) found.set(texts[i] ?? '', texts[i + 1] ?? '')
  return found
}

function startup(parameters: ReadonlyMap<string, string>): Buffer {
  const text = [...parameters].map(([name, value]) => `${name}\0${value}\0`).join('')
  const body = Buffer.from(`${text}\0`)
  const head = Buffer.alloc(8)
  head.writeInt32BE(body.length + head.length, 0)
  head.writeInt32BE(3 << 16, 4)
  return Buffer.concat([head, body])
}

function refusal(message: string): Buffer {
  const body = Buffer.from(`SFATAL\0VFATAL\0C08P01\0M${message}\0\0`)
  const head = Buffer.alloc(5)
  head.write('E')
  head.writeInt32BE(body.length + 4, 1)
  return Buffer.concat([head, body])
}
