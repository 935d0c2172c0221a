import net, { type Socket } from 'node:net'
import tls from 'node:tls'
import { connectTimeout, notHttp, tlsFailed, withCertificate } from './poster-errors.js'

/** Target of connections: scheme, host and port of an address. */
export interface Origin {
  /** Host and port only: the rest of an address may hold what is nobody's business. */
  readonly host: string
  readonly origin: string
  readonly secure: boolean
  /** Without the brackets of an IPv6 address. */
  readonly hostname: string
  readonly port: number
}

export interface ConnectorOptions {
  readonly tls: tls.ConnectionOptions
  /** Longest wait for the connection and its TLS handshake, in ms. */
  readonly connectTimeoutMs: number
}

export type OnConnected = (error: Error | null, socket: Socket | null) => void

/** Makes the connections to one origin, each within the time limit, TLS handshake included. */
export class Connector {
  readonly #origin: Origin
  readonly #options: ConnectorOptions
  /** The last TLS session, with which the next handshake is shorter. */
  #session: Buffer | undefined

  constructor(origin: Origin, options: ConnectorOptions) {
    this.#origin = origin
    this.#options = options
  }

  /** Calls back once, and never synchronously. Returns how to give up before that. */
  connect(done: OnConnected): () => void {
    const { secure, host } = this.#origin
    let socket: Socket
    /** The certificate of a server that is not trusted, which cannot be asked for once its socket is destroyed. */
    let certificate: tls.PeerCertificate | undefined
    try {
      socket = secure ? this.#openTls() : this.#open()
    } catch (error) {
      // A key or a certificate that cannot be read.
      process.nextTick(done, tlsFailed(host, error), null)
      return () => {}
    }
    const settle = (failed: Error | null) => {
      const error = failed && certificate ? withCertificate(failed, certificate) : failed
      clearTimeout(timer)
      socket.off('error', settle)
      socket.off('close', abandoned)
      // A server may fail at a session that it no longer knows.
      if (error) this.#session = undefined
      if (error) done(error, null)
      else done(null, socket)
    }
    const abandoned = () => settle(closedBeforeMade())
    const timer = setTimeout(() => {
      socket.destroy()
      settle(connectTimeout(host))
    }, this.#options.connectTimeoutMs)
    if (socket instanceof tls.TLSSocket) {
      const own = socket
      const destroy = own.destroy.bind(own)
      own.destroy = (error?: Error) => {
        if (error && !own.authorized) certificate = own.getPeerCertificate()
        return destroy(error)
      }
    }
    // For good: a socket may report something even after it has been given up.
    socket.on('error', () => {})
    socket.once('error', settle)
    socket.once('close', abandoned)
    socket.once(secure ? 'secureConnect' : 'connect', () => {
      const overHttp2 = 'alpnProtocol' in socket && socket.alpnProtocol === 'h2'
      if (overHttp2) socket.destroy()
      settle(overHttp2 ? notHttp(host) : null)
    })
    socket.setNoDelay(true).setKeepAlive(true, KEEP_ALIVE_PROBE_MS)
    return () => socket.destroy()
  }

  #open(): Socket {
    const { hostname: host, port } = this.#origin
    return net.connect({ host, port })
  }

  #openTls(): Socket {
    const { hostname: host, port } = this.#origin
    const { tls: set } = this.#options
    const socket = tls.connect({
      ALPNProtocols: ['http/1.1'],
      // An IP address is no server name (RFC 6066 section 3).
      servername: net.isIP(host) === 0 ? host : '',
      ...set,
      host,
      port,
      ...(this.#session && { session: this.#session }),
    })
    socket.on('session', (session) => (this.#session = session))
    return socket
  }
}

/** Finds a peer that is gone without a word during a long call. */
const KEEP_ALIVE_PROBE_MS = 30_000

const closedBeforeMade = () =>
  Object.assign(new Error('closed before the connection was made'), { code: 'ECONNRESET' })
