import type { NodeAPI } from 'node-red'
import { route } from './editor-api.js'
import type { ServiceCredentials } from './settings.js'

/**
 * The secrets of a saved service for its dialog, which lists them for whoever gives them to the callers. They are
 * credentials of the type `password`, which Node-RED shows to nobody; those who may change flows could have them
 * sent anywhere by a flow.
 */
export function serveServiceSecrets(RED: NodeAPI): void {
  route(RED, 'service-secrets', async ({ id }) => {
    const saved = RED.nodes.getCredentials(String(id)) as Partial<ServiceCredentials> | undefined
    const { licences = '', pathSecret = '' } = saved ?? {}
    return { licences, pathSecret }
  })
}
