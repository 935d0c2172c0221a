import type { Operation, Wrapping, XmlPath } from '../../messages/index.js'
import type { ReplyForm } from '../reply-form.js'

/** The place of the operation's name where a call says it by a value. */
export interface OperationByValue {
  /** Name of the parameter, or its place from 1. */
  readonly parameter: string | number
  /** The place in the XML that the parameter holds; undefined = its whole text. */
  readonly path: XmlPath | undefined
  readonly values: ReadonlyMap<string, Operation>
}

/** Makes a document of ours of one of another system. It may throw a CrisisError, with which the call is answered. */
export type Convert = (document: string, operation: Operation) => string

/** A call of another shape than ours that a service takes, and the shape of its answer. */
export interface InboundRule {
  /** Local names of the element in the Body. */
  readonly elements: readonly string[]
  /** Its namespace, '' = without; undefined = any. */
  readonly namespace: string | undefined
  /** Names of the parameters, in the order in which the WSDL describes them. */
  readonly parameters: readonly string[]
  /** The parameter that holds the document, by its name or its place from 1; undefined = as in a call of ours. */
  readonly document: string | number | undefined
  readonly operation: Operation | OperationByValue
  readonly unwrap: readonly Wrapping[]
  /** Makes a document of ours of what was unwrapped; undefined = it is one. */
  readonly convert: Convert | undefined
  readonly reply: ReplyForm
}

/** A call that a rule names, as far as only that rule can tell what it means. */
export interface RuledCall {
  readonly rule: InboundRule
  /** Text of the parameter that says the operation; null where there is none. */
  readonly value: string | null
}

/** The rules of one service. No call fits two of them. */
export class InboundRules {
  readonly #byElement = new Map<string, InboundRule[]>()

  constructor(readonly list: readonly InboundRule[]) {
    for (const rule of list) {
      for (const element of rule.elements) {
        this.#byElement.set(element, [...(this.#byElement.get(element) ?? []), rule])
      }
    }
  }

  find(element: string, namespace: string): InboundRule | undefined {
    return this.#byElement
      .get(element)
      ?.find((rule) => rule.namespace === undefined || rule.namespace === namespace)
  }

  /** The names that callers may use beside those of the interface. */
  get elements(): readonly string[] {
    return [...this.#byElement.keys()]
  }
}
