import type { Node, NodeAPI } from 'node-red'
import { variableIn } from './setting-values.js'

/**
 * Settings of an open dialog as Node-RED would give them to the node: a whole value that names a variable is what that
 * holds. One that is not set stays as it is written, and is named by `requireVariable`.
 */
export function withVariables<T extends object>(RED: NodeAPI, node: Node | null, settings: T): T {
  const entries = Object.entries(settings).map(([name, value]: [string, unknown]) => {
    const asked = variableIn(value)
    if (asked === undefined) return [name, value]
    const found: unknown = RED.util.evaluateNodeProperty(asked, 'env', node ?? ({} as Node), {})
    return [name, found === undefined || found === '' ? value : found]
  })
  return Object.fromEntries(entries) as T
}
