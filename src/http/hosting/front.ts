import type { IncomingMessage, ServerResponse } from 'node:http'
import { KnownFrames, ourWsdl, SOAP_CONTENT_TYPES } from '../../soap/index.js'
import { remoteAddressOf } from './caller.js'
import { Deadlines } from './deadlines.js'
import { Episodes } from './episodes.js'
import type { HttpError } from '../errors.js'
import { Exchange, type Served } from './exchange.js'
import { Forms } from './form.js'
import { frontBusy, methodRefused } from './front-errors.js'
import { addressOf, asksForWsdl, splitTarget } from './front-url.js'
import type { Address, AddressOptions, Trouble, TurnedAway } from './hosted.js'
import { hasBody, refuse, Replies, send, turnAway } from './replies.js'

export type RequestListener = (req: IncomingMessage, res: ServerResponse) => void

/**
 * Answers the requests of one address. Whatever comes in, each request is answered once and nothing is
 * thrown: a readable envelope always by HTTP 200 and a generic response, all else by a Fault (reading A34).
 */
export function createFront(address: Address): RequestListener {
  const episodes = new Episodes((trouble) => {
    try {
      address.troubleListener(trouble.operation)?.(trouble)
    } catch {
      // The caller's answer matters more than a listener that fails.
    }
  })
  // A trouble without a listener must not count as told.
  const tell = (trouble: Trouble): void => {
    countTurnedAway(address.options, trouble)
    if (address.troubleListener(trouble.operation)) episodes.add(trouble)
  }
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
    // Nobody is left to be answered, and nothing tells any more who it was.
    if (remoteAddress === '' && req.socket.destroyed) return
    const isPost = req.method === 'POST'
    const isWsdl = !isPost && asksForWsdl(splitTarget(req.url ?? '/').query)
    const away = guard?.refuses(req, remoteAddress, isWsdl)
    if (away) {
      tell(troubleOf(away.error, remoteAddress))
      turnAway(req, res, away)
    } else if (!isPost) {
      serveOther(served, remoteAddress, req, res)
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

/** Counts a call of which nothing was read, because too much was under way. */
export function countTurnedAway(
  { onForm }: Pick<AddressOptions, 'onForm'>,
  { code, remoteAddress }: Trouble,
): void {
  if (code !== 'FRONT_BUSY') return
  try {
    onForm?.({ remoteAddress, operation: '', form: TURNED_AWAY })
  } catch {
    // The caller's answer matters more than a listener that fails.
  }
}

// One object, by which whoever counts knows it again.
const TURNED_AWAY: TurnedAway = { turnedAway: 'FRONT_BUSY' }

/** The trouble of a request of which nothing was read. */
export const troubleOf = ({ code, reason, answer }: HttpError, remoteAddress: string): Trouble => ({
  code,
  reason,
  answer,
  remoteAddress,
  operation: '',
  raw: undefined,
  charset: '',
})

function serveOther(
  { address, tell }: Served,
  remoteAddress: string,
  req: IncomingMessage,
  res: ServerResponse,
): void {
  // A body with a GET means nothing; neither may it stay in the way of the next request, nor hold the connection.
  req.resume()
  if (hasBody(req)) res.shouldKeepAlive = false
  const reads = req.method === 'GET' || req.method === 'HEAD'
  const { query } = splitTarget(req.url ?? '/')
  if (reads && asksForWsdl(query)) {
    const location = address.options.publicUrl ?? addressOf(req, address.options.guard?.trusts(req))
    const wsdl = ourWsdl({
      ...address.options.names,
      rules: address.options.rules?.list,
      operations: address.operations(),
      address: location,
    })
    send(res, 200, SOAP_CONTENT_TYPES['1.1'], wsdl)
    return
  }
  tell(troubleOf(methodRefused(req.method ?? ''), remoteAddress))
  res.setHeader('Allow', 'POST, GET, HEAD')
  send(
    res,
    405,
    'text/plain; charset=utf-8',
    '这是 SOAP 服务地址，请用 POST 调用；在地址后加 ?wsdl 可查看 WSDL。\n' +
      'This is the address of a SOAP service: call it by POST; its WSDL is at ?wsdl.\n',
  )
}
