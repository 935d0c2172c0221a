import type { Node, NodeAPI } from 'node-red'
import type { CrisisError } from '../../src/messages/index.js'
import { nodeError } from './language.js'

/** Node-RED's way to the Catch nodes, which is not in its types. */
interface WithFlow {
  readonly _flow?: { handleError?(node: Node, error: Error, msg: object): boolean }
}

/**
 * Tells that something is over, the way its alarm went: whoever pages on Catch waits there for the all-clear, and
 * knows it by its code. Logged as information: `node.error` would log it as an error where no Catch node is.
 */
export function tellAllClear(RED: NodeAPI, node: Node, news: CrisisError): void {
  const error = nodeError(RED, news)
  ;(node as Node & WithFlow)._flow?.handleError?.(node, error, {})
  node.log(error.message)
}
