import type { Socket } from 'node:net'

/** More than any interim reply has: what goes on past it is no such thing. */
const MAX_INTERIM_BYTES = 16 * 1024
const INTERIM = 'HTTP/1.1 100'
const HEAD_END = '\r\n\r\n'

/**
 * Takes "100 Continue" out of what is read from a socket. Old servers (IIS up to 6) send it without being asked;
 * RFC 9110 section 15.2 lets a client ignore it, but undici gives up the connection.
 *
 * Returns a function to be called as each request is sent.
 */
export function withoutContinue(socket: Socket): () => void {
  let awaiting = false
  let held: Buffer | undefined
  const read = socket.read.bind(socket)
  socket.read = (size?: number): Buffer | null => {
    for (;;) {
      const chunk = read(size) as Buffer | null
      if (chunk === null || !awaiting) return chunk
      const bytes = held ? Buffer.concat([held, chunk]) : chunk
      const rest = finalOf(bytes)
      held = rest === undefined ? bytes : undefined
      if (rest === undefined || rest.length === 0) continue
      awaiting = false
      return rest
    }
  }
  return () => {
    awaiting = true
    held = undefined
  }
}

/** The bytes behind interim replies; undefined when more is needed to tell. */
function finalOf(bytes: Buffer): Buffer | undefined {
  let from = 0
  for (;;) {
    if (bytes.length === from) return bytes.subarray(from)
    const start = bytes.toString('latin1', from, from + INTERIM.length)
    if (!INTERIM.startsWith(start)) return from === 0 ? bytes : bytes.subarray(from)
    if (start.length < INTERIM.length) return undefined
    const end = bytes.indexOf(HEAD_END, from, 'latin1')
    if (end < 0) return bytes.length - from > MAX_INTERIM_BYTES ? bytes.subarray(from) : undefined
    from = end + HEAD_END.length
  }
}
