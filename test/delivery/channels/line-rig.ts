import { once } from 'node:events'
import net, { type AddressInfo, type Socket } from 'node:net'
import { overTcp } from '../../../src/delivery/channels/index.js'

/** One side of a conversation on a real TCP connection, as a device has it: bytes in, bytes out. */
export interface Device {
  /** A connection was made. */
  connected?(socket: Socket): void
  data(bytes: Buffer, socket: Socket): void
}

/** A device behind a TCP port. */
export class LineRig {
  readonly #sockets = new Set<Socket>()
  #server: net.Server | undefined
  port = 0
  connections = 0
  /** All that was received, over all connections. */
  received = Buffer.alloc(0)

  async open(device: Device): Promise<void> {
    this.#server = net.createServer((socket) => {
      this.connections++
      this.#sockets.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => this.#sockets.delete(socket))
      socket.on('data', (bytes: Buffer) => {
        this.received = Buffer.concat([this.received, bytes])
        device.data(bytes, socket)
      })
      device.connected?.(socket)
    })
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
    this.port = (this.#server.address() as AddressInfo).port
  }

  get line() {
    return overTcp({ host: '127.0.0.1', port: this.port, connectTimeoutMs: 500 })
  }

  /** Connections that are open. */
  get openConnections(): number {
    return this.#sockets.size
  }

  close(): void {
    for (const socket of this.#sockets) socket.destroy()
    this.#server?.close()
  }
}

/** Splits what comes into lines, whatever the pieces are in which it comes. */
export class Lines {
  #rest = ''

  constructor(readonly end: string) {}

  take(bytes: Buffer): readonly string[] {
    const parts = (this.#rest + bytes.toString('latin1')).split(this.end)
    this.#rest = parts.pop() ?? ''
    return parts
  }
}
