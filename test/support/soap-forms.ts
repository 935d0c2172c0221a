import { escapeText } from '../../src/messages/index.js'
import {
  body,
  canonical,
  DECLARATION,
  envelope,
  inCdata,
  withoutDeclaration,
  type Asked,
  type SoapForm,
} from './soap-form.js'

const XSI = 'http://www.w3.org/2001/XMLSchema-instance'
const XSD = 'http://www.w3.org/2001/XMLSchema'
const ENCODING = 'http://schemas.xmlsoap.org/soap/encoding/'

/** An operation under a prefix and a namespace of somebody else, with what is in it. */
const other = (asked: Asked, inside: string, namespace = 'http://pacs.example/'): string =>
  body(asked, `<q:${asked.operation} xmlns:q="${namespace}">${inside}</q:${asked.operation}>`)

const FOREIGN = ['namespace', 'parameter'] as const

/** Parameter names that stacks make up, each with whether the form is right but for it. */
const parameters = ['arg0', 'in0', 'parameters', 'string', 'xml', 'IN0', '参数', 'x-y.z'].map(
  (parameter): SoapForm => ({
    about: `the parameter ${parameter}`,
    make: (asked) => ({ body: canonical(asked, { parameter }) }),
    deviations: ['parameter'],
    form: { parameter, namespace: 'ours' },
  }),
)

const names: readonly SoapForm[] = [
  {
    about: 'the form of our own WSDL',
    make: (asked) => {
      const name = `q:${asked.operation === 'SynCrisisInfo' ? 'inputString' : 'req'}`
      const inside = `<${name}>${escapeText(asked.document)}</${name}>`
      return { body: other(asked, inside, 'urn:hospital-flows:crisis') }
    },
    deviations: [],
    form: { style: 'literal', namespace: 'ours', wrapping: 'escaped' },
  },
  {
    about: 'the form of the WSDL of 0.1.0',
    make: (asked) => ({ body: canonical(asked) }),
    deviations: [],
    form: {
      style: 'literal',
      namespace: 'ours',
      wrapping: 'escaped',
      charset: 'utf-8',
      charsetFrom: 'contentType',
      coding: 'identity',
      multipart: false,
    },
  },
  ...parameters,
  {
    about: "the other operation's parameter",
    make: (asked) => ({
      body: canonical(asked, {
        parameter: asked.operation === 'SynCrisisInfo' ? 'req' : 'inputString',
      }),
    }),
    deviations: ['parameter'],
  },
  {
    about: "another vendor's namespace",
    make: (asked) => ({ body: canonical(asked, { namespace: 'http://tempuri.org/' }) }),
    deviations: ['namespace'],
    form: { namespace: 'other' },
  },
  {
    about: 'no namespace at all',
    make: (asked) => ({
      body: body(
        asked,
        `<${asked.operation}><in0>${escapeText(asked.document)}</in0></${asked.operation}>`,
      ),
    }),
    deviations: FOREIGN,
    form: { namespace: 'none' },
  },
  {
    about: 'qualified by a default namespace',
    make: (asked) => ({
      body: body(
        asked,
        `<${asked.operation} xmlns="urn:d"><in0>${escapeText(asked.document)}</in0></${asked.operation}>`,
      ),
    }),
    deviations: FOREIGN,
  },
  {
    about: 'a qualified parameter under its own prefix',
    make: (asked) => ({
      body: other(asked, `<p:arg0 xmlns:p="urn:p">${escapeText(asked.document)}</p:arg0>`),
    }),
    deviations: ['namespace', 'parameter', 'qualified'],
  },
  {
    about: 'the envelope as the default namespace',
    make: (asked) => ({
      body: canonical(asked)
        .replaceAll(/(<\/?)s:/g, '$1')
        .replace('xmlns:s=', 'xmlns='),
    }),
    deviations: ['qualified'],
  },
  {
    about: 'prefixes declared on the Envelope and shadowed in the Body',
    make: (asked) => ({
      body:
        DECLARATION +
        envelope(
          asked.version,
          `<s:Header><q:Trace xmlns:q="urn:q">1</q:Trace></s:Header><s:Body xmlns:q="urn:hospital-flows:crisis"><q:${asked.operation}><in0>${escapeText(asked.document)}</in0></q:${asked.operation}></s:Body>`,
          ' xmlns:q="urn:wrong"',
        ),
    }),
    deviations: ['parameter'],
    form: { namespace: 'ours' },
  },
  {
    about: 'the operation in another case',
    make: (asked) => {
      const operation = asked.operation[0]?.toLowerCase() + asked.operation.slice(1)
      return { body: canonical(asked).replaceAll(`:${asked.operation}`, `:${operation}`) }
    },
    deviations: ['operation'],
  },
]

const encoded = (asked: Asked, inside: string, beside = ''): string =>
  DECLARATION +
  envelope(
    asked.version,
    `<s:Body><ns1:${asked.operation} s:encodingStyle="${ENCODING}" xmlns:ns1="http://pacs.example/">${inside}</ns1:${asked.operation}>${beside}</s:Body>`,
    ` xmlns:xsd="${XSD}" xmlns:xsi="${XSI}"`,
  )

const styles: readonly SoapForm[] = [
  {
    about: 'RPC/literal',
    make: (asked) => ({ body: other(asked, `<req0>${escapeText(asked.document)}</req0>`) }),
    deviations: FOREIGN,
    form: { style: 'literal' },
  },
  {
    about: 'RPC/encoded with xsi:type (Axis 1, PHP, SOAP::Lite)',
    make: (asked) => ({
      body: encoded(asked, `<in0 xsi:type="xsd:string">${escapeText(asked.document)}</in0>`),
    }),
    deviations: ['namespace', 'parameter', 'encoded'],
    form: { style: 'encoded' },
  },
  {
    about: 'RPC/encoded with a multiRef beside the operation (Axis 1)',
    make: (asked) => ({
      body: encoded(
        asked,
        '<in0 href="#id0"/>',
        `<multiRef id="id1" xsi:type="xsd:int">7</multiRef><multiRef id="id0" s:encodingStyle="${ENCODING}" xsi:type="soapenc:string" xmlns:soapenc="${ENCODING}">${escapeText(asked.document)}</multiRef>`,
      ),
    }),
    deviations: ['namespace', 'parameter', 'encoded'],
    form: { style: 'encoded', parameter: 'in0' },
  },
  {
    about: 'a reference as SOAP 1.2 writes it',
    make: (asked) => ({
      body: encoded(
        asked,
        '<in0 enc:ref="a" xmlns:enc="http://www.w3.org/2003/05/soap-encoding"> </in0>',
        `<v enc:id="a" xmlns:enc="http://www.w3.org/2003/05/soap-encoding">${escapeText(asked.document)}</v>`,
      ),
    }),
    deviations: ['namespace', 'parameter', 'encoded'],
  },
  {
    about: 'text directly in the operation (document/literal bare)',
    make: (asked) => ({ body: other(asked, escapeText(asked.document)) }),
    deviations: ['namespace', 'bare'],
    form: { style: 'bare', parameter: null, wrapping: 'operationText' },
    flags: ['argumentInOperation'],
  },
  {
    about: 'the document among other parameters, under any name',
    make: (asked) => ({
      body: other(
        asked,
        `<user>pacs</user><req>1</req><data>${escapeText(asked.document)}</data><flag xsi:nil="true" xmlns:xsi="${XSI}"/>`,
      ),
    }),
    deviations: ['namespace', 'parameter', 'several'],
    form: { parameter: 'data' },
    flags: ['argumentsIgnored'],
  },
]

const wrappings: readonly SoapForm[] = [
  {
    about: 'CDATA',
    make: (asked) => ({ body: canonical(asked, { wrapped: inCdata(asked.document) }) }),
    deviations: [],
    form: { wrapping: 'cdata' },
  },
  {
    about: 'CDATA after white space and before a comment',
    make: (asked) => ({
      body: canonical(asked, { wrapped: `\n  ${inCdata(asked.document)}<!-- x -->\n` }),
    }),
    arrives: (document) => `\n  ${document}\n`,
    deviations: [],
    form: { wrapping: 'cdata' },
  },
  {
    about: 'CDATA cut into many and mixed with text',
    make: (asked) => {
      const half = asked.document.indexOf('<Crisis')
      const [first, second] = [asked.document.slice(0, half), asked.document.slice(half)]
      return { body: canonical(asked, { wrapped: escapeText(first) + inCdata(second) }) }
    },
    deviations: [],
    form: { wrapping: 'cdata' },
  },
  {
    about: 'a BOM inside the string',
    make: (asked) => ({
      body: canonical(asked, { wrapped: `\ufeff${escapeText(asked.document)}` }),
    }),
    arrives: (document) => `\ufeff${document}`,
    deviations: [],
  },
  {
    about: 'single quotes, and every character that may be escaped so written',
    make: (asked) => ({
      body: canonical(asked, {
        wrapped: escapeText(asked.document).replaceAll('"', '&quot;').replaceAll("'", '&apos;'),
      }).replaceAll('"', "'"),
    }),
    deviations: [],
  },
  {
    about: 'every character of Chinese as a reference',
    make: (asked) => ({
      body: canonical(asked, {
        wrapped: escapeText(asked.document).replace(
          /[^\0-\x7f]/gu,
          (c) => `&#${c.codePointAt(0)};`,
        ),
      }),
    }),
    deviations: [],
  },
  {
    about: 'characters beyond U+FFFF as two references (Axis 1.4)',
    make: (asked) => ({
      body: canonical(asked, {
        wrapped: escapeText(asked.document).replace(
          /[\ud800-\udfff]/g,
          (unit) => `&#x${unit.charCodeAt(0).toString(16)};`,
        ),
      }),
    }),
    deviations: ['surrogates'],
    flags: ['surrogateReferences'],
  },
  {
    about: 'escaped twice',
    make: (asked) => ({
      body: canonical(asked, { wrapped: escapeText(escapeText(asked.document)) }),
    }),
    deviations: ['doubleEscaped'],
    form: { wrapping: 'doubleEscaped' },
    flags: ['doubleEscaped'],
  },
  {
    about: 'escaped, and in CDATA besides',
    make: (asked) => ({ body: canonical(asked, { wrapped: inCdata(escapeText(asked.document)) }) }),
    deviations: ['doubleEscaped'],
    flags: ['doubleEscaped'],
  },
  {
    about: 'inline XML',
    make: (asked) => ({ body: canonical(asked, { wrapped: withoutDeclaration(asked.document) }) }),
    arrives: withoutDeclaration,
    deviations: ['inline'],
    form: { wrapping: 'inline' },
    flags: ['argumentInline'],
  },
  {
    about: 'inline XML directly in the operation',
    make: (asked) => ({ body: other(asked, withoutDeclaration(asked.document)) }),
    arrives: (document) => withoutDeclaration(document).trimEnd(),
    deviations: ['namespace', 'bare', 'inline'],
    form: { style: 'bare', wrapping: 'inline' },
    flags: ['argumentInline', 'argumentInOperation'],
  },
]

const around: readonly SoapForm[] = [
  {
    about: 'no declaration',
    make: (asked) => ({ body: canonical(asked, { before: '' }) }),
    deviations: [],
  },
  {
    about: 'a declaration in single quotes with standalone',
    make: (asked) => ({
      body: canonical(asked, {
        before: "<?xml version='1.0' encoding='UTF-8' standalone='yes' ?>\r\n",
      }),
    }),
    deviations: [],
  },
  {
    about: 'a BOM',
    make: (asked) => ({ body: `\ufeff${canonical(asked)}` }),
    deviations: [],
    form: { charsetFrom: 'mark' },
  },
  {
    about: 'blank lines before the declaration',
    make: (asked) => ({ body: `\r\n \n${canonical(asked)}` }),
    deviations: ['spaceBeforeXml'],
    flags: ['spaceBeforeXml'],
  },
  {
    about: 'blank lines before an envelope without a declaration',
    make: (asked) => ({ body: canonical(asked, { before: '\r\n \n' }) }),
    deviations: [],
  },
  {
    about: 'comments and processing instructions everywhere',
    make: (asked) => ({
      body: `${canonical(asked)
        .replace('<s:Body>', '<!-- <s:Body> --><s:Body><?p <a> ?><!-- & -->')
        .replace(
          /<(inputString|req)>/,
          '<!-- c --><$1><!-- <c> --><?q r?>',
        )}<!-- after --><?s t?>\n`,
    }),
    deviations: [],
  },
  {
    about: 'line breaks as Windows writes them',
    make: (asked) => ({
      body: canonical(asked, { wrapped: escapeText(asked.document).replaceAll('\n', '\r\n') })
        .replaceAll('><', '>\r\n<')
        .replace(/(<(?:inputString|req)>)\r\n/, '$1'),
    }),
    deviations: [],
  },
  {
    about: 'headers to be understood, with a Body of their own',
    make: (asked) => ({
      body: canonical(asked).replace(
        '<s:Body>',
        '<s:Header><w:Security xmlns:w="urn:w" s:mustUnderstand="1"><s:Body><a/></s:Body></w:Security></s:Header><s:Body>',
      ),
    }),
    deviations: [],
  },
  {
    about: 'signed, with an id on the Body',
    make: (asked) => ({
      body: canonical(asked).replace('<s:Body>', '<s:Body u:Id="b" xmlns:u="urn:u">'),
    }),
    deviations: [],
  },
]

/** What stands in the envelope, whatever carries it. */
export const ENVELOPE_FORMS: readonly SoapForm[] = [...names, ...styles, ...wrappings, ...around]
