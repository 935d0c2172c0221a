import assert from 'node:assert/strict'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { FlowMessage } from '../../nodes/lib/message.js'
import { closeStores } from '../../nodes/lib/store.js'
import type { DeadLetter, HeldExam, ParkedDocument, Trace } from '../../src/ledger/index.js'
import {
  readFeedbackDocument,
  splitInstant,
  type CrisisFeedback,
} from '../../src/messages/index.js'
import { readCall } from '../../src/soap/index.js'
import { body, escape, returning, succeeding, TestPeer, type Answer } from '../soap/remote-peer.js'
import { callWith, CRISIS, crisisXml, FEEDBACK, feedbackXml } from '../support/calls.js'
import {
  Flow,
  inNode,
  out,
  peer,
  register,
  service,
  type FlowNode,
  type Settings,
} from '../support/flow.js'
import { freePort } from '../support/node-red.js'

const PAIR = { ExamNo: CRISIS.ExamNo, ApplyNo: CRISIS.ApplyNo }
const SECOND = { CrisisCode: '2', CrisisName: '脑出血' }
const TWO = { by: '张三', second: '李四', reason: '已核对腕带' }
const QUERIES = [
  ...(['open', 'trace', 'dead', 'parked', 'holds', 'verify'] as const),
  ...(['replay', 'cancel', 'lift', 'cancelAlert'] as const),
]
type Query = (typeof QUERIES)[number]

const DOWN: Answer = body('', {}, 503)

const answering = (code: string, desc: string): Answer =>
  body(
    returning(
      `<return>${escape(`<response><code>${code}</code><desc>${desc}</desc></response>`)}</return>`,
    ),
  )

/** Said after whatever the ledger has stored by now. */
function received(code = '040002'): CrisisFeedback {
  const { date, time } = splitInstant(Date.now() + 1000, '+08:00')
  const CrisisReceiver = { code, name: '医生' }
  return { ...PAIR, CrisisReceiver, CrisisReceiveDate: date, CrisisReceiveTime: time }
}

function processed(): CrisisFeedback {
  const { date, time } = splitInstant(Date.now() + 1000, '+08:00')
  const { ProcessStaff, ProcessResult } = FEEDBACK
  return { ...PAIR, ProcessStaff, ProcessDate: date, ProcessTime: time, ProcessResult }
}

describe('what people decide', function () {
  // A node that nobody hints looks for what it is owed every 5 s.
  this.timeout(20_000)
  let flow: Flow
  let remote: TestPeer
  let url: string
  let nodes: readonly FlowNode[]

  const load = async (settings: Settings = {}): Promise<void> => {
    const port = await freePort()
    url = `http://127.0.0.1:${port}/crisis`
    nodes = [
      service({ port: String(port), ...settings }),
      inNode({ wires: [['came']] }),
      inNode({ id: 'in2', type: 'crisis feedback in', wires: [['told']] }),
      peer({ address: remote.origin }),
      out({ id: 'send', wires: [['sent'], ['unsent']] }),
      out({ type: 'crisis feedback out' }),
      out({ id: 'combined', type: 'crisis feedback out', combinedOnly: true }),
      ...QUERIES.map((query) => register(query, { id: query, wires: [[`${query}Found`]] })),
    ]
    // The shortest of the pauses that chance may choose.
    const { random } = Math
    Math.random = () => 0
    flow = await Flow.load(nodes).finally(() => (Math.random = random))
    await flow.shows('in', 'listening')
    await flow.shows('in2', 'listening')
  }

  beforeEach(async () => {
    remote = await TestPeer.open()
    remote.answer = succeeding
    await load()
  })

  afterEach(async () => {
    await flow.unload()
    await remote.close()
  })

  const crisis = async (changes = {}): Promise<void> => {
    assert.equal((await callWith(url, 'SynCrisisInfo', crisisXml(changes))).code, '0')
  }
  const came = (): Promise<FlowMessage> => flow.inbox('came').next()
  const sent = (): readonly CrisisFeedback[] =>
    remote.posts.map(
      ({ body: text }) =>
        readFeedbackDocument(readCall(text).argument ?? '').feedbacks[0]!.feedback,
    )
  const topics = (box: string): readonly string[] =>
    flow
      .inbox(box)
      .all.map((msg) => msg['topic'] as string)
      .toSorted()

  async function ask<T>(query: Query, payload: unknown = {}): Promise<T> {
    flow.send(query, { payload })
    return (await flow.inbox(`${query}Found`).next()).payload as T
  }

  /** The code with which an action is refused. */
  async function refusal(query: Query, payload: unknown): Promise<string> {
    flow.send(query, { payload })
    return (await flow.caught()).code
  }

  /** Hands over feedback and waits until it is with the ledger. */
  async function tell(
    topic: string,
    feedback: CrisisFeedback,
    id?: string,
    node = 'out',
  ): Promise<void> {
    flow.send(node, { topic, payload: feedback, ...(id !== undefined && { crisis: { id } }) })
    await flow.completed()
  }

  /** As `tell`, of an exam that is held: the flow is told so at once. */
  async function tellHeld(topic: string, feedback: CrisisFeedback, id?: string): Promise<void> {
    flow.send('out', { topic, payload: feedback, ...(id !== undefined && { crisis: { id } }) })
    const msg = await flow.inbox('two').next()
    assert.deepEqual([msg['topic'], msg.crisis?.outcome?.code], [topic, 'FEEDBACK_HELD'])
    assert.equal((await flow.caught()).code, 'FEEDBACK_HELD')
  }

  /** Two findings of an exam, of which the second one is of another patient. */
  async function holdTwo(): Promise<readonly [right: string, wrong: string]> {
    await crisis()
    await crisis({ ...SECOND, SickNo: 'C0002' })
    assert.equal((await flow.caught()).code, 'WRONG_PATIENT')
    return [(await came()).crisis!.id!, (await came()).crisis!.id!]
  }

  it('lifts a hold: what was parked goes out as one document, and each message has its outcome', async () => {
    const [right, wrong] = await holdTwo()
    await tellHeld('received', received())
    await tellHeld('processed', processed())
    assert.ok(flow.statuses('out').includes('red held'))
    assert.equal(flow.inbox('two').all[0]?.crisis?.outcome?.class, 'rejected')
    await flow.settle()
    assert.equal(remote.posts.length, 0)

    const [exam, ...others] = await ask<readonly HeldExam[]>('holds')
    assert.deepEqual(others, [])
    assert.deepEqual(
      exam?.alerts.map(({ id, SickNo }) => [id, SickNo]),
      [
        [right, 'C0001'],
        [wrong, 'C0002'],
      ],
    )
    assert.equal(exam?.waiting.length, 2)
    const parked = await ask<readonly ParkedDocument[]>('parked')
    assert.deepEqual(
      parked.map(({ parked: why, peer: to, ExamNo }) => [why, to, ExamNo]),
      [1, 2].map(() => ['wrongPatient', 'peer', CRISIS.ExamNo]),
    )

    const lifted = await ask<object>('lift', { id: right, ...TWO })
    assert.deepEqual(lifted, { alerts: [right, wrong], cancelled: null })
    const outcomes = [await flow.inbox('one').next(), await flow.inbox('one').next()]
    assert.deepEqual(topics('one'), ['processed', 'received'])
    for (const msg of outcomes) assert.equal(msg.crisis?.outcome?.class, 'delivered')
    const [document, ...more] = sent()
    assert.deepEqual(more, [])
    assert.equal(document?.CrisisReceiver?.name, '医生')
    assert.equal(document?.ProcessResult, FEEDBACK.ProcessResult)
    assert.deepEqual(await ask('holds'), [])
    assert.deepEqual(await ask('parked'), [])
    assert.doesNotMatch(flow.everythingShown(), /张三|李四|腕带|C000|胎盘/)
  })

  it('refuses to lift a hold for one person, the same person twice, or no reason', async () => {
    const [id] = await holdTwo()
    await tellHeld('received', received())
    for (const [changes, code] of [
      [{ second: undefined }, 'REGISTER_PEOPLE'],
      [{ by: ' \u3000' }, 'REGISTER_PEOPLE'],
      [{ by: 'zhang', second: ' ＺＨＡＮＧ ' }, 'REGISTER_PEOPLE'],
      [{ by: 7, second: 8 }, 'REGISTER_PEOPLE'],
      [{ reason: ' ' }, 'REGISTER_REASON'],
      [{ id: undefined }, 'REGISTER_ID'],
      [{ id: 'unknown' }, 'REGISTER_NONE'],
      [{ alert: 'unknown' }, 'REGISTER_NONE'],
    ] as const) {
      assert.equal(await refusal('lift', { id, ...TWO, ...changes }), code, JSON.stringify(changes))
    }
    assert.equal(await refusal('cancelAlert', { id, ...TWO, second: TWO.by }), 'REGISTER_PEOPLE')
    assert.equal(await refusal('cancelAlert', { ...PAIR, ...TWO }), 'REGISTER_SEVERAL')
    assert.equal((await ask<readonly HeldExam[]>('holds')).length, 1)
    await flow.settle()
    assert.equal(remote.posts.length, 0)
    assert.equal(flow.inbox('liftFound').all.length, 0)
  })

  it('lifts a hold with the alert that was wrong: that is void, and the right one goes on', async () => {
    const [right, wrong] = await holdTwo()
    await tellHeld('right', received(), right)
    await tellHeld('wrong', received('040009'), wrong)
    const lifted = await ask<object>('lift', { ...PAIR, ...TWO, alert: wrong })
    assert.deepEqual(lifted, { alerts: [right], cancelled: wrong })

    const notice = await came()
    assert.deepEqual([notice.crisis?.id, notice.crisis?.stage], [wrong, 'cancelled'])
    assert.ok(notice.crisis?.flags?.includes('cancelled'))
    assert.equal((notice.payload as { SickNo: string }).SickNo, 'C0002')
    assert.equal((await flow.inbox('one').next())['topic'], 'right')
    const ended = await flow.inbox('two').next()
    assert.deepEqual([ended['topic'], ended.crisis?.outcome?.code], ['wrong', 'FEEDBACK_CANCELLED'])
    assert.deepEqual(
      sent().map(({ CrisisReceiver }) => CrisisReceiver?.code),
      ['040002'],
    )
  })

  it('cancels a critical value: its flows are told, and later feedback changes nothing', async () => {
    await crisis()
    const { crisis: context } = await came()
    const id = context!.id!
    const cancelled = await ask<object>('cancelAlert', { id, ...TWO })
    assert.deepEqual(cancelled, { id, told: ['in'] })
    const notice = await came()
    assert.deepEqual([notice.crisis?.id, notice.crisis?.flags?.at(-1)], [id, 'cancelled'])
    assert.deepEqual(await ask('open'), [])
    assert.equal(await refusal('cancelAlert', { id, ...TWO }), 'REGISTER_NONE')

    const { code } = await callWith(url, 'SynCrisisResponseInfo', feedbackXml(''))
    assert.equal(code, '0')
    assert.ok((await flow.inbox('told').next()).crisis?.flags?.includes('afterCancel'))
    flow.send('out', { payload: received(), crisis: { id } })
    assert.equal((await flow.inbox('two').next()).crisis?.outcome?.code, 'FEEDBACK_CANCELLED')
    assert.equal((await flow.caught()).code, 'FEEDBACK_CANCELLED')

    const [trace] = await ask<readonly Trace[]>('trace', { id })
    assert.equal(trace?.summary.stage, 'cancelled')
    const [decision] = trace!.decisions as readonly Record<string, unknown>[]
    assert.deepEqual([decision?.['person'], decision?.['reason']], [TWO.by, TWO.reason])
    assert.doesNotMatch(JSON.stringify(trace?.audit), /张三|李四|腕带/)
    assert.equal(remote.posts.length, 0)
  })

  it('cancels a critical value that is on its way: it is not sent again', async () => {
    remote.answer = DOWN
    flow.send('send', { payload: CRISIS, topic: 'mine' })
    await flow.completed()
    while (remote.posts.length === 0) await flow.settle()
    const [alert] = await ask<readonly { id: string }[]>('open')
    await ask('cancelAlert', { id: alert!.id, ...TWO })
    const msg = await flow.inbox('unsent').next()
    assert.deepEqual([msg['topic'], msg.crisis?.outcome?.code], ['mine', 'ALERT_CANCELLED'])
    const posts = remote.posts.length
    remote.answer = succeeding
    await flow.hasten()
    await flow.settle()
    assert.equal(remote.posts.length, posts)
  })

  it('merges what was told while the peer is down, and each message has its outcome', async () => {
    await crisis()
    await came()
    remote.answer = DOWN
    await tell('first', received('040001'))
    while (remote.posts.length === 0) await flow.settle()
    await tell('received', received('040002'))
    await tell('processed', processed())
    remote.answer = succeeding
    await flow.hasten()
    for (let place = 0; place < 3; place++) {
      const msg = await flow.inbox('one').next()
      assert.equal(msg.crisis?.outcome?.class, 'delivered')
    }
    assert.deepEqual(topics('one'), ['first', 'processed', 'received'])
    // Before it goes only the first one, of which the peer may have seen something.
    const last = sent().at(-1)
    assert.deepEqual(
      [last?.CrisisReceiver?.code, last?.ProcessResult],
      ['040002', FEEDBACK.ProcessResult],
    )
    assert.equal(sent().filter(({ CrisisReceiver }) => CrisisReceiver?.code === '040002').length, 1)
    const [trace] = await ask<readonly Trace[]>('trace', PAIR)
    const states = (trace!.deliveries as readonly { state: string }[]).map(({ state }) => state)
    assert.deepEqual(states, ['done', 'merged', 'done'])
  })

  it('waits for another finding, and says so', async () => {
    await crisis()
    await crisis(SECOND)
    const [first, second] = [(await came()).crisis?.id, (await came()).crisis?.id]
    await tell('first', received(), first)
    assert.ok(flow.statuses('out').includes('blue waitsFinding'))
    const [parked] = await ask<readonly ParkedDocument[]>('parked')
    assert.equal(parked?.parked, 'otherFinding')
    assert.deepEqual(await ask('holds'), [])
    assert.equal(remote.posts.length, 0)
    await tell('second', received(), second)
    for (let place = 0; place < 2; place++) await flow.inbox('one').next()
    assert.deepEqual(topics('one'), ['first', 'second'])
    assert.equal(remote.posts.length, 1)
  })

  it('waits for the processing where a PACS takes one message only, and says so', async () => {
    await crisis()
    await came()
    await tell('received', received(), undefined, 'combined')
    assert.ok(flow.statuses('combined').includes('blue waitsProcess'))
    assert.equal((await ask<readonly ParkedDocument[]>('parked'))[0]?.parked, 'process')
    assert.equal(remote.posts.length, 0)
    await tell('processed', processed(), undefined, 'combined')
    for (let place = 0; place < 2; place++) await flow.inbox('one').next()
    assert.deepEqual(topics('one'), ['processed', 'received'])
    const [document, ...more] = sent()
    assert.deepEqual(more, [])
    assert.deepEqual(
      [document?.CrisisReceiver?.code, document?.ProcessResult],
      ['040002', FEEDBACK.ProcessResult],
    )
  })

  it('gives up a parked document, whose message then has its outcome', async () => {
    await holdTwo()
    await tellHeld('received', received())
    const [parked] = await ask<readonly ParkedDocument[]>('parked')
    assert.equal(await ask('cancel', { id: parked!.id, reason: '电话已告知' }), true)
    const msg = await flow.inbox('two').next()
    assert.deepEqual([msg['topic'], msg.crisis?.outcome?.code], ['received', 'CANCELLED'])
    assert.deepEqual(await ask('parked'), [])
  })

  it('refuses feedback that names a critical value of another exam', async () => {
    await crisis()
    await crisis({ ExamNo: '2', ApplyNo: '2' })
    await came()
    const other = (await came()).crisis!.id!
    flow.send('out', { payload: received(), crisis: { id: other } })
    assert.equal((await flow.inbox('two').next()).crisis?.outcome?.code, 'FEEDBACK_ALERT')
    assert.equal((await flow.caught()).code, 'FEEDBACK_ALERT')
    await flow.settle()
    assert.equal(remote.posts.length, 0)
    assert.equal((await ask<readonly unknown[]>('open')).length, 2)
  })

  it('tells each time that the content before a correction is sent again', async () => {
    await crisis()
    await crisis({ CrisisMemo: '更正' })
    for (let call = 0; call < 2; call++) {
      await crisis()
      assert.equal((await flow.caught()).code, 'EARLIER_CONTENT')
    }
    await flow.settle()
    assert.equal(flow.inbox('came').all.length, 2)
    const [trace] = await ask<readonly Trace[]>('trace', PAIR)
    assert.equal(trace?.summary.revision, 2)
  })

  it('sends a critical value of another patient all the same, and says so', async () => {
    flow.send('send', { payload: CRISIS })
    await flow.inbox('sent').next()
    flow.send('send', { payload: { ...CRISIS, SickNo: 'C0002' } })
    const caught = await flow.caught()
    assert.deepEqual([caught.code, caught.source.id], ['WRONG_PATIENT', 'send'])
    const msg = await flow.inbox('sent').next()
    assert.ok(msg.crisis?.flags?.includes('possibleWrongPatient'))
    assert.equal(msg.crisis?.revision, 2)
    assert.ok(flow.statuses('send').includes('red held'))
    assert.equal((await ask<readonly HeldExam[]>('holds')).length, 1)
  })

  for (const [name, answer] of [
    ['ambiguous', answering('0', '保存失败')],
    ['unauthorized', answering('401', '身份验证失败')],
  ] as const) {
    it(`sends again what ended ${name}`, async () => {
      remote.answer = answer
      flow.send('send', { payload: CRISIS, topic: 'kept' })
      assert.equal((await flow.inbox('unsent').next()).crisis?.outcome?.class, name)
      const [dead, ...others] = await ask<readonly DeadLetter[]>('dead')
      assert.deepEqual([dead?.class, dead?.state, others], [name, 'held', []])
      remote.answer = succeeding
      const [again] = await ask<readonly number[]>('replay', { id: dead!.id })
      const msg = await flow.inbox('sent').next()
      assert.deepEqual([msg['topic'], msg.crisis?.outbox], ['kept', again])
      assert.deepEqual(await ask('dead'), [])
    }).timeout(60_000)
  }

  it('finds an entry of the audit that was changed while nothing ran', async () => {
    await crisis()
    await came()
    assert.deepEqual((await ask<{ broken: unknown }>('verify')).broken, [])
    await flow.deploy([])
    await closeStores()
    const database = new DatabaseSync(path.join(flow.folder, 'crisis', 'ledger.db'))
    const { changes } = database
      .prepare("update audit set detail = '{\"findings\":2}' where kind = 'stored'")
      .run()
    const [entry] = database.prepare("select chain, seq from audit where kind = 'stored'").all()
    database.close()
    assert.equal(changes, 1)
    await flow.deploy(nodes)
    const { broken } = await ask<{ broken: readonly object[] }>('verify')
    assert.deepEqual(broken, [{ ...entry }])
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

describe('a register whose store is gone', () => {
  let flow: Flow

  afterEach(() => flow.unload())

  it('says so, and answers nothing from another ledger', async () => {
    flow = await Flow.load([register('open', { store: 'gone' })])
    await flow.shows('register', 'badSetting')
    flow.send('register', { payload: {} })
    assert.equal((await flow.caught()).code, 'SETTING_MISSING')
    assert.equal(flow.inbox('found').all.length, 0)
  })
})
