import { parentPort, workerData } from 'node:worker_threads'
import { CrisisError } from '../messages/index.js'
import { RemoteError } from './remote-errors.js'
import { describeSource } from './remote-reader.js'
import { unusable } from './remote-wsdl.js'
import type { Transport, TransportReply } from './transport.js'
import type { Fetched, FromReader, Reading } from './remote-worker-protocol.js'

// The thread that reads a peer's description: whatever a stranger's file does to a library, to the memory or to the
// time, it does here.
const port = parentPort!
const { source, parameter } = workerData as Reading
const say = (message: FromReader) => port.postMessage(message)

/** A file that could not be had; what its error says stays with the thread that fetched it. */
class FetchFailed extends CrisisError {
  constructor(
    code: string,
    readonly id: number,
  ) {
    super(code, { zh: '', en: '' })
  }
}

const waiting = new Map<number, (fetched: Fetched) => void>()
let asked = 0

const transport: Pick<Transport, 'get'> = {
  get: (url) =>
    new Promise<TransportReply>((resolve, reject) => {
      const id = ++asked
      waiting.set(id, (fetched) => {
        if ('failed' in fetched) return reject(new FetchFailed(fetched.code, id))
        const { status, contentType, authenticate, bytes } = fetched
        resolve({
          status,
          headers: {
            ...(contentType !== undefined && { 'content-type': contentType }),
            ...(authenticate !== undefined && { 'www-authenticate': authenticate }),
          },
          bytes: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength),
        })
      })
      say({ type: 'fetch', id, url })
    }),
}

port.on('message', (fetched: Fetched) => {
  waiting.get(fetched.id)?.(fetched)
  waiting.delete(fetched.id)
})

describeSource(source, transport, parameter).then(
  (description) => end({ type: 'read', description }),
  (error: unknown) => {
    if (error instanceof FetchFailed) return end({ type: 'fetchFailed', id: error.id })
    const { code, reason, status } = error instanceof RemoteError ? error : unusable(error)
    end({ type: 'failed', code, reason, ...(status !== undefined && { status }) })
  },
)

function end(message: FromReader): void {
  say(message)
  port.close()
}
