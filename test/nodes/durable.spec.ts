import assert from 'node:assert/strict'
import { rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { AlertSummary, DeadLetter, Depth, Replayed, Trace } from '../../src/ledger/index.js'
import {
  readFeedbackDocument,
  splitInstant,
  type CrisisFeedback,
} from '../../src/messages/index.js'
import { readCall } from '../../src/soap/index.js'
import { body, escape, returning, succeeding, TestPeer, type Answer } from '../soap/remote-peer.js'
import { callWith, CRISIS, crisisXml, FEEDBACK, feedbackXml, post } from '../support/calls.js'
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

const answering = (code: string): Answer =>
  body(
    returning(
      `<return>${escape(`<response><code>${code}</code><desc>x</desc></response>`)}</return>`,
    ),
  )

type Waiting = Record<'owed' | 'peers', readonly object[]> & Pick<Depth, 'deadOf' | 'deadBy'>

describe('what comes in', () => {
  let flow: Flow
  let url: string

  afterEach(() => flow.unload())

  const load = async (settings: Settings = {}, more: readonly FlowNode[] = []): Promise<void> => {
    const port = await freePort()
    url = `http://127.0.0.1:${port}/crisis`
    flow = await Flow.load([
      service({ port: String(port) }),
      inNode({ wires: [['one']], ...settings }),
      inNode({ id: 'in2', type: 'crisis feedback in', wires: [['two']] }),
      ...more,
    ])
    await flow.shows('in', 'listening')
    await flow.shows('in2', 'listening')
  }
  const crisis = async (changes = {}): Promise<string> =>
    (await callWith(url, 'SynCrisisInfo', crisisXml(changes))).code
  const feedback = async (changes: Partial<CrisisFeedback> = {}): Promise<string> =>
    (await callWith(url, 'SynCrisisResponseInfo', feedbackXml('', changes))).code
  const came = (box: string): number => flow.inbox(box).all.length

  it('again is answered 0 again, counted, and not handed out again', async () => {
    await load()
    for (let call = 0; call < 3; call++) assert.equal(await crisis(), '0')
    await flow.settle()
    assert.equal(came('one'), 1)
    const [alert] = await flow.ledger((ledger) => ledger.run('openAlerts', { limit: 9 }))
    assert.equal(alert?.resent, 2)
  })

  it('corrected is a revision of the same alert', async () => {
    await load()
    assert.equal(await crisis(), '0')
    assert.equal(await crisis({ CrisisMemo: '更正' }), '0')
    await flow.settle()
    const [first, second] = flow.inbox('one').all
    assert.equal(second?.crisis?.id, first?.crisis?.id)
    assert.equal(second?.crisis?.revision, 2)
    assert.deepEqual(second?.crisis?.flags, ['revision'])
    assert.equal((second?.payload as { CrisisMemo: string } | undefined)?.CrisisMemo, '更正')
  })

  it('for another finding of the exam is another alert with the same key', async () => {
    await load()
    assert.equal(await crisis(), '0')
    assert.equal(await crisis({ CrisisCode: '2', CrisisName: '脑出血' }), '0')
    assert.equal(await feedback(), '0')
    await flow.settle()
    const [first, second] = flow.inbox('one').all.map((msg) => msg.crisis)
    assert.notEqual(second?.id, first?.id)
    assert.equal(second?.key, first?.key)
    const told = flow.inbox('two').all[0]?.crisis
    assert.deepEqual(new Set(told?.ids), new Set([first?.id, second?.id]))
    assert.ok((told?.flags as readonly string[] | undefined)?.includes('severalAlerts'))
  })

  it('with another patient is accepted, marked, and reaches Catch', async () => {
    await load()
    assert.equal(await crisis(), '0')
    assert.equal(await crisis({ SickNo: 'C0002' }), '0')
    assert.equal((await flow.caught()).code, 'WRONG_PATIENT')
    await flow.settle()
    const last = flow.inbox('one').all.at(-1)
    assert.ok(
      (last?.crisis?.flags as readonly string[] | undefined)?.includes('possibleWrongPatient'),
    )
    assert.doesNotMatch(flow.everythingShown(), /C0001|C0002|胎盘/)
  })

  it('as feedback before its critical value is 404, kept, and handed out with it', async () => {
    await load()
    assert.equal(await feedback(), '404')
    assert.equal((await flow.caught()).code, 'FEEDBACK_ORPHAN')
    assert.equal(await feedback(), '404', 'as often as it is sent')
    assert.equal(came('two'), 0)
    assert.equal(await crisis(), '0')
    // It is handed out by the next look of the node.
    const msg = await flow.inbox('two').next()
    assert.deepEqual(msg.payload, FEEDBACK)
    assert.deepEqual(msg.crisis?.flags, ['rematched', 'selfAck'])
    await flow.settle()
    assert.equal(came('two'), 1)
    assert.equal(await feedback(), '0', 'and from then on it is known')
    await flow.settle()
    assert.equal(came('two'), 1)
  }).timeout(15_000)

  it('as the same feedback twice is handed out once', async () => {
    await load()
    assert.equal(await crisis(), '0')
    assert.equal(await feedback(), '0')
    assert.equal(await feedback(), '0')
    await flow.settle()
    assert.equal(came('two'), 1)
  })

  it('unreadable is kept with its bytes, one row for each call', async () => {
    await load()
    const cut = crisisXml().slice(0, -9)
    assert.equal((await callWith(url, 'SynCrisisInfo', cut)).code, '400')
    assert.equal((await post(url, 'hello')).status, 500)
    await flow.caught()
    await flow.caught()
    await flow.settle()
    const rows = query(flow, 'select code, bytes from quarantine order by id')
    assert.deepEqual(
      rows.map((row) => row['code']),
      ['XML_NOT_WELL_FORMED', 'ENVELOPE_UNREADABLE'],
    )
    assert.ok(Buffer.from(rows[0]!['bytes'] as Uint8Array).includes('00000001'))
    assert.equal(Buffer.from(rows[1]!['bytes'] as Uint8Array).toString(), 'hello')
  })

  it('is 500 and reaches Catch while the ledger cannot be written, and 0 when it can again', async () => {
    const port = await freePort()
    url = `http://127.0.0.1:${port}/crisis`
    const remote = await TestPeer.open()
    remote.answer = succeeding
    flow = await Flow.load(
      [service({ port: String(port) }), inNode(), peer({ address: remote.origin }), out()],
      {
        prepare: (folder) => {
          rmSync(path.join(folder, 'crisis'), { recursive: true })
          // Where the folder should be there is a file.
          writeFileSync(path.join(folder, 'crisis'), 'x')
        },
      },
    )
    try {
      await callable(url)
      assert.equal(await crisis(), '500')
      assert.match((await flow.caught()).code, /^LEDGER_/)
      assert.match(flow.status('in') ?? '', /^red /)
      flow.send('out', { payload: CRISIS, _msgid: 'kept' })
      const msg = await flow.inbox('two').next()
      assert.match(msg.crisis?.outcome?.code ?? '', /^LEDGER_/)
      assert.equal(msg._msgid, 'kept')
      assert.equal(remote.posts.length, 0)
      assert.doesNotMatch(flow.everythingShown(), /crisis-nodes-/, 'no path is told')

      rmSync(path.join(flow.folder, 'crisis'))
      // Not each refusal reaches Catch: past a hundred they are counted.
      while ((await crisis()) !== '0') await new Promise(setImmediate)
      await flow.inbox('one').next()
      flow.send('out', { payload: CRISIS })
      while (remote.posts.length === 0) await flow.settle()
    } finally {
      await remote.close()
    }
  }).timeout(30_000)
})

describe('feedback that goes out', () => {
  let flow: Flow
  let remote: TestPeer
  const PAIR = { ExamNo: '00000001', ApplyNo: '00000001' }
  const RECEIVED = {
    ...PAIR,
    CrisisReceiver: FEEDBACK.CrisisReceiver,
    CrisisReceiveDate: FEEDBACK.CrisisReceiveDate,
    CrisisReceiveTime: FEEDBACK.CrisisReceiveTime,
  }
  const PROCESSED = {
    ...PAIR,
    ProcessStaff: FEEDBACK.ProcessStaff,
    ProcessDate: FEEDBACK.ProcessDate,
    ProcessTime: FEEDBACK.ProcessTime,
    ProcessResult: FEEDBACK.ProcessResult,
  }
  let url: string

  beforeEach(async () => {
    remote = await TestPeer.open()
    remote.answer = succeeding
    const port = await freePort()
    url = `http://127.0.0.1:${port}/crisis`
    flow = await Flow.load([
      service({ port: String(port) }),
      inNode({ wires: [['came']] }),
      peer({ address: remote.origin }),
      out({ type: 'crisis feedback out' }),
    ])
    await flow.shows('in', 'listening')
  })

  afterEach(async () => {
    await flow.unload()
    await remote.close()
  })

  const sent = (): readonly CrisisFeedback[] =>
    remote.posts.map((received) => {
      const document = readFeedbackDocument(readCall(received.body).argument ?? '')
      return document.feedbacks[0]!.feedback
    })
  /** After the correction, which nobody has acknowledged before. */
  const receivedNow = (): Partial<CrisisFeedback> => {
    const { date, time } = splitInstant(Date.now() + 1000, '+08:00')
    return { CrisisReceiveDate: date, CrisisReceiveTime: time }
  }
  const crisis = async (changes = {}): Promise<void> => {
    const { code } = await callWith(url, 'SynCrisisInfo', crisisXml(changes))
    assert.equal(code, '0')
  }

  it('tells in the second step what it told in the first one', async () => {
    await crisis()
    flow.send('out', { payload: RECEIVED })
    assert.equal((await flow.inbox('one').next()).crisis?.stage, 'received')
    flow.send('out', { payload: { ...RECEIVED, ...PROCESSED } })
    assert.equal((await flow.inbox('one').next()).crisis?.stage, 'processed')
    const [first, second] = sent()
    assert.equal(first?.ProcessResult, '')
    assert.deepEqual(second?.CrisisReceiver, FEEDBACK.CrisisReceiver)
    assert.equal(second?.ProcessResult, '已处理')
  })

  it('is refused with a reason while the patient is in doubt', async () => {
    await crisis()
    await crisis({ SickNo: 'C0002' })
    flow.send('out', { payload: { ...RECEIVED, ...receivedNow() } })
    const msg = await flow.inbox('two').next()
    assert.equal(msg.crisis?.outcome?.code, 'FEEDBACK_HELD')
    await flow.settle()
    assert.equal(remote.posts.length, 0)
  })

  it('waits until each finding of the exam has come as far', async () => {
    await crisis()
    await crisis({ CrisisCode: '2', CrisisName: '脑出血' })
    const payload = { ...RECEIVED, ...receivedNow() }
    const ids = [await flow.inbox('came').next(), await flow.inbox('came').next()].map(
      (msg) => msg.crisis?.id,
    )
    flow.send('out', { payload, crisis: { id: ids[0] } })
    await flow.completed()
    await flow.settle()
    assert.equal(remote.posts.length, 0)
    flow.send('out', { payload, crisis: { id: ids[1] } })
    await flow.inbox('one').next()
    assert.equal(remote.posts.length, 1)
  })
})

describe('crisis register', () => {
  let flow: Flow
  let remote: TestPeer

  afterEach(async () => {
    await flow.unload()
    await remote.close()
  })

  const queries = ['open', 'trace', 'dead', 'replay', 'cancel', 'depth', 'verify'] as const

  beforeEach(async () => {
    remote = await TestPeer.open()
    remote.answer = answering('404')
    flow = await Flow.load([
      peer({ address: remote.origin }),
      out(),
      ...queries.map((query) => register(query, { id: query, wires: [[`${query}Found`]] })),
    ])
    for (const ExamNo of ['1', '2', '3']) flow.send('out', { payload: { ...CRISIS, ExamNo } })
    for (let place = 0; place < 3; place++) {
      await flow.inbox('two').next()
      await flow.caught()
    }
  })

  async function ask<T>(query: (typeof queries)[number], payload: unknown = {}): Promise<T> {
    flow.send(query, { payload })
    const msg = await flow.inbox(`${query}Found`).next()
    return msg.payload as T
  }

  it('shows what is open, the trace of one, and how much is waiting', async () => {
    const open = await ask<readonly AlertSummary[]>('open')
    assert.deepEqual(open.map(({ ExamNo }) => ExamNo).toSorted(), ['1', '2', '3'])
    const [trace] = await ask<readonly Trace[]>('trace', { ExamNo: '2' })
    assert.equal(trace?.summary.ExamNo, '2')
    assert.equal(trace?.attempts[0]?.code, 'REPLY_REJECTED')
    const { owed, peers, deadOf, deadBy, ...depth } = await ask<Waiting>('depth', { peer: 'peer' })
    assert.equal(deadOf.SynCrisisInfo.last?.code, 'REPLY_REJECTED')
    assert.deepEqual(
      deadBy.map(({ last: _last, ...one }) => one),
      [{ node: 'out', nodeId: 'out', operation: 'SynCrisisInfo', count: 3, inFlow: true }],
    )
    assert.equal(peers.length, 1)
    assert.deepEqual(
      owed.map((one) => ({ ...one, oldestAt: 0 })),
      [{ node: 'out', nodeId: 'out', kind: 'outcome', messages: 3, oldestAt: 0, inFlow: true }],
      'which the flow has had, and may still lose',
    )
    assert.deepEqual(depth, {
      waiting: 0,
      oldestAt: null,
      failing: null,
      dead: 3,
      parked: 0,
      parkedFor: { otherFinding: 0, process: 0, wrongPatient: 0 },
      parkedOldestAt: null,
    })
  })

  it('shows the dead letters, sends one again, and then all others', async () => {
    const dead = await ask<readonly DeadLetter[]>('dead')
    assert.equal(dead.length, 3)
    remote.answer = succeeding
    const { documents: again } = await ask<Replayed>('replay', { id: dead[0]!.id })
    assert.equal(again.length, 1)
    const first = await flow.inbox('one').next()
    assert.equal((first.payload as { ExamNo: string }).ExamNo, '1')
    assert.equal((await ask<Replayed>('replay', { id: 'all' })).documents.length, 2)
    await flow.inbox('one').next()
    await flow.inbox('one').next()
    assert.deepEqual(await ask('dead'), [])
  }).timeout(15_000)

  it('sends a document as a person has corrected it', async () => {
    const [dead] = await ask<readonly DeadLetter[]>('dead')
    remote.answer = succeeding
    const document = crisisXml({ ExamNo: '1', CrisisMemo: '已更正' })
    await ask('replay', { id: dead!.id, document })
    await flow.inbox('one').next()
    assert.equal(readCall(remote.posts.at(-1)!.body).argument, document)
  }).timeout(15_000)

  it('cancels one, which is then no dead letter any more', async () => {
    const [dead] = await ask<readonly DeadLetter[]>('dead')
    assert.equal(await ask('cancel', { id: dead!.id, reason: '电话已通知' }), true)
    assert.equal((await ask<readonly DeadLetter[]>('dead')).length, 2)
  })

  it('finds the record of all this whole', async () => {
    const verified = await ask<unknown>('verify')
    assert.ok(verified)
    assert.equal(flow.status('verify'), 'green ready')
  })
})

/** Reads the ledger beside its owner, as an ordinary tool would. */
function query(flow: Flow, sql: string): readonly Record<string, unknown>[] {
  const file = path.join(flow.folder, 'crisis', 'ledger.db')
  const database = new DatabaseSync(file, { readOnly: true })
  try {
    return database.prepare(sql).all()
  } finally {
    database.close()
  }
}

async function callable(url: string): Promise<void> {
  const up = (): Promise<boolean> =>
    fetch(`${url}?wsdl`).then(
      (reply) => reply.ok,
      () => false,
    )
  while (!(await up())) await new Promise((resolve) => setImmediate(resolve))
}
