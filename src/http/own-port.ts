import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createTlsServer, Server as TlsServer } from 'node:https'
import type { AddressInfo, Server, Socket } from 'node:net'
import type { SecureContextOptions, TLSSocket } from 'node:tls'
import type { Operation } from '../soap/index.js'
import { plainAddress } from './address-list.js'
import { Episodes } from './episodes.js'
import { HttpError } from './errors.js'
import { troubleOf } from './front.js'
import { handshakeCaller, handshakeError } from './handshake.js'
import type { AddressOptions, Handler, Trouble } from './hosted.js'
import type { Registration, Switchboard } from './switchboard.js'
import { startTimer } from './timers.js'

export const HEADERS_TIMEOUT_MS = 10_000
export const REQUEST_TIMEOUT_MS = 30_000
export const KEEP_ALIVE_TIMEOUT_MS = 60_000
export const CONNECTIONS_CHECK_MS = 5_000
export const MAX_CONNECTIONS = 512
/** Of one address, so that it cannot take up all of them. A reverse proxy too has enough with these. */
export const MAX_CONNECTIONS_PER_ADDRESS = 128
export const DEFAULT_CLOSE_LIMIT_MS = 2_000

/** Key, certificate and, for mutual TLS, what is asked of the caller. */
export interface PortTls extends SecureContextOptions {
  readonly requestCert?: boolean
  readonly rejectUnauthorized?: boolean
}

export interface PortOptions {
  /** The interface to listen on, such as `0.0.0.0`. */
  readonly host: string
  /** 0 takes any free port. */
  readonly port: number
  readonly tls?: PortTls | undefined
}

export interface PortRegistration extends Registration {
  /** The port that is listened on. */
  readonly port: number
}

export interface OwnPortsOptions {
  /** How long calls under way may take once their port is given up. Default is 2 000. */
  readonly closeLimitMs?: number
}

/** All ports of our own in a process. The first registration opens a port, the last release closes it. */
export class OwnPorts {
  readonly #switchboard: Switchboard
  readonly #closeLimitMs: number
  readonly #ports = new Map<string, OwnPort>()

  constructor(switchboard: Switchboard, options: OwnPortsOptions = {}) {
    this.#switchboard = switchboard
    this.#closeLimitMs = options.closeLimitMs ?? DEFAULT_CLOSE_LIMIT_MS
  }

  /**
   * Hosts an operation at a path of an own port.
   * @throws HttpError ADDRESS_TAKEN, PORT_IN_USE, PORT_DENIED, PORT_UNAVAILABLE, PORT_TLS
   */
  async register(
    options: PortOptions,
    path: string,
    operation: Operation,
    handler: Handler,
    addressOptions: AddressOptions = {},
  ): Promise<PortRegistration> {
    const mount = `${options.host.toLowerCase()}:${options.port}`
    const registration = this.#switchboard.register(mount, path, operation, handler, addressOptions)
    const port =
      this.#ports.get(mount) ?? new OwnPort(mount, options, this.#switchboard, this.#closeLimitMs)
    this.#ports.set(mount, port)
    try {
      await port.use(options.tls)
    } catch (thrown) {
      await registration.release(true)
      throw thrown
    }
    const stopTelling = port.tell(addressOptions.onTrouble)
    let released: Promise<void> | undefined
    return {
      port: port.number,
      release: (removed) => {
        stopTelling()
        released ??= registration.release(removed).then(() => port.leave(removed))
        return released
      },
    }
  }
}

/** One port: opened, closed and opened anew strictly one after the other, however fast its users change. */
class OwnPort {
  readonly #mount: string
  readonly #options: PortOptions
  readonly #switchboard: Switchboard
  readonly #closeLimitMs: number
  #turn: Promise<void> = Promise.resolve()
  #users = 0
  #tls: string | undefined
  #server: Server | undefined
  readonly #sockets = new Set<Socket>()
  readonly #perAddress = new Map<string, number>()
  /** Whether callers must show a certificate. */
  #asksCallers = false
  #stopGrace: (() => void) | undefined
  readonly #listeners = new Set<(trouble: Trouble) => void>()
  readonly #episodes = new Episodes((trouble) => {
    // Nothing was said of what it wanted: one of those who host here hears of it for all.
    const [listener] = this.#listeners
    try {
      listener?.(trouble)
    } catch {
      // A listener that fails must not end the process.
    }
  })

  constructor(mount: string, options: PortOptions, switchboard: Switchboard, closeLimitMs: number) {
    this.#mount = mount
    this.#options = options
    this.#switchboard = switchboard
    this.#closeLimitMs = closeLimitMs
  }

  get number(): number {
    return (this.#server?.address() as AddressInfo | null | undefined)?.port ?? this.#options.port
  }

  /** Whom to tell of callers that get no further than the handshake; returns how to stop that. */
  tell(listener: AddressOptions['onTrouble']): () => void {
    // A function of its own: two services may pass the same.
    const own = (trouble: Trouble): void => listener?.(trouble)
    if (listener) this.#listeners.add(own)
    return () => void this.#listeners.delete(own)
  }

  async use(tls: PortTls | undefined): Promise<void> {
    const wanted = fingerprint(tls)
    if (this.#users > 0 && this.#tls !== wanted) throw otherTls()
    this.#users++
    this.#stopGrace?.()
    this.#stopGrace = undefined
    const stale = this.#tls !== wanted
    this.#tls = wanted
    try {
      await this.#inTurn(async () => {
        if (stale && !this.#renew(tls)) await this.#close()
        this.#server ??= await this.#open(tls)
        this.#server.ref()
      })
    } catch (thrown) {
      this.#users--
      throw thrown
    }
  }

  /** Closes with the last user; after a redeploy only when the grace time is over, so that callers find us. */
  async leave(removed: boolean): Promise<void> {
    if (--this.#users > 0) return
    const closeIfUnused = (): Promise<void> =>
      this.#inTurn(async () => {
        if (this.#users === 0) await this.#close()
      })
    if (!removed) {
      // A process that wants to end need not wait for callers that may come.
      this.#server?.unref()
      this.#stopGrace = this.#switchboard.startTimer(() => {
        this.#stopGrace = undefined
        void closeIfUnused()
      }, this.#switchboard.graceMs)
    } else if (!this.#stopGrace) {
      await closeIfUnused()
    }
  }

  #inTurn(step: () => Promise<void>): Promise<void> {
    const done = this.#turn.then(step)
    // The next step is not the one to be told of this one's failure.
    this.#turn = done.catch(() => {})
    return done
  }

  #open(tls: PortTls | undefined): Promise<Server> {
    return new Promise((resolve, reject) => {
      const server = this.#create(tls)
      // Stays on: a later error is one of accepting a single connection, which the others survive.
      server.on('error', (error) => reject(portError(error)))
      try {
        server.listen(this.#options.port, this.#options.host, () => resolve(server))
      } catch (thrown) {
        // A number that is no port is thrown rather than reported.
        reject(portError(thrown as Error))
      }
    })
  }

  /**
   * Gives an open port its new certificate, so that no connection is cut; false where it must be opened anew,
   * as for another demand on the callers' certificates.
   */
  #renew(tls: PortTls | undefined): boolean {
    const server = this.#server
    if (!(server instanceof TlsServer) || !tls || !hasCertificate(tls)) return false
    if (this.#asksCallers || tls.requestCert === true) return false
    try {
      server.setSecureContext(tls)
      return true
    } catch {
      // Opening it anew says what is wrong with it.
      return false
    }
  }

  #create(tls: PortTls | undefined): Server {
    const settings = {
      headersTimeout: HEADERS_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
      connectionsCheckingInterval: CONNECTIONS_CHECK_MS,
      handshakeTimeout: HEADERS_TIMEOUT_MS,
    }
    const listener = (req: IncomingMessage, res: ServerResponse): void => this.#serve(req, res)
    if (tls && !hasCertificate(tls)) throw noCertificate()
    let server
    try {
      server = tls
        ? createTlsServer({ ...tls, ...settings }, listener)
        : createServer(settings, listener)
    } catch (cause) {
      throw unusableTls(cause)
    }
    this.#asksCallers = tls?.requestCert === true
    server.maxConnections = MAX_CONNECTIONS
    server.on('clientError', refuseUnreadable)
    server.on('connection', (socket: Socket) => this.#count(socket))
    server.on('tlsClientError', (error: Error, socket: TLSSocket) => {
      const failure = handshakeError(error, socket)
      if (failure) this.#episodes.add(troubleOf(failure, handshakeCaller(socket)))
    })
    return server
  }

  #count(socket: Socket): void {
    const address = plainAddress(socket.remoteAddress ?? '')
    const count = (this.#perAddress.get(address) ?? 0) + 1
    if (count > MAX_CONNECTIONS_PER_ADDRESS) {
      socket.destroy()
      return
    }
    this.#perAddress.set(address, count)
    this.#sockets.add(socket)
    socket.once('close', () => {
      this.#sockets.delete(socket)
      const left = (this.#perAddress.get(address) ?? 1) - 1
      if (left > 0) this.#perAddress.set(address, left)
      else this.#perAddress.delete(address)
    })
  }

  #serve(req: IncomingMessage, res: ServerResponse): void {
    if (this.#switchboard.handle(this.#mount, req, res)) return
    res.on('error', () => {})
    req.resume()
    res.writeHead(404, { 'Content-Type': 'text/plain; charset=utf-8' })
    res.end('此路径没有服务，请核对地址。\nThere is no service at this path; check the address.\n')
  }

  async #close(): Promise<void> {
    const server = this.#server
    if (!server) return
    this.#server = undefined
    await new Promise<void>((resolve) => {
      const stopTimer = startTimer(() => {
        // Sockets rather than requests, so that one in the middle of a TLS handshake goes as well.
        for (const socket of this.#sockets) socket.destroy()
      }, this.#closeLimitMs)
      server.close(() => {
        stopTimer()
        resolve()
      })
    })
  }
}

/** What is no HTTP gets one line and is hung up on; there is no request to be answered. */
function refuseUnreadable(error: NodeJS.ErrnoException, socket: Socket): void {
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy()
    return
  }
  const status =
    error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
      ? '408 Request Timeout'
      : error.code === 'HPE_HEADER_OVERFLOW'
        ? '431 Request Header Fields Too Large'
        : '400 Bad Request'
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`, () =>
    socket.destroy(),
  )
}

const hasCertificate = ({ key, cert, pfx }: PortTls): boolean =>
  (key !== undefined && cert !== undefined) || pfx !== undefined

/** Tells two settings apart without keeping a private key. */
function fingerprint(tls: PortTls | undefined): string {
  if (!tls) return 'plain'
  return createHash('sha256').update(JSON.stringify(tls)).digest('hex')
}

function portError(error: NodeJS.ErrnoException): HttpError {
  const options = { cause: error }
  switch (error.code) {
    case 'EADDRINUSE':
      return new HttpError(
        'PORT_IN_USE',
        {
          zh: '端口已被其他程序占用，请换一个端口或停止该程序',
          en: 'The port is in use by another program; choose another or stop that program',
        },
        '503',
        options,
      )
    case 'EACCES':
    case 'EPERM':
      return new HttpError(
        'PORT_DENIED',
        {
          zh: '没有权限监听该端口，请使用 1024 以上的端口',
          en: 'Not permitted to listen on this port; use one above 1024',
        },
        '503',
        options,
      )
    default:
      return new HttpError(
        'PORT_UNAVAILABLE',
        {
          zh: '无法监听该地址和端口，请检查监听地址是否属于本机、端口号是否有效',
          en: 'Cannot listen on this host and port; check that the address is of this machine and the port is valid',
        },
        '503',
        options,
      )
  }
}

const unusableTls = (cause: unknown): HttpError =>
  new HttpError(
    'PORT_TLS',
    {
      zh: '证书或私钥无法使用，请检查格式、口令以及两者是否配对',
      en: 'The certificate or key cannot be used; check their format, the passphrase and that they belong together',
    },
    '503',
    { cause },
  )

const noCertificate = (): HttpError =>
  new HttpError(
    'PORT_TLS',
    {
      zh: '所选的 TLS 配置没有证书和私钥，无法提供 HTTPS',
      en: 'The TLS configuration that was chosen has no certificate and key, so it cannot serve HTTPS',
    },
    '503',
  )

const otherTls = (): HttpError =>
  new HttpError(
    'PORT_TLS',
    {
      zh: '同一端口上的服务必须使用相同的 TLS 设置',
      en: 'Services on one port must have the same TLS settings',
    },
    '409',
  )
