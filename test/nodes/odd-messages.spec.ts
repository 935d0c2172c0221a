import assert from 'node:assert/strict'
import { succeeding, TestPeer, body, returning } from '../soap/remote-peer.js'
import { CRISIS } from '../support/calls.js'
import { coreNode, Flow, out, parser, peer, register, type FlowNode } from '../support/flow.js'

const HTTP = [coreNode('network/21-httpin')]
const httpIn: FlowNode = {
  id: 'asked',
  type: 'http in',
  url: '/send',
  method: 'post',
  upload: false,
  skipBodyParsing: false,
  swaggerDoc: '',
  wires: [['out']],
}
const httpResponse: FlowNode = {
  id: 'answer',
  type: 'http response',
  statusCode: '',
  headers: {},
  wires: [],
}

describe('a message that is odd', () => {
  let remote: TestPeer
  let flow: Flow

  beforeEach(async () => {
    remote = await TestPeer.open()
    remote.answer = succeeding
  })

  afterEach(async () => {
    await flow.unload()
    await remote.close()
  })

  /** Resolves when an attempt has ended and its document waits for the next. */
  const tried = async (): Promise<void> => {
    const next = () => flow.ledger((ledger) => ledger.run('nextDue', { peer: 'peer' }))
    while (remote.posts.length === 0 || (await next()) === null) await flow.settle()
  }

  const here = () => peer({ address: `${remote.origin}/pacs` })

  it('is sent, and comes out with all of it that can be kept', async () => {
    flow = await Flow.load([here(), out()])
    const cyclic: Record<string, unknown> = { ...CRISIS, ExamNo: 'cyclic', own: { kept: 1 } }
    cyclic['self'] = cyclic
    const other: Record<string, unknown> = {}
    other['self'] = other
    for (const [name, msg] of Object.entries({
      cyclic: { payload: cyclic, topic: 'kept' },
      big: { payload: { ...CRISIS, ExamNo: 'big', n: 1n }, topic: 'kept' },
      other: { payload: { ...CRISIS, ExamNo: 'other' }, topic: 'kept', other, count: 1n },
      deep: {
        payload: { ...CRISIS, ExamNo: 'deep' },
        topic: 'kept',
        nested: JSON.parse('['.repeat(9_000) + ']'.repeat(9_000)) as unknown,
      },
    })) {
      flow.send('out', msg)
      const { payload, topic } = await flow.inbox('one').next()
      assert.equal((payload as { ExamNo: string }).ExamNo, name)
      assert.equal(topic, 'kept', name)
    }
    const [first] = flow.inbox('one').all
    const payload = first?.payload as { own: unknown } | undefined
    assert.deepEqual(payload?.own, { kept: 1 })
    assert.equal(remote.posts.length, 4)
  })

  it('is sent without what is too large to be kept', async () => {
    flow = await Flow.load([here(), out()])
    const picture = 'x'.repeat(17 << 20)
    const payload = { ...CRISIS, picture, kept: { deep: [1] } }
    flow.send('out', { payload, topic: 'kept', attachment: picture, small: { a: 1 } })
    const msg = await flow.inbox('one').next()
    assert.equal(msg.crisis?.outcome?.class, 'delivered')
    assert.deepEqual(msg.payload, { ...CRISIS, kept: { deep: [1] } })
    assert.deepEqual([msg['topic'], msg['attachment'], msg['small']], ['kept', undefined, { a: 1 }])
  })

  it('is sent although its own part is none of ours', async () => {
    flow = await Flow.load([here(), out()])
    const nothing = () => undefined
    for (const [name, crisis] of Object.entries({
      flags: { flags: 5 },
      words: { flags: 'redelivered' },
      mixed: { flags: [1, 'kept', {}] },
      revision: { revision: { a: 1 } },
      half: { revision: 2.5 },
      functions: { id: nothing, revision: nothing, flags: nothing, owed: nothing },
      list: [1, 2],
    })) {
      flow.send('out', { payload: { ...CRISIS, ExamNo: name }, crisis })
      const msg = await flow.inbox('one').next()
      assert.equal((msg.payload as { ExamNo: string }).ExamNo, name)
      assert.equal(msg.crisis?.outcome?.class, 'delivered')
      assert.deepEqual(msg.crisis?.flags, name === 'mixed' ? ['kept'] : [], name)
    }
    assert.equal(flow.inbox('caught').all.length, 0)
  })

  it('does not end the process by its depth, and its failure is logged', async () => {
    const nested = JSON.parse('['.repeat(20_000) + '{}' + ']'.repeat(20_000)) as unknown
    flow = await Flow.load([here(), out(), parser({ action: 'write' })])
    const rejected: unknown[] = []
    const note = (reason: unknown) => rejected.push(reason)
    process.on('unhandledRejection', note)
    try {
      for (const id of ['out', 'parser']) flow.send(id, { payload: nested })
      await flow.settle()
    } finally {
      process.off('unhandledRejection', note)
    }
    assert.deepEqual(rejected, [])
    assert.match((await flow.caught()).code, /^[A-Z]+_[A-Z]+$/)
    flow.send('out', { payload: CRISIS })
    assert.equal((await flow.inbox('one').next()).crisis?.outcome?.class, 'delivered')
  })

  it('whose failure nobody has foreseen has its cause in the log, without its text', async () => {
    flow = await Flow.load([here(), out()])
    let thrown: Error | undefined
    const payload = Object.defineProperty({ ...CRISIS }, 'ExamNo', {
      enumerable: true,
      get: () => {
        // What the test shows of a message afterwards is none of the node's.
        if (thrown) throw thrown
        return '1'
      },
    })
    const logOf = async (error: Error): Promise<string> => {
      thrown = error
      flow.send('out', { payload })
      assert.equal((await flow.caught()).code, 'UNEXPECTED')
      thrown = undefined
      return flow.everythingShown()
    }
    assert.match(
      await logOf(new TypeError('a getter failed')),
      /TypeError: a getter failed \[UNEXPECTED\]\n +at /,
    )
    assert.match(await logOf(new SyntaxError('张三 is no JSON')), / SyntaxError \[UNEXPECTED\]\n/)
  })

  it('may be answered by megabytes of a secret: the attempt is recorded, and the next one delivers', async () => {
    const huge = `<s:Envelope><Password>${'a'.repeat(9 << 20)}</Password></s:Envelope>`
    remote.answer = body(huge)
    const settings = { address: `${remote.origin}/pacs`, maxKilobytes: '16384' }
    flow = await Flow.load([peer(settings), out()])
    flow.send('out', { payload: CRISIS })
    await tried()
    remote.answer = succeeding
    await flow.hasten()
    const { crisis } = await flow.inbox('one').next()
    assert.deepEqual([crisis?.outcome?.class, crisis?.outcome?.attempts], ['delivered', 2])
    assert.ok(!flow.ledgerBytes().includes('aaaaaaaa'))
  })

  for (const setting of ['parallel', 'perMinute']) {
    it(`finds ${setting} 2.5 red, and is told why`, async () => {
      flow = await Flow.load([peer({ address: `${remote.origin}/pacs`, [setting]: '2.5' }), out()])
      await flow.shows('out', 'badSetting')
      flow.send('out', { payload: CRISIS })
      assert.equal((await flow.caught()).code, 'SETTING_INVALID')
      assert.equal((await flow.inbox('two').next()).crisis?.outcome?.code, 'SETTING_INVALID')
    })
  }

  it('finds an address of a Chinese keyboard red, and is told the character', async () => {
    for (const wsdl of [`${remote.origin}/Crisis.asmx？wsdl`, 'http://127.0.0.1：80/x?wsdl']) {
      flow = await Flow.load([peer({ wsdl }), out()])
      const { code, message } = await flow.caught()
      assert.equal(code, 'SETTING_INVALID')
      assert.match(message, /[？：]/)
      await flow.unload()
    }
    flow = await Flow.load([here()])
  })

  it('is no limit of a register that is no whole number', async () => {
    flow = await Flow.load([register('open', { limit: '2.5' })])
    flow.send('register', { payload: {} })
    assert.equal((await flow.caught()).code, 'SETTING_INVALID')
  })

  describe('because somebody waits for its answer', () => {
    const ask = async (ExamNo: string) =>
      fetch(`${await flow.httpNode()}/send`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ ...CRISIS, ExamNo }),
      })

    it('answers with the outcome', async () => {
      flow = await Flow.load(
        [here(), out({ wires: [['answer'], ['answer']] }), httpIn, httpResponse],
        {
          core: HTTP,
        },
      )
      const reply = await ask('waited-for')
      assert.equal(reply.status, 200)
      assert.equal(((await reply.json()) as { ExamNo: string }).ExamNo, 'waited-for')
      assert.equal(remote.posts.length, 1)
    })

    it('answers nobody after a restart, and no warning is raised', async () => {
      remote.answer = body(returning('<return/>'))
      const nodes = [here(), out({ wires: [['answer', 'one'], ['answer']] }), httpIn, httpResponse]
      flow = await Flow.load(nodes, { core: HTTP })
      const asking = ask('gone').catch(() => undefined)
      await tried()
      // As after a restart: what was in memory is gone with the connection.
      flow.dropCallers()
      await asking
      remote.answer = succeeding
      await flow.hasten()
      const msg = await flow.inbox('one').next()
      assert.equal(msg.crisis?.outcome?.class, 'delivered')
      await flow.settle()
      assert.doesNotMatch(flow.everythingShown(), /no-response/)
    })
  })
})
