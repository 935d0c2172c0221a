import net from 'node:net'
import type { Duplex } from 'node:stream'
import tls from 'node:tls'
import type { OpenLine } from './line.js'
import { LineError } from './line-error.js'

export interface TcpOptions {
  readonly host: string
  readonly port: number
  /** Absent = no TLS. */
  readonly tls?: tls.ConnectionOptions | undefined
  /** Longest wait for the connection and its TLS handshake, in ms. Default is 5 000. */
  readonly connectTimeoutMs?: number
}

export const DEFAULT_LINE_CONNECT_MS = 5_000

/** Opens a TCP connection for each page. Rejects with LineError LINE_CONNECT or ABORTED. */
export const overTcp =
  ({ host, port, tls: secure, connectTimeoutMs = DEFAULT_LINE_CONNECT_MS }: TcpOptions): OpenLine =>
  (signal) =>
    new Promise((resolve, reject) => {
      const socket = secure ? tls.connect({ ...secure, host, port }) : net.connect({ host, port })
      const give = (error: LineError): void => {
        stop()
        socket.destroy()
        reject(error)
      }
      const timer = setTimeout(() => give(new LineError('LINE_CONNECT')), connectTimeoutMs)
      const onAbort = (): void => give(new LineError('ABORTED'))
      const onError = (cause?: unknown): void => give(new LineError('LINE_CONNECT', { cause }))
      const onConnect = (): void => {
        stop()
        socket.setNoDelay(true)
        resolve({ stream: socket, release: () => socket.destroy() })
      }
      const stop = (): void => {
        clearTimeout(timer)
        signal.removeEventListener('abort', onAbort)
        socket.off('error', onError).off('close', onError)
        socket.off(secure ? 'secureConnect' : 'connect', onConnect)
        // It may fail even after it was given up.
        socket.on('error', () => {})
      }
      signal.addEventListener('abort', onAbort)
      socket.on('error', onError).on('close', onError)
      socket.on(secure ? 'secureConnect' : 'connect', onConnect)
      if (signal.aborted) onAbort()
    })

/** A stream that is open already and stays so, such as a serial device. */
export function overStream(stream: Duplex): OpenLine {
  // Its errors end a talk; between talks nobody else may listen.
  stream.on('error', () => {})
  return () =>
    stream.destroyed
      ? Promise.reject(new LineError('LINE_CONNECT'))
      : Promise.resolve({ stream, release: () => {} })
}
