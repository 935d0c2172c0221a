import assert from 'node:assert/strict'
import type { FlowMessage } from '../../nodes/face/index.js'
import { succeeding, TestPeer } from '../soap/remote-peer.js'
import { CRISIS } from '../support/calls.js'
import { channel, Flow, out, page, parser, peer, register, response } from '../support/flow.js'
import { received } from './exam-flow.js'

const cyclic: Record<string, unknown> = {}
cyclic['self'] = cyclic
const ring: unknown[] = []
ring.push(ring)

/** Values that a flow may put by mistake where ours stood; none of them is right in any place of `PARTS`. */
const NONSENSE: readonly (readonly [name: string, value: unknown])[] = [
  ['a number', 5],
  ['half a number', 2.5],
  ['a truth', true],
  ['an object without fields', {}],
  ['a list with nothing in it that counts', [null]],
  ['a list of numbers', [5]],
  ['a list of objects without fields', [{}]],
  ['a cycle', cyclic],
  ['a cycle in a list', [cyclic]],
  ['a list that holds itself', ring],
  ['a function', () => 5],
  ['a date', new Date(0)],
  ['bytes', Buffer.from('x')],
  ['a big number', 5n],
]

const BRIDGES = {
  fhirBase: 'http://127.0.0.1/fhir',
  hl7Sender: 'CRISIS',
  hl7SenderFacility: 'RIS',
  hl7Receiver: 'HIS',
  hl7ReceiverFacility: 'MAIN',
  hl7Assigner: 'HOSPITAL',
  channel: 'wecom',
} as const

describe('a part of msg.crisis that a flow has set wrongly', function () {
  this.timeout(30_000)
  let flow: Flow
  let remote: TestPeer

  before(async () => {
    remote = await TestPeer.open()
    remote.answer = succeeding
    flow = await Flow.load([
      peer({ address: `${remote.origin}/pacs` }),
      out({ wires: [['sent'], ['unsent']] }),
      out({ id: 'back', type: 'crisis feedback out', wires: [['sent'], ['unsent']] }),
      register('trace', { wires: [['found']] }),
      response({ wires: [['answered']] }),
      ...(['fhir', 'hl7', 'paging'] as const).map((action) =>
        parser({ ...BRIDGES, id: action, action, wires: [['parsed']] }),
      ),
      channel({ kind: 'flow', name: 'own' }),
      page({ outputs: 3, wires: [['taken'], ['failed'], ['to send']] }),
      parser({ id: 'write', action: 'write', wires: [['written']] }),
    ])
  })

  after(async () => {
    await flow.unload()
    await remote.close()
  })

  /** Refused by its name, with the reason in words. */
  const refused = async (part: string, what: string): Promise<FlowMessage> => {
    const { code, message, msg } = await flow.caught()
    assert.equal(code, 'CONTEXT_INVALID', what)
    assert.ok(message.includes(part === '' ? 'msg.crisis should' : `msg.crisis.${part} `), message)
    return msg
  }

  for (const part of ['', 'id', 'revision', 'stage', 'flags', 'application', 'otherPatients']) {
    it(`is named by each bridge of crisis parser: ${part || 'all of it'}`, async () => {
      for (const [name, value] of NONSENSE) {
        // Some of them are no nonsense there.
        if (part === 'revision' && value === 5) continue
        if (part === '' && typeof value === 'object' && !Array.isArray(value)) continue
        for (const action of ['fhir', 'hl7', 'paging']) {
          const crisis = part === '' ? value : { id: 'k1', [part]: value }
          flow.send(action, { payload: { ...CRISIS }, crisis })
          await refused(part, `${action}: ${name}`)
        }
      }
      assert.equal(flow.inbox('parsed').all.length, 0)
    })
  }

  it('is a word that no stage has: what is void might be paged', async () => {
    for (const crisis of [{ stage: 'canceled' }, { flags: 'cancelled' }, { revision: '2' }]) {
      flow.send('paging', { payload: { ...CRISIS }, crisis })
      await refused(Object.keys(crisis)[0]!, JSON.stringify(crisis))
    }
    assert.equal(flow.inbox('parsed').all.length, 0)
  })

  it('is no part where it is null, and none where the document alone is written', async () => {
    for (const crisis of [null, { id: null, stage: null, flags: null, otherPatients: null }]) {
      flow.send('paging', { payload: { ...CRISIS }, crisis })
      assert.ok((await flow.inbox('parsed').next()).payload)
    }
    flow.send('write', { payload: { ...CRISIS }, crisis: { otherPatients: [5], flags: 7 } })
    assert.match(String((await flow.inbox('written').next()).payload), /^<\?xml/)
  })

  it('never stops a critical value at crisis out, which names it anew', async () => {
    const parts = ['id', 'key', 'revision', 'flags', 'owed', 'stage', 'otherPatients', 'outcome']
    for (const [name, value] of NONSENSE) {
      const all = Object.fromEntries(parts.map((part) => [part, value]))
      for (const crisis of [value, all]) {
        const ExamNo = `${name} ${crisis === value}`
        flow.send('out', { payload: { ...CRISIS, ExamNo }, crisis })
        const { crisis: own } = await flow.inbox('sent').next()
        assert.equal(own?.outcome?.class, 'delivered', name)
        assert.match(own?.id ?? '', /^[0-9a-f]{16,}$/, name)
        assert.match(own?.key ?? '', /^[0-9a-f]{16,}$/, name)
        assert.ok(Array.isArray(own?.flags), name)
      }
    }
  })

  it('is named by crisis feedback out, and nothing is said of any critical value', async () => {
    const before = remote.posts.length
    for (const part of ['', 'id', 'revision']) {
      for (const [name, value] of NONSENSE) {
        if (part === 'revision' && value === 5) continue
        if (part === '' && typeof value === 'object' && !Array.isArray(value)) continue
        flow.send('back', { payload: received(), crisis: part === '' ? value : { [part]: value } })
        const msg = await refused(part, name)
        assert.equal(msg.crisis?.outcome?.class, 'rejected')
      }
    }
    assert.equal(remote.posts.length, before)
    for (const [name, value] of NONSENSE) {
      const crisis = { key: value, flags: value, owed: value, stage: value, otherPatients: value }
      flow.send('back', { payload: { ...received(), ExamNo: name }, crisis })
      assert.equal((await flow.inbox('sent').next()).crisis?.outcome?.class, 'delivered', name)
    }
  })

  it('is named by crisis register where its id is asked for', async () => {
    for (const [name, value] of NONSENSE) {
      flow.send('register', { payload: {}, crisis: { id: value } })
      await refused('id', name)
    }
    flow.send('register', { payload: {}, crisis: 5 })
    await refused('', 'a number')
  })

  it('is named by crisis page, or pages all the same and says nothing of it', async () => {
    const person = { code: '1', name: '甲', addresses: { own: 'x' } }
    for (const part of ['', 'id', 'revision', 'person']) {
      for (const [name, value] of NONSENSE) {
        if (part === 'revision' && value === 5) continue
        if (part === '' && typeof value === 'object' && !Array.isArray(value)) continue
        // An object is a person without an address.
        if (part === 'person' && typeof value === 'object' && !Array.isArray(value)) continue
        const crisis = part === '' ? value : { person, [part]: value }
        flow.send('page', { payload: { ...CRISIS, ExamNo: name }, crisis })
        await refused(part, name)
      }
    }
    for (const part of ['step', 'setAt', 'flags', 'owed', 'stage', 'ask']) {
      for (const [name, value] of NONSENSE) {
        if (part === 'ask' && value === true) continue
        const payload = { ...CRISIS, ExamNo: `${part} ${name}`, ApplyNo: `${part} ${name}` }
        flow.send('page', { payload, crisis: { person, [part]: value } })
        const sent = await flow.inbox('to send').next()
        assert.doesNotMatch(String(sent.payload), /undefined|NaN|null|object/, `${part} ${name}`)
        flow.send('page', { ...sent })
        await flow.inbox('taken').next()
      }
    }
  })

  it('is named by generic response, which then has told nobody', async () => {
    for (const [name, value] of NONSENSE) {
      flow.send('response', { payload: {}, crisis: { call: value } })
      await refused('call', name)
    }
    for (const crisis of [5, [5], 'text']) {
      flow.send('response', { payload: {}, crisis })
      await refused('', String(crisis))
    }
    assert.equal(flow.inbox('answered').all.length, 0)
    for (const crisis of [null, { call: null }, { flags: 5 }]) {
      flow.send('response', { payload: {}, crisis })
      assert.match(String((await flow.inbox('answered').next()).payload), /<code>0<\/code>/)
    }
  })
})
