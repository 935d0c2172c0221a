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

/**
 * Where something unexpected happened. The text of an error may quote the message that it happened at, as that of a
 * SyntaxError does, so only those of the language itself that never do are told.
 */
function placeOf(cause: unknown): string {
  if (!(cause instanceof Error)) return typeof cause
  const isSafe = cause instanceof TypeError || cause instanceof RangeError
  const frames = (cause.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line))
  return [isSafe ? `${cause.name}: ${cause.message}` : cause.name, ...frames].join('\n')
}

/** Whatever was thrown, as the error to hand to `done`. The cause of an unexpected one is logged. */
export function nodeError(RED: NodeAPI, set: string, thrown: unknown): NodeError {
  const error = asCrisisError(thrown)
  if (error.code === 'UNEXPECTED') RED.log.error(`${set}: ${placeOf(error.cause)}`)
  const evidence = error instanceof LedgerError ? error.evidence : undefined
  const text = pick(RED, set, error.reason)
  return new NodeError(error.code, evidence === undefined ? text : `${text} (${evidence})`, error)
}
