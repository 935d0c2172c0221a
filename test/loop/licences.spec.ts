import assert from 'node:assert/strict'
import { inspect } from 'node:util'
import { Licences } from '../../src/loop/index.js'
import { readFeedbackDocument } from '../../src/messages/index.js'
import { sample } from '../messages/support.js'

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
})
