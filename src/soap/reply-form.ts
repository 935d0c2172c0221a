import type { GenericResponse } from '../messages/index.js'

/** Names for callers whose stub is fixed, and expects others than our WSDL has by itself. */
export interface ServiceNames {
  /** Namespace of the operations and of their answers. Default is `TARGET_NAMESPACE`, and in an answer that of the call. */
  readonly namespace?: string | undefined
  /** The element that holds the answer; `*` stands for the operation's name. Default is `return`. */
  readonly result?: string | undefined
  /** Its namespace, '' = none. Default is that of the operation, or none where the call's parameter had none. */
  readonly resultNamespace?: string | undefined
}

/** The shape of the answers to calls of another shape than ours. */
export interface ReplyForm extends ServiceNames {
  /** The element in the Body; `*` stands for the one that was called. Default is `*Response`. */
  readonly response?: string | undefined
  /** Writes the document of an answer. Default is the generic response (document 7.1). */
  readonly write?: (answer: GenericResponse) => string
  /** True when a failure is answered by a Fault and HTTP status 500. Default is false. */
  readonly fault?: boolean
}

export const resultName = (names: ServiceNames, operation: string): string =>
  (names.result ?? 'return').replaceAll('*', () => operation)

export const responseName = ({ response = '*Response' }: ReplyForm, operation: string): string =>
  response.replaceAll('*', () => operation)
