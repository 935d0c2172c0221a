import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import type { Runtime } from '../face/index.js'

/** Longest wait for what a site has put before its nodes. */
const PROBE_MS = 1_000

/** The answers of who asks for a login. */
const ASKS: ReadonlySet<number> = new Set([401, 403, 407])

/**
 * True when `httpNodeAuth` of settings.js is really asked of callers. It is whoever starts Node-RED that sees to that:
 * the `node-red` command does, a program that embeds Node-RED may not. So a request without a login is put to
 * the server, not over the network; whether it comes as far as our own route is told by `reached`.
 *
 * @param reached calls back for a request that has come to our route; returns how to stop that
 */
export async function asksForLogin(
  runtime: Runtime,
  reached: (isOurs: (req: object) => boolean, tell: () => void) => () => void,
): Promise<boolean> {
  const { httpNodeAuth, httpNodeRoot } = runtime.settings
  const { server } = runtime
  if (!httpNodeAuth || httpNodeRoot === false || !server) return false
  const socket = new Socket()
  const req = new IncomingMessage(socket)
  req.method = 'POST'
  req.url = `${(httpNodeRoot ?? '/').replace(/\/+$/, '')}/${PROBE_PATH}`
  req.headers = { host: '127.0.0.1', 'content-length': '0' }
  req.push(null)
  const res = new ServerResponse(req)
  return new Promise<boolean>((resolve) => {
    const end = (asks: boolean): void => {
      clearTimeout(timer)
      stop()
      socket.destroy()
      resolve(asks)
    }
    const timer = setTimeout(() => end(false), PROBE_MS)
    const stop = reached(
      (one) => one === req,
      () => end(false),
    )
    // The answer goes nowhere, and is not waited for.
    res.end = (() => {
      end(ASKS.has(res.statusCode))
      return res
    }) as typeof res.end
    try {
      server.emit('request', req, res)
    } catch {
      end(false)
    }
  })
}

/** No node has it; our route lets it pass. */
export const PROBE_PATH = 'hospital-flows-crisis/login-probe'
