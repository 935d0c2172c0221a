import assert from 'node:assert/strict'
import { inspect } from 'node:util'
import { Licences } from '../../../src/http/hosting/index.js'
import { readFeedbackDocument } from '../../../src/messages/index.js'
import { sample } from '../../messages/support.js'

const issued = new Licences([
  { application: 'HIS', licence: '0000001' },
  { application: 'HIS', licence: '0000002' },
  { application: '移动护理', licence: '密码𠮷' },
])

describe('licences', () => {
  it('accept the header of the sample of the document', () => {
    assert.equal(issued.accepts(readFeedbackDocument(sample('crisis-response.xml')).header), true)
  })

  it('accept each licence of an application, so that they can be exchanged', () => {
    for (const [Application, License] of [
      ['HIS', '0000001'],
      ['HIS', '0000002'],
      [' HIS\n', '\u30000000001 '],
      ['移动护理', '密码𠮷'],
    ] as const) {
      assert.equal(issued.accepts({ Application, License }), true, Application)
    }
  })

  it('say of one that was right before what it is worth now, and of its neighbours nothing', () => {
    const ending = new Licences([{ application: 'HIS', licence: '1abc', until: 1_000 }])
    const header = { Application: 'HIS', License: '1abc' }
    for (const [nowMs, verdict] of [
      [0, 'right'],
      [999, 'right'],
      [1_000, 'expired'],
    ] as const) {
      assert.equal(ending.check(header, nowMs), verdict)
    }
    assert.equal(ending.check({ Application: 'HIS1', License: 'abc' }, 0), 'wrong')
    assert.equal(ending.check({ Application: 'HI', License: 'S1abc' }, 0), 'wrong')
  })

  it('accept any application with a licence that is issued to any', () => {
    const any = new Licences([
      { application: '*', licence: 'for-all' },
      { application: 'HIS', licence: 'his-only' },
    ])
    for (const Application of ['HIS', '移动护理', '*', '']) {
      assert.equal(any.accepts({ Application, License: 'for-all' }), true, Application)
    }
    assert.equal(any.accepts({ Application: 'LIS', License: 'his-only' }), false)
    assert.equal(any.accepts({ License: 'for-all' }), true)
  })

  it('refuse whatever does not belong together', () => {
    for (const header of [
      {},
      { Application: 'HIS' },
      { License: '0000001' },
      { Application: '', License: '0000001' },
      { Application: 'HIS', License: '' },
      { Application: 'HIS', License: ' \u3000' },
      { Application: 'HIS', License: '1' },
      { Application: 'HIS', License: '00000011' },
      { Application: 'HIS', License: '000000' },
      { Application: 'HIS', License: '密码𠮷' },
      { Application: '移动护理', License: '0000001' },
      { Application: 'his', License: '0000001' },
      { Application: 'EMR', License: '0000001' },
      { Application: 'HIS', License: '0000001\u00000' },
      { Application: '0000001', License: 'HIS' },
    ]) {
      assert.equal(issued.accepts(header), false, JSON.stringify(header))
    }
  })

  it('refuse everybody when none is issued', () => {
    const none = new Licences([])
    assert.equal(none.size, 0)
    for (const header of [
      {},
      { Application: '', License: '' },
      { Application: 'HIS', License: '1' },
    ]) {
      assert.equal(none.accepts(header), false)
    }
  })

  it('never accept a blank licence, also where one is issued', () => {
    const blanks = ['', ' ', '\u3000', '\u00a0\t']
    const careless = new Licences(blanks.map((licence) => ({ application: 'HIS', licence })))
    assert.equal(careless.size, 0)
    for (const License of blanks) {
      assert.equal(careless.accepts({ Application: 'HIS', License }), false)
    }
    assert.equal(careless.accepts({ Application: 'HIS' }), false)
  })

  it('show no licence when they are printed', () => {
    assert.doesNotMatch(`${JSON.stringify(issued)}${inspect(issued)}`, /0000001/)
  })

  it('hold only from their beginning to their end', () => {
    const timed = new Licences([
      { application: 'HIS', licence: 'old', until: 100 },
      { application: 'HIS', licence: 'new', from: 50 },
      { application: 'HIS', licence: 'longer', until: 60 },
      { application: 'HIS', licence: 'longer', until: 200 },
    ])
    const check = (License: string, now: number, Application = 'HIS') =>
      timed.check({ Application, License }, now)
    assert.deepEqual(
      [0, 49, 50, 99, 100].map((now) => [check('old', now), check('new', now)]),
      [
        ['right', 'early'],
        ['right', 'early'],
        ['right', 'right'],
        ['right', 'right'],
        ['expired', 'right'],
      ],
    )
    assert.equal(check('longer', 150), 'right')
    assert.equal(check('longer', 200), 'expired')
    // Who does not hold the licence is not told that there is one.
    assert.equal(check('old', 100, 'EMR'), 'wrong')
    assert.equal(timed.accepts({ Application: 'HIS', License: 'old' }, 100), false)
  })

  it('tell whose last one is about to end', () => {
    const timed = new Licences([
      { application: 'HIS', licence: 'a', until: 100 },
      { application: ' HIS ', licence: 'b', until: 300 },
      { application: 'EMR', licence: 'c', until: 200 },
      { application: 'LIS', licence: 'd', until: 100 },
      { application: 'LIS', licence: 'e' },
    ])
    assert.deepEqual(timed.ending(0, 199), [])
    assert.deepEqual(timed.ending(0, 200), ['EMR'])
    assert.deepEqual(timed.ending(200, 100), ['HIS', 'EMR'])
  })
})
