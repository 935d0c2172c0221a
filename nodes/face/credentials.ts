import type { Node } from 'node-red'
import { requireVariable } from '../settings/index.js'

/**
 * A node's credentials. Node-RED gives a node none at all, against its types, while none are set and the name
 * of its type has a space in it.
 * @throws SettingError SETTING_MISSING for an environment variable that is not set: its name must never be the secret
 */
export function credentialsOf<T extends object>(node: Node<T>): Partial<T> {
  const credentials: Partial<T> = node.credentials ?? {}
  Object.values(credentials).forEach(requireVariable)
  return credentials
}
