import { once } from 'node:events'
import http from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Received {
  readonly method: string
  readonly url: string
  readonly headers: http.IncomingHttpHeaders
  readonly body: string
  readonly bytes: Buffer
}

export type Answer = (received: Received, response: http.ServerResponse) => void

/** A real HTTP server on a loopback port that keeps what it received and answers as it is told. */
export class TestPeer {
  readonly received: Received[] = []
  readonly #server: http.Server
  answer: Answer = (_received, response) => response.writeHead(404).end()

  private constructor() {
    this.#server = http.createServer((request, response) => {
      const chunks: Buffer[] = []
      request.on('data', (chunk: Buffer) => chunks.push(chunk))
      request.on('end', () => {
        const bytes = Buffer.concat(chunks)
        const received = {
          method: request.method ?? '',
          url: request.url ?? '',
          headers: request.headers,
          body: bytes.toString('utf8'),
          bytes,
        }
        this.received.push(received)
        this.answer(received, response)
      })
    })
  }

  static async open(): Promise<TestPeer> {
    const peer = new TestPeer()
    peer.#server.listen(0, '127.0.0.1')
    await once(peer.#server, 'listening')
    return peer
  }

  get server(): http.Server {
    return this.#server
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  get posts(): readonly Received[] {
    return this.received.filter(({ method }) => method === 'POST')
  }

  async close(): Promise<void> {
    this.#server.close()
    this.#server.closeAllConnections()
    await once(this.#server, 'close')
  }
}

/** Answers GET by path (query included) from a table, and POST with `post`. */
export function serve(files: Readonly<Record<string, string | Buffer>>, post: Answer): Answer {
  return (received, response) => {
    if (received.method === 'POST') return post(received, response)
    const file = Object.hasOwn(files, received.url) ? files[received.url] : undefined
    if (file === undefined) return void response.writeHead(404).end('<html>not here</html>')
    response.writeHead(200, { 'content-type': 'text/xml' }).end(file)
  }
}

export const body =
  (
    content: string | Buffer,
    headers: http.OutgoingHttpHeaders = { 'content-type': 'text/xml; charset=utf-8' },
    status = 200,
  ): Answer =>
  (_received, response) => {
    response.writeHead(status, headers).end(content)
  }

const NAMESPACES = {
  '1.1': 'http://schemas.xmlsoap.org/soap/envelope/',
  '1.2': 'http://www.w3.org/2003/05/soap-envelope',
}

export const escape = (text: string) =>
  text.replace(/[&<>]/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' })[c] ?? c)

export const envelope = (content: string, version: '1.1' | '1.2' = '1.1') =>
  `<?xml version="1.0" encoding="utf-8"?><s:Envelope xmlns:s="${NAMESPACES[version]}" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:xsd="http://www.w3.org/2001/XMLSchema"><s:Body>${content}</s:Body></s:Envelope>`

export const returning = (inner: string, wrapper = 'SynCrisisInfoResponse') =>
  envelope(`<m:${wrapper} xmlns:m="http://pacs.example/">${inner}</m:${wrapper}>`)

export const SUCCESS =
  '<?xml version="1.0" encoding="UTF-8"?><response><code>0</code><desc>成功</desc></response>'

export const succeeding: Answer = body(returning(`<return>${escape(SUCCESS)}</return>`))

export interface WsdlShape {
  readonly operation?: string
  readonly parameter?: string
  readonly namespace?: string
  readonly style?: 'wrapped' | 'bare' | 'rpc'
  readonly form?: 'qualified' | 'unqualified'
  readonly use?: 'literal' | 'encoded'
  readonly bodyNamespace?: string
  readonly versions?: readonly ('1.1' | '1.2')[]
  readonly soapAction?: string
  readonly address?: string
}

const XSD = 'http://www.w3.org/2001/XMLSchema'
const EXTENSIONS = {
  '1.1': 'http://schemas.xmlsoap.org/wsdl/soap/',
  '1.2': 'http://schemas.xmlsoap.org/wsdl/soap12/',
}

/** The parts of a description as toolkits publish it; joined by `wsdl`, or served as separate files. */
export function wsdlParts(shape: WsdlShape = {}) {
  const operation = shape.operation ?? 'SynCrisisInfo'
  const parameter = shape.parameter ?? 'arg0'
  const namespace = shape.namespace ?? 'http://pacs.example/'
  const style = shape.style ?? 'wrapped'
  const use = shape.use ?? 'literal'
  const versions = shape.versions ?? ['1.1']
  const soapAction = shape.soapAction ?? ''
  const address = shape.address ?? 'http://127.0.0.1:9/wrong'

  const element = (name: string, inner: string) =>
    style === 'bare'
      ? `<xs:element name="${name}" type="xs:string"/>`
      : `<xs:element name="${name}"><xs:complexType><xs:sequence><xs:element minOccurs="0" name="${inner}" type="xs:string"/></xs:sequence></xs:complexType></xs:element>`
  const schema = `<xs:schema xmlns:xs="${XSD}" targetNamespace="${namespace}" elementFormDefault="${shape.form ?? 'unqualified'}">${element(operation, parameter)}${element(`${operation}Response`, 'return')}</xs:schema>`
  const part = (name: string, inner: string) =>
    style === 'rpc'
      ? `<wsdl:part name="${inner}" type="xsd:string"/>`
      : `<wsdl:part name="parameters" element="tns:${name}"/>`
  const messages = `<wsdl:message name="In">${part(operation, parameter)}</wsdl:message><wsdl:message name="Out">${part(`${operation}Response`, 'return')}</wsdl:message>`
  const portType = `<wsdl:portType name="PT"><wsdl:operation name="${operation}"><wsdl:input message="tns:In"/><wsdl:output message="tns:Out"/></wsdl:operation></wsdl:portType>`
  const bodyNamespace =
    shape.bodyNamespace === undefined ? '' : ` namespace="${shape.bodyNamespace}"`
  const binding = (version: '1.1' | '1.2') =>
    `<wsdl:binding name="B${version}" type="tns:PT"><b:binding xmlns:b="${EXTENSIONS[version]}" style="${style === 'rpc' ? 'rpc' : 'document'}" transport="http://schemas.xmlsoap.org/soap/http"/><wsdl:operation name="${operation}"><b:operation xmlns:b="${EXTENSIONS[version]}" soapAction="${soapAction}"/><wsdl:input><b:body xmlns:b="${EXTENSIONS[version]}" use="${use}"${bodyNamespace}/></wsdl:input><wsdl:output><b:body xmlns:b="${EXTENSIONS[version]}" use="${use}"${bodyNamespace}/></wsdl:output></wsdl:operation></wsdl:binding>`
  const port = (version: '1.1' | '1.2') =>
    `<wsdl:port name="P${version}" binding="tns:B${version}"><b:address xmlns:b="${EXTENSIONS[version]}" location="${address}"/></wsdl:port>`
  const definitions = (content: string) =>
    `<?xml version="1.0" encoding="UTF-8"?>\n<wsdl:definitions xmlns:wsdl="http://schemas.xmlsoap.org/wsdl/" xmlns:xsd="${XSD}" xmlns:tns="${namespace}" targetNamespace="${namespace}">${content}</wsdl:definitions>`
  return {
    schema,
    types: style === 'rpc' ? '' : `<wsdl:types>${schema}</wsdl:types>`,
    abstract: messages + portType,
    bindings: versions.map(binding).join(''),
    service: `<wsdl:service name="Pacs">${versions.map(port).join('')}</wsdl:service>`,
    definitions,
  }
}

export function wsdl(shape: WsdlShape = {}): string {
  const { types, abstract, bindings, service, definitions } = wsdlParts(shape)
  return definitions(types + abstract + bindings + service)
}
