import type { Runtime } from '../face/index.js'
import { variableIn } from '../settings/index.js'

/**
 * Settings of an open dialog as Node-RED would give them to the node: a whole value that names a variable is what that
 * holds. One that is not set stays as it is written, and is named by `requireVariable`.
 * @param id the node whose dialog it is
 */
export function withVariables<T extends object>(runtime: Runtime, id: string, settings: T): T {
  const entries = Object.entries(settings).map(([name, value]: [string, unknown]) => {
    const asked = variableIn(value)
    if (asked === undefined) return [name, value]
    const found = runtime.variable(asked, id)
    return [name, found === undefined || found === '' ? value : found]
  })
  return Object.fromEntries(entries) as T
}
