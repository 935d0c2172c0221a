import type { NodeAPI } from 'node-red'
import { LedgerError } from '../../src/ledger/index.js'
import { asCrisisError, type Reason } from '../../src/messages/index.js'
import type { Language } from '../settings/index.js'

let known: Language | undefined

/**
 * The language of what people at the hospital read: pages, reasons, errors, logs, statuses. It is that of the first
 * `crisis store` in the flows, and Chinese where there is none, whatever the language of the machine is.
 */
export function languageOf(RED: NodeAPI): Language {
  if (known) return known
  RED.nodes.eachNode((node) => {
    if (node.type !== 'crisis store') return
    const { language } = node as { language?: unknown }
    known ??= language === 'en-US' ? language : 'zh-CN'
  })
  return known ?? 'zh-CN'
}

/** Looks for it anew, when a `crisis store` comes or goes; kept meanwhile, because each status asks. */
export function forgetLanguage(): void {
  known = undefined
}

export const wordsOf = (language: Language, { zh, en }: Reason): string =>
  language === 'zh-CN' ? zh : en

/** Each entry of ours in the log ends its first line so, and log collectors look for it: it never changes. */
export const lineOf = (text: string, code: string): string => `${text} [${code}]`

/**
 * The error a node hands to `done`: one line in the language of the hospital with its code at the end. Catch nodes
 * get `code` and `cause`; nothing of the message's content stands in it.
 */
export class NodeError extends Error {
  override readonly name: string = 'NodeError'

  constructor(
    readonly code: string,
    text: string,
    cause: unknown,
  ) {
    super(lineOf(text, code), { cause })
    // Node-RED prints a stack to the console: for an expected failure it would only hide the sentence.
    this.stack = `${this.name}: ${this.message}`
  }
}

/**
 * The place where something unexpected happened. The text of an error may quote the message that it happened at, as that of a
 * SyntaxError does, so only those of the language itself that never do are told.
 */
function placeOf(cause: unknown): string {
  if (!(cause instanceof Error)) return lineOf(typeof cause, 'UNEXPECTED')
  const isSafe = cause instanceof TypeError || cause instanceof RangeError
  const frames = (cause.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line))
  const name = isSafe ? `${cause.name}: ${cause.message.replaceAll('\n', ' ')}` : cause.name
  return [lineOf(name, 'UNEXPECTED'), ...frames].join('\n')
}

/** Whatever was thrown, as the error to hand to `done`. The cause of an unexpected one is logged. */
export function nodeErrorIn(RED: NodeAPI, thrown: unknown): NodeError {
  const error = asCrisisError(thrown)
  if (error.code === 'UNEXPECTED') RED.log.error(`[crisis] ${placeOf(error.cause)}`)
  const evidence = error instanceof LedgerError ? error.evidence : undefined
  const text = wordsOf(languageOf(RED), error.reason)
  return new NodeError(error.code, evidence === undefined ? text : `${text} (${evidence})`, error)
}
