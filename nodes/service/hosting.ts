import type { IncomingMessage, ServerResponse } from 'node:http'
import {
  Listening,
  NODE_RED_MOUNT,
  OwnPorts,
  Pages,
  Sites,
  Switchboard,
  WaitingCalls,
} from '../../src/http/hosting/index.js'
import type { Middleware, Runtime } from '../face/index.js'
import { asksForLogin } from './site-auth.js'

/**
 * The process's registry of hosted addresses and of the calls that wait for a flow: the only global state of
 * the package. All node files share it, because a generic response must find a call whichever node took it.
 */
class Hosting {
  readonly switchboard = new Switchboard()
  /** Sites with many pages below one path, on Node-RED's port and on ports of its own. */
  readonly sites = new Sites()
  readonly ports = new OwnPorts(this.switchboard, {}, this.sites)
  readonly waiting = new WaitingCalls()
  /** The nodes that are to host an operation, and whether they do. */
  readonly listening = new Listening()
  /** Pages for people, on Node-RED's own port. */
  readonly pages = new Pages()
  readonly #mounted = new WeakSet<object>()
  readonly #probes = new Set<{ isOurs: (req: object) => boolean; tell: () => void }>()

  /** True when `httpNodeAuth` stands before our route on Node-RED's port. */
  asksForLogin(runtime: Runtime): Promise<boolean> {
    return asksForLogin(runtime, (isOurs, tell) => {
      const probe = { isOurs, tell }
      this.#probes.add(probe)
      return () => void this.#probes.delete(probe)
    })
  }

  /**
   * Puts our one permanent route on Node-RED's port. Routes of nodes that come and go would need Express's
   * internals to be taken off again; this one only looks an address up.
   */
  mountOn(runtime: Runtime): void {
    const { httpNode } = runtime
    if (!httpNode || this.#mounted.has(httpNode)) return
    this.#mounted.add(httpNode)
    const middleware = middlewareOf(runtime.settings.httpNodeMiddleware)
    runtime.serve((req, res, next) => {
      const probe = this.#probes.size > 0 && [...this.#probes].find(({ isOurs }) => isOurs(req))
      if (probe) probe.tell()
      else if (this.pages.hosts(req)) {
        runAll(middleware, req, res, next, () => this.pages.handle(req, res))
      } else if (this.switchboard.hosts(NODE_RED_MOUNT, req)) {
        runAll(middleware, req, res, next, () => this.switchboard.dispatch(req, res, next))
      } else if (this.sites.hosts(NODE_RED_MOUNT, req)) {
        runAll(middleware, req, res, next, () => this.sites.handle(NODE_RED_MOUNT, req, res))
      } else next()
    })
  }
}

export const hosting = new Hosting()

/** The middleware that a site puts before its `http in` nodes; it holds for our addresses on the same port too. */
function middlewareOf(setting: unknown): readonly Middleware[] {
  const list: unknown[] = Array.isArray(setting) ? setting : [setting]
  return list.filter((item): item is Middleware => typeof item === 'function')
}

function runAll(
  list: readonly Middleware[],
  req: IncomingMessage,
  res: ServerResponse,
  next: (error?: unknown) => void,
  last: () => void,
): void {
  const [first, ...rest] = list
  if (!first) return last()
  first(req, res, (error) => {
    if (error) next(error)
    else runAll(rest, req, res, next, last)
  })
}
