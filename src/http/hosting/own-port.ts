import { createHash } from 'node:crypto'
import {
  createServer,
  type IncomingMessage,
  type Server as HttpServer,
  type ServerResponse,
} from 'node:http'
import { createServer as createTlsServer, Server as TlsServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import type { SecureContextOptions, TLSSocket } from 'node:tls'
import type { Operation } from '../../soap/index.js'
import { DEFAULT_BODY_TIME_MS } from './body.js'
import { remoteAddressOf } from './caller.js'
import { Connection, MAX_UNSENT_MS } from './connection.js'
import { Connections, MAX_CONNECTIONS } from './connections.js'
import { Episodes } from './episodes.js'
import { countTurnedAway, troubleOf } from './front.js'
import { frontBusy, pathUnknown } from './front-errors.js'
import { handshakeCaller, handshakeError, underOf } from './handshake.js'
import type { AddressOptions, Handler, Trouble } from './hosted.js'
import { Sites, type Site } from './sites.js'
import type { Registration, Switchboard } from './switchboard.js'
import { noCertificate, otherTls, portError, unusableTls } from './own-port-errors.js'
import { hasBody } from './replies.js'
import { startTimer } from '../timers.js'
import { refuseUnreadable } from './unreadable.js'

export const HEADERS_TIMEOUT_MS = 10_000
/** Between the longest time that a service here gives a body and the end of whatever is still coming in. */
export const REQUEST_MARGIN_MS = 20_000
export const KEEP_ALIVE_TIMEOUT_MS = 60_000
export const CONNECTIONS_CHECK_MS = 5_000
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
  /** Time that calls under way may take once their port is given up. Default is 2 000. */
  readonly closeLimitMs?: number
  /** Time beside that for a body until a request is cut off. Default is 20 000. */
  readonly requestMarginMs?: number
  /** Interval at which slow connections are looked for. Default is 5 000. */
  readonly checkMs?: number
  /** Longest time for which an answer may wait for its caller to read it. Default is 30 000. */
  readonly unsentMs?: number
}

/** All ports of our own in a process. The first registration opens a port, the last release closes it. */
export class OwnPorts {
  readonly #switchboard: Switchboard
  readonly #sites: Sites
  readonly #limits: Required<OwnPortsOptions>
  readonly #ports = new Map<string, OwnPort>()

  constructor(
    switchboard: Switchboard,
    options: OwnPortsOptions = {},
    sites: Sites = new Sites(switchboard.startTimer, switchboard.graceMs),
  ) {
    this.#switchboard = switchboard
    this.#sites = sites
    this.#limits = {
      closeLimitMs: DEFAULT_CLOSE_LIMIT_MS,
      requestMarginMs: REQUEST_MARGIN_MS,
      checkMs: CONNECTIONS_CHECK_MS,
      unsentMs: MAX_UNSENT_MS,
      ...options,
    }
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
    const mount = mountOf(options)
    const registration = this.#switchboard.register(mount, path, operation, handler, addressOptions)
    return this.#host(options, registration, addressOptions)
  }

  /**
   * Hosts a site below a base path of an own port.
   * @throws HttpError as `register` does
   */
  async registerSite(options: PortOptions, path: string, site: Site): Promise<PortRegistration> {
    return this.#host(options, this.#sites.register(mountOf(options), path, site), {})
  }

  async #host(
    options: PortOptions,
    registration: Registration,
    addressOptions: AddressOptions,
  ): Promise<PortRegistration> {
    const mount = mountOf(options)
    const port =
      this.#ports.get(mount) ??
      new OwnPort(mount, options, this.#switchboard, this.#sites, this.#limits)
    this.#ports.set(mount, port)
    try {
      await port.use(options.tls)
    } catch (thrown) {
      await registration.release(true)
      throw thrown
    }
    const stopTelling = port.tell(addressOptions)
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

const mountOf = ({ host, port }: PortOptions): string => `${host.toLowerCase()}:${port}`

/** One port: opened, closed and opened anew strictly one after the other, however fast its users change. */
class OwnPort {
  readonly #mount: string
  readonly #options: PortOptions
  readonly #switchboard: Switchboard
  readonly #sites: Sites
  readonly #limits: Required<OwnPortsOptions>
  #turn: Promise<void> = Promise.resolve()
  #users = 0
  #tls: string | undefined
  #server: HttpServer | undefined
  readonly #connections: Connections
  /** True when callers must show a certificate. */
  #asksCallers = false
  #stopGrace: (() => void) | undefined
  readonly #hosted = new Set<AddressOptions>()
  readonly #episodes = new Episodes((trouble) => {
    // Nothing was said of what it wanted: one of those who host here hears of it for all.
    const [first] = this.#hosted
    try {
      first?.onTrouble?.(trouble)
    } catch {
      // A listener that fails must not end the process.
    }
  })

  constructor(
    mount: string,
    options: PortOptions,
    switchboard: Switchboard,
    sites: Sites,
    limits: Required<OwnPortsOptions>,
  ) {
    this.#mount = mount
    this.#options = options
    this.#switchboard = switchboard
    this.#sites = sites
    this.#limits = limits
    const { unsentMs, checkMs: sweepMs } = limits
    this.#connections = new Connections(MAX_CONNECTIONS, { unsentMs, sweepMs })
  }

  get number(): number {
    return (this.#server?.address() as AddressInfo | null | undefined)?.port ?? this.#options.port
  }

  /** Whom to tell of callers that get no further than this port; returns how to stop that. */
  tell(options: AddressOptions): () => void {
    // An object of its own: two services may pass the same.
    const own = { ...options }
    this.#hosted.add(own)
    this.#giveTime()
    return () => void this.#hosted.delete(own)
  }

  /** Node's own limit holds for a whole request, so it has to leave each service the time that it gives a body. */
  #giveTime(): void {
    const times = [...this.#hosted].map(({ body }) => body?.timeMs ?? DEFAULT_BODY_TIME_MS)
    if (this.#server) {
      this.#server.requestTimeout = Math.max(...times) + this.#limits.requestMarginMs
    }
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

  #open(tls: PortTls | undefined): Promise<HttpServer> {
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

  #create(tls: PortTls | undefined): HttpServer {
    const settings = {
      headersTimeout: HEADERS_TIMEOUT_MS,
      requestTimeout: DEFAULT_BODY_TIME_MS + REQUEST_MARGIN_MS,
      keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
      connectionsCheckingInterval: this.#limits.checkMs,
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
    // Reached only when more calls are under way than are taken on.
    server.maxConnections = 2 * MAX_CONNECTIONS
    server.on('connection', (socket: Socket) => this.#connections.add(socket))
    server.on('secureConnection', (socket: TLSSocket) => {
      const under = underOf(socket)
      if (under) Connection.of(under)?.wrapIn(socket)
    })
    server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
      const trouble = refuseUnreadable(error, socket)
      if (trouble) this.#tell(trouble)
    })
    server.on('tlsClientError', (error: Error, socket: TLSSocket) => {
      const failure = handshakeError(error, socket)
      if (failure) this.#tell(troubleOf(failure, handshakeCaller(socket)))
    })
    return server
  }

  #tell(trouble: Trouble): void {
    // A trouble without a listener must not count as told.
    if (this.#hosted.size > 0) this.#episodes.add(trouble)
  }

  #serve(req: IncomingMessage, res: ServerResponse): void {
    const busy = (): void => {
      const trouble = troubleOf(frontBusy(), remoteAddressOf(req))
      const [first] = this.#hosted
      if (first) countTurnedAway(first, trouble)
      this.#tell(trouble)
    }
    if (!this.#connections.admits(req, res, busy)) return
    if (this.#switchboard.handle(this.#mount, req, res)) return
    if (this.#sites.handle(this.#mount, req, res)) return
    this.#tell(troubleOf(pathUnknown(), remoteAddressOf(req)))
    res.on('error', () => {})
    req.resume()
    // The rest of a body must not hold the connection.
    if (hasBody(req)) res.shouldKeepAlive = false
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
        this.#connections.closeAll()
      }, this.#limits.closeLimitMs)
      server.close(() => {
        stopTimer()
        resolve()
      })
    })
  }
}

const hasCertificate = ({ key, cert, pfx }: PortTls): boolean =>
  (key !== undefined && cert !== undefined) || pfx !== undefined

/** Tells two settings apart without keeping a private key. */
function fingerprint(tls: PortTls | undefined): string {
  if (!tls) return 'plain'
  return createHash('sha256').update(JSON.stringify(tls)).digest('hex')
}
