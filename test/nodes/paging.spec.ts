import assert from 'node:assert/strict'
import type { FlowMessage } from '../../nodes/face/index.js'
import type { CrisisFeedback } from '../../src/messages/index.js'
import { HttpRig, json, type Answer } from '../delivery/channels/http-rig.js'
import { callWith, crisisXml, feedbackXml } from '../support/calls.js'
import {
  channel,
  Flow,
  inNode,
  page,
  plan,
  service,
  step,
  watch,
  type FlowNode,
} from '../support/flow.js'
import { freePort } from '../support/node-red.js'

const RECEIVED: Partial<CrisisFeedback> = {
  ...{ ProcessStaff: { code: '', name: '' }, ProcessDate: '', ProcessTime: '', ProcessResult: '' },
}

/** A server of ntfy as it is documented to answer. */
const published: Answer = (seen, response) => {
  const { topic } = JSON.parse(seen.body) as { readonly topic: string }
  json({ id: 'x1', time: 1, event: 'message', topic })(seen, response)
}
const forbidden = json({ code: 40_301, http: 403, error: 'forbidden' }, 403)
const busy = json({ code: 42_901, http: 429, error: 'limit reached' }, 429)

const PERSON = { code: '040002', name: '管理员', addresses: { app: 'ward-7', sms: 'zhang3' } }

/** Steps of a plan whose first is due at once, and the second when nobody can be called for the first. */
const STEPS = [
  step('0', '值班医师'),
  step('30', '科主任'),
  step('60', '总值班', { until: 'processed', repeat: '10' }),
]

/** All scenes in one runtime, each about an exam of its own. */
describe('a crisis page', function () {
  this.timeout(20_000)
  let flow: Flow
  let url: string
  let nodes: readonly FlowNode[]
  let exam = ''
  /** The exam of the scene before. */
  let failed = ''
  let exams = 0
  const EXAMS = 9
  const app = new HttpRig()
  const sms = new HttpRig()

  before(async () => {
    await Promise.all([app.open(), sms.open()])
    const port = await freePort()
    url = `http://127.0.0.1:${port}/crisis`
    nodes = [
      service({ port: String(port) }),
      inNode({ wires: [[]] }),
      inNode({ id: 'in2', type: 'crisis feedback in', wires: [[]] }),
      plan({ steps: STEPS }),
      watch(),
      channel({ kind: 'ntfy', name: 'app', server: app.origin }),
      channel({ id: 'channel2', kind: 'ntfy', name: 'sms', server: sms.origin }),
      channel({ id: 'own', name: 'own', kind: 'flow' }),
      page({ rows: [{ channel: 'channel2' }], hospital: '示例医院' }),
      page({
        ...{ id: 'by flow', channel: 'own', rows: [{ channel: 'channel2' }], outputs: 3 },
        answerSeconds: '1',
        wires: [['taken'], ['failed'], ['out']],
      }),
      page({ id: 'bare', channel: '' }),
    ]
    flow = await Flow.load(nodes)
    for (const id of ['in', 'in2']) await flow.shows(id, 'listening')
    await flow.shows('watch', 'watching')
    // The watch looks once a second: for all scenes at once.
    const all = Array.from({ length: EXAMS }, (_, n) => crisisXml({ ExamNo: `exam ${n + 1}` }))
    await Promise.all(all.map((xml) => callWith(url, 'SynCrisisInfo', xml)))
  })
  after(async () => {
    await flow.unload()
    for (const rig of [app, sms]) rig.close()
  })
  beforeEach(() => {
    exam = `exam ${++exams}`
    for (const rig of [app, sms]) {
      rig.seen.length = 0
      rig.answer = published
    }
  })

  const until = async <T>(find: () => T | undefined | false): Promise<T> => {
    for (;;) {
      const found = find()
      if (found !== undefined && found !== false) return found
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
  }
  /** A message of this scene's exam that has come to an inbox, or an outcome of it. */
  const came = (inbox: string, is: (msg: FlowMessage) => boolean = () => true) =>
    until(() =>
      flow
        .inbox(inbox)
        .all.find(
          (msg) => (msg.payload as { readonly ExamNo?: string }).ExamNo === exam && is(msg),
        ),
    )
  const isStep = (number: number) => (msg: FlowMessage) => msg.crisis?.step?.number === number
  const codeOf = (msg: FlowMessage) => msg.crisis?.page?.code
  const errors = (): readonly FlowMessage[] =>
    flow
      .inbox('caught')
      .all.filter(({ payload }) => (payload as { readonly ExamNo?: string })?.ExamNo === exam)

  /** The message about the step that is due, with a person put to it as a roster does. */
  const due = async (person: object | null = PERSON): Promise<FlowMessage> => {
    const msg = await came('due')
    return { ...msg, note: 'mine', crisis: { ...msg.crisis, ...(person && { person }) } } as never
  }
  const topics = (rig: HttpRig): readonly string[] =>
    rig.seen.map(({ body }) => (JSON.parse(body) as { readonly topic: string }).topic)

  it('is red without a channel, and refuses each message', async () => {
    await flow.shows('bare', 'noChannel')
    assert.equal((await flow.caught()).code, 'SETTING_MISSING')
    flow.send('bare', { payload: { ExamNo: exam }, to: 'x' })
    assert.equal(codeOf(await came('failed')), 'SETTING_MISSING')
  })

  it('tells when a channel has taken it, and names neither patient nor finding', async () => {
    flow.send('page', await due())
    const taken = await came('taken')
    const { number, sentAt, acceptedAt, ...said } = taken.crisis!.page!
    assert.deepEqual(said, {
      person: { code: '040002', name: '管理员' },
      channel: 'app',
      code: 'ACCEPTED',
      attempts: 1,
    })
    assert.ok(number! > 0 && Date.parse(acceptedAt!) >= Date.parse(sentAt))
    assert.equal(taken['note'], 'mine')
    assert.deepEqual([topics(app), topics(sms)], [['ward-7'], []])
    assert.match(app.seen[0]!.body, /示例医院/)
    assert.doesNotMatch(app.seen[0]!.body, /C0001|胎盘/)
    assert.deepEqual(errors(), [])
  })

  it('goes on to the person’s next channel where one refuses it', async () => {
    app.answer = forbidden
    flow.send('page', await due())
    const { crisis } = await came('taken')
    assert.deepEqual([crisis?.page?.channel, crisis?.page?.attempts], ['sms', 2])
    assert.deepEqual([topics(app), topics(sms)], [['ward-7'], ['zhang3']])
  })

  it('fails when no channel takes it: output 2, Catch, and the next step is due at once', async () => {
    app.answer = sms.answer = forbidden
    flow.send('page', await due())
    const { crisis } = await came('failed')
    assert.deepEqual([crisis?.page?.code, crisis?.page?.channel], ['NTFY_40301', 'sms'])
    assert.equal(errors().length, 1)
    await flow.shows('page', 'notSent')
    failed = exam
  })

  it('fails at once where nobody has an address, and the next step is due', async () => {
    flow.send('page', await due(null))
    assert.equal(codeOf(await came('failed')), 'PAGE_ADDRESS_MISSING')
    assert.equal(errors().length, 1)
    await came('due', isStep(2))
    exam = failed
    await came('due', isStep(2))
    flow.send('page', { payload: { ExamNo: exam }, crisis: { person: 'zhang3' } })
    await came('failed', (msg) => codeOf(msg) === 'CONTEXT_INVALID')
  })

  it('sends a text of the flow as it is, to whom the flow says', async () => {
    flow.send('page', { payload: '请立即回电', to: 'zhang3', title: '回电' })
    await until(() => app.seen.length === 1)
    assert.deepEqual(app.body, {
      topic: 'zhang3',
      title: '回电',
      message: '请立即回电',
      priority: 5,
    })
  })

  it('is never sent again once somebody has acknowledged, which is no failure (oncall #4654)', async () => {
    app.answer = busy
    flow.send('page', await due())
    await until(() => app.seen.length === 1)
    const said = feedbackXml('', { ...RECEIVED, ExamNo: exam })
    assert.equal((await callWith(url, 'SynCrisisResponseInfo', said)).code, '0')
    assert.equal(codeOf(await came('failed')), 'PAGE_SUPERSEDED')
    assert.deepEqual(errors(), [])
    assert.deepEqual([app.seen.length, sms.seen.length], [1, 0])
  })

  it('leaves by the flow itself, which says what became of it', async () => {
    const person = { ...PERSON, addresses: { own: '13800000000', sms: 'zhang3' } }
    const msg = await due(person)
    const send = async () => {
      flow.send('by flow', { ...msg })
      return flow.inbox('out').next()
    }
    const taken = async (count: number): Promise<FlowMessage> => {
      const all = () =>
        flow
          .inbox('taken')
          .all.filter(({ payload }) => (payload as { ExamNo?: string }).ExamNo === exam)
      return until(() => all()[count - 1])
    }
    const first = await send()
    assert.deepEqual([first['to'], first['priority']], ['13800000000', 2])
    flow.send('by flow', { ...first, payload: 'the answer of a gateway' })
    assert.equal((await taken(1)).crisis?.page?.channel, 'own')
    flow.send('by flow', { ...(await send()), error: { message: 'no credit' } })
    assert.equal((await taken(2)).crisis?.page?.channel, 'sms')
    // An answer that comes too late is none, and nothing to page for.
    flow.send('by flow', { ...first })
    assert.equal((await taken(2)).crisis?.page?.attempts, 2)
  })

  it('is not lost with a deploy while it is sent: it is sent again, as a repeat (grafana/alerting #156)', async () => {
    app.answer = () => {}
    flow.send('page', await due())
    await until(() => app.seen.length === 1)
    const deployed = flow.deploy(nodes)
    app.answer = published
    await deployed
    await came('taken')
    assert.equal(app.seen.length, 2)
    assert.match((app.body as { readonly title: string }).title, /^【重复】|^\[REPEAT\]/)
  })
})

describe('a crisis page that a watch leads straight to', () => {
  it('takes the step over, so that it is not handed out again', async () => {
    const port = await freePort()
    const flow = await Flow.load([
      service({ port: String(port) }),
      inNode({ wires: [[]] }),
      plan({ steps: STEPS }),
      watch({ wires: [['page'], []] }),
      channel({ kind: 'flow', name: 'own' }),
      page({ outputs: 3, wires: [['taken'], ['failed'], ['out']] }),
    ])
    await flow.shows('in', 'listening')
    await flow.shows('watch', 'watching')
    await callWith(`http://127.0.0.1:${port}/crisis`, 'SynCrisisInfo', crisisXml())
    // Nobody is on it, so that the next step comes at once.
    for (const number of [1, 2, 3]) {
      const { crisis } = await flow.inbox('failed').next()
      assert.deepEqual([crisis?.page?.code, crisis?.step?.number], ['PAGE_ADDRESS_MISSING', number])
    }
    const owed = await flow.ledger((ledger) => ledger.run('handoutsByNode', undefined))
    assert.deepEqual(
      owed.filter(({ kind }) => kind === 'step'),
      [],
    )
    await flow.unload()
  })
})
