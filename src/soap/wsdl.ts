import { XML_DECLARATION, escapeAttribute, type Operation } from '../messages/index.js'
import type { InboundRule } from './inbound/rule.js'
import { responseName, resultName, type ServiceNames } from './reply-form.js'

export { OPERATIONS, type Operation } from '../messages/index.js'

/** The name of the one string in each operation, as the interface document has it (reading A8). */
export const PARAMETER_NAMES: Readonly<Record<Operation, string>> = {
  SynCrisisInfo: 'inputString',
  SynCrisisResponseInfo: 'req',
}

/** The interface document names no namespace (reading A7); this one is ours. */
export const TARGET_NAMESPACE = 'urn:hospital-flows:crisis'

export interface WsdlOptions extends ServiceNames {
  readonly operations: readonly Operation[]
  /** Address at which the service is called. */
  readonly address: string
  /** Calls of other shapes that the service takes as well. */
  readonly rules?: readonly InboundRule[] | undefined
}

/** One operation as the WSDL describes it. */
interface Described {
  /** Its name, which is that of its element. */
  readonly name: string
  /** Namespace of its elements, '' = none. */
  readonly namespace: string
  readonly parameters: readonly string[]
  readonly response: string
  readonly result: string
  /** '' = none. */
  readonly resultNamespace: string
}

/**
 * Our WSDL 1.1: document/literal wrapped with qualified elements, the one style all toolkits take and of which WCF's
 * svcutil makes operations with a string each, in one piece without imports, with a port for each SOAP version and an
 * empty SOAPAction.
 */
export function ourWsdl(options: WsdlOptions): string {
  const address = escapeAttribute(options.address)
  const target = options.namespace ?? TARGET_NAMESPACE
  const namespace = escapeAttribute(target)
  const operations = describedBy(options, target)
  return `${XML_DECLARATION}
<wsdl:definitions name="CrisisService" targetNamespace="${namespace}" xmlns:tns="${namespace}" xmlns:wsdl="http://schemas.xmlsoap.org/wsdl/" xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/" xmlns:soap12="http://schemas.xmlsoap.org/wsdl/soap12/" xmlns:xs="http://www.w3.org/2001/XMLSchema">
  <wsdl:types>
${schemas(operations)}
  </wsdl:types>
${operations.map((operation) => messages(operation, target)).join('\n')}
  <wsdl:portType name="Crisis">
${operations.map(portOperation).join('\n')}
  </wsdl:portType>
${binding('soap', 'CrisisSoap', operations)}
${binding('soap12', 'CrisisSoap12', operations)}
  <wsdl:service name="CrisisService">
    <wsdl:port name="CrisisSoap" binding="tns:CrisisSoap">
      <soap:address location="${address}"/>
    </wsdl:port>
    <wsdl:port name="CrisisSoap12" binding="tns:CrisisSoap12">
      <soap12:address location="${address}"/>
    </wsdl:port>
  </wsdl:service>
</wsdl:definitions>
`
}

/** The operations of the interface and those of the rules; of a name that both have, the one of the rule. */
function describedBy(options: WsdlOptions, target: string): readonly Described[] {
  const { operations, resultNamespace = target, rules = [] } = options
  const ruled = rules.flatMap((rule) =>
    rule.elements.map((name) => describedRule(rule, name, target)),
  )
  // Operations of one name with other messages are more than toolkits understand (WS-I Basic Profile 1.1, R2304).
  const first = ruled.filter(
    ({ name }, index) => ruled.findIndex((other) => other.name === name) === index,
  )
  const ours = operations.filter((name) => !ruled.some((rule) => rule.name === name))
  return [
    ...ours.map((name) => ({
      name,
      namespace: target,
      parameters: [PARAMETER_NAMES[name]],
      response: `${name}Response`,
      result: resultName(options, name),
      resultNamespace,
    })),
    ...first,
  ]
}

function describedRule(rule: InboundRule, name: string, target: string): Described {
  const { operation, document, parameters, reply, namespace = target } = rule
  const named = [typeof operation === 'string' ? undefined : operation.parameter, document].filter(
    (one) => typeof one === 'string',
  )
  const known = parameters.length > 0 ? parameters : named
  return {
    name,
    namespace,
    parameters: known.length > 0 ? known : [PARAMETER_NAMES.SynCrisisInfo],
    response: responseName(reply, name),
    result: resultName(reply, name),
    resultNamespace: reply.resultNamespace ?? namespace,
  }
}

/** A schema for each namespace; those of answers' elements that have one of their own stand first. */
function schemas(operations: readonly Described[]): string {
  const namespaces = [...new Set(operations.map(({ namespace }) => namespace))]
  const isForeign = ({ namespace, resultNamespace }: Described): boolean =>
    resultNamespace !== '' && resultNamespace !== namespace
  const others = [
    ...new Set(
      operations
        .filter(isForeign)
        .map(({ resultNamespace }) => resultNamespace)
        .filter((one) => !namespaces.includes(one)),
    ),
  ]
  const resultsIn = (namespace: string): readonly string[] => {
    const there = operations.filter((one) => isForeign(one) && one.resultNamespace === namespace)
    return [...new Set(there.map(({ result }) => result))].map(
      (result) => `      <xs:element name="${result}" type="xs:string"/>`,
    )
  }
  return [...others, ...namespaces]
    .flatMap((namespace) => {
      const own = operations.filter((operation) => operation.namespace === namespace)
      const imported = [...new Set(own.filter(isForeign).map((one) => one.resultNamespace))]
      const target = namespace === '' ? '' : ` targetNamespace="${escapeAttribute(namespace)}"`
      return [
        `    <xs:schema${target} elementFormDefault="qualified">`,
        ...imported.map((one) => `      <xs:import namespace="${escapeAttribute(one)}"/>`),
        ...resultsIn(namespace),
        ...own.flatMap(elementsOf),
        '    </xs:schema>',
      ]
    })
    .join('\n')
}

function elementsOf(operation: Described): readonly string[] {
  const { name, namespace, parameters, response, result, resultNamespace } = operation
  const answer =
    resultNamespace === namespace
      ? string(result)
      : resultNamespace === ''
        ? string(result, ' form="unqualified"')
        : `<xs:element xmlns:r="${escapeAttribute(resultNamespace)}" ref="r:${result}" minOccurs="0"/>`
  return [
    element(
      name,
      parameters.map((parameter) => string(parameter)),
    ),
    element(response, [answer]),
  ]
}

// Optional, because toolkits leave out an empty string and the answer to that is ours to give.
const string = (name: string, form = ''): string =>
  `<xs:element name="${name}" type="xs:string"${form} minOccurs="0"/>`

const element = (
  name: string,
  parts: readonly string[],
): string => `      <xs:element name="${name}">
        <xs:complexType>
          <xs:sequence>
            ${parts.join('\n            ')}
          </xs:sequence>
        </xs:complexType>
      </xs:element>`

function messages({ name, namespace, response }: Described, target: string): string {
  const part = (local: string): string => {
    if (namespace === target) return `element="tns:${local}"`
    if (namespace === '') return `element="${local}"`
    return `xmlns:q="${escapeAttribute(namespace)}" element="q:${local}"`
  }
  return `  <wsdl:message name="${name}">
    <wsdl:part name="parameters" ${part(name)}/>
  </wsdl:message>
  <wsdl:message name="${name}Response">
    <wsdl:part name="parameters" ${part(response)}/>
  </wsdl:message>`
}

function portOperation({ name }: Described): string {
  return `    <wsdl:operation name="${name}">
      <wsdl:input message="tns:${name}"/>
      <wsdl:output message="tns:${name}Response"/>
    </wsdl:operation>`
}

function binding(
  prefix: 'soap' | 'soap12',
  title: string,
  operations: readonly Described[],
): string {
  const bound = operations.map(
    ({ name }) => `    <wsdl:operation name="${name}">
      <${prefix}:operation soapAction="" style="document"/>
      <wsdl:input><${prefix}:body use="literal"/></wsdl:input>
      <wsdl:output><${prefix}:body use="literal"/></wsdl:output>
    </wsdl:operation>`,
  )
  return `  <wsdl:binding name="${title}" type="tns:Crisis">
    <${prefix}:binding style="document" transport="http://schemas.xmlsoap.org/soap/http"/>
${bound.join('\n')}
  </wsdl:binding>`
}
