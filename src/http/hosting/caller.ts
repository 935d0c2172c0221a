import type { IncomingMessage } from 'node:http'
import { isIP, type Socket } from 'node:net'
import { plainAddress, type AddressList } from './address-list.js'
import { Connection } from './connection.js'

/** Longer chains of proxies do not exist; a longer header is somebody's invention. */
const MAX_HOPS = 32

/** The other end of the connection; '' where that was closed before anything of it was seen. */
export const remoteAddressOf = (req: IncomingMessage): string => remoteAddressOfSocket(req.socket)

export const remoteAddressOfSocket = (socket: Socket): string =>
  Connection.of(socket)?.address ?? plainAddress(socket.remoteAddress ?? '')

/**
 * The address of the caller: the other end of the connection, or, where that is one of the trusted proxies, the nearest address
 * in `X-Forwarded-For` that is not. Addresses further left were written by the caller and prove nothing.
 * '' when a trusted proxy says something that is no address: then nobody knows.
 */
export function callerOf(req: IncomingMessage, proxies: AddressList | undefined): string {
  let caller = remoteAddressOf(req)
  if (!proxies?.has(caller)) return caller
  const header = req.headers['x-forwarded-for'] ?? ''
  const hops = (Array.isArray(header) ? header.join() : header).split(',')
  if (hops.length > MAX_HOPS) return ''
  while (proxies.has(caller)) {
    const hop = hops.pop()?.trim() ?? ''
    // A proxy that names nobody speaks for itself.
    if (hop === '') return hops.length === 0 ? caller : ''
    caller = plainAddress(withoutPort(hop))
    if (isIP(caller) === 0) return ''
  }
  return caller
}

/** Some proxies write `1.2.3.4:567` or `[::1]:567`. */
function withoutPort(hop: string): string {
  return (
    /^\[([^\]]+)\](?::\d+)?$/.exec(hop)?.[1] ?? /^(\d+\.\d+\.\d+\.\d+):\d+$/.exec(hop)?.[1] ?? hop
  )
}
