import { XML_DECLARATION, escapeAttribute, type Operation } from '../messages/index.js'

export { OPERATIONS, type Operation } from '../messages/index.js'

/** The name of the one string in each operation, as the interface document has it (reading A8). */
export const PARAMETER_NAMES: Readonly<Record<Operation, string>> = {
  SynCrisisInfo: 'inputString',
  SynCrisisResponseInfo: 'req',
}

/** The interface document names no namespace (reading A7); this one is ours. */
export const TARGET_NAMESPACE = 'urn:hospital-flows:crisis'

export interface WsdlOptions {
  readonly operations: readonly Operation[]
  /** Where the service is called. */
  readonly address: string
}

/**
 * Our WSDL 1.1: document/literal wrapped with unqualified parts, the one style all toolkits take, in one
 * piece without imports, with a port for each SOAP version and an empty SOAPAction.
 */
export function ourWsdl(options: WsdlOptions): string {
  const { operations } = options
  const address = escapeAttribute(options.address)
  return `${XML_DECLARATION}
<wsdl:definitions name="CrisisService" targetNamespace="${TARGET_NAMESPACE}" xmlns:tns="${TARGET_NAMESPACE}" xmlns:wsdl="http://schemas.xmlsoap.org/wsdl/" xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/" xmlns:soap12="http://schemas.xmlsoap.org/wsdl/soap12/" xmlns:xs="http://www.w3.org/2001/XMLSchema">
  <wsdl:types>
    <xs:schema targetNamespace="${TARGET_NAMESPACE}" elementFormDefault="unqualified">
${operations.map(elements).join('\n')}
    </xs:schema>
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

function elements(operation: Operation): string {
  return [
    element(operation, PARAMETER_NAMES[operation]),
    element(`${operation}Response`, 'return'),
  ].join('\n')
}

function element(name: string, part: string): string {
  // Optional, because toolkits leave out an empty string and the answer to that is ours to give.
  return `      <xs:element name="${name}">
        <xs:complexType>
          <xs:sequence>
            <xs:element name="${part}" type="xs:string" minOccurs="0"/>
          </xs:sequence>
        </xs:complexType>
      </xs:element>`
}

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
