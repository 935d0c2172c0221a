import { connect } from 'node:net'
import type { Attack } from './attacks.js'

/** Sends bytes and collects what comes back until the other side hangs up. */
export function exchange(port: number, { bytes, afterwards = 'waits' }: Attack): Promise<string> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = []
    const socket = connect(port, '127.0.0.1', () => {
      if (afterwards === 'ends') socket.end(bytes)
      else if (afterwards === 'waits') socket.write(bytes)
      else socket.write(bytes, () => socket.destroy())
    })
    socket.on('data', (chunk) => chunks.push(chunk))
    // Being hung up on is one of the right answers.
    socket.on('error', () => {})
    socket.on('close', () => resolve(Buffer.concat(chunks).toString('utf8')))
  })
}

/** What came back, in the words of a table. */
export function answerIn(text: string): string {
  const status = /^HTTP\/1\.1 (\d{3})/.exec(text)?.[1]
  if (status === undefined) return 'hung up on'
  const fault = /<faultstring>[^<]* \/ ([^<]*)<\/faultstring>/.exec(text)?.[1]
  if (fault !== undefined) return `HTTP ${status}, Fault: ${fault}`
  const code = /&lt;code&gt;(\w+)&lt;/.exec(text)?.[1]
  return code === undefined ? `HTTP ${status}` : `HTTP ${status}, code ${code}`
}
