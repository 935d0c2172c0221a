import assert from 'node:assert/strict'
import { CrisisError, escapeText } from '../../src/messages/index.js'
import { KnownEnvelopes, readCall, SOAP_NAMESPACES, type SoapCall } from '../../src/soap/index.js'
import { mutate, seeded } from '../messages/support.js'

const ROUNDS = 4000
const SEED = 20_140_616

const envelope = (argument: string, header = ''): string =>
  `<?xml version="1.0"?><s:Envelope xmlns:s="${SOAP_NAMESPACES['1.1']}">${header}<s:Body>` +
  `<q:SynCrisisInfo xmlns:q="urn:x">${argument}</q:SynCrisisInfo></s:Body></s:Envelope>`

const ESCAPED = escapeText('<a b="1">医 &amp; 𠮷</a>')
const OTHER = escapeText('<b>"\'</b>')

/** Ways to have something escaped in an envelope, as `@`; most are traps. */
const SHAPES = [
  envelope('<inputString>@</inputString>'),
  envelope('<inputString x="&lt;">@</inputString>', '<s:Header><n>&amp;</n></s:Header>'),
  envelope('<inputString>\n  @\n</inputString>'),
  envelope('<inputString>@<!-- c -->@</inputString>'),
  envelope('<inputString>@<!-- c --></inputString>'),
  envelope('<inputString><![CDATA[@]]></inputString>'),
  envelope('<inputString>@<![CDATA[x]]></inputString>'),
  envelope('<inputString><!--@--><a/></inputString>'),
  envelope('<!--<x>@--><inputString>&#60;a b="1">医 &amp;amp; 𠮷&lt;/a>--></inputString>'),
  envelope('<inputString>x</inputString>', '<s:Header><n>@</n></s:Header>'),
  envelope('<inputString>@</inputString><arg1>@</arg1>'),
  envelope('<inputString>@</inputString><arg1>&lt;XmlDocument/></arg1>'),
  envelope('<inputString nil="1">@</inputString>'),
  envelope('<inputString href="#1">@</inputString>'),
  envelope('<inputString><a>@</a></inputString>'),
  envelope('@'),
  envelope('<inputString x="<a>@"/>'),
  ` ${envelope('<inputString>@</inputString>')}`,
] as const

function outcome(run: () => unknown): unknown {
  try {
    return run()
  } catch (thrown) {
    assert.ok(thrown instanceof CrisisError)
    return [thrown.code, thrown.reason]
  }
}

const sameCall = (xml: string, known: KnownEnvelopes<SoapCall>): void =>
  assert.deepEqual(
    outcome(() => readCall(xml, {}, known)),
    outcome(() => readCall(xml)),
    xml,
  )

describe('envelopes met before', () => {
  it('are read as if they had not been, whatever stands where the document stood', () => {
    const texts = [
      ESCAPED,
      OTHER,
      escapeText(ESCAPED),
      escapeText('<XmlDocument/>'),
      'plain',
      '',
      ' ',
      '&lt;a/>]]>',
      '&lt;a/>]]&gt;',
      '&lt;&#60;',
      '&lt;&amp;lt;',
      '&lt;&quot;&apos;&amp;quot;',
      '&lt;&nbsp;',
      '&lt;&amp',
      '&lt;\r\n',
      '&lt;\u0001',
      '&lt;\ufffe',
      '&lt;\ufffd',
      '&lt;\ud842',
      '&lt;</inputString><inputString>',
      '&lt;<b/>',
      '&lt;--><!--',
      '&LT;',
      '\ufeff&lt;a/>',
      '\u3000&lt;a/>',
    ]
    for (const shape of SHAPES) {
      for (const first of texts) {
        const known = new KnownEnvelopes<SoapCall>()
        outcome(() => readCall(shape.replaceAll('@', first), {}, known))
        for (const text of texts) sameCall(shape.replaceAll('@', text), known)
      }
    }
  })

  it(`are read as if they had not been when ${ROUNDS} of them are damaged`, () => {
    const random = seeded(SEED)
    const known = new KnownEnvelopes<SoapCall>()
    for (let round = 0; round < ROUNDS; round++) {
      const shape = SHAPES[round % SHAPES.length] ?? ''
      const damaged = mutate(shape.replaceAll('@', ESCAPED), random)
      sameCall(damaged, known)
      sameCall(damaged.replaceAll(ESCAPED, OTHER), known)
    }
  })

  it('are known by all but the document, within the limits of each address', () => {
    const known = new KnownEnvelopes<SoapCall>()
    const [shape] = SHAPES
    const call = readCall(shape.replace('@', ESCAPED), {}, known)
    assert.equal(known.size, 1)
    assert.deepEqual(readCall(shape.replace('@', OTHER), {}, known), {
      ...call,
      argument: '<b>"\'</b>',
    })
    assert.equal(known.size, 1)
    const xml = shape.replace('@', OTHER)
    assert.throws(() => readCall(xml, { maxDepth: 3 }, known), { code: 'ENVELOPE_TOO_DEEP' })
    assert.throws(() => readCall(xml, { maxLength: xml.length - 1 }, known), {
      code: 'ENVELOPE_TOO_BIG',
    })
  })

  it('are no more than are kept, and none is long', () => {
    const known = new KnownEnvelopes<SoapCall>()
    const numbered = (n: number | string): string =>
      envelope(`<inputString>${ESCAPED}</inputString>`, `<s:Header><n>${n}</n></s:Header>`)
    for (let n = 0; n < 1000; n++) readCall(numbered(n), {}, known)
    assert.ok(known.size <= 50)
    const before = known.size
    readCall(numbered('x'.repeat(20_000)), {}, known)
    assert.equal(known.size, before)
  })
})
