import assert from 'node:assert/strict'
import { escapeText, MessageError } from '../../src/messages/index.js'
import { KnownFrames, readCall, SoapError, type SoapCall } from '../../src/soap/index.js'
import { MOST_FRAMES, MOST_FRAME_UNITS, NEW_FRAME_MS } from '../../src/soap/known-frames.js'
import { seeded } from '../messages/support.js'
import { canonical, type Asked } from '../support/soap-form.js'
import { ENVELOPE_FORMS } from '../support/soap-forms.js'

const DOCUMENT = '<XmlDocument><Crisis><ExamNo>1</ExamNo></Crisis></XmlDocument>'
const ASKED: Asked = { operation: 'SynCrisisInfo', version: '1.1', document: DOCUMENT }
const LIMITS = {}

/** What a document may be followed, preceded or replaced by. */
const PIECES = [
  ...[
    '',
    'x',
    ' ',
    '\n',
    '\r',
    '\r\n',
    '\t',
    '胎盘',
    '𠮷',
    '\ud842',
    '\ufffd',
    '\ufffe',
    '\u0001',
    '\ufeff',
  ],
  ...[
    '<',
    '>',
    '&',
    '&lt;',
    '&#60;',
    '&#x3c;',
    '&amp;lt;',
    '&#x80CE;',
    '&nbsp;',
    '&#0;',
    '&#xFFFD;',
  ],
  ...['&#xD842;&#xDFB7;', '&#55362;', ']]>', ']]&gt;', ']', '<a/>', '<a>', '</a>', '</a><a>'],
  ...['<!-- -->', '<!--', '-->', '<?p?>', '<![CDATA[x]]>', '<![CDATA[', '<!DOCTYPE a>'],
  ...['</inputString>', '</inputString><inputString>', '</req>', '</m:SynCrisisInfo>', '<req/>'],
  escapeText(DOCUMENT),
  escapeText(escapeText(DOCUMENT)),
]

const body = (document: string): string => canonical({ ...ASKED, document }) as string

/** The call, or the refusal in all its words. */
function outcome(read: () => SoapCall): unknown {
  try {
    return read()
  } catch (thrown) {
    assert.ok(thrown instanceof SoapError || thrown instanceof MessageError, String(thrown))
    return { code: thrown.code, reason: thrown.reason, answer: thrown.answer }
  }
}

/** Frames that know the envelope of one call. */
function framesOf(xml: string, limits: object = LIMITS): KnownFrames {
  const frames = new KnownFrames()
  outcome(() => readCall(xml, limits, frames))
  return frames
}

describe('the known frame of an envelope', () => {
  it('serves calls with another document', () => {
    const frames = framesOf(body(DOCUMENT))
    for (const document of ['<a/>', '<a>&amp;</a>', '<b>胎盘 𠮷 ]]&gt;\n</b>']) {
      const xml = body(document)
      assert.deepEqual(frames.read(xml, LIMITS), readCall(xml))
      assert.equal(readCall(xml, LIMITS, frames).argument, document)
    }
  })

  it('changes nothing of what is read or refused, whatever stands between head and tail', () => {
    const random = seeded(20260711)
    const pick = (): string => PIECES[Math.floor(random() * PIECES.length)]!
    let served = 0
    for (const { about, make } of ENVELOPE_FORMS) {
      for (const version of ['1.1', '1.2'] as const) {
        const xml = make({ ...ASKED, version }).body.toString()
        const frames = framesOf(xml)
        const text = escapeText(DOCUMENT)
        const at = xml.indexOf(text)
        const places = at < 0 ? [] : [at, at + text.length]
        for (let n = 0; n < 60; n++) {
          const [from = Math.floor(random() * xml.length), to = from] = places
          // In every other case the text begins as that of a document.
          const inside = `${n % 2 === 0 ? '&lt;' : pick()}${pick()}${pick()}`
          const other = xml.slice(0, from) + inside + xml.slice(to)
          if (frames.read(other, LIMITS)) served++
          const known = outcome(() => readCall(other, LIMITS, frames))
          assert.deepEqual(
            known,
            outcome(() => readCall(other, LIMITS)),
            `${about}: ${other}`,
          )
        }
      }
    }
    assert.ok(served > 100, `${served}`)
  })

  it('holds under the limits that it was read under, and no others', () => {
    const tight = { maxLength: body(DOCUMENT).length + 10, maxStops: 300 }
    const frames = framesOf(body(DOCUMENT), tight)
    assert.ok(frames.read(body('<a/>'), tight))
    assert.equal(frames.read(body('<a/>'), LIMITS), undefined)
    for (const document of [`<a>${'x'.repeat(200)}</a>`, '<'.repeat(60)]) {
      const refused = outcome(() => readCall(body(document), tight))
      assert.equal((refused as { code?: string }).code, 'ENVELOPE_TOO_BIG')
      assert.deepEqual(
        outcome(() => readCall(body(document), tight, frames)),
        refused,
      )
    }
  })

  it('is not kept where it may hold more than a toolkit writes', () => {
    const plain = body(DOCUMENT)
    const header = plain.replace('<s:Body>', '<s:Header><p>secret</p></s:Header><s:Body>')
    const long = plain.replace('<s:Body>', `<s:Body>${' '.repeat(MOST_FRAME_UNITS)}`)
    for (const xml of [header, long]) {
      assert.equal(readCall(xml).argument, DOCUMENT)
      assert.equal(framesOf(xml).read(xml, LIMITS), undefined)
    }
  })

  it('gives way to others, a few at a time and seldom', () => {
    let now = 0
    const frames = new KnownFrames(() => now)
    const of = (n: number): string => body(DOCUMENT).replace('<s:Body>', `<s:Body id="${n}">`)
    const isKnown = (n: number): boolean => frames.read(of(n), LIMITS) !== undefined
    const meet = (n: number): void => void readCall(of(n), LIMITS, frames)
    for (let n = 0; n <= MOST_FRAMES; n++) meet(n)
    assert.deepEqual([0, MOST_FRAMES - 1, MOST_FRAMES].map(isKnown), [false, true, true])
    now += NEW_FRAME_MS - 1
    meet(99)
    assert.equal(isKnown(99), false)
    now++
    meet(99)
    assert.deepEqual([1, 99].map(isKnown), [false, true])
  })
})
