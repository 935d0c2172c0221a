import type { Flag } from '../messages/index.js'
import type { ArgumentForm } from './envelope-reader.js'
import type { RuledCall } from './inbound/rule.js'
import type { SoapVersion } from './version.js'

/** A request, as its envelope was read. */
export interface SoapCall {
  readonly version: SoapVersion
  /** Local name of the Body's first child. */
  readonly operation: string
  /** Namespace of that element, '' when there is none. */
  readonly namespace: string
  /** Local name of the element that held the argument; null when the operation held it directly. */
  readonly argumentName: string | null
  /** Namespace of that element, '' when there is none. */
  readonly argumentNamespace: string
  /** The exact string; null when it is missing or xsi:nil. */
  readonly argument: string | null
  readonly form: ArgumentForm | null
  /** RPC/encoded: a type, an encoding style or a reference stands with it (SOAP 1.1 section 5). */
  readonly encoded: boolean
  /** Several documents or operations: to take one would lose the others. */
  readonly ambiguous: boolean
  /**
   * `doubleEscaped`, `argumentInline`, `argumentInOperation`, `argumentsIgnored`, `surrogateReferences`,
   * `spaceBeforeXml`
   */
  readonly flags: readonly Flag[]
  /** There for a call of another shape than ours, which a rule of the service names. */
  readonly ruled?: RuledCall
}
