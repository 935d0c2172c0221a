import { FEEDBACK_DOCUMENT, SERVICE_PATH, SUCCESS } from '../samples.js'
import { door } from './package.js'

/** Calls as version 0.1.0 does. */
export async function openVersion010(
  port: number,
  maxSockets: number,
): Promise<() => Promise<void>> {
  const { Poster } = door('http')
  const remote = await door('soap').openRemote({
    operation: 'SynCrisisResponseInfo',
    transport: new Poster({ maxSockets }),
    address: `http://127.0.0.1:${port}${SERVICE_PATH}`,
  })
  return async () => {
    const { value } = await remote.call(FEEDBACK_DOCUMENT)
    if (value !== SUCCESS) throw new Error('not answered with a success')
  }
}
