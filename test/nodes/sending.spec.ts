import assert from 'node:assert/strict'
import type { FieldRow } from '../../nodes/settings/index.js'
import {
  readCrisisDocument,
  readFeedbackDocument,
  type Crisis,
  type FeedbackDocument,
} from '../../src/messages/index.js'
import { readCall } from '../../src/soap/index.js'
import { body, escape, returning, succeeding, TestPeer } from '../soap/remote-peer.js'
import { CRISIS, crisisXml, FEEDBACK, feedbackXml } from '../support/calls.js'
import { Flow, out, peer, type Settings } from '../support/flow.js'

const LICENCE = 'L-9f3c-0001'
const REFUSAL = '<response><code>404</code><desc>无此检查</desc></response>'
const row = (name: string, type: string, value: string): FieldRow => ({ name, type, value })

describe('what a sending node sends', () => {
  let flow: Flow
  let remote: TestPeer

  beforeEach(async () => {
    remote = await TestPeer.open()
    remote.answer = succeeding
  })

  afterEach(async () => {
    await flow.unload()
    await remote.close()
  })

  const load = async (settings: Settings = {}, peerSettings: Settings = {}): Promise<void> => {
    const address = `${remote.origin}/pacs`
    flow = await Flow.load([peer({ address, ...peerSettings }), out(settings)], {
      credentials: { peer: { licence: LICENCE } },
    })
  }
  const sent = (): readonly string[] =>
    remote.posts.map((received) => readCall(received.body).argument ?? '')
  const sentCrisis = (): Crisis => readCrisisDocument(sent().at(-1) ?? '').crises[0]!.crisis
  const sentFeedback = (): FeedbackDocument => readFeedbackDocument(sent().at(-1) ?? '')

  it('is the payload, every field to the character', async () => {
    await load()
    const payload = { ...CRISIS, CrisisMemo: '< & ]]> " \' 汉字 𠮷 😀\ttab\nLF\r\nCRLF' }
    flow.send('out', { payload })
    await flow.inbox('one').next()
    assert.deepEqual(sentCrisis(), payload)
    assert.equal(readCall(remote.posts[0]!.body).operation, 'SynCrisisInfo')
  })

  it('is a message that outlives a restart: all of it but the request that it came with', async () => {
    await load()
    const req: Record<string, unknown> = { headers: {} }
    req['self'] = req
    flow.send('out', { payload: CRISIS, req, res: { _res: req }, custom: { deep: ['07'] } })
    const msg = await flow.inbox('one').next()
    assert.deepEqual(msg['custom'], { deep: ['07'] })
    assert.deepEqual(msg.payload, CRISIS)
    assert.ok(!('req' in msg) && !('res' in msg))
  })

  it('is the document of a message that no JSON can hold, and what is ours of it', async () => {
    await load()
    const custom: Record<string, unknown> = {}
    custom['self'] = custom
    flow.send('out', { payload: CRISIS, custom, topic: 'kept', _msgid: 'abc' })
    const msg = await flow.inbox('one').next()
    assert.deepEqual(msg.payload, CRISIS)
    assert.equal(msg['topic'], 'kept')
    assert.equal(msg._msgid, 'abc')
    assert.ok(!('custom' in msg))
    assert.deepEqual(sentCrisis(), CRISIS)
  })

  it('is the document as text, and stays text in the message', async () => {
    await load()
    const payload = crisisXml({ ExamNo: '00000002' })
    flow.send('out', { payload })
    const msg = await flow.inbox('one').next()
    assert.equal(msg.payload, payload)
    assert.equal(sentCrisis().ExamNo, '00000002')
  })

  it('has elements that the document does not know, when reading left them in the payload', async () => {
    await load()
    const extra = [{ name: 'Ward', attributes: { code: '7' }, children: [], text: '产科' }]
    flow.send('out', { payload: { ...CRISIS, extra } })
    await flow.inbox('one').next()
    assert.match(sent()[0]!, /<Ward code="7">产科<\/Ward>/)
  })

  it('is one call for each of several, and each has its own message with its own outcome', async () => {
    await load()
    let calls = 0
    remote.answer = (received, response) => {
      // The last one is answered first and the second one fails.
      const place = ++calls
      const refused = body(returning(`<return>${escape(REFUSAL)}</return>`))
      if (readCall(received.body).argument?.includes('B2')) refused(received, response)
      else setImmediate(() => succeeding(received, response))
      assert.ok(place <= 3)
    }
    const numbers = ['A1', 'B2', 'C3']
    flow.send('out', { payload: numbers.map((ExamNo) => ({ ...CRISIS, ExamNo })), kept: [1] })
    const good = [await flow.inbox('one').next(), await flow.inbox('one').next()]
    const bad = await flow.inbox('two').next()
    const caught = await flow.caught()
    assert.equal(caught.code, 'REPLY_REJECTED')
    const all = [...good, bad]
    const byNumber = all.toSorted((a, b) => (examOf(a) < examOf(b) ? -1 : 1))
    assert.deepEqual(byNumber.map(examOf), numbers)
    assert.equal(examOf(bad), 'B2')
    assert.equal(new Set(all.map((msg) => msg.crisis?.id)).size, 3, 'three alerts')
    assert.equal(new Set(all.map((msg) => msg.crisis?.key)).size, 3, 'three keys')
    assert.equal(new Set(all).size, 3, 'no message is another')
    for (const msg of all) assert.deepEqual(msg['kept'], [1])
    await flow.settle()
    assert.equal(flow.inbox('caught').all.length, 1)
    assert.equal(flow.inbox('completed').all.length, 1, 'done once, when all were stored')
  })

  it('keeps the alert that a message already is', async () => {
    await load()
    flow.send('out', {
      payload: CRISIS,
      crisis: { id: 'alert', key: 'exam', call: 'c', flags: [] },
    })
    const { crisis } = await flow.inbox('one').next()
    assert.equal(crisis?.id, 'alert')
    assert.equal(crisis?.key, 'exam')
    assert.equal(crisis?.call, 'c')
    assert.equal(crisis?.peer, 'peer')
    assert.equal(crisis?.setAt, '2014-06-16T16:33:27+08:00')
  })

  it('leaves empty elements out when it is told to', async () => {
    await load({ omitEmpty: true })
    flow.send('out', { payload: CRISIS })
    await flow.inbox('one').next()
    assert.doesNotMatch(sent()[0]!, /CrisisType/)
  })

  it('is a feedback with the times moved where the peer wants that, and says so', async () => {
    await load({ type: 'crisis feedback out' }, { clockOffset: '-60' })
    flow.send('out', { payload: FEEDBACK })
    const { crisis } = await flow.inbox('one').next()
    const { CrisisReceiveTime, ProcessTime } = sentFeedback().feedbacks[0]!.feedback
    assert.deepEqual([CrisisReceiveTime, ProcessTime], ['16:42:27', '16:42:27'])
    assert.equal(crisis?.receiveAt, '2014-06-16T16:43:27+08:00')
    assert.ok(crisis?.flags?.includes('clockOffset'))
  })

  it('is a feedback with the peer’s application and licence, whatever the text had', async () => {
    await load({ type: 'crisis feedback out' }, { application: 'EMR' })
    flow.send('out', { payload: FEEDBACK })
    const msg = await flow.inbox('one').next()
    assert.deepEqual(sentFeedback().header, { Application: 'EMR', License: LICENCE })
    // What is blank was not told.
    assert.deepEqual(sentFeedback().feedbacks[0]!.feedback, { ...FEEDBACK, ProcessSuggest: '' })
    assert.equal(msg.crisis?.stage, 'processed')
    assert.equal(msg.crisis?.receiveAt, '2014-06-16T16:43:27+08:00')
    flow.send('out', { payload: feedbackXml('another', {}, 'X') })
    await flow.inbox('one').next()
    assert.deepEqual(sentFeedback().header, { Application: 'EMR', License: LICENCE })
  })

  it('is made of field rows: texts, message, environment, expressions and instants', async () => {
    process.env['CRISIS_TEST_STAFF'] = '000777'
    const fields = [
      row('ExamNo', 'msg', 'exam.no'),
      row('ApplyNo', 'str', '00000009'),
      row('CrisisReceiver.code', 'env', 'CRISIS_TEST_STAFF'),
      row('CrisisReceiver.name', 'jsonata', '$uppercase(nurse) & "·" & payload'),
      row('receiveAt', 'msg', 'at'),
      row('ProcessStaff.name', 'msg', 'nobody'),
      row('processAt', 'date', ''),
      row('ProcessResult', 'str', '已处理'),
    ]
    await load({ type: 'crisis feedback out', source: 'fields', fields }, { zone: 'Asia/Shanghai' })
    const before = Date.now()
    flow.send('out', {
      payload: 'x',
      exam: { no: '0007' },
      nurse: 'li',
      at: '2026-11-23T01:02:03Z',
    })
    const msg = await flow.inbox('one').next()
    assert.equal(msg.payload, 'x', 'the payload is not touched')
    const [{ feedback }] = sentFeedback().feedbacks as [FeedbackDocument['feedbacks'][number]]
    assert.equal(feedback.ExamNo, '0007')
    assert.equal(feedback.ApplyNo, '00000009')
    assert.deepEqual(feedback.CrisisReceiver, { code: '000777', name: 'LI·x' })
    assert.equal(feedback.CrisisReceiveDate, '2026-11-23')
    assert.equal(feedback.CrisisReceiveTime, '09:02:03')
    assert.deepEqual(
      feedback.ProcessStaff,
      { code: '', name: '' },
      'what has no value is left empty',
    )
    const processed = Date.parse(`${feedback.ProcessDate}T${feedback.ProcessTime}+08:00`)
    assert.ok(processed >= before - 1000 && processed <= Date.now())
    assert.equal(msg.crisis?.stage, 'received', 'without staff nothing is processed')
    delete process.env['CRISIS_TEST_STAFF']
  })

  it('is not made of a variable that is not set, which is named; a blank one is blank', async () => {
    for (const value of ['CRISIS_NOT_SET', '科室-${CRISIS_NOT_SET}-1']) {
      await load({
        source: 'fields',
        fields: [row('ExamNo', 'str', '1'), row('CrisisMemo', 'env', value)],
      })
      flow.send('out', {})
      const { crisis } = await flow.inbox('two').next()
      assert.equal(crisis?.outcome?.code, 'SETTING_MISSING')
      assert.match((await flow.caught()).message, /CRISIS_NOT_SET/)
      await flow.unload()
    }
    process.env['CRISIS_TEST_BLANK'] = ''
    await load({
      source: 'fields',
      fields: [
        row('ExamNo', 'str', '1'),
        row('CrisisMemo', 'env', 'CRISIS_TEST_BLANK'),
        row('CrisisName', 'env', 'a${CRISIS_TEST_BLANK}b'),
        row('SickNo', 'env', ''),
      ],
    })
    flow.send('out', {})
    await flow.inbox('one').next()
    const { CrisisMemo, CrisisName, SickNo } = sentCrisis()
    assert.deepEqual([CrisisMemo, CrisisName, SickNo], ['', 'ab', ''])
    delete process.env['CRISIS_TEST_BLANK']
  })

  it('takes an instant as milliseconds and as a Date', async () => {
    const at = Date.UTC(2026, 0, 31, 16, 0, 0)
    await load({
      source: 'fields',
      fields: [row('ExamNo', 'str', '1'), row('setAt', 'msg', 'at')],
    })
    for (const value of [at, new Date(at)]) {
      flow.send('out', { at: value })
      await flow.inbox('one').next()
      assert.equal(sentCrisis().CrisisSetDate, '2026-02-01')
      assert.equal(sentCrisis().CrisisSetTime, '00:00:00')
    }
  })

  const keyless = { ...CRISIS, ExamNo: ' ', ApplyNo: '\u3000' }
  const rows = (...fields: FieldRow[]): Settings => ({
    source: 'fields',
    fields: [row('ExamNo', 'str', '1'), ...fields],
  })
  const REFUSED: Readonly<Record<string, readonly [string, unknown, Settings?]>> = {
    'no payload': ['DOCUMENT_UNKNOWN', undefined],
    'a number': ['DOCUMENT_UNKNOWN', 7],
    'an empty list': ['DOCUMENT_UNKNOWN', []],
    'a list of texts': ['DOCUMENT_UNKNOWN', ['x']],
    bytes: ['DOCUMENT_UNKNOWN', Buffer.from('x')],
    'an empty text': ['DOCUMENT_EMPTY', ''],
    'text that is no document': ['DOCUMENT_UNKNOWN', '<a/>'],
    'text cut short': ['XML_NOT_WELL_FORMED', crisisXml().slice(0, -5)],
    'both numbers blank': ['KEY_MISSING', keyless],
    'both numbers blank in text': ['KEY_MISSING', crisisXml({ ExamNo: '', ApplyNo: '' })],
    'one of several without numbers': ['KEY_MISSING', [CRISIS, keyless]],
    'a number that has lost its zeros': ['VALUE_NOT_TEXT', { ...CRISIS, ExamNo: 1 }],
    'text that was decoded wrongly': ['CHARSET_REPLACEMENT', { ...CRISIS, CrisisName: 'a\ufffd' }],
    'an instant without a zone': [
      'VALUE_NOT_TEXT',
      'x',
      rows(row('setAt', 'str', '2026-01-01T00:00:00')),
    ],
    'an expression that fails': [
      'FIELD_VALUE',
      'x',
      rows(row('SickNo', 'jsonata', '$error("no")')),
    ],
    'an expression that is none': ['FIELD_VALUE', 'x', rows(row('SickNo', 'jsonata', '((('))],
    'a number out of an expression': ['VALUE_NOT_TEXT', 'x', rows(row('SickNo', 'num', '7'))],
    'feedback that says nothing': [
      'FEEDBACK_EMPTY',
      { ExamNo: '1', ApplyNo: '1', ProcessResult: ' ' },
      { type: 'crisis feedback out' },
    ],
  }
  for (const [name, [code, payload, settings]] of Object.entries(REFUSED)) {
    it(`is nothing for ${name}: output 2 and ${code}`, async () => {
      await load(settings)
      flow.send('out', { payload, custom: 1 })
      const msg = await flow.inbox('two').next()
      assert.deepEqual(msg.payload, payload)
      assert.equal(msg['custom'], 1)
      assert.equal(msg.crisis?.outcome?.class, 'rejected')
      assert.equal(msg.crisis?.outcome?.code, code)
      assert.equal((await flow.caught()).code, code)
      await flow.settle()
      assert.equal(flow.status('out'), 'red refused')
      assert.equal(flow.inbox('one').all.length + flow.inbox('completed').all.length, 0)
      assert.equal(flow.inbox('caught').all.length, 1)
      assert.equal(remote.received.length, 0)
    })
  }
})

const examOf = (msg: { payload?: unknown }): string => (msg.payload as Crisis).ExamNo ?? ''
