import assert from 'node:assert/strict'
import {
  alertKey,
  contentHash,
  feedbackHash,
  feedbackKey,
  findingKey,
} from '../../src/loop/index.js'
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

describe('the hashes that ledgers hold', () => {
  const extraOf = (record: string) =>
    readCrisisDocument(`<XmlDocument><Crisis>${record}</Crisis></XmlDocument>`).crises[0]!.extra

  it('are for ever: with other ones each document that comes again would be another', () => {
    const { feedback } = readFeedbackDocument(sample('crisis-response.xml')).feedbacks[0]!
    const element = '<ExamNo>1</ExamNo><Ward a="b">五</Ward>'
    const mixed = '甲<ExamNo b="1">1</ExamNo><Ward>五<b>病</b>区</Ward>'
    // All but the last were had with version 0.1.0, which did not keep what stands between elements.
    assert.deepEqual(
      {
        key: alertKey(PEER, crisis),
        untimed: alertKey(PEER, untimed),
        content: contentHash(PEER, crisis),
        element: contentHash(PEER, crisis, extraOf(element)),
        finding: findingKey(crisis),
        feedback: feedbackHash(feedback),
        exam: feedbackKey(PEER, crisis),
        mixed: contentHash(PEER, crisis, extraOf(mixed)),
      },
      {
        key: 'e5157d3951baff7d1b13272dd1e063d095457c4896f2082e6addf44efd6484c3',
        untimed: 'ad1a120b691a50161c09645d6e9e2a75955ac70a13862f61c77a3600f60ba9ab',
        content: 'ca6919759f116fcb6eef837e4fb22252a614f811fe9297ebcbaa4408efa2cdeb',
        element: '0c15e13c2372f2d959aa95a08d53a8b96062e4bc3689f4d159fd3079ab0a6b08',
        finding: '4f15562c137c3dcf9584d33faa9a8586fb57482c7644627ede398c6c31f37949',
        feedback: '24f4efd779066a2b3ac1f7a70ed3aa42dbf052aed9d607af9b9b864f72f30717',
        exam: '1755acb7ecacfedd4779d13d8ea586983951299b9062149c2c5a49ad2933d8e9',
        mixed: '2fa8fb297f63d1b855e5ed720c95238f26a529f159546f68d550d19f7d5eff53',
      },
    )
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
