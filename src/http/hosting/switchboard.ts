import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Operation } from '../../soap/index.js'
import { Connections } from './connections.js'
import { createFront, type RequestListener } from './front.js'
import { HttpError } from '../errors.js'
import { normalisePath, splitSecret, splitTarget } from './front-url.js'
import type { Address, AddressOptions, Handler } from './hosted.js'
import { Load } from './load.js'
import { startTimer, type StartTimer } from '../timers.js'

/** The mount of Node-RED's own port; an own port is mounted as `host:port`. */
export const NODE_RED_MOUNT = 'node-red'

/** Time for which an operation stays known while its node is deployed anew. */
export const DEFAULT_GRACE_MS = 15_000

export interface SwitchboardOptions {
  /** Default is 15 000. */
  readonly graceMs?: number
  readonly startTimer?: StartTimer
  readonly load?: Load
}

export interface Registration {
  /**
   * Takes the operation from its address: at once when its node was removed, else it answers "busy" until a
   * new node takes it over or the grace time is over. A second release does nothing.
   */
  release(removed: boolean): Promise<void>
}

type Next = (error?: unknown) => void

/** The one registry of all hosted addresses of a process. */
export class Switchboard {
  readonly graceMs: number
  readonly startTimer: StartTimer
  readonly #load: Load
  readonly #addresses = new Map<string, HostedAddress>()
  /** Those of Node-RED's port that have called one of its addresses; how many there are is not ours to limit. */
  readonly #onNodeRed = new Connections(Infinity)

  constructor(options: SwitchboardOptions = {}) {
    this.graceMs = options.graceMs ?? DEFAULT_GRACE_MS
    this.startTimer = options.startTimer ?? startTimer
    this.#load = options.load ?? new Load()
  }

  /**
   * Hosts an operation at a path of a mount. Operations may share a path; what they share of the options is
   * that of the last registered.
   * @throws HttpError ADDRESS_TAKEN, GUARDS_DIFFER
   */
  register(
    mount: string,
    path: string,
    operation: Operation,
    handler: Handler,
    options: AddressOptions = {},
  ): Registration {
    const key = addressKey(mount, normalisePath(path), options.pathSecret)
    const address = this.#addresses.get(key) ?? new HostedAddress(this.#load)
    const entry = address.take(operation, handler, options)
    this.#addresses.set(key, address)
    const remove = (): void => {
      address.remove(entry)
      if (address.isEmpty) this.#addresses.delete(key)
    }
    return {
      release: (removed) => {
        if (entry.state === 'live') {
          address.suspend(entry)
          if (removed) remove()
          else entry.stopTimer = this.startTimer(remove, this.graceMs)
        }
        return Promise.resolve()
      },
    }
  }

  #find(mount: string, req: IncomingMessage): HostedAddress | undefined {
    const { path } = splitTarget(req.url ?? '/')
    const plain = this.#addresses.get(addressKey(mount, normalisePath(path)))
    if (plain) return plain
    const split = splitSecret(path)
    return this.#addresses.get(addressKey(mount, split.path, split.secret))
  }

  /** True for a request to an address of this mount. */
  hosts(mount: string, req: IncomingMessage): boolean {
    return this.#find(mount, req) !== undefined
  }

  /** Answers a request that belongs to an address of this mount; says false, untouched, to all others. */
  handle(mount: string, req: IncomingMessage, res: ServerResponse): boolean {
    const address = this.#find(mount, req)
    if (!address) return false
    address.front(req, res)
    return true
  }

  /** The one permanent route for Node-RED's port, to be mounted once; what is not ours goes on. */
  readonly dispatch = (req: IncomingMessage, res: ServerResponse, next: Next): void => {
    if (!this.hosts(NODE_RED_MOUNT, req)) next()
    else if (this.#onNodeRed.admits(req, res)) this.handle(NODE_RED_MOUNT, req, res)
  }
}

const addressKey = (mount: string, path: string, secret?: string): string =>
  // A line feed stands in no path, so that no secret can be had by a path without one.
  secret === undefined ? `${mount} ${path}` : `${mount} ${path}\n${secret}`

interface Entry {
  readonly operation: Operation
  readonly handler: Handler
  readonly options: AddressOptions
  state: 'live' | 'busy' | 'gone'
  stopTimer: (() => void) | undefined
}

/** The operations at one path. */
class HostedAddress implements Address {
  /** By lower-case name; the last registered stands last. */
  readonly #entries = new Map<string, Entry>()
  readonly front: RequestListener = createFront(this)
  /** Those of the last registered operation, found anew when operations come and go. */
  #options: AddressOptions | undefined

  constructor(readonly load: Load) {}

  get isEmpty(): boolean {
    return this.#entries.size === 0
  }

  take(operation: Operation, handler: Handler, options: AddressOptions): Entry {
    const key = operation.toLowerCase()
    const before = this.#entries.get(key)
    if (before?.state === 'live') {
      throw new HttpError(
        'ADDRESS_TAKEN',
        {
          zh: `此地址上已有节点提供 ${operation}，请换一个路径或端口`,
          en: `Another node already hosts ${operation} at this address; choose another path or port`,
        },
        '409',
      )
    }
    // One guard stands before all operations of an address, and no service may open what another keeps shut.
    const others = [...this.#entries.values()].filter(({ state }) => state === 'live')
    if (others.some((other) => other.options.guard !== options.guard)) throw guardsDiffer()
    if (before) this.remove(before)
    const entry: Entry = { operation, handler, options, state: 'live', stopTimer: undefined }
    this.#entries.set(key, entry)
    this.#options = undefined
    return entry
  }

  /** Keeps an operation known whose node is being deployed anew. */
  suspend(entry: Entry): void {
    entry.state = 'busy'
    this.#options = undefined
  }

  remove(entry: Entry): void {
    entry.stopTimer?.()
    entry.state = 'gone'
    this.#options = undefined
    this.#entries.delete(entry.operation.toLowerCase())
  }

  handler(operation: string): Handler | 'busy' | undefined {
    // Another case of the name is tolerated, as everywhere in what comes in (reading A29).
    const entry = this.#entries.get(operation.toLowerCase())
    return entry?.state === 'busy' ? 'busy' : entry?.handler
  }

  troubleListener(operation: string): AddressOptions['onTrouble'] {
    const own = this.#entries.get(operation.toLowerCase())
    if (own?.state === 'live') return own.options.onTrouble
    // Never one that is being deployed anew: its node is gone.
    return [...this.#entries.values()].findLast(({ state }) => state === 'live')?.options.onTrouble
  }

  operations(): readonly Operation[] {
    return [...this.#entries.values()].map((entry) => entry.operation).toSorted()
  }

  get options(): AddressOptions {
    return (this.#options ??= this.#sharedOptions())
  }

  #sharedOptions(): AddressOptions {
    const entries = [...this.#entries.values()]
    return (entries.findLast((entry) => entry.state === 'live') ?? entries.at(-1))?.options ?? {}
  }
}

const guardsDiffer = (): HttpError =>
  new HttpError(
    'GUARDS_DIFFER',
    {
      zh: '同一地址上的另一个服务设置了不同的访问控制，请让两个节点使用同一个 crisis service，或换一个路径',
      en: 'Another service at this address lets different callers in; let both nodes use one crisis service, or choose another path',
    },
    '409',
  )
