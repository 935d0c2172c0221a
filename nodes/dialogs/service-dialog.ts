import type { Runtime } from '../face/index.js'
import type { ServiceCredentials } from '../settings/index.js'

/**
 * The secrets of a saved service for its dialog, which lists them for whoever gives them to the callers. They are
 * credentials of the type `password`, which Node-RED shows to nobody; those who may change flows could have them
 * sent anywhere by a flow.
 */
export function serveServiceDialog(runtime: Runtime): void {
  runtime.answer('service-secrets', async ({ id }) => {
    const saved = runtime.credentials(String(id)) as Partial<ServiceCredentials>
    const { licences = '', pathSecret = '' } = saved
    return { licences, pathSecret }
  })
}
