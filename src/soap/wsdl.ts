import { XML_DECLARATION, escapeAttribute, type Operation } from '../messages/index.js'

export { OPERATIONS, type Operation } from '../messages/index.js'

/** The name of the one string in each operation, as the interface document has it (reading A8). */
export const PARAMETER_NAMES: Readonly<Record<Operation, string>> = {
  SynCrisisInfo: 'inputString',
  SynCrisisResponseInfo: 'req',
}

/** The interface document names no namespace (reading A7); this one is ours. */
export const TARGET_NAMESPACE = 'urn:hospital-flows:crisis'

/** Names for callers whose stub is fixed, and expects others than our WSDL has by itself. */
export interface ServiceNames {
  /** Namespace of the operations and of their answers. Default is `TARGET_NAMESPACE`, and in an answer that of the call. */
  readonly namespace?: string | undefined
  /** The element that holds the answer; `*` stands for the operation's name. Default is `return`. */
  readonly result?: string | undefined
  /** Its namespace, '' = none. Default is that of the operation, or none where the call's parameter had none. */
  readonly resultNamespace?: string | undefined
}

export const resultName = (names: ServiceNames, operation: string): string =>
  (names.result ?? 'return').replaceAll('*', () => operation)

export interface WsdlOptions extends ServiceNames {
  readonly operations: readonly Operation[]
  /** Address at which the service is called. */
  readonly address: string
}

/**
 * Our WSDL 1.1: document/literal wrapped with qualified elements, the one style all toolkits take and of which WCF's
 * svcutil makes operations with a string each, in one piece without imports, with a port for each SOAP version and an
 * empty SOAPAction.
 */
export function ourWsdl(options: WsdlOptions): string {
  const { operations } = options
  const address = escapeAttribute(options.address)
  const namespace = escapeAttribute(options.namespace ?? TARGET_NAMESPACE)
  return `${XML_DECLARATION}
<wsdl:definitions name="CrisisService" targetNamespace="${namespace}" xmlns:tns="${namespace}" xmlns:wsdl="http://schemas.xmlsoap.org/wsdl/" xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/" xmlns:soap12="http://schemas.xmlsoap.org/wsdl/soap12/" xmlns:xs="http://www.w3.org/2001/XMLSchema">
  <wsdl:types>
${schemas(options)}
  </wsdl:types>
${operations.map(messages).join('\n')}
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

/** The schema of the operations, and one more where the answer's element has a namespace of its own. */
function schemas(options: WsdlOptions): string {
  const namespace = options.namespace ?? TARGET_NAMESPACE
  const { operations, resultNamespace = namespace } = options
  const hasOwn = resultNamespace !== '' && resultNamespace !== namespace
  const own = escapeAttribute(resultNamespace)
  const form = resultNamespace === '' ? ' form="unqualified"' : ''
  const elements = operations.flatMap((operation) => {
    const result = resultName(options, operation)
    return [
      element(operation, string(PARAMETER_NAMES[operation])),
      element(
        `${operation}Response`,
        hasOwn
          ? `<xs:element xmlns:r="${own}" ref="r:${result}" minOccurs="0"/>`
          : string(result, form),
      ),
    ]
  })
  const results = [...new Set(operations.map((operation) => resultName(options, operation)))]
  const others = results.map((result) => `      <xs:element name="${result}" type="xs:string"/>`)
  return [
    ...(hasOwn
      ? [
          `    <xs:schema targetNamespace="${own}" elementFormDefault="qualified">`,
          ...others,
          '    </xs:schema>',
        ]
      : []),
    `    <xs:schema targetNamespace="${escapeAttribute(namespace)}" elementFormDefault="qualified">`,
    ...(hasOwn ? [`      <xs:import namespace="${own}"/>`] : []),
    ...elements,
    '    </xs:schema>',
  ].join('\n')
}

// Optional, because toolkits leave out an empty string and the answer to that is ours to give.
const string = (name: string, form = ''): string =>
  `<xs:element name="${name}" type="xs:string"${form} minOccurs="0"/>`

const element = (name: string, part: string): string => `      <xs:element name="${name}">
        <xs:complexType>
          <xs:sequence>
            ${part}
          </xs:sequence>
        </xs:complexType>
      </xs:element>`

function messages(operation: Operation): string {
  return `  <wsdl:message name="${operation}">
    <wsdl:part name="parameters" element="tns:${operation}"/>
  </wsdl:message>
  <wsdl:message name="${operation}Response">
    <wsdl:part name="parameters" element="tns:${operation}Response"/>
  </wsdl:message>`
}

function portOperation(operation: Operation): string {
  return `    <wsdl:operation name="${operation}">
      <wsdl:input message="tns:${operation}"/>
      <wsdl:output message="tns:${operation}Response"/>
    </wsdl:operation>`
}

function binding(
  prefix: 'soap' | 'soap12',
  name: string,
  operations: readonly Operation[],
): string {
  const bound = operations.map(
    (operation) => `    <wsdl:operation name="${operation}">
      <${prefix}:operation soapAction="" style="document"/>
      <wsdl:input><${prefix}:body use="literal"/></wsdl:input>
      <wsdl:output><${prefix}:body use="literal"/></wsdl:output>
    </wsdl:operation>`,
  )
  return `  <wsdl:binding name="${name}" type="tns:Crisis">
    <${prefix}:binding style="document" transport="http://schemas.xmlsoap.org/soap/http"/>
${bound.join('\n')}
  </wsdl:binding>`
}
