import assert from 'node:assert/strict'
import { alertKey, contentHash, feedbackKey } from '../../src/loop/index.js'
import {
  CRISIS_FIELDS,
  readCrisisDocument,
  readFeedbackDocument,
  type Crisis,
  writeCrisisDocument,
} from '../../src/messages/index.js'
import { sample } from '../messages/support.js'

const PEER = 'pacs-1'
const crisis: Crisis = readCrisisDocument(sample('crisis.xml')).crises[0]!.crisis
const untimed: Crisis = { ...crisis, CrisisSetTime: '' }

const KEY_FIELDS: readonly string[] = [
  'ExamNo',
  'ApplyNo',
  'CrisisSetDate',
  'CrisisSetTime',
  'CrisisCode',
  'CrisisName',
]

/** The same critical value with one field changed. */
const changed = (name: string): Crisis => ({
  ...crisis,
  [name]: name === 'CrisisSettor' ? { code: '040003', name: '管理员' } : '2015-01-01',
})

describe('the key of an alert (K) and of its content (H)', () => {
  it('are the same for the same critical value sent again', () => {
    const again: Crisis = Object.fromEntries(Object.entries(crisis).toReversed())
    assert.equal(alertKey(PEER, again), alertKey(PEER, crisis))
    assert.equal(contentHash(PEER, again), contentHash(PEER, crisis))
    assert.match(alertKey(PEER, crisis), /^[0-9a-f]{64}$/)
  })

  it('differ in exactly the fields that make another alert or a revision of this one', () => {
    for (const [name] of CRISIS_FIELDS) {
      const other = changed(name)
      assert.equal(
        alertKey(PEER, other) !== alertKey(PEER, crisis),
        KEY_FIELDS.includes(name),
        `K and ${name}`,
      )
      assert.notEqual(contentHash(PEER, other), contentHash(PEER, crisis), `H and ${name}`)
    }
    const renamed = { ...crisis, CrisisSettor: { code: '040002', name: '王' } }
    assert.notEqual(contentHash(PEER, renamed), contentHash(PEER, crisis))
  })

  it('overlook white space at the ends, the form of a character and how nothing is written', () => {
    for (const same of [
      { ...crisis, ExamNo: ' 00000001\u3000' },
      { ...crisis, CrisisName: '\n胎盘早剥\u00a0' },
      { ...crisis, CrisisType: ' ' },
    ]) {
      assert.equal(alertKey(PEER, same), alertKey(PEER, crisis))
      assert.equal(contentHash(PEER, same), contentHash(PEER, crisis))
    }
    const accented = (name: string) => alertKey(PEER, { ...crisis, CrisisName: name })
    assert.equal(accented('caf\u0065\u0301'), accented('caf\u00e9'))
    assert.notEqual(accented('café'), accented('cafe'))
    const { CrisisSettor: _settor, CrisisType: _type, ...bare } = untimed
    for (const CrisisSettor of [
      { code: '', name: '' },
      { code: ' ', name: '\u3000' },
    ]) {
      assert.equal(contentHash(PEER, { ...bare, CrisisSettor }), contentHash(PEER, bare))
      assert.equal(alertKey(PEER, { ...bare, CrisisSettor }), alertKey(PEER, bare))
    }
  })

  it('never make a number of an id', () => {
    for (const [one, other] of [
      ['00000001', '1'],
      ['1e5', '100000'],
      ['1234567890123456789012', '1234567890123456789013'],
    ] as const) {
      assert.notEqual(
        alertKey(PEER, { ...crisis, ExamNo: one }),
        alertKey(PEER, { ...crisis, ExamNo: other }),
      )
    }
  })

  it('tell two findings without a set time apart by all their fields', () => {
    for (const missing of [
      { CrisisSetTime: '' },
      { CrisisSetTime: '\u3000' },
      { CrisisSetDate: ' ' },
    ]) {
      const one: Crisis = { ...crisis, ...missing }
      assert.equal(alertKey(PEER, one), alertKey(PEER, { ...one }))
      assert.notEqual(alertKey(PEER, one), alertKey(PEER, { ...one, CrisisMemo: '另一处' }))
      assert.notEqual(alertKey(PEER, one), alertKey(PEER, { ...one, SickNo: 'C0002' }))
    }
  })

  it('tell unknown elements apart as deep as they may be nested, at a cost that does not double with each level', () => {
    const hashOf = (inside: string): string => {
      const { crises } = readCrisisDocument(
        `<XmlDocument><Crisis><ExamNo>1</ExamNo>${inside}</Crisis></XmlDocument>`,
      )
      return contentHash(PEER, crises[0]!.crisis, crises[0]!.extra)
    }
    const nested = (text: string, depth = 30): string =>
      '<x a="&quot;" b="2">'.repeat(depth) + text + '</x>'.repeat(depth)
    assert.equal(
      hashOf(nested('t')),
      hashOf(nested(' t ').replaceAll('a="&quot;" b="2"', "b='2' a='\"'")),
    )
    const others = [nested('u'), nested('t', 29), nested('<y>t</y>', 29), nested('t') + nested('t')]
    assert.equal(new Set([nested('t'), ...others].map(hashOf)).size, 5)
  })

  it('tell unknown elements apart by where their text stands, and know them again when they were written', () => {
    const said = (inside: string) => {
      const { crises } = readCrisisDocument(
        `<XmlDocument><Crisis><ExamNo>1</ExamNo>${inside}</Crisis></XmlDocument>`,
      )
      return crises[0]!
    }
    const hashOf = ({ crisis, extra }: ReturnType<typeof said>) => contentHash(PEER, crisis, extra)
    const texts = [
      '<x>右肺<b>未见</b>气胸</x>',
      '<x>右肺气胸<b>未见</b></x>',
      '<x><b>未见</b>右肺气胸</x>',
      '<x>右肺<b>未见气胸</b></x>',
      '<x>右肺<b>未见</b><b>气胸</b></x>',
      '<x>右肺未见气胸</x>',
      '<x>右肺<b/>未见气胸</x>',
      '<x>右肺未见<b/>气胸</x>',
    ]
    assert.equal(new Set(texts.map((text) => hashOf(said(text)))).size, texts.length)
    for (const text of texts) {
      const { crisis, extra } = said(text)
      const again = readCrisisDocument(writeCrisisDocument(crisis, { extra })).crises[0]!
      assert.equal(hashOf(again), hashOf(said(text)))
    }
    // Layout and CDATA say nothing.
    assert.equal(
      hashOf(said('<x>右肺<b>未见</b>气胸</x>')),
      hashOf(said('<x>\n  右肺\n  <b> 未见 </b><![CDATA[气胸]]>\n</x>')),
    )
  })

  it('keep two campuses and neighbouring fields apart', () => {
    assert.notEqual(alertKey('pacs-2', crisis), alertKey(PEER, crisis))
    assert.notEqual(alertKey('pacs-2', untimed), alertKey(PEER, untimed))
    assert.notEqual(contentHash('pacs-2', crisis), contentHash(PEER, crisis))
    const keyOf = (ExamNo: string, ApplyNo: string) =>
      alertKey(PEER, { ...crisis, ExamNo, ApplyNo })
    assert.notEqual(keyOf('ab', 'c'), keyOf('a', 'bc'))
    assert.notEqual(keyOf('1', ''), keyOf('', '1'))
    assert.notEqual(keyOf('1","2', ''), keyOf('1', '2'))
  })
})

describe('the key that feedback comes back with (X)', () => {
  it('is the same for the critical value and its feedback', () => {
    const { feedback } = readFeedbackDocument(sample('crisis-response.xml')).feedbacks[0]!
    assert.equal(feedbackKey(PEER, feedback), feedbackKey(PEER, crisis))
    assert.equal(
      feedbackKey(PEER, { ExamNo: ' 00000001 ', ApplyNo: '00000001' }),
      feedbackKey(PEER, crisis),
    )
  })

  it('is made of the peer and the two ids alone', () => {
    for (const [name] of CRISIS_FIELDS) {
      assert.equal(
        feedbackKey(PEER, changed(name)) !== feedbackKey(PEER, crisis),
        name === 'ExamNo' || name === 'ApplyNo',
        name,
      )
    }
    assert.notEqual(feedbackKey('pacs-2', crisis), feedbackKey(PEER, crisis))
    assert.notEqual(feedbackKey(PEER, { ExamNo: '1' }), feedbackKey(PEER, { ApplyNo: '1' }))
    assert.equal(
      feedbackKey(PEER, { ExamNo: '1' }),
      feedbackKey(PEER, { ExamNo: '1', ApplyNo: ' ' }),
    )
  })
})
