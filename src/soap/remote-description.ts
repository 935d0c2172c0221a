import { OPERATIONS, PARAMETER_NAMES, type Operation } from './wsdl.js'
import type { Dialect } from './remote-dialect.js'
import type { SoapVersion } from './version.js'

/** An operation of a description, with all that a call to it needs. */
export interface WsdlListing {
  readonly service: string
  readonly port: string
  /** Undefined when the port speaks something else than SOAP. */
  readonly soapVersion?: SoapVersion
  readonly address?: string
  readonly operation: string
  /** In the order of the description; empty when the operation takes its string bare. */
  readonly parameters: readonly { readonly name: string; readonly type: string }[]
  /** The dialect by its own choice of parameter; absent when its request could not carry a document. */
  readonly dialect?: Dialect
  /** Several parameters could be the document's, and none is called like ours: a person must choose. */
  readonly undecided?: true
  /** It wants a SOAP header of its own, as for a login. */
  readonly wantsHeader?: true
  /** That header as a template, where the description tells it. */
  readonly header?: string
  /** It wants the headers of WS-Addressing. */
  readonly wantsAddressing?: true
}

/** The offer of a description, in plain values: it can be kept, and sent between threads. */
export interface Description {
  readonly listings: readonly WsdlListing[]
  /** The dialects of our operations by the parameters that were not chosen. */
  readonly dialects: readonly (Pick<WsdlListing, 'service' | 'port' | 'operation'> & {
    readonly dialect: Dialect
  })[]
}

const OUR_PARAMETERS: ReadonlySet<string> = new Set(
  Object.values(PARAMETER_NAMES).map((name) => name.toLowerCase()),
)

const isText = ({ type }: { readonly type: string }): boolean =>
  /(?:^|[:|])string(?:$|\|)/.test(type)

export interface Choice {
  /** Null when the operation takes its string without a parameter around it. */
  readonly name: string | null
  readonly undecided: boolean
}

/** The parameter that the document goes into: the one that is called like ours, else the first string, which is a guess where there are several. */
export function chosenParameter(parameters: WsdlListing['parameters']): Choice {
  const ours = parameters.find(({ name }) => OUR_PARAMETERS.has(name.toLowerCase()))
  if (ours) return { name: ours.name, undecided: false }
  const texts = parameters.filter(isText)
  const [first] = texts.length > 0 ? texts : parameters
  return { name: first?.name ?? null, undecided: parameters.length > 1 && texts.length !== 1 }
}

export const isOneOf = (operation: string, ours: readonly Operation[] = OPERATIONS): boolean =>
  ours.some((one) => one.toLowerCase() === operation.toLowerCase())

/** A description that was kept by this or another version; undefined for what cannot be one. */
export function descriptionOf(text: string): Description | undefined {
  try {
    const kept = JSON.parse(text) as Partial<Description> | null
    return Array.isArray(kept?.listings) && Array.isArray(kept.dialects)
      ? (kept as Description)
      : undefined
  } catch {
    return undefined
  }
}
