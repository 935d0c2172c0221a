import assert from 'node:assert/strict'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Depth, HeldExam, ParkedDocument, Trace } from '../../src/ledger/index.js'
import { succeeding } from '../soap/remote-peer.js'
import { callWith, CRISIS, crisisXml, FEEDBACK, feedbackXml } from '../support/calls.js'
import { Flow, inNode, service } from '../support/flow.js'
import { freePort } from '../support/node-red.js'
import { DOWN, ExamFlow, PAIR, processed, received, SECOND } from './exam-flow.js'

describe('what is told of an exam', function () {
  this.timeout(20_000)
  let exam: ExamFlow

  beforeEach(async () => {
    exam = await ExamFlow.open()
  })

  afterEach(() => exam.close())

  it('merges what was told while the peer is down, and each message has its outcome', async () => {
    await exam.crisis()
    await exam.came()
    exam.remote.answer = DOWN
    await exam.tell('first', received('040001'))
    while (exam.remote.posts.length === 0) await exam.flow.settle()
    await exam.tell('received', received('040002'))
    await exam.tell('processed', processed())
    exam.remote.answer = succeeding
    await exam.flow.hasten()
    for (let place = 0; place < 3; place++) {
      const msg = await exam.flow.inbox('one').next()
      assert.equal(msg.crisis?.outcome?.class, 'delivered')
    }
    assert.deepEqual(exam.topics('one'), ['first', 'processed', 'received'])
    // Before it goes only the first one, of which the peer may have seen something.
    const last = exam.sent().at(-1)
    assert.deepEqual(
      [last?.CrisisReceiver?.code, last?.ProcessResult],
      ['040002', FEEDBACK.ProcessResult],
    )
    assert.equal(
      exam.sent().filter(({ CrisisReceiver }) => CrisisReceiver?.code === '040002').length,
      1,
    )
    const [trace] = await exam.ask<readonly Trace[]>('trace', PAIR)
    const states = (trace!.deliveries as readonly { state: string }[]).map(({ state }) => state)
    assert.deepEqual(states, ['done', 'merged', 'done'])
  })

  it('waits for another finding, and says so', async () => {
    await exam.crisis()
    await exam.crisis(SECOND)
    const [first, second] = [(await exam.came()).crisis?.id, (await exam.came()).crisis?.id]
    await exam.tell('first', received(), { id: first })
    assert.ok(exam.flow.statuses('out').includes('blue waitsFinding'))
    const [parked] = await exam.ask<readonly ParkedDocument[]>('parked')
    assert.equal(parked?.parked, 'otherFinding')
    assert.deepEqual(await exam.ask('holds'), [])
    assert.equal(exam.remote.posts.length, 0)
    await exam.tell('second', received(), { id: second })
    for (let place = 0; place < 2; place++) await exam.flow.inbox('one').next()
    assert.deepEqual(exam.topics('one'), ['first', 'second'])
    assert.equal(exam.remote.posts.length, 1)
  })

  it('that has waited long is an alarm, once, and shown until it goes', async () => {
    await exam.crisis()
    await exam.crisis(SECOND)
    const [first, second] = [(await exam.came()).crisis?.id, (await exam.came()).crisis?.id]
    await exam.tell('first', received(), { id: first })
    await exam.flow.deploy([])
    const ledger = new DatabaseSync(path.join(exam.flow.folder, 'crisis', 'ledger.db'))
    ledger.exec('pragma busy_timeout = 5000; update report set at = at - 300000')
    ledger.close()
    await exam.flow.deploy(exam.nodes)
    const { code, message, source, msg } = await exam.flow.caught()
    assert.deepEqual([code, source.id], ['FEEDBACK_WAITS', 'peer'])
    assert.match(message, / 1 more .* for over 5 minutes .*: 1 for another finding of the exam;/)
    assert.doesNotMatch(JSON.stringify(msg), /00000001|C0001/)
    await exam.flow.shows('out', 'waitsFinding')
    assert.notEqual(exam.flow.status('send'), 'blue waitsFinding', 'no critical value waits')
    const { parked, parkedFor } = await exam.ask<Depth>('depth')
    assert.deepEqual([parked, parkedFor], [1, { otherFinding: 1, process: 0, wrongPatient: 0 }])
    await exam.flow.deploy(exam.nodes)
    await exam.flow.shows('out', 'waitsFinding')
    await exam.tell('second', received(), { id: second })
    for (let place = 0; place < 2; place++) await exam.flow.inbox('one').next()
    await exam.flow.becomes('out', 'green delivered')
    assert.equal(exam.flow.inbox('caught').all.length, 0, 'not told twice')
  })

  it('waits for the processing where a PACS takes one message only, and says so', async () => {
    await exam.crisis()
    await exam.came()
    await exam.tell('received', received(), { node: 'combined' })
    assert.ok(exam.flow.statuses('combined').includes('blue waitsProcess'))
    assert.equal((await exam.ask<readonly ParkedDocument[]>('parked'))[0]?.parked, 'process')
    assert.equal(exam.remote.posts.length, 0)
    await exam.tell('processed', processed(), { node: 'combined' })
    for (let place = 0; place < 2; place++) await exam.flow.inbox('one').next()
    assert.deepEqual(exam.topics('one'), ['processed', 'received'])
    const [document, ...more] = exam.sent()
    assert.deepEqual(more, [])
    assert.deepEqual(
      [document?.CrisisReceiver?.code, document?.ProcessResult],
      ['040002', FEEDBACK.ProcessResult],
    )
  })

  it('refuses feedback that names a critical value of another exam', async () => {
    await exam.crisis()
    await exam.crisis({ ExamNo: '2', ApplyNo: '2' })
    await exam.came()
    const other = (await exam.came()).crisis!.id!
    exam.flow.send('out', { payload: received(), crisis: { id: other } })
    assert.equal((await exam.flow.inbox('two').next()).crisis?.outcome?.code, 'FEEDBACK_ALERT')
    assert.equal((await exam.flow.caught()).code, 'FEEDBACK_ALERT')
    await exam.flow.settle()
    assert.equal(exam.remote.posts.length, 0)
    assert.equal((await exam.ask<readonly unknown[]>('open')).length, 2)
  })

  it('tells each time that the content before a correction is sent again', async () => {
    await exam.crisis()
    await exam.crisis({ CrisisMemo: '更正' })
    for (let call = 0; call < 2; call++) {
      await exam.crisis()
      assert.equal((await exam.flow.caught()).code, 'EARLIER_CONTENT')
    }
    await exam.flow.settle()
    assert.equal(exam.flow.inbox('came').all.length, 2)
    const [trace] = await exam.ask<readonly Trace[]>('trace', PAIR)
    assert.equal(trace?.summary.revision, 2)
  })

  it('sends a critical value of another patient all the same, and says so', async () => {
    exam.flow.send('send', { payload: CRISIS })
    await exam.flow.inbox('sent').next()
    exam.flow.send('send', { payload: { ...CRISIS, SickNo: 'C0002' } })
    const caught = await exam.flow.caught()
    assert.deepEqual([caught.code, caught.source.id], ['WRONG_PATIENT', 'send'])
    const msg = await exam.flow.inbox('sent').next()
    assert.ok(msg.crisis?.flags?.includes('possibleWrongPatient'))
    assert.equal(msg.crisis?.revision, 2)
    assert.ok(exam.flow.statuses('send').includes('red held'))
    assert.equal((await exam.ask<readonly HeldExam[]>('holds')).length, 1)
  })
})

describe('elements that do not count', function () {
  let flow: Flow

  afterEach(() => flow.unload())

  it('are what the service is told, and no others', async () => {
    const port = await freePort()
    const url = `http://127.0.0.1:${port}/crisis`
    flow = await Flow.load([
      service({ port: String(port), ignoredElements: 'SendTime, MsgId' }),
      inNode({ wires: [['came']] }),
      inNode({ id: 'in2', type: 'crisis feedback in', wires: [['told']] }),
    ])
    await flow.shows('in', 'listening')
    await flow.shows('in2', 'listening')
    const send = async (operation: string, xml: string, inside: string, extra: string) => {
      const document = xml.replace(`</${inside}>`, `${extra}</${inside}>`)
      assert.notEqual(document, xml)
      assert.equal((await callWith(url, operation, document)).code, '0')
    }
    const crisis = (extra: string) => send('SynCrisisInfo', crisisXml(), 'Crisis', extra)
    await crisis('<SendTime>1</SendTime><Ward>A</Ward>')
    await crisis('<Ward> A </Ward><SendTime>2</SendTime><msgid>3</msgid>')
    await crisis('<SendTime>4</SendTime><Ward>B</Ward>')
    const [alert] = await flow.ledger((ledger) => ledger.run('openAlerts', { limit: 9 }))
    assert.equal(alert?.resent, 1)
    const feedback = (extra: string) =>
      send('SynCrisisResponseInfo', feedbackXml(''), 'CrisisResponse', extra)
    await feedback('<MsgId>1</MsgId>')
    await feedback('<MsgId>2</MsgId>')
    await flow.settle()
    assert.deepEqual(
      flow.inbox('came').all.map(({ crisis: context }) => context?.revision),
      [1, 2],
    )
    assert.equal(flow.inbox('told').all.length, 1)
  })
})
