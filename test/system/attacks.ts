import { gzipSync } from 'node:zlib'
import { DEFAULT_MAX_BODY_BYTES } from '../../src/http/hosting/index.js'
import { crisisXml, envelope, envelopeOf, escape } from '../support/calls.js'

/** Bytes that have ended or fooled some server, sent on a connection of their own. */
export interface Attack {
  readonly name: string
  readonly bytes: Buffer
  /** What the sender does then: waits for an answer (default), says no more, or hangs up. */
  readonly afterwards?: 'ends' | 'hangsUp' | 'waits'
  /** A whole call stands in it, which may be accepted. */
  readonly isWhole?: boolean
  /** What stands in the answer, where its code alone does not tell why. */
  readonly says?: RegExp
}

export const GOOD = envelopeOf('SynCrisisInfo', crisisXml())
const AMBIGUOUS = /一次调用中有多个操作或多个 XML 文档/
const GZIP = 'Content-Encoding: gzip'
const CHUNKED = 'Transfer-Encoding: chunked'
const MEBIBYTE = 1 << 20

export function request(
  path: string,
  body: string | Buffer,
  headers: readonly string[] = [],
): Buffer {
  const bytes = Buffer.from(body)
  const given = (name: RegExp): boolean => headers.some((line) => name.test(line))
  const head = [
    `POST ${path} HTTP/1.1`,
    'Host: 127.0.0.1',
    'Connection: close',
    ...(given(/^content-type:/i) ? [] : ['Content-Type: text/xml; charset=utf-8']),
    ...(given(/^(?:content-length|transfer-encoding):/i)
      ? []
      : [`Content-Length: ${bytes.length}`]),
    ...headers,
  ]
  return Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`), bytes])
}

/** An envelope filled up to the largest body that is accepted. */
function filled(open: string, unit: string, close: string): string {
  const room = DEFAULT_MAX_BODY_BYTES - Buffer.byteLength(open + close)
  return open + unit.repeat(Math.floor(room / unit.length)) + close
}

const [BEFORE = '', AFTER = ''] = GOOD.split('<s:Body>')
const [ARGUMENT = '', END = ''] = envelopeOf('SynCrisisInfo', '|').split('|')

/** A good call, filled up beside its Body, where nothing is of interest. */
const beside = (path: string, open: string, unit: string, close: string): Buffer =>
  request(path, filled(`${BEFORE}<h${open}`, unit, `${close}<s:Body>${AFTER}`))

/** A call whose document is filled up. */
const inDocument = (path: string, open: string, unit: string, close: string): Buffer =>
  request(path, filled(ARGUMENT + escape(open), escape(unit), escape(close) + END))

const names = (count: number, write: (name: string) => string): string =>
  Array.from({ length: count }, (_, i) => write(`a${i}`)).join('')

/** The target and the head of a request. */
const heads = (path: string): readonly Attack[] => [
  { name: 'POST //', bytes: request('//', GOOD) },
  { name: 'a path of slashes', bytes: request(`//${path}//`, GOOD), isWhole: true },
  { name: 'a path that is no percent encoding', bytes: request(`${path}%zz%00`, GOOD) },
  { name: 'a path that climbs', bytes: request(`${path}/../..%2f..%2fetc/passwd`, GOOD) },
  {
    name: 'a whole URL as target',
    bytes: request(`http://127.0.0.1:1${path}`, GOOD),
    isWhole: true,
  },
  { name: 'a very long path', bytes: request(`${path}${'a'.repeat(100_000)}`, GOOD) },
  { name: 'no HTTP', bytes: Buffer.from('\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', 'latin1') },
  { name: 'another protocol', bytes: Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n') },
  {
    name: 'a head that is cut',
    bytes: Buffer.from(`POST ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nX: `),
    afterwards: 'ends',
  },
  {
    name: 'too many headers',
    bytes: request(path, GOOD, Array<string>(3000).fill('X-Long: and-nothing-in-it')),
  },
  {
    name: 'two different lengths',
    bytes: request(path, GOOD, ['Content-Length: 5', 'Content-Length: 6']),
  },
  {
    name: 'a length and chunks',
    bytes: request(path, `0\r\n\r\n${GOOD}`, ['Content-Length: 5', CHUNKED]),
  },
  { name: 'a length that is none', bytes: request(path, GOOD, ['Content-Length: -1']) },
  { name: 'a length of 1 TB', bytes: request(path, GOOD, ['Content-Length: 1099511627776']) },
  {
    name: 'a wish for a tunnel',
    bytes: Buffer.from('CONNECT 127.0.0.1:22 HTTP/1.1\r\nHost: a\r\n\r\n'),
  },
  {
    name: 'a wish for another protocol',
    bytes: request(path, GOOD, [
      'Connection: Upgrade',
      'Upgrade: websocket',
      'Sec-WebSocket-Key: eA==',
      'Sec-WebSocket-Version: 13',
    ]),
    isWhole: true,
  },
  {
    name: 'an expectation that nobody meets',
    bytes: request(path, GOOD, ['Expect: the-unexpected']),
  },
  {
    name: 'a header with a line break in it',
    bytes: request(path, GOOD, ['X: a\rContent-Length: 5']),
  },
]

/** The bytes of a body. */
const bodies = (path: string): readonly Attack[] => [
  {
    name: 'a body that is cut',
    bytes: request(path, GOOD, ['Content-Length: 100000']),
    afterwards: 'ends',
  },
  {
    name: 'a body whose sender hangs up',
    bytes: request(path, GOOD, ['Content-Length: 100000']),
    afterwards: 'hangsUp',
  },
  { name: 'a chunk that is none', bytes: request(path, 'zz\r\nabc\r\n', [CHUNKED]) },
  { name: 'a body of 8 MiB', bytes: request(path, Buffer.alloc(8 * MEBIBYTE, ' ')) },
  {
    name: 'chunks without end',
    bytes: request(path, `10000\r\n${' '.repeat(65_536)}\r\n`.repeat(80), [CHUNKED]),
  },
  { name: 'gzip that is none', bytes: request(path, GOOD, [GZIP]) },
  { name: 'gzip that is cut', bytes: request(path, gzipSync(GOOD).subarray(0, 40), [GZIP]) },
  {
    name: 'gzip with garbage behind',
    bytes: request(path, Buffer.concat([gzipSync(GOOD), Buffer.alloc(9, 7)]), [GZIP]),
  },
  {
    name: 'a gzip bomb of 256 MiB',
    bytes: request(path, gzipSync(Buffer.alloc(256 * MEBIBYTE, ' ')), [GZIP]),
  },
  { name: 'an encoding that nobody knows', bytes: request(path, GOOD, ['Content-Encoding: br']) },
  { name: 'nothing but zeros', bytes: request(path, Buffer.alloc(100_000)) },
  {
    name: 'bytes that are no text',
    bytes: request(path, Buffer.from([0xff, 0xfe, 0xfd, 0, 0xd8])),
  },
  {
    name: 'a charset that nobody knows',
    bytes: request(path, GOOD, ['Content-Type: text/xml; charset=x-evil']),
    isWhole: true,
  },
  {
    name: 'JSON that would spoil every object',
    bytes: request(
      path,
      '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}',
      ['Content-Type: application/json'],
    ),
  },
  {
    name: 'a form that would spoil every object',
    bytes: request(path, '__proto__[polluted]=1&constructor[prototype][polluted]=1', [
      'Content-Type: application/x-www-form-urlencoded',
    ]),
  },
  {
    name: 'JSON of opening brackets',
    bytes: request(path, filled('', '[', ''), ['Content-Type: application/json']),
  },
  {
    name: 'a multipart body without parts',
    bytes: request(path, '--x', ['Content-Type: multipart/related; boundary=x']),
  },
  {
    name: 'a multipart body of boundaries',
    bytes: request(path, filled('', '--x\r\n', ''), [
      'Content-Type: multipart/related; boundary=x',
    ]),
  },
]

/** The XML of an envelope, or of the document in it. */
const documents = (path: string): readonly Attack[] => [
  { name: 'deep XML', bytes: request(path, filled(`${BEFORE}<s:Body>`, '<a>', '')) },
  { name: 'deep XML in the document', bytes: inDocument(path, '', '<a>', '') },
  { name: 'elements beside the Body', bytes: beside(path, '>', '<a/>', '</h>') },
  { name: 'attributes of one element', bytes: request(path, filled('<a', ' b=""', '/>')) },
  {
    name: 'attributes of many elements',
    bytes: beside(path, '>', `<a${names(120, (name) => ` ${name}=""`)}/>`, '</h>'),
  },
  { name: 'one name', bytes: request(path, filled('<', 'a', '/>')) },
  { name: 'the name of one attribute', bytes: request(path, filled('<a ', 'a', '=""/>')) },
  { name: 'one text', bytes: beside(path, '>', 'a', '</h>'), isWhole: true },
  { name: 'one text in the document', bytes: inDocument(path, '', 'a', '') },
  { name: 'one attribute', bytes: beside(path, ' a="', 'a', '"/>'), isWhole: true },
  { name: 'spaces in a tag', bytes: beside(path, '', ' ', '/>'), isWhole: true },
  { name: 'line breaks', bytes: beside(path, '>', '\r', '</h>') },
  { name: 'opening brackets', bytes: request(path, filled('', '<', '')) },
  { name: 'ampersands', bytes: beside(path, '>', '&', '</h>') },
  { name: 'character references', bytes: beside(path, '>', '&#65;', '</h>') },
  { name: 'escapes escaped again', bytes: inDocument(path, '&lt;', '&lt;', '') },
  {
    name: 'characters in two halves',
    bytes: beside(path, '>', '&#55362;&#57271;', '</h>'),
  },
  {
    name: 'CDATA without end, behind a character in two halves',
    bytes: beside(path, '>&#55362;&#57271;', '<![CDATA[', ''),
  },
  { name: 'dashes in a comment', bytes: beside(path, '><!--', '- ', '--></h>') },
  { name: 'an instruction', bytes: beside(path, '><?a ', ' ', '?></h>'), isWhole: true },
  {
    name: 'critical values without a key',
    bytes: inDocument(path, '<XmlDocument>', '<Crisis/>', '</XmlDocument>'),
  },
  {
    name: 'all the markup that is let through, in the document',
    bytes: request(
      path,
      ARGUMENT + escape(`<XmlDocument>${'<Crisis/>'.repeat(4900)}</XmlDocument>`) + END,
    ),
  },
  {
    name: 'unknown elements as deep as may be',
    bytes: request(
      path,
      envelopeOf(
        'SynCrisisInfo',
        `<XmlDocument><Crisis><ExamNo>1</ExamNo>${'<a b="">'.repeat(30)}x${'</a>'.repeat(30)}</Crisis></XmlDocument>`,
      ),
    ),
    isWhole: true,
  },
  {
    name: 'two Bodies',
    says: AMBIGUOUS,
    bytes: request(
      path,
      GOOD.replace('</s:Body>', `</s:Body><s:Body>${AFTER.split('</s:Body>')[0]}</s:Body>`),
    ),
  },
  {
    name: 'two operations',
    says: AMBIGUOUS,
    bytes: request(
      path,
      GOOD.replace(/<q:.*<\/q:\w+>/, (one) => one + one),
    ),
  },
  {
    name: 'two documents',
    says: AMBIGUOUS,
    bytes: request(
      path,
      GOOD.replace(/<req>.*<\/req>/, (one) => one + one),
    ),
  },
  {
    name: 'an entity bomb',
    bytes: request(
      path,
      `<!DOCTYPE a [<!ENTITY x "${'y'.repeat(1000)}"><!ENTITY z "${'&x;'.repeat(1000)}">]><a>&z;</a>`,
    ),
  },
  {
    name: 'an entity bomb in the document',
    bytes: request(
      path,
      envelopeOf(
        'SynCrisisInfo',
        `<!DOCTYPE a [<!ENTITY x "${'y'.repeat(1000)}"><!ENTITY z "${'&x;'.repeat(1000)}">]><a>&z;</a>`,
      ),
    ),
  },
  {
    name: 'an external entity',
    bytes: request(path, `<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>`),
  },
  {
    name: 'an external DTD',
    bytes: request(path, `<!DOCTYPE a SYSTEM "http://127.0.0.1:1/a.dtd"><a/>`),
  },
  {
    name: 'names that would spoil every object',
    bytes: request(
      path,
      envelopeOf(
        'SynCrisisInfo',
        '<XmlDocument><Crisis id="__proto__"><__proto__><polluted>1</polluted></__proto__><constructor><prototype/></constructor><ExamNo>1</ExamNo></Crisis></XmlDocument>',
      ).replace('<req>', '<req id="__proto__" href="#__proto__">'),
    ),
    isWhole: true,
  },
  { name: 'the operation __proto__', bytes: request(path, envelope('__proto__', '<a>1</a>')) },
  { name: 'the operation constructor', bytes: request(path, envelope('constructor', '<a>1</a>')) },
  { name: 'no envelope at all', bytes: request(path, '<html><body>hello</body></html>') },
]

export const attacksOn = (path: string): readonly Attack[] => [
  ...heads(path),
  ...bodies(path),
  ...documents(path),
]
