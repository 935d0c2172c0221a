import assert from 'node:assert/strict'
import helper from 'node-red-node-test-helper'
import type { FlowMessage } from '../../nodes/face/index.js'
import { succeeding, TestPeer } from '../soap/remote-peer.js'
import { callWith, CRISIS, crisisXml, feedbackXml } from '../support/calls.js'
import {
  acknowledge,
  channel,
  Flow,
  inNode,
  out,
  page,
  parser,
  peer,
  plan,
  register,
  roster,
  service,
  simulator,
  watch,
} from '../support/flow.js'
import { freePort } from '../support/node-red.js'
import { LANGUAGES, readRoot } from './editor-half.js'
import { received } from './exam-flow.js'

/** Nobody is on call for the first step of the plan. */
const ON_CALL = { role: '总值班', name: '丙', addresses: { sms: '13800000003' } }

/** The properties of `msg.crisis` that a text names. */
const namedIn = (text: string): readonly string[] =>
  [...new Set([...text.matchAll(/\bcrisis\.(\w+)/g)].map(([, name]) => name!))].toSorted()

describe('what stands under msg.crisis', function () {
  this.timeout(20_000)
  let flow: Flow
  let remote: TestPeer

  afterEach(async () => {
    await flow.unload()
    await remote.close()
  })

  it('is what the help of each node and the reference say, and nothing else', async () => {
    remote = await TestPeer.open()
    remote.answer = succeeding
    const port = await freePort()
    const url = `http://127.0.0.1:${port}/crisis`
    flow = await Flow.load([
      service({ port: String(port), answerSeconds: '1' }),
      inNode({ answer: 'flow', wires: [['came']] }),
      inNode({ id: 'in2', type: 'crisis feedback in', answer: 'flow', wires: [['told']] }),
      peer({ address: remote.origin, name: '检验科' }),
      out(),
      out({ id: 'back', type: 'crisis feedback out', wires: [['sent'], ['unsent']] }),
      parser({ id: 'read', action: 'read', wires: [['parsed']] }),
      parser({ id: 'hl7', action: 'hl7', wires: [['parsed']] }),
      register('open'),
      plan({ receivedMinutes: '0.005' }),
      roster({ rows: [ON_CALL] }),
      watch({ roster: 'roster' }),
      watch({ id: 'asking', roster: 'roster', ask: true, wires: [['asked'], []] }),
      channel({ id: 'own', name: 'own', kind: 'flow' }),
      page({ channel: 'own', outputs: 3, wires: [['paged'], ['unpaged'], ['page out']] }),
      acknowledge(),
      simulator({ address: 'http://127.0.0.1:9/' }),
    ])
    await flow.shows('in', 'listening')
    await flow.shows('in2', 'listening')
    const seen = new Map<string, Set<string>>()
    const note = (set: string, { crisis }: FlowMessage): void => {
      const names = seen.get(set) ?? new Set()
      for (const name of Object.keys(crisis ?? {})) names.add(name)
      seen.set(set, names)
    }
    const refused = async (operation: 'SynCrisisInfo' | 'SynCrisisResponseInfo', set: string) => {
      const cut = operation === 'SynCrisisInfo' ? crisisXml() : feedbackXml('')
      await callWith(url, operation, cut.slice(0, -9))
      let { code, msg } = await flow.caught()
      while (code === 'ROSTER_GAP') ({ code, msg } = await flow.caught())
      note(set, msg)
    }

    await refused('SynCrisisInfo', 'crisis-in')
    await refused('SynCrisisResponseInfo', 'crisis-feedback-in')
    for (const changes of [{}, { SickNo: 'C0002' }]) {
      const answered = callWith(url, 'SynCrisisInfo', crisisXml(changes))
      note('crisis-in', await flow.inbox('came').next())
      await answered
    }
    await callWith(url, 'SynCrisisInfo', crisisXml({ ExamNo: 'other', ApplyNo: 'other' }))
    const { crisis } = await flow.inbox('came').next()
    const said = feedbackXml('', { ExamNo: 'other', ApplyNo: 'other' })
    const answered = callWith(url, 'SynCrisisResponseInfo', said)
    note('crisis-feedback-in', await flow.inbox('told').next())
    await answered

    flow.send('out', { payload: { ...CRISIS, ExamNo: 'sent', ApplyNo: 'sent' } })
    const sent = await flow.inbox('one').next()
    note('crisis-out', sent)
    assert.deepEqual(
      [sent.crisis?.stage, sent.crisis?.peer, sent.crisis?.peerId],
      ['notified', '检验科', 'peer'],
    )
    const feedback = { ...received(), ExamNo: 'other', ApplyNo: 'other' }
    const { id, revision, operation, stage, flags } = crisis!
    const brought = { id, revision, operation, stage, flags: [...flags!, 'revision'] }
    flow.send('back', { payload: feedback, crisis: brought })
    const told = await flow.inbox('sent').next()
    note('crisis-feedback-out', told)
    assert.deepEqual(
      [told.crisis?.id, told.crisis?.stage, told.crisis?.operation, told.crisis?.flags],
      [id, 'received', 'SynCrisisResponseInfo', ['revision', 'selfAck']],
      'its own, whatever the message was before',
    )

    flow.send('read', { payload: crisisXml() })
    flow.send('read', { payload: feedbackXml('') })
    flow.send('hl7', { payload: CRISIS })
    for (let message = 0; message < 3; message++) {
      note('crisis-parser', await flow.inbox('parsed').next())
    }
    const due = await flow.inbox('due').next()
    note('crisis-watch', due)
    await callWith(url, 'SynCrisisInfo', crisisXml({ ExamNo: 'acted', ApplyNo: 'acted' }))
    const { crisis: called } = await flow.inbox('came').next()
    const acting = { id: called?.id, step: due.crisis?.step, person: { code: '040007', name: '' } }
    flow.send('acknowledge', { payload: '1', crisis: acting })
    note('crisis-acknowledge', await flow.inbox('counted').next())
    let changed = await flow.inbox('changed').next()
    while (changed.topic !== 'overdue') changed = await flow.inbox('changed').next()
    note('crisis-watch', changed)
    note('crisis-watch', await flow.inbox('asked').next())

    const person = { code: '1', name: 'x', addresses: { own: '13800000000' } }
    const subject = { id: 'x', revision: 1, flags: [], step: {}, person }
    flow.send('page', { payload: CRISIS, crisis: subject })
    const toSend = await flow.inbox('page out').next()
    note('crisis-page', toSend)
    flow.send('page', { ...toSend })
    note('crisis-page', await flow.inbox('paged').next())
    const down = { actor: { chain: 'x', actor: 'x' }, kind: 'peerDown', key: 'peer' } as const
    await flow.ledger((ledger) => ledger.run('noteTrouble', { ...down, on: true }))
    const known = new Set<string>()
    while (!known.has('peerDown')) {
      const trouble = await flow.inbox('trouble').next()
      known.add(trouble.topic as string)
      note('crisis-watch', trouble)
    }
    assert.ok(known.has('quarantine') && known.has('wrongPatient'))
    // Of a dead letter.
    seen.get('crisis-watch')?.add('outbox')
    await helper.request().post('/hospital-flows-crisis/simulate').send({ id: 'simulator' })
    note('crisis-simulator', await flow.inbox('simulated').next())

    flow.send('register', { payload: {} })
    note('crisis-register', await flow.inbox('found').next())

    // The node that it leads to takes it off: nobody else ever sees it.
    for (const set of ['crisis-in', 'crisis-feedback-in', 'crisis-out', 'crisis-feedback-out']) {
      seen.get(set)?.add('owed')
    }
    // Of an exam with several critical values.
    seen.get('crisis-feedback-in')?.add('ids')
    for (const language of LANGUAGES) {
      for (const [set, names] of seen) {
        const help = readRoot('nodes', 'locales', language, `${set}.html`)
        const isAsked = set === 'crisis-register' ? ['id', 'form', 'refusal'] : []
        assert.deepEqual(
          namedIn(help).filter((name) => !isAsked.includes(name)),
          [...names].toSorted(),
          `${language}: ${set}`,
        )
      }
      const reference = readRoot('docs', language === 'zh-CN' ? 'reference.zh.md' : 'reference.md')
      const rows = [...reference.matchAll(/^\| ((?:`\w+`[、, ]*)+) +\| .+ \| .+ \|$/gm)]
      const listed = rows.flatMap(([, cell]) =>
        [...cell!.matchAll(/`(\w+)`/g)].map(([, name]) => name!),
      )
      const all = new Set([...seen.values()].flatMap((names) => [...names]))
      assert.deepEqual(listed.toSorted(), [...all].toSorted(), language)
    }
  })
})
