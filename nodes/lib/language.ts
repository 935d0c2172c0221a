import type { NodeAPI } from 'node-red'
import { LedgerError } from '../../src/ledger/index.js'
import { asCrisisError, type Reason } from '../../src/messages/index.js'

/** The runtime's language, which is not the browser's: logs and errors are in it. */
export function pick(RED: NodeAPI, set: string, reason: Reason): string {
  // Node-RED does not tell its language, but it answers with the catalogue it has chosen.
  return RED._(`${set}.language`) === 'zh-CN' ? reason.zh : reason.en
}

/**
 * The error a node hands to `done`: one line in the runtime's language with its code at the end. Catch nodes
 * get `code` and `cause`; nothing of the message's content stands in it.
 */
export class NodeError extends Error {
  override readonly name: string = 'NodeError'

  constructor(
    readonly code: string,
    text: string,
    cause: unknown,
  ) {
    super(`${text} [${code}]`, { cause })
    // Node-RED prints a stack to the console: for an expected failure it would only hide the sentence.
    this.stack = `${this.name}: ${this.message}`
  }
}

/** Whatever was thrown, as the error to hand to `done`. An unexpected one keeps its stack as the cause. */
export function nodeError(RED: NodeAPI, set: string, thrown: unknown): NodeError {
  const error = asCrisisError(thrown)
  const evidence = error instanceof LedgerError ? error.evidence : undefined
  const text = pick(RED, set, error.reason)
  return new NodeError(error.code, evidence === undefined ? text : `${text} (${evidence})`, error)
}
