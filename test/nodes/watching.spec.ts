import assert from 'node:assert/strict'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { DEFAULTS } from '../../nodes/settings/index.js'
import type { CrisisFeedback } from '../../src/messages/index.js'
import { callWith, crisisXml, feedbackXml } from '../support/calls.js'
import {
  Flow,
  inNode,
  peer,
  plan,
  service,
  step,
  watch,
  type FlowNode,
  type Settings,
} from '../support/flow.js'
import { freePort } from '../support/node-red.js'

const RECEIVED: Partial<CrisisFeedback> = {
  ProcessStaff: { code: '', name: '' },
  ProcessDate: '',
  ProcessTime: '',
  ProcessResult: '',
}

describe('a crisis watch', () => {
  let flow: Flow
  let url: string
  let nodes: readonly FlowNode[]

  afterEach(() => flow.unload())

  const load = async (
    settings: Settings = {},
    planned: Settings = {},
    more: (url: string) => readonly FlowNode[] = () => [],
  ): Promise<void> => {
    const port = await freePort()
    url = `http://127.0.0.1:${port}/crisis`
    nodes = [
      service({ port: String(port) }),
      inNode({ wires: [['one']] }),
      inNode({ id: 'in2', type: 'crisis feedback in', wires: [['two']] }),
      plan(planned),
      watch(settings),
      ...more(url),
    ]
    flow = await Flow.load(nodes)
    await flow.shows('in', 'listening')
    await flow.shows('in2', 'listening')
  }
  const crisis = async (changes = {}): Promise<string> =>
    (await callWith(url, 'SynCrisisInfo', crisisXml(changes))).code
  const feedback = async (changes: Partial<CrisisFeedback> = {}): Promise<string> =>
    (await callWith(url, 'SynCrisisResponseInfo', feedbackXml('', changes))).code
  const changes = (): readonly unknown[] =>
    flow.inbox('changed').all.map(({ crisis: about }) => about?.change)

  it('reminds of a critical value that nobody has received, until somebody has', async () => {
    await load()
    await flow.shows('watch', 'watching')
    assert.equal(await crisis(), '0')
    const due = await flow.inbox('due').next()
    const came = await flow.inbox('one').next()
    assert.equal(due.topic, '值班医师')
    assert.equal(
      (due.payload as { ExamNo: string }).ExamNo,
      (came.payload as { ExamNo: string }).ExamNo,
    )
    assert.equal(due.crisis?.id, came.crisis?.id)
    const { dueAt, lateSeconds, startedAt, ...said } = due.crisis!.step!
    assert.equal(Date.parse(startedAt), Date.parse(dueAt))
    assert.deepEqual(said, {
      plan: '标准',
      number: 1,
      of: 2,
      round: 1,
      role: '值班医师',
      channels: [],
      until: 'received',
      isLast: false,
      watch: 'watch',
    })
    assert.match(dueAt, /^\d{4}-\d\d-\d\dT[\d:.]+\+08:00$/)
    assert.ok(lateSeconds < 5)
    await flow.shows('watch', 'escalating')
    assert.equal(await feedback(), '0')
    await flow.shows('watch', 'watching')
    assert.equal(flow.inbox('due').all.length, 1)
  })

  it('tells of what becomes of a critical value', async () => {
    await load({}, { steps: [step('60', '总值班', { until: 'processed', repeat: '10' })] })
    await flow.shows('watch', 'watching')
    assert.equal(await crisis(), '0')
    assert.equal(await feedback(RECEIVED), '0')
    assert.equal(await crisis({ CrisisMemo: '更正' }), '0')
    await flow.settle()
    assert.deepEqual(changes(), ['stored', 'received', 'revised'])
    const last = flow.inbox('changed').all.at(-1)
    assert.deepEqual([last?.crisis?.flags, last?.crisis?.revision], [['revision'], 2])
    assert.deepEqual(flow.inbox('due').all, [])
  })

  it('tells once when nobody has received a critical value within the limit of its plan', async () => {
    await load(
      {},
      {
        receivedMinutes: '0.005',
        processedMinutes: '',
        steps: [step('60', '总值班', { repeat: '10' })],
      },
    )
    await flow.shows('watch', 'watching')
    assert.equal(await crisis(), '0')
    const [, overdue] = [await flow.inbox('changed').next(), await flow.inbox('changed').next()]
    assert.deepEqual(
      [overdue.topic, overdue.crisis?.change, overdue.crisis?.until, overdue.crisis?.stage],
      ['overdue', 'overdue', 'received', 'stored'],
    )
    await flow.settle()
    assert.deepEqual(changes(), ['stored', 'overdue'])
  })

  it('chooses the plan by the department that an element of the document names', async () => {
    const own = { store: 'own' }
    const port = await freePort()
    url = `http://127.0.0.1:${port}/crisis`
    const er = { codes: '', types: '', names: '', departments: '急诊科', plan: 'er' }
    flow = await Flow.load([
      {
        ...DEFAULTS.store,
        id: 'own',
        type: 'crisis store',
        language: 'en-US',
        departments: 'CT=放射科，*=<ApplyDept>',
      },
      service({ port: String(port) }),
      inNode({ ...own, wires: [['one']] }),
      plan({ steps: [step('0', '值班医师', { repeat: '10' })] }),
      plan({ id: 'er', steps: [step('0', '急诊值班', { repeat: '10' })] }),
      watch({ ...own, rows: [er] }),
    ])
    await flow.shows('in', 'listening')
    await flow.shows('watch', 'watching')
    const roles: string[] = []
    for (const department of ['急诊科', '产科']) {
      const element = `<ApplyDept>${department}</ApplyDept></Crisis>`
      const xml = crisisXml({ ApplyNo: department }).replace('</Crisis>', element)
      assert.equal((await callWith(url, 'SynCrisisInfo', xml)).code, '0')
      roles.push(String((await flow.inbox('due').next()).topic))
    }
    assert.deepEqual(roles, ['急诊值班', '值班医师'])
  })

  it('tells of troubles, without a word of the patient', async () => {
    await load()
    await flow.shows('watch', 'watching')
    assert.equal(await feedback({ ExamNo: 'of none' }), '404')
    const orphan = await flow.inbox('trouble').next()
    const { since, at, ...said } = orphan.crisis!.trouble!
    assert.equal(orphan.topic, 'orphan')
    assert.deepEqual([said.kind, said.code], ['orphan', 'FEEDBACK_ORPHAN'])
    assert.match(said.reason, /belongs to no critical value/)
    assert.ok(since === at && at.endsWith('+08:00'))
    assert.equal(await crisis(), '0')
    assert.equal(await crisis({ SickNo: 'C0002' }), '0')
    const wrong = await flow.inbox('trouble').next()
    const { id, key } = (await flow.inbox('one').next()).crisis!
    assert.deepEqual([wrong.topic, wrong.crisis?.id], ['wrongPatient', id])
    assert.deepEqual(wrong.payload, { ...wrong.crisis?.trouble, id, key })
    assert.doesNotMatch(JSON.stringify(wrong), /C0001|C0002|胎盘早剥/)
    const note = { actor: { chain: 'test', actor: 'test' }, kind: 'channelDown', on: true } as const
    await flow.ledger((ledger) => ledger.run('noteTrouble', { ...note, key: 'two', name: '短信' }))
    const down = (await flow.inbox('trouble').next()).crisis?.trouble
    assert.deepEqual([down?.kind, down?.state, down?.name], ['channelDown', 'begun', '短信'])
  })

  it('sends a synthetic critical value round, of which nobody else hears', async () => {
    await load({ syntheticPeer: 'round' }, {}, (address) => [peer({ id: 'round', address })])
    await flow.shows('watch', 'watching')
    const came = () => {
      const database = new DatabaseSync(join(flow.folder, 'crisis', 'ledger.db'))
      try {
        return database.prepare('select came from synthetic where target = ?').get('watch')
      } finally {
        database.close()
      }
    }
    while (came()?.['came'] !== 1) await new Promise((resolve) => setTimeout(resolve, 50))
    await flow.settle()
    for (const id of ['one', 'changed', 'due', 'trouble', 'caught']) {
      assert.deepEqual(flow.inbox(id).all, [], id)
    }
    const open = await flow.ledger((ledger) => ledger.run('openAlerts', { limit: 9 }))
    assert.deepEqual(open, [])
    assert.equal(await crisis({ ExamNo: 'SYNTHETIC-of-nobody' }), '422')
  })

  it('keeps nothing for an output that leads nowhere', async () => {
    await load({ wires: [['due'], [], []] })
    await flow.shows('watch', 'watching')
    assert.equal(await crisis(), '0')
    await flow.inbox('due').next()
    const waiting = await flow.ledger((ledger) => ledger.run('handoutsByNode', undefined))
    assert.deepEqual(
      waiting.filter(({ node, kind }) => node === 'watch' && kind !== 'step'),
      [],
    )
  })

  it('goes on where it was after a deploy, and repeats nothing that its flow has had', async () => {
    await load({ graceSeconds: '0' }, { receivedMinutes: '61', processedMinutes: '' })
    assert.equal(await crisis(), '0')
    await flow.inbox('due').next()
    await flow.settle()
    await flow.deploy(nodes)
    await flow.shows('watch', 'escalating')
    await flow.settle()
    assert.deepEqual(flow.inbox('due').all, [])
    const { nextAt, now } = await flow.ledger((ledger) =>
      ledger.run('dueTimers', { target: 'watch', limit: 9 }),
    )
    assert.ok(nextAt !== null && nextAt - now > 58 * 60_000)
  })

  it('ends with its node', async () => {
    await load()
    assert.equal(await crisis(), '0')
    await flow.inbox('due').next()
    await flow.deploy(nodes.filter(({ id }) => id !== 'watch'))
    const { isWatching } = await flow.ledger((ledger) =>
      ledger.run('dueTimers', { target: 'watch', limit: 9 }),
    )
    assert.equal(isWatching, false)
  })

  for (const [what, settings, planned, word, said] of [
    ['no plan', { plan: '' }, {}, 'noPlan', /No crisis plan is chosen/],
    [
      'a plan that ends at nobody',
      {},
      { steps: [step('0', '值班医师'), step('60', '', { repeat: '10' })] },
      'badSetting',
      /step 2: The last step has no role/,
    ],
    [
      'a number that is none',
      {},
      { steps: [step('soon', '总值班', { repeat: '10' })] },
      'badSetting',
      /step 1: The delay/,
    ],
    ['a grace that is none', { graceSeconds: '-1' }, {}, 'badSetting', /graceSeconds/],
  ] as const) {
    it(`is red and tells why with ${what}`, async () => {
      await load(settings, planned)
      await flow.shows('watch', word)
      const { message } = await flow.caught()
      assert.match(message, said)
      assert.equal(await crisis(), '0', 'what comes in is stored all the same')
    })
  }
})
