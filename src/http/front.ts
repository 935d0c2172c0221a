import type { IncomingMessage, ServerResponse } from 'node:http'
import { KnownFrames, ourWsdl, SOAP_CONTENT_TYPES } from '../soap/index.js'
import { remoteAddressOf } from './caller.js'
import { Deadlines } from './deadlines.js'
import { Episodes } from './episodes.js'
import type { HttpError } from './errors.js'
import { Exchange, type Served } from './exchange.js'
import { Forms } from './form.js'
import { frontBusy } from './front-errors.js'
import { addressOf, asksForWsdl, splitTarget } from './front-url.js'
import type { Address, Trouble } from './hosted.js'
import { refuse, Replies, send, turnAway } from './replies.js'

export type RequestListener = (req: IncomingMessage, res: ServerResponse) => void

/**
 * Answers the requests of one address. Whatever comes in, each request is answered once and nothing is
 * thrown: a readable envelope always by HTTP 200 and a generic response, all else by a Fault (reading A34).
 */
export function createFront(address: Address): RequestListener {
  const episodes = new Episodes((trouble) => {
    try {
      address.options.onTrouble?.(trouble)
    } catch {
      // The caller's answer matters more than a listener that fails.
    }
  })
  const tell = (trouble: Trouble): void => episodes.add(trouble)
  const served: Served = {
    address,
    tell,
    deadlines: new Deadlines(),
    frames: new KnownFrames(),
    forms: new Forms(),
    replies: new Replies(),
  }
  return (req, res) => {
    // A caller that has gone away is no fault of the process. Of a request Node reports errors to listeners only.
    res.on('error', ignore)
    const { guard } = address.options
    const remoteAddress = guard ? guard.callerOf(req) : remoteAddressOf(req)
    const isPost = req.method === 'POST'
    const isWsdl = !isPost && asksForWsdl(splitTarget(req.url ?? '/').query)
    const away = guard?.refuses(req, remoteAddress, isWsdl)
    if (away) {
      tell(troubleOf(away.error, remoteAddress))
      turnAway(req, res, away)
    } else if (!isPost) {
      serveOther(address, req, res)
    } else {
      const underWay = address.load?.enter(remoteAddress)
      if (address.load && !underWay) {
        const error = frontBusy()
        tell(troubleOf(error, remoteAddress))
        refuse(req, res, error)
        return
      }
      new Exchange(served, remoteAddress, underWay, req, res).begin()
    }
  }
}

const ignore = (): void => {}

/** What is told of a request of which nothing was read. */
export const troubleOf = ({ code, reason, answer }: HttpError, remoteAddress: string): Trouble => ({
  code,
  reason,
  answer,
  remoteAddress,
  operation: '',
  raw: undefined,
  charset: '',
})

function serveOther(address: Address, req: IncomingMessage, res: ServerResponse): void {
  // A body with a GET means nothing; it must not stay in the way of the next request.
  req.resume()
  const reads = req.method === 'GET' || req.method === 'HEAD'
  const { query } = splitTarget(req.url ?? '/')
  if (reads && asksForWsdl(query)) {
    const location = address.options.publicUrl ?? addressOf(req)
    const wsdl = ourWsdl({ operations: address.operations(), address: location })
    send(res, 200, SOAP_CONTENT_TYPES['1.1'], wsdl)
    return
  }
  res.setHeader('Allow', 'POST, GET, HEAD')
  send(
    res,
    405,
    'text/plain; charset=utf-8',
    '这是 SOAP 服务地址，请用 POST 调用；在地址后加 ?wsdl 可查看 WSDL。\n' +
      'This is the address of a SOAP service: call it by POST; its WSDL is at ?wsdl.\n',
  )
}
