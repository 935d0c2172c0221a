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
  type Settings,
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

describe('a crisis page', function () {
  this.timeout(20_000)
  let flow: Flow
  let url: string
  let nodes: readonly FlowNode[]
  const app = new HttpRig()
  const sms = new HttpRig()

  before(() => Promise.all([app.open(), sms.open()]))
  after(() => [app, sms].forEach((rig) => rig.close()))
  beforeEach(() => {
    for (const rig of [app, sms]) {
      rig.seen.length = 0
      rig.answer = published
    }
  })
  afterEach(() => flow.unload())

  const load = async (settings: Settings = {}, others: readonly FlowNode[] = []): Promise<void> => {
    const port = await freePort()
    url = `http://127.0.0.1:${port}/crisis`
    nodes = [
      service({ port: String(port) }),
      inNode({ wires: [[]] }),
      inNode({ id: 'in2', type: 'crisis feedback in', wires: [[]] }),
      plan({
        steps: [
          step('0', '值班医师'),
          step('30', '科主任'),
          step('60', '总值班', { until: 'processed', repeat: '10' }),
        ],
      }),
      watch(),
      channel({ name: 'app', server: app.origin }),
      channel({ id: 'channel2', name: 'sms', server: sms.origin }),
      ...others,
      page({ more: [{ channel: 'channel2' }], hospital: '示例医院', ...settings }),
    ]
    flow = await Flow.load(nodes)
    await flow.shows('in', 'listening')
    await flow.shows('in2', 'listening')
    await flow.shows('watch', 'watching')
  }
  /** The message about the step that is due, with a person put to it as a roster does. */
  const due = async (person: object | null = PERSON): Promise<FlowMessage> => {
    assert.equal((await callWith(url, 'SynCrisisInfo', crisisXml())).code, '0')
    const msg = await flow.inbox('due').next()
    return { ...msg, note: 'mine', crisis: { ...msg.crisis, ...(person && { person }) } } as never
  }
  const topics = (rig: HttpRig): readonly string[] =>
    rig.seen.map(({ body }) => (JSON.parse(body) as { readonly topic: string }).topic)
  const until = async (holds: () => boolean): Promise<void> => {
    while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5))
  }

  it('tells when a channel has taken the page of a person, which names neither patient nor finding', async () => {
    await load()
    flow.send('page', await due())
    const taken = await flow.inbox('taken').next()
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
    assert.deepEqual(flow.inbox('caught').all, [])
  })

  it('goes on to the person’s next channel where one refuses it', async () => {
    await load()
    app.answer = forbidden
    flow.send('page', await due())
    const { crisis } = await flow.inbox('taken').next()
    assert.deepEqual([crisis?.page?.channel, crisis?.page?.attempts], ['sms', 2])
    assert.deepEqual([topics(app), topics(sms)], [['ward-7'], ['zhang3']])
  })

  it('fails when no channel takes it: output 2, Catch, and the next step is due at once', async () => {
    await load()
    app.answer = sms.answer = forbidden
    flow.send('page', await due())
    const { crisis } = await flow.inbox('failed').next()
    assert.deepEqual([crisis?.page?.code, crisis?.page?.channel], ['NTFY_40301', 'sms'])
    assert.equal((await flow.caught()).code, 'NTFY_40301')
    assert.equal((await flow.inbox('due').next()).crisis?.step?.number, 2)
    await flow.shows('page', 'notSent')
  })

  it('fails at once where nobody has an address, and the next step is due', async () => {
    await load()
    flow.send('page', await due(null))
    assert.equal((await flow.inbox('failed').next()).crisis?.page?.code, 'PAGE_ADDRESS_MISSING')
    assert.equal((await flow.caught()).code, 'PAGE_ADDRESS_MISSING')
    assert.equal((await flow.inbox('due').next()).crisis?.step?.number, 2)
    flow.send('page', { payload: '请立即回电', to: 'zhang3', title: '回电' })
    await flow.inbox('taken').next()
    assert.deepEqual(topics(app), ['zhang3'])
    flow.send('page', { payload: {}, crisis: { person: 'zhang3' } })
    assert.equal((await flow.inbox('failed').next()).crisis?.page?.code, 'CONTEXT_INVALID')
  })

  // grafana/alerting #156
  it('is not lost with a deploy while it is sent: it is sent again, as a repeat', async () => {
    await load()
    app.answer = () => {}
    flow.send('page', await due())
    await until(() => app.seen.length === 1)
    const deployed = flow.deploy(nodes)
    app.answer = published
    await deployed
    await flow.inbox('taken').next()
    assert.equal(app.seen.length, 2)
    assert.match((app.body as { readonly title: string }).title, /^【重复】|^\[REPEAT\]/)
  })

  // grafana/oncall #4654
  it('is never sent again once somebody has acknowledged, which is no failure', async () => {
    await load()
    app.answer = busy
    flow.send('page', await due())
    await until(() => app.seen.length === 1)
    await flow.shows('page', 'paging')
    const { code } = await callWith(url, 'SynCrisisResponseInfo', feedbackXml('', RECEIVED))
    assert.equal(code, '0')
    const { crisis } = await flow.inbox('failed').next()
    assert.equal(crisis?.page?.code, 'PAGE_SUPERSEDED')
    assert.deepEqual(flow.inbox('caught').all, [])
    await flow.becomes('page', 'green ready')
    assert.deepEqual([app.seen.length, sms.seen.length], [1, 0])
  })

  it('leaves by the flow itself, which says what became of it', async () => {
    const own = channel({ id: 'own', name: 'own', kind: 'flow' })
    await load(
      {
        ...{ channel: 'own', outputs: 3, answerSeconds: '1' },
        wires: [['taken'], ['failed'], ['out']],
      },
      [own],
    )
    const person = { ...PERSON, addresses: { own: '13800000000', sms: 'zhang3' } }
    const msg = await due(person)
    const send = async () => {
      flow.send('page', { ...msg })
      return flow.inbox('out').next()
    }
    const first = await send()
    assert.deepEqual([first['to'], first['priority']], ['13800000000', 2])
    assert.match(String(first.payload), /示例医院/)
    flow.send('page', { ...first, payload: 'the answer of a gateway' })
    assert.equal((await flow.inbox('taken').next()).crisis?.page?.channel, 'own')
    flow.send('page', { ...(await send()), error: { message: 'no credit' } })
    const next = await flow.inbox('taken').next()
    assert.deepEqual([next.crisis?.page?.channel, topics(sms)], ['sms', ['zhang3']])
    // Nothing comes back: the flow may have sent it, so that it goes once more, and then elsewhere.
    const late = await send()
    const again = await flow.inbox('out').next()
    assert.match(String(again.payload), /^【重复】|^\[REPEAT\]/)
    flow.send('page', { ...late })
    assert.equal((await flow.inbox('taken').next()).crisis?.page?.attempts, 3)
  })

  it('is red without a channel, and refuses each message', async () => {
    await load({ channel: '', more: [] })
    await flow.shows('page', 'noChannel')
    assert.equal((await flow.caught()).code, 'SETTING_MISSING')
    flow.send('page', { payload: 'x', to: 'x' })
    assert.equal((await flow.inbox('failed').next()).crisis?.page?.code, 'SETTING_MISSING')
  })
})
