import assert from 'node:assert/strict'
import type { FlowMessage } from '../../nodes/face/message.js'
import { CRISIS, crisisXml, FEEDBACK, feedbackXml } from '../support/calls.js'
import { Flow, parser, settle, type Settings } from '../support/flow.js'

const LICENCE = 'L-77aa-parser'
const RESPONSE = { code: '409', desc: '重复' }
const RESPONSE_XML =
  '<?xml version="1.0" encoding="UTF-8"?><response><code>409</code><desc>重复</desc></response>'
const BRIDGES = {
  fhirBase: 'http://127.0.0.1/fhir',
  hl7Sender: 'CRISIS',
  hl7SenderFacility: 'RIS',
  hl7Receiver: 'HIS',
  hl7ReceiverFacility: 'MAIN',
  hl7Assigner: 'HOSPITAL',
}

describe('crisis parser', () => {
  let flow: Flow

  afterEach(() => flow.unload())

  async function translate(
    settings: Settings,
    message: Readonly<Record<string, unknown>>,
  ): Promise<FlowMessage> {
    flow = await Flow.load([parser(settings)], { credentials: { parser: { licence: LICENCE } } })
    flow.send('parser', message)
    const msg = await flow.inbox('one').next()
    await flow.completed()
    assert.equal(flow.status('parser'), 'green ready')
    return msg
  }

  const PAIRS: readonly (readonly [name: string, text: string, value: unknown])[] = [
    ['a critical value', crisisXml(), CRISIS],
    ['feedback', feedbackXml(LICENCE), FEEDBACK],
    ['a generic response', RESPONSE_XML, RESPONSE],
  ]
  for (const [name, text, value] of PAIRS) {
    it(`reads ${name}`, async () => {
      for (const payload of [text, Buffer.from(text)]) {
        const msg = await translate({}, { payload, custom: 1 })
        assert.deepEqual(msg.payload, value)
        assert.equal(msg['custom'], 1)
        await flow.unload()
      }
      assert.deepEqual((await translate({ action: 'read' }, { payload: text })).payload, value)
    })

    it(`writes ${name}`, async () => {
      assert.equal((await translate({}, { payload: value })).payload, text)
      await flow.unload()
      assert.equal((await translate({ action: 'write' }, { payload: value })).payload, text)
    })
  }

  it('maps documents of another system to ours and back, and says at the start what is wrong with the table', async () => {
    const mapping = {
      ...{ document: 'feedback', format: 'json' },
      rows: [
        { field: 'ExamNo', at: '/no', required: true },
        { field: 'CrisisReceiver.name', at: '/who' },
        { field: 'receiveAt', at: '/when', time: 'epochMs' },
        { field: 'Application', at: '/from/app' },
        { field: 'License', at: '/from/key' },
      ],
    }
    const json = {
      no: '007',
      who: '李',
      when: '1795998807000',
      from: { app: 'EMR', key: 's3cret' },
    }
    const read = await translate({ action: 'mapIn', mapping }, { payload: JSON.stringify(json) })
    assert.deepEqual(read.payload, {
      ...{ ExamNo: '007', CrisisReceiver: { code: '', name: '李' } },
      ...{ CrisisReceiveDate: '2026-11-30', CrisisReceiveTime: '08:33:27' },
    })
    assert.deepEqual([read.crisis?.application, read.crisis?.stage], ['EMR', 'received'])
    assert.doesNotMatch(JSON.stringify(read), /s3cret/)
    await flow.unload()
    const settings = { action: 'mapOut', mapping, application: 'HIS' }
    const written = await translate(settings, { payload: read.payload })
    const from = { app: 'HIS', key: LICENCE }
    assert.deepEqual(JSON.parse(String(written.payload)), { ...json, from })
    await flow.unload()
    flow = await Flow.load([parser({ action: 'mapIn', mapping: { ...mapping, rows: [{}] } })])
    const { code, message } = await flow.caught()
    assert.equal(code, 'SETTING_INVALID')
    assert.match(message, /\/rows\/0/)
    assert.equal(flow.status('parser'), 'red badSetting')
  })

  it('tells a correction, a possible wrong patient and a cancelled value in every bridge', async () => {
    const other = { id: 'k0', SickNo: 'C0002', crisis: CRISIS }
    const cases = [
      [{ revision: 1 }, 'F', 'active', /立即|at once/],
      [{ revision: 2, flags: ['revision'] }, 'C', 'active', /corrected/],
      [
        { revision: 2, flags: ['possibleWrongPatient'], otherPatients: [other] },
        'W',
        'entered-in-error',
        /wrong patient/,
      ],
      [{ revision: 2, stage: 'cancelled' }, 'D', 'revoked', /void; do not act/],
    ] as const
    const controlIds = new Set<string | undefined>()
    for (const [context, status, fhirStatus, words] of cases) {
      const message = () => ({ payload: { ...CRISIS }, crisis: { id: 'k1', ...context } })
      const page = await translate({ ...BRIDGES, action: 'paging', channel: 'wecom' }, message())
      assert.match(JSON.stringify(page.payload), words)
      await flow.unload()
      const hl7 = await translate({ ...BRIDGES, action: 'hl7' }, message())
      const [finding = '', ...notes] = String(hl7.payload)
        .split('\r')
        .filter((line) => /^(?:OBX\|1|NTE)/.test(line))
      assert.equal(finding.split('|')[11], status)
      const isOther = 'otherPatients' in context
      assert.equal(notes.join('').includes('C0002'), isOther)
      controlIds.add(hl7.crisis?.controlId)
      await flow.unload()
      const fhir = (await translate({ ...BRIDGES, action: 'fhir' }, message())).payload as {
        status: string
        replaces?: unknown
      }
      assert.equal(fhir.status, fhirStatus)
      assert.equal('replaces' in fhir, context.revision > 1)
      assert.equal(JSON.stringify(fhir).includes('C0002'), isOther)
      await flow.unload()
    }
    assert.equal(controlIds.size, cases.length)
  })

  it('says in a page that the text was damaged, and keeps the order of what it does not know', async () => {
    const finding = '<Finding>右肺<b>未见</b>气胸</Finding>'
    const xml = crisisXml({ CrisisName: '????' }).replace('</Crisis>', `${finding}</Crisis>`)
    const read = await translate({ action: 'read' }, { payload: xml })
    await flow.unload()
    const page = await translate(
      { action: 'paging', channel: 'sms', pagingTo: '1' },
      structuredClone(read),
    )
    assert.match((page.payload as { text: string }).text, /garbled/)
    await flow.unload()
    const written = await translate({ action: 'write' }, structuredClone(read))
    assert.ok(String(written.payload).includes(`${finding}</Crisis>`))
  })

  it('leaves text alone when it is to write', async () => {
    assert.equal(
      (await translate({ action: 'write' }, { payload: RESPONSE_XML })).payload,
      RESPONSE_XML,
    )
  })

  it('reads a generic response in JSON', async () => {
    const msg = await translate({}, { payload: '{"code":"1","desc":"成功"}' })
    assert.deepEqual(msg.payload, { code: '1', desc: '成功' }, 'without judging it')
  })

  it('writes what the setting says when the object does not tell', async () => {
    const payload = { ExamNo: '1', ApplyNo: '2' }
    assert.match(String((await translate({}, { payload })).payload), /<Crisis>/)
    await flow.unload()
    const settings = { document: 'feedback', application: 'EMR' }
    const text = String((await translate(settings, { payload })).payload)
    assert.match(text, /<Application>EMR<\/Application>.*<CrisisResponse>/)
  })

  it('tells the times in its zone and keeps what is ours of the message', async () => {
    const message = { payload: crisisXml(), crisis: { id: 'alert', call: 'c' } }
    const msg = await translate({ zone: 'Asia/Tokyo' }, message)
    assert.equal(msg.crisis?.setAt, '2014-06-16T16:33:27+09:00')
    assert.equal(msg.crisis?.id, 'alert')
    assert.equal(msg.crisis?.call, 'c')
    await flow.unload()
    const feedback = await translate({}, { payload: feedbackXml(LICENCE) })
    assert.equal(feedback.crisis?.stage, 'processed')
    assert.equal(feedback.crisis?.application, 'HIS')
    assert.doesNotMatch(JSON.stringify(feedback), /L-77aa|License/)
  })

  it('works on another property', async () => {
    const msg = await translate({ property: 'a.b' }, { payload: 'x', a: { b: crisisXml() } })
    assert.equal(msg.payload, 'x')
    assert.deepEqual(msg['a'], { b: CRISIS })
  })

  it('reads several into a list', async () => {
    const two = crisisXml().replace(/(<Crisis>.*<\/Crisis>)/, '$1$1')
    const msg = await translate({}, { payload: two })
    assert.deepEqual(msg.payload, [CRISIS, CRISIS])
  })

  it('keeps unknown elements through reading and writing, text and elements in their order', async () => {
    const text = crisisXml().replace(
      '</Crisis>',
      '<Ward code="7">产科</Ward><所见>右肺<b>未见</b>气胸</所见></Crisis>',
    )
    const read = await translate({}, { payload: text })
    await flow.unload()
    assert.equal((await translate({}, { payload: read.payload })).payload, text)
  })

  it('makes a FHIR resource of a critical value and of feedback', async () => {
    const crisis = await translate({ action: 'fhir', ...BRIDGES }, { payload: crisisXml() })
    assert.equal((crisis.payload as { resourceType: string }).resourceType, 'CommunicationRequest')
    assert.match(JSON.stringify(crisis.payload), /2014-06-16T16:33:27\+08:00/)
    await flow.unload()
    const message = { payload: feedbackXml(LICENCE), crisis: { key: 'exam' } }
    const feedback = await translate({ action: 'fhir', ...BRIDGES }, message)
    assert.match(JSON.stringify(feedback.payload), /"Communication"/)
    assert.doesNotMatch(JSON.stringify(feedback), /L-77aa/)
  })

  it('makes an HL7 message, and tells what its acknowledgement must name', async () => {
    const msg = await translate({ action: 'hl7', ...BRIDGES }, { payload: CRISIS })
    const segments = String(msg.payload).split('\r')
    const header = segments[0]!.split('|')
    assert.equal(header[0], 'MSH')
    assert.deepEqual(header.slice(2, 6), ['CRISIS', 'RIS', 'HIS', 'MAIN'])
    assert.equal(header[8], 'ORU^R01^ORU_R01')
    assert.equal(header[9], msg.crisis?.controlId)
  })

  const BODIES: Readonly<Record<string, (body: Record<string, unknown>) => unknown>> = {
    wecom: (body) => (body['text'] as { content: unknown }).content,
    dingtalk: (body) => (body['text'] as { content: unknown }).content,
    feishu: (body) => (body['content'] as { text: unknown }).text,
    ntfy: (body) => body['message'],
    telegram: (body) => body['text'],
    sms: (body) => body['text'],
  }
  for (const [channel, textOf] of Object.entries(BODIES)) {
    it(`makes a page for ${channel} that names neither the patient nor the finding`, async () => {
      const settings = { action: 'paging', channel, pagingTo: channel === 'sms' ? '' : 'duty' }
      const message = { payload: CRISIS, to: '13800000000', crisis: { id: 'abcdef123456' } }
      const msg = await translate(settings, message)
      const text = textOf(msg.payload as Record<string, unknown>)
      assert.equal(text, msg['message'])
      assert.match(String(text), /123456/)
      const shown = JSON.stringify([msg.payload, msg['topic'], msg['title'], msg['message']])
      assert.doesNotMatch(shown, /00000001|C0001|123415|胎盘|加急|管理员|040002/)
      assert.equal(msg['topic'], msg['title'])
      assert.equal(msg['priority'], 2)
      if (channel === 'sms') assert.match(JSON.stringify(msg.payload), /13800000000/)
    })
  }

  it('makes a page with the hospital, the time left, the link and whom to mention', async () => {
    const settings = {
      action: 'paging',
      pagingHospital: '示例医院',
      pagingMinutes: '10',
      pagingLink: 'https://board.example/{id}',
      pagingMention: 'zhangsan，13800000000',
    }
    const message = { payload: CRISIS, crisis: { id: 'abcdef123456' } }
    flow = await Flow.load([parser(settings)], { language: 'zh-CN' })
    flow.send('parser', message)
    const msg = await flow.inbox('one').next()
    const content =
      '【示例医院】危急值 #123456（1级），请于10分钟内登录系统处理。 https://board.example/abcdef123456'
    assert.equal(msg['message'], content)
    assert.deepEqual(msg.payload, {
      msgtype: 'text',
      text: { content, mentioned_list: ['zhangsan'], mentioned_mobile_list: ['13800000000'] },
    })
  })

  it('keeps what the document does not name in its place', async () => {
    const text = crisisXml()
      .replace('<CrisisName>', '左<CrisisName unit="mmol/L">')
      .replace('</Crisis>', '</Crisis><急>是</急>')
      .replace('<XmlDocument>', '<XmlDocument a="1">')
    const read = await translate({}, { payload: text })
    await flow.unload()
    assert.equal((await translate({}, { payload: read.payload })).payload, text)
  })

  const BAD: Readonly<Record<string, readonly [Settings, unknown, string]>> = {
    'a number': [{}, 7, 'DOCUMENT_UNKNOWN'],
    'no payload': [{}, undefined, 'DOCUMENT_UNKNOWN'],
    'a list': [{}, [CRISIS], 'DOCUMENT_UNKNOWN'],
    'an object that is to be read': [{ action: 'read' }, CRISIS, 'DOCUMENT_UNKNOWN'],
    'text cut short': [{}, crisisXml().slice(0, -9), 'XML_NOT_WELL_FORMED'],
    'an empty text': [{}, '', 'DOCUMENT_EMPTY'],
    'another document': [{}, '<a/>', 'DOCUMENT_UNKNOWN'],
    'a critical value that should be feedback': [
      { document: 'feedback' },
      crisisXml(),
      'DOCUMENT_UNKNOWN',
    ],
    'bytes that are no text': [{}, Buffer.from([0x3c, 0xff, 0xfe, 0x3e]), 'CHARSET_UNREADABLE'],
    'an object without both numbers': [{}, { CrisisName: 'x' }, 'KEY_MISSING'],
    'a number where a text belongs': [{}, { ...CRISIS, SickNo: 7 }, 'VALUE_NOT_TEXT'],
    'a response that looks like a success': [{}, { code: '200', desc: 'x' }, 'RESPONSE_CODE'],
    'a response as a page': [{ action: 'paging' }, RESPONSE, 'DOCUMENT_UNKNOWN'],
    'feedback as HL7': [{ action: 'hl7', ...BRIDGES }, FEEDBACK, 'DOCUMENT_UNKNOWN'],
    'a page to nobody': [{ action: 'paging', channel: 'sms' }, CRISIS, 'PAGING_ADDRESS_MISSING'],
    'a link that is none': [{ action: 'paging', pagingLink: 'board' }, CRISIS, 'SETTING_INVALID'],
    'a time that is none': [{ action: 'paging', pagingMinutes: '0' }, CRISIS, 'SETTING_INVALID'],
    'a channel that nobody knows': [
      { action: 'paging', channel: 'fax' },
      CRISIS,
      'PAGING_CHANNEL_UNKNOWN',
    ],
  }
  for (const [name, [settings, payload, code]] of Object.entries(BAD)) {
    it(`fails for ${name}: ${code}, and nothing goes on`, async () => {
      flow = await Flow.load([parser(settings)])
      flow.send('parser', { payload, custom: 1 })
      const caught = await flow.caught()
      assert.equal(caught.code, code)
      assert.deepEqual(caught.msg.payload, payload)
      assert.equal(flow.status('parser'), 'red error')
      assert.doesNotMatch(caught.message, /00000001|胎盘/)
      await settle()
      assert.equal(flow.inbox('one').all.length + flow.inbox('completed').all.length, 0)
      assert.equal(flow.inbox('caught').all.length, 1)
    })
  }

  it('fails for a FHIR base that is no address', async () => {
    flow = await Flow.load([parser({ action: 'fhir' })])
    flow.send('parser', { payload: CRISIS })
    assert.match((await flow.caught()).code, /^FHIR_/)
  })
})
