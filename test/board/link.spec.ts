import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import {
  actPage,
  askPage,
  isProof,
  languageOf,
  personOf,
  proofOf,
  statePage,
  STYLE_HASH,
  whoOf,
} from '../../src/board/index.js'
import { FORM_MS } from '../../src/board/link/form.js'
import * as texts from '../../src/board/link/texts.js'

const FRAME = { language: 'en', hospital: '' } as const
const HOSTILE = `</style><script>alert('1')</script>"'&`
const ABOUT = { examNo: '0012345678', level: '1', setAt: null, openedAt: 0, flags: [] } as const
const time = (): string => 'noon'

describe('the pages behind a link', () => {
  for (const [chosen, accept, wanted] of [
    [null, '', 'zh'],
    [null, 'en-GB,en;q=0.9', 'en'],
    [null, 'de,en;q=0.2,zh-CN;q=0.8', 'zh'],
    [null, 'zh;q=0,en;q=0.1', 'en'],
    [null, 'fr, *;q=0.5', 'zh'],
    ['en', 'zh-CN', 'en'],
    ['x', 'en', 'en'],
  ] as const) {
    it(`are in ${wanted} where ${chosen} is chosen and ${accept} asked for`, () =>
      assert.equal(languageOf(chosen, accept), wanted))
  }

  it('write whatever comes from elsewhere as a text', () => {
    const crisis = {
      CrisisName: HOSTILE,
      CrisisMemo: HOSTILE,
      SickNo: HOSTILE,
      CrisisSettor: { code: HOSTILE, name: HOSTILE },
    }
    const person = { code: HOSTILE, name: HOSTILE }
    const page = actPage(
      { ...FRAME, hospital: HOSTILE },
      {
        about: { ...ABOUT, level: HOSTILE },
        crisis,
        person,
        isTakenOver: true,
        receivedBy: person,
        people: [person, { code: '1', name: HOSTILE }],
        who: HOSTILE,
        proof: HOSTILE,
        problem: null,
        time,
      },
    )
    assert.doesNotMatch(page, /<script|alert\('/)
    assert.equal(page.match(/<\/style>/g)?.length, 1)
  })

  it('show no more than the end of the exam number before somebody says who they are', () => {
    const page = askPage(FRAME, { about: ABOUT, proof: '', problem: null, time })
    assert.match(page, /…5678/)
    assert.doesNotMatch(page, /12345678/)
    const short = askPage(FRAME, {
      about: { ...ABOUT, examNo: '77' },
      proof: '',
      problem: null,
      time,
    })
    assert.doesNotMatch(short, /77/)
  })

  it('have the style that browsers are told to take', () => {
    const page = statePage(FRAME, 'expired', null)
    const style = /<style>([^]*)<\/style>/.exec(page)?.[1] ?? ''
    assert.equal(hash('sha256', style, 'base64'), STYLE_HASH)
  })

  it('have every word in both languages', () => {
    const all = [texts.T, texts.ACT_TEXTS, texts.DONE_TEXTS, texts.MARKS, texts.STATES]
    for (const [key, { zh, en }] of all.flatMap((table) => Object.entries(table))) {
      if (key === 'other') continue
      assert.match(zh, /[\u4e00-\u9fff]/, key)
      assert.doesNotMatch(en, /[\u4e00-\u9fff]/, key)
    }
  })
})

describe('the proof of a form', () => {
  const proof = proofOf('key', 'who', 1_000)
  for (const [what, key, who, given, now, wanted] of [
    ['its own', 'key', 'who', proof, 1_000, true],
    ['in time', 'key', 'who', proof, 1_000 + FORM_MS, true],
    ['too late', 'key', 'who', proof, 1_001 + FORM_MS, false],
    ['of another link', 'other', 'who', proof, 1_000, false],
    ['of somebody else', 'key', 'else', proof, 1_000, false],
    ['with a later end', 'key', 'who', `zzzz.${proof.split('.')[1]}`, 1_000, false],
    ['none', 'key', 'who', '', 1_000, false],
    ['without a key', '', 'who', proofOf('', 'who', 1_000), 1_000, false],
  ] as const) {
    it(`${what}: ${wanted}`, () => assert.equal(isProof(key, who, given, now), wanted))
  }

  it('carries a person through a form, and nothing else', () => {
    const person = { code: '1,2', name: '"李"' }
    assert.deepEqual(personOf(whoOf(person)), person)
    for (const bad of ['', '{', '[1,2]', 'null', '["1"]']) assert.equal(personOf(bad), null)
  })
})
