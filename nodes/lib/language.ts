import type { NodeAPI } from 'node-red'
import { LedgerError } from '../../src/ledger/index.js'
import { asCrisisError, type Reason } from '../../src/messages/index.js'

export const LANGUAGES = ['zh-CN', 'en-US'] as const
export type Language = (typeof LANGUAGES)[number]

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

export const pick = (RED: NodeAPI, reason: Reason): string => wordsOf(languageOf(RED), reason)

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
    super(`${text} [${code}]`, { cause })
    // Node-RED prints a stack to the console: for an expected failure it would only hide the sentence.
    this.stack = `${this.name}: ${this.message}`
  }
}

/** Whatever was thrown, as the error to hand to `done`. An unexpected one keeps its stack as the cause. */
export function nodeError(RED: NodeAPI, thrown: unknown): NodeError {
  const error = asCrisisError(thrown)
  const evidence = error instanceof LedgerError ? error.evidence : undefined
  const text = pick(RED, error.reason)
  return new NodeError(error.code, evidence === undefined ? text : `${text} (${evidence})`, error)
}
