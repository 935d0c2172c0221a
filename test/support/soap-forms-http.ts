import { deflateRawSync, deflateSync, gzipSync } from 'node:zlib'
import { gb18030, utf16be } from './charsets.js'
import { canonical, MEDIA_TYPES, type Asked, type SoapForm } from './soap-form.js'

const typed = (asked: Asked, charset: string): string =>
  `${MEDIA_TYPES[asked.version]}; charset=${charset}`

const declared = (encoding: string): string => `<?xml version="1.0" encoding="${encoding}"?>`

/** A message in GB18030, whatever it calls itself. */
const inGbk = (asked: Asked, encoding: string): Buffer =>
  gb18030(canonical(asked, { before: declared(encoding) }))

const charsets: readonly SoapForm[] = [
  {
    about: 'UTF-8 told by nobody',
    make: (asked) => ({
      body: canonical(asked, { before: '' }),
      headers: { 'Content-Type': MEDIA_TYPES[asked.version] },
    }),
    deviations: [],
    form: { charset: 'utf-8', charsetFrom: 'default' },
  },
  {
    about: 'UTF-8 in the declaration only',
    make: (asked) => ({
      body: canonical(asked),
      headers: { 'Content-Type': MEDIA_TYPES[asked.version] },
    }),
    deviations: [],
    form: { charset: 'utf-8', charsetFrom: 'declaration' },
  },
  {
    about: 'a quoted charset in capitals, before other parameters',
    make: (asked) => ({
      body: canonical(asked),
      headers: { 'Content-Type': `${MEDIA_TYPES[asked.version]};CHARSET="UTF-8" ; action="urn:x"` },
    }),
    deviations: [],
  },
  {
    about: 'GBK in Content-Type',
    make: (asked) => ({
      body: gb18030(canonical(asked, { before: '' })),
      headers: { 'Content-Type': typed(asked, 'GBK') },
    }),
    deviations: [],
    form: { charset: 'gbk', charsetFrom: 'contentType' },
  },
  {
    about: 'GB2312 in the declaration',
    make: (asked) => ({
      body: inGbk(asked, 'gb2312'),
      headers: { 'Content-Type': MEDIA_TYPES[asked.version] },
    }),
    deviations: [],
    form: { charset: 'gbk', charsetFrom: 'declaration' },
  },
  {
    about: 'GB18030 in both',
    make: (asked) => ({
      body: inGbk(asked, 'GB18030'),
      headers: { 'Content-Type': typed(asked, 'gb18030') },
    }),
    deviations: [],
    form: { charset: 'gb18030', charsetFrom: 'contentType' },
  },
  {
    about: 'GBK in the declaration under the UTF-8 of a server',
    make: (asked) => ({ body: inGbk(asked, 'GBK') }),
    deviations: ['charset'],
    form: { charset: 'gbk', charsetFrom: 'declaration' },
    flags: ['charsetMislabelled'],
  },
  {
    about: 'UTF-8 that calls itself GBK in both',
    make: (asked) => ({
      body: canonical(asked, { before: declared('GBK') }),
      headers: { 'Content-Type': typed(asked, 'gbk') },
    }),
    deviations: ['charset'],
    form: { charset: 'utf-8', charsetFrom: 'bytes' },
    flags: ['charsetMislabelled'],
  },
  {
    about: 'GBK that calls itself UTF-8 in both, where that is allowed',
    make: (asked) => ({ body: inGbk(asked, 'UTF-8') }),
    deviations: ['charset'],
    form: { charset: 'gb18030', charsetFrom: 'bytes' },
    flags: ['charsetMislabelled'],
    allowGbk: true,
  },
  {
    about: 'UTF-8 under the ISO-8859-1 that Java servers put on',
    make: (asked) => ({
      body: canonical(asked),
      headers: { 'Content-Type': typed(asked, 'ISO-8859-1') },
    }),
    deviations: ['charset'],
    form: { charset: 'utf-8', charsetFrom: 'declaration' },
    flags: ['charsetMislabelled'],
  },
  {
    about: 'UTF-8 that declares the UTF-16 of a .NET string',
    make: (asked) => ({ body: canonical(asked, { before: declared('utf-16') }) }),
    deviations: ['charset'],
    flags: ['charsetMislabelled'],
  },
  {
    about: 'UTF-8 under a charset that nobody knows',
    make: (asked) => ({
      body: canonical(asked),
      headers: { 'Content-Type': typed(asked, 'x-vendor') },
    }),
    deviations: ['charset'],
    flags: ['charsetUnknown'],
  },
  {
    about: 'UTF-16, little end first, with a mark',
    make: (asked) => ({
      body: Buffer.from(`\ufeff${canonical(asked, { before: declared('utf-16') })}`, 'utf16le'),
      headers: { 'Content-Type': typed(asked, 'utf-16') },
    }),
    deviations: [],
    form: { charset: 'utf-16le', charsetFrom: 'mark' },
  },
  {
    about: 'UTF-16, big end first, with a mark and no label',
    make: (asked) => ({
      body: utf16be(`\ufeff${canonical(asked, { before: '' })}`),
      headers: { 'Content-Type': MEDIA_TYPES[asked.version] },
    }),
    deviations: [],
    form: { charset: 'utf-16be', charsetFrom: 'mark' },
  },
  {
    about: 'UTF-16, little end first, without a mark',
    make: (asked) => ({
      body: Buffer.from(canonical(asked, { before: declared('utf-16') }), 'utf16le'),
      headers: { 'Content-Type': MEDIA_TYPES[asked.version] },
    }),
    deviations: [],
    form: { charset: 'utf-16le', charsetFrom: 'bytes' },
  },
  {
    about: 'UTF-16, big end first, without a mark',
    make: (asked) => ({
      body: utf16be(canonical(asked, { before: declared('utf-16') })),
      headers: { 'Content-Type': typed(asked, 'utf-16be') },
    }),
    deviations: [],
    form: { charset: 'utf-16be', charsetFrom: 'bytes' },
  },
]

const coded = (
  coding: string,
  form: 'gzip' | 'deflate' | 'identity',
  code: (text: string) => Buffer,
): SoapForm => ({
  about: `Content-Encoding ${coding}${code === deflateRawSync ? ' without its header' : ''}`,
  make: (asked) => ({ body: code(canonical(asked)), headers: { 'Content-Encoding': coding } }),
  deviations: [],
  form: { coding: form },
})

const codings: readonly SoapForm[] = [
  coded('gzip', 'gzip', gzipSync),
  coded('GZIP', 'gzip', gzipSync),
  coded('x-gzip', 'gzip', gzipSync),
  coded('deflate', 'deflate', deflateSync),
  coded('Deflate', 'deflate', deflateRawSync),
  coded('identity', 'identity', (text) => Buffer.from(text)),
]

const part = (id: string, type: string, content: string): string =>
  `--uuid:1\r\nContent-Type: ${type}\r\nContent-Transfer-Encoding: 8bit\r\nContent-ID: <${id}>\r\n\r\n${content}\r\n`

const multipart = (asked: Asked, extra: string, before = ''): ReturnType<SoapForm['make']> => ({
  body: `${before}${part('root@x', `application/xop+xml; charset=UTF-8; type="${MEDIA_TYPES[asked.version]}"`, canonical(asked))}${part('a@x', 'application/octet-stream', 'binary')}--uuid:1--\r\n`,
  headers: {
    'Content-Type': `multipart/related; type="application/xop+xml"; boundary="uuid:1"; ${extra}start-info="${MEDIA_TYPES[asked.version]}"`,
  },
})

const carried: readonly SoapForm[] = [
  {
    about: 'MTOM, its root part named by start',
    make: (asked) =>
      multipart(asked, 'start="<root@x>"; ', `preamble\r\n${part('b@x', 'text/plain', 'first')}`),
    deviations: ['multipart'],
    form: { multipart: true },
  },
  {
    about: 'MTOM, its first part the root',
    make: (asked) => multipart(asked, ''),
    deviations: ['multipart'],
    form: { multipart: true },
  },
  {
    about: 'a body in chunks, cut in the middle of a character',
    make: (asked) => {
      const bytes = Buffer.from(canonical(asked))
      const cut = bytes.indexOf(Buffer.from('胎')) + 1
      return { body: bytes, chunks: [bytes.subarray(0, cut), bytes.subarray(cut)] }
    },
    deviations: [],
  },
  {
    about: 'Expect: 100-continue (.NET)',
    make: (asked) => ({ body: canonical(asked), headers: { Expect: '100-continue' } }),
    deviations: [],
  },
  {
    about: 'HTTP/1.0',
    make: (asked) => ({ body: canonical(asked), http: '1.0' }),
    deviations: [],
  },
  {
    about: 'HTTP/1.0 without a Host',
    make: (asked) => ({ body: canonical(asked), http: '1.0', headers: { Host: undefined } }),
    deviations: [],
  },
  {
    about: 'no Content-Type',
    make: (asked) => ({ body: canonical(asked), headers: { 'Content-Type': undefined } }),
    deviations: ['contentType'],
  },
  {
    about: 'text/plain',
    make: (asked) => ({ body: canonical(asked), headers: { 'Content-Type': 'text/plain' } }),
    deviations: ['contentType'],
  },
  {
    about: 'application/xml',
    make: (asked) => ({
      body: canonical(asked),
      headers: { 'Content-Type': 'application/xml;charset=utf-8' },
    }),
    deviations: ['contentType'],
  },
  {
    about: 'the media type of the other SOAP version',
    make: (asked) => ({
      body: canonical(asked),
      headers: { 'Content-Type': MEDIA_TYPES[asked.version === '1.1' ? '1.2' : '1.1'] },
    }),
    deviations: ['contentType'],
  },
  {
    about: 'no SOAPAction',
    make: (asked) => ({ body: canonical(asked), headers: { SOAPAction: undefined } }),
    deviations: [],
  },
  {
    about: "another vendor's SOAPAction",
    make: (asked) => ({
      body: canonical(asked),
      headers: { SOAPAction: '"http://tempuri.org/Other"' },
    }),
    deviations: [],
  },
  ...['/', '?', '?x=1', '/?wsdl'].map((target): SoapForm => ({
    about: `the address with ${target} behind it`,
    make: (asked) => ({ body: canonical(asked), target }),
    deviations: [],
  })),
]

const agents: readonly SoapForm[] = (
  [
    ['Axis/1.4', 'Axis 1.4'],
    ['Apache-CXF/3.1.6', 'Apache CXF 3.1.6'],
    [
      'Mozilla/4.0 (compatible; MSIE 6.0; MS Web Services Client Protocol 2.0.50727.8009)',
      'ASP.NET ASMX 2.0.50727.8009',
    ],
    ['CodeGear SOAP 1.3', 'Delphi 1.3'],
    ['PHP-SOAP/8.2.20', 'PHP-SOAP 8.2.20'],
    ['gSOAP/2.8', 'gSOAP 2.8'],
    ['Java/1.8.0_202', 'Java HttpURLConnection 1.8.0'],
    ['JAX-WS RI 2.3.2 git-revision#1', 'JAX-WS RI 2.3.2'],
    ['SOAP::Lite/Perl/1.27', 'SOAP::Lite 1.27'],
    ['node-soap/1.13.0', 'node-soap 1.13.0'],
    ['(<script>张三)', ''],
    [undefined, ''],
  ] as const
).map(([agent, toolkit]) => ({
  about: `the User-Agent ${agent}`,
  make: (asked) => ({
    body: canonical(asked),
    headers: { 'User-Agent': agent && Buffer.from(agent).toString('latin1') },
  }),
  deviations: [],
  form: { toolkit },
}))

/** How the bytes come: what only a real connection can show. */
export const HTTP_FORMS: readonly SoapForm[] = [...charsets, ...codings, ...carried, ...agents]
