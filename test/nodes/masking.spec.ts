import assert from 'node:assert/strict'
import { withoutBytes, withoutLicences, withoutWord } from '../../src/messages/masking.js'
import { decodeBytes, encodeText } from '../../src/messages/index.js'
import { envelopeOf, feedbackXml } from '../support/calls.js'
import { Flow, inNode, service } from '../support/flow.js'
import { freePort } from '../support/node-red.js'

const swapped = (text: string): Buffer => Buffer.from(text, 'utf16le').swap16()

/** Every encoding that the reader of bodies knows. */
const ENCODINGS: Readonly<Record<string, (text: string) => Buffer>> = {
  'utf-8': (text) => Buffer.from(text, 'utf8'),
  gb18030: (text) => encodeText(text, 'GB18030'),
  'utf-16le': (text) => Buffer.from(`\ufeff${text}`, 'utf16le'),
  'utf-16be': (text) => swapped(`\ufeff${text}`),
}

const escape = (text: string): string =>
  text.replace(
    /[&<>"]/g,
    (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[c] ?? c,
  )
const inDecimal = (text: string): string =>
  Array.from(text)
    .map((c) => `&#${c.codePointAt(0)};`)
    .join('')
const inHex = (text: string): string =>
  Array.from(text)
    .map((c) => `&#x0${c.codePointAt(0)?.toString(16).toUpperCase()};`)
    .join('')

const FORMS: Readonly<Record<string, (text: string) => string>> = {
  plain: (text) => text,
  escaped: escape,
  'escaped twice': (text) => escape(escape(text)),
  'in decimal': inDecimal,
  'in hexadecimal': inHex,
  'in hexadecimal, escaped': (text) => escape(inHex(text)),
}

const LICENCES = ['L-aaaa.1+1', 'a&b<c>"d"', '许可证-7号']

describe('the mask of a licence', () => {
  for (const [encoding, encode] of Object.entries(ENCODINGS)) {
    it(`is put over it in ${encoding}, in whatever form, and the rest stays readable`, () => {
      for (const licence of LICENCES) {
        for (const [form, write] of Object.entries(FORMS)) {
          const bytes = encode(`胎盘早剥：码${write(licence)}，危急值 ${write(licence)}。`)
          const masked = withoutBytes(bytes, licence)
          const { text } = decodeBytes(masked, {
            contentType: `text/xml; charset=${encoding}`,
          })
          assert.equal(text, '胎盘早剥：码****，危急值 ****。', `${licence} ${form}`)
        }
      }
    })

    it(`is put over whatever stands in the element of a licence, in ${encoding}`, () => {
      for (const guessed of ['L-guessed', 'a&amp;b', '<![CDATA[L-</x>guessed]]>', '猜']) {
        for (const write of [
          (text: string) => text,
          escape,
          (text: string) => escape(escape(text)),
        ]) {
          const document = (inside: string) =>
            write(`<H><A>HIS</A><s:License x="1">${inside}</s:License></H>`) + '，胎盘早剥'
          const closed = guessed.includes('</') ? guessed.replace('</x>', '') : guessed
          const masked = withoutLicences(encode(document(closed)), [])
          const { text } = decodeBytes(masked, { contentType: `text/xml; charset=${encoding}` })
          assert.equal(text, document('****'), closed)
        }
      }
    })
  }

  it('leaves alone what only looks like it, and what is no text', () => {
    const licence = 'L-1'
    for (const text of ['L-12', 'xL-1', 'L.1', '<License/><Application>HIS</Application>']) {
      assert.equal(withoutLicences(Buffer.from(text), [licence]).toString(), text)
    }
    const bytes = Buffer.from(Array.from({ length: 1_001 }, (_, n) => (n * 7) % 256))
    assert.deepEqual(withoutBytes(bytes, licence), bytes)
    assert.equal(withoutWord('码L-1，L-12', licence), '码●●●●，L-12')
    assert.equal(withoutWord('nothing', ' '), 'nothing')
  })

  it('takes no longer for what was made to be slow', () => {
    const hostile = ['<License', '&amp;', '&#0', '<License>&lt;', '&amp;amp;'].map((part) =>
      Buffer.from(part.repeat(200_000)),
    )
    for (const bytes of hostile) withoutLicences(bytes, ['L-1', '&&&&'])
  })

  it('covers what the ledger keeps of a call in UTF-16', async () => {
    const [issued, guessed] = ['L-bbbb-ISSUED', 'L-dddd-GUESSED']
    const port = await freePort()
    const flow = await Flow.load(
      [
        service({ port: String(port), licenceCheck: true }),
        inNode({ type: 'crisis feedback in', wires: [['one']] }),
      ],
      {
        credentials: {
          service: { licences: JSON.stringify([{ application: 'HIS', licence: issued }]) },
        },
      },
    )
    try {
      await flow.shows('in', 'listening')
      const post = async (licence: string, exam: string): Promise<string> => {
        const document = feedbackXml(licence, { ExamNo: exam })
        const response = await fetch(`http://127.0.0.1:${port}/crisis`, {
          method: 'POST',
          headers: { 'content-type': 'text/xml; charset=utf-16' },
          body: new Uint8Array(swapped(`\ufeff${envelopeOf('SynCrisisResponseInfo', document)}`)),
        })
        return response.text()
      }
      assert.match(await post(issued, 'exam-kept'), /404/, 'stored, and its critical value unknown')
      assert.match(await post(guessed, 'exam-refused'), /401/)
      await flow.settle()
      const kept = flow.ledgerBytes()
      assert.ok(kept.includes(swapped('exam-kept')), 'the bytes as they came')
      for (const secret of [issued, guessed]) {
        assert.ok(!kept.includes(swapped(secret)), secret)
        assert.ok(!kept.includes(secret), secret)
      }
    } finally {
      await flow.unload()
    }
  })
})
