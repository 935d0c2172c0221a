import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import {
  answerOf,
  callWith,
  crisisXml,
  envelope,
  envelopeOf,
  escape,
  FEEDBACK,
  feedbackXml,
  post,
} from '../support/calls.js'
import { Flow, inNode, service } from '../support/flow.js'
import { freePort } from '../support/node-red.js'

const DECLARED = `<?xml version="1.0" encoding="UTF-8"?>${crisisXml().replace(/^<\?.*?\?>/, '')}`
const saying = (memo: string): string => crisisXml({ CrisisMemo: '此处' }).replace('此处', memo)
const argument = (inside: string): string => envelope('SynCrisisInfo', `<req>${inside}</req>`)
const response = '<response><code>0</code><desc>成功</desc></response>'

/** Each call as it comes from the field, and what its caller and a person read of it. */
const REFUSED: Readonly<Record<string, readonly [body: string, zh: RegExp, en: RegExp]>> = {
  'a document with a declaration of its own that is not escaped': [
    argument(DECLARED),
    /又出现 XML 声明/,
    /second XML declaration/,
  ],
  'CDATA in CDATA': [
    argument(`<![CDATA[${saying('<![CDATA[右侧气胸，压缩>50%]]>')}]]>`),
    /嵌套了 CDATA/,
    /inside another one/,
  ],
  'a control character': [
    argument(escape(saying('气胸')).replace('气胸', '气&#xB;胸')),
    /U\+000B/,
    /U\+000B/,
  ],
  'a bare <': [
    argument(escape(saying('血钾<2.5mmol/L，立即处理'))),
    /列的 < 没有转义，应写成 &lt;/,
    /the < in line \d+, column \d+ is not escaped/,
  ],
  'a bare &': [
    argument(escape(saying('气胸&纵隔移位'))),
    /列的 & 没有转义，应写成 &amp;/,
    /the & in line \d+, column \d+ is not escaped/,
  ],
  'a document in URL encoding': [argument(encodeURIComponent(DECLARED)), /URL 编码/, /URL-encoded/],
  'a document in Base64': [argument(Buffer.from(DECLARED).toString('base64')), /Base64/, /Base64/],
  'a form field': [
    argument(`inputString=${encodeURIComponent(DECLARED)}`),
    /表单字段/,
    /form field/,
  ],
  JSON: [argument('{"ExamNo":"1"}'), /JSON/, /JSON/],
  'an answer in the place of a document': [argument(escape(response)), /通用响应/, /response/],
}

describe('a call as it comes from the field', () => {
  let flow: Flow
  let port: number
  let url: string

  before(async () => {
    port = await freePort()
    url = `http://127.0.0.1:${port}/crisis`
    flow = await Flow.load([
      service({ port: String(port) }),
      inNode(),
      inNode({ id: 'feedback', type: 'crisis feedback in', wires: [['said']] }),
    ])
    await flow.shows('in', 'listening')
    await flow.shows('feedback', 'listening')
  })

  after(() => flow.unload())

  for (const [name, [body, zh, en]] of Object.entries(REFUSED)) {
    it(`is refused by what is wrong with it, to its caller and to people: ${name}`, async () => {
      const { code, desc } = answerOf(await post(url, body))
      assert.notEqual(code, '0')
      assert.match(desc, zh)
      assert.match((await flow.caught()).message, en)
    })
  }

  it('is told of where its length counts characters', async () => {
    const body = envelopeOf('SynCrisisInfo', crisisXml())
    const socket = connect(port, '127.0.0.1')
    socket.resume()
    socket.write(
      `POST /crisis HTTP/1.1\r\nHost: x\r\nContent-Type: text/xml; charset=utf-8\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    )
    await once(socket, 'close')
    const heard: string[] = []
    while (!heard.some((message) => /Content-Length is probably too small/.test(message))) {
      heard.push((await flow.caught()).message)
    }
    assert.equal(flow.inbox('one').all.length, 0)
  })

  it('is flagged where it was read as Latin-1 on the way', async () => {
    const CrisisName = Buffer.from('胎盘早剥').toString('latin1')
    assert.equal((await callWith(url, 'SynCrisisInfo', crisisXml({ CrisisName }))).code, '0')
    const { crisis } = await flow.inbox('one').next()
    assert.deepEqual(crisis?.flags, ['textDamaged', 'utf8ReadAsLatin1'])
  })

  it('closes its alert where its date holds a time', async () => {
    const ExamNo = 'dated'
    const stages = async (): Promise<readonly unknown[]> => {
      const [exam] = await flow.ledger((ledger) =>
        ledger
          .run('openAlerts', { limit: 9 })
          .then((all) => all.filter((one) => one.ExamNo === ExamNo)),
      )
      return exam ? [exam.stage, exam.timeUnreadable] : []
    }
    assert.equal((await callWith(url, 'SynCrisisInfo', crisisXml({ ExamNo }))).code, '0')
    assert.deepEqual(await stages(), ['stored', false])
    const said = {
      ExamNo,
      CrisisReceiveDate: '2014/6/16 0:00:00',
      CrisisReceiveTime: '16:43:27',
      ProcessDate: '2014年6月16日 星期一',
      ProcessTime: '下午 4:50',
    }
    const { code } = await callWith(url, 'SynCrisisResponseInfo', feedbackXml('', said))
    assert.equal(code, '0')
    const { crisis, payload } = await flow.inbox('said').next()
    assert.equal(crisis?.stage, 'processed')
    assert.equal(crisis.receiveAt, '2014-06-16T16:43:27+08:00')
    assert.equal(crisis.processAt, '2014-06-16T16:50:00+08:00')
    assert.deepEqual(payload, { ...FEEDBACK, ...said }, 'as it was written')
    assert.deepEqual(await stages(), [])
  })
})
