import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { asCrisisError } from '../messages/index.js'
import type { Description, WsdlListing } from './remote-description.js'
import { RemoteError } from './remote-errors.js'
import { tooBigToRead, unusable } from './remote-wsdl.js'
import type { Fetched, FromReader, Reading } from './remote-worker-protocol.js'
import type { Transport } from './transport.js'

/** Longest time for a description, its files included, in ms. */
const MOST_MS = 60_000
/** In MiB; the largest descriptions in the field take a tenth of it. */
const LIMITS = { maxOldGenerationSizeMb: 320, maxYoungGenerationSizeMb: 48, stackSizeMb: 4 }

/**
 * Reads a description in a thread of its own, whose limits of time and memory are all that a stranger's file can
 * reach. Its files are fetched here.
 * @param source URL or text
 * @throws RemoteError WSDL_UNREADABLE, HTTP_STATUS; those of the transport
 */
export function readDescription(
  { source, parameter }: Reading,
  transport: Pick<Transport, 'get'>,
  signal?: AbortSignal,
): Promise<Description> {
  const errors = new Map<number, unknown>()
  const given: Reading = { source, parameter }
  const worker = new Worker(join(__dirname, 'remote-worker.js'), {
    workerData: given,
    resourceLimits: LIMITS,
    // Nothing of the process is its business.
    env: {},
    execArgv: [],
  })
  const { promise, resolve, reject } = Promise.withResolvers<Description>()
  const timer = setTimeout(() => reject(tooBigToRead()), MOST_MS)
  const onAbort = () => reject(asError(signal?.reason))
  if (signal?.aborted) onAbort()
  signal?.addEventListener('abort', onAbort)

  const fetch = async (id: number, url: string): Promise<void> => {
    let fetched: Fetched
    try {
      const { status, headers, bytes } = await transport.get(url, signal)
      fetched = {
        id,
        status,
        contentType: headers['content-type'],
        authenticate: headers['www-authenticate'],
        // A copy, because the bytes may be a view of something bigger.
        bytes: Uint8Array.from(bytes),
      }
    } catch (error) {
      errors.set(id, error)
      fetched = { id, failed: true, code: asCrisisError(error).code }
    }
    worker.postMessage(fetched, [])
  }

  worker.on('message', (message: FromReader) => {
    switch (message.type) {
      case 'fetch':
        return void fetch(message.id, message.url)
      case 'read':
        return resolve(message.description)
      case 'failed': {
        const { code, reason, status } = message
        return reject(new RemoteError(code, reason, status === undefined ? {} : { status }))
      }
      case 'fetchFailed':
        return reject(asError(errors.get(message.id)))
    }
  })
  // Out of memory, or out of stack.
  worker.on('error', (error: Error & { readonly code?: string }) =>
    reject(error.code === 'ERR_WORKER_OUT_OF_MEMORY' ? tooBigToRead(error) : unusable(error)),
  )
  worker.on('exit', () => reject(unusable()))
  return promise.finally(() => {
    clearTimeout(timer)
    signal?.removeEventListener('abort', onAbort)
    void worker.terminate()
  })
}

const asError = (thrown: unknown): Error =>
  thrown instanceof Error ? thrown : new Error('the reading was stopped', { cause: thrown })

/**
 * Lists all that a description offers, for a person to choose from.
 * @param wsdl URL or text
 * @throws RemoteError WSDL_UNREADABLE, HTTP_STATUS; those of the transport
 */
export async function describeWsdl(
  wsdl: string,
  transport: Pick<Transport, 'get'>,
  signal?: AbortSignal,
): Promise<readonly WsdlListing[]> {
  const reading = { source: wsdl.trim(), parameter: undefined }
  return (await readDescription(reading, transport, signal)).listings
}
