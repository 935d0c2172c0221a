import assert from 'node:assert/strict'
import { ledgerError } from '../../src/store/index.js'
import type { AttemptRecord } from '../../src/ledger/index.js'
import { returning, type Answer } from '../soap/remote-peer.js'
import { MINUTE, replying, Rig, SECOND } from './courier-rig.js'

const SUCCESS = replying('0', '成功')

/** The headers of an answer and half of its body, and then nothing more. */
const half: Answer = (_received, response) => {
  const text = returning('<return>&lt;response&gt;&lt;code&gt;0&lt;/code&gt;</return>')
  response.writeHead(200, { 'content-type': 'text/xml', 'content-length': text.length })
  response.write(text.slice(0, text.length / 2), () => response.destroy())
}

describe('the courier and a peer that fails', () => {
  let rig: Rig

  beforeEach(async () => {
    rig = await Rig.open()
  })
  afterEach(() => rig.close())

  const attempts = () =>
    rig.engine
      .query('select class, code from attempt order by outbox, n')
      .map((row) => `${row['class'] as string} ${row['code'] as string}`)

  it('that is down: waits, says so once, and delivers all in order when it is back', async () => {
    await rig.down()
    const courier = rig.courier()
    const lanes = ['A', 'B', 'C', 'D', 'E', 'F', 'G', 'H']
    for (const lane of lanes) {
      await rig.queue(`<d>${lane}1</d>`, lane)
      await rig.queue(`<d>${lane}2</d>`, lane)
    }
    await rig.passUntil(() => courier.state.probing)
    await rig.clock.pass(4 * MINUTE)
    assert.deepEqual(rig.kinds(), ['peerFailing'])
    assert.equal(rig.troubles[0]?.code, 'PEER_UNREACHABLE')
    assert.equal(rig.count('ready') + rig.count('leased'), 16)
    await rig.up()
    await rig.passUntil(() => rig.count('done') === 16)
    await rig.until(() => !courier.state.probing)
    for (const lane of lanes) {
      const own = rig.documents.filter((document) => document.includes(lane))
      assert.deepEqual(own, [`<d>${lane}1</d>`, `<d>${lane}2</d>`])
    }
    await rig.until(() => rig.kinds().includes('peerRecovered'))
    assert.deepEqual(rig.kinds(), ['peerFailing', 'peerRecovered'])
  })

  it('that is down: sends no more than one document at a time to find out', async () => {
    await rig.down()
    const courier = rig.courier()
    for (let n = 0; n < 50; n++) await rig.queue(`<d>${n}</d>`, `lane ${n}`)
    await rig.passUntil(() => courier.state.probing)
    const before = attempts().length
    await rig.clock.pass(10 * MINUTE)
    // Probes are at most 30 s apart, and 22.5 s with the chance of this test.
    assert.ok(attempts().length - before <= 35, `${attempts().length - before} attempts`)
    assert.ok(attempts().length - before >= 5)
    assert.ok(rig.count('leased') <= 1)
  })

  it('that comes back: wakes everything that only waited for it', async () => {
    await rig.down()
    const courier = rig.courier()
    for (let n = 0; n < 12; n++) await rig.queue(`<d>${n}</d>`, `lane ${n}`)
    await rig.passUntil(() => courier.state.probing)
    await rig.clock.pass(20 * MINUTE)
    await rig.up()
    await rig.passUntil(() => rig.count('done') > 0)
    const first = rig.clock.now
    await rig.until(() => rig.count('done') === 12)
    assert.equal(rig.clock.now, first)
  })

  it('that is slow: sends the same bytes again', async () => {
    rig.hold()
    rig.courier({}, { deadlineMs: 60 })
    await rig.queue('<a>危急</a>', 'A')
    await rig.until(() => attempts().length === 1)
    rig.answer = SUCCESS
    await rig.passUntil(() => rig.count('done') === 1)
    const [first, second, ...more] = rig.peer.posts
    assert.equal(more.length, 0)
    assert.equal(first?.body, second?.body)
    assert.deepEqual(attempts(), ['unreachable PEER_DEADLINE', 'delivered DELIVERED'])
  })

  it('that never lets itself be opened: gives the attempt up in time', async () => {
    rig.courier({ open: () => new Promise(() => {}), callTimeoutMs: 20 * SECOND })
    await rig.queue('<a/>', 'A')
    await rig.until(() => rig.count('leased') === 1)
    await rig.clock.pass(20 * SECOND)
    await rig.until(() => attempts().length === 1)
    assert.deepEqual(attempts(), ['unreachable DELIVERY_DEADLINE'])
  })

  it('that answers by halves: does not take it for an answer', async () => {
    const answers = [half, half, SUCCESS]
    rig.answer = (received, response) => answers.shift()?.(received, response)
    rig.courier()
    await rig.queue('<a/>', 'A')
    await rig.passUntil(() => rig.count('done') === 1)
    assert.deepEqual(attempts(), [
      'unreachable PEER_CLOSED',
      'unreachable PEER_CLOSED',
      'delivered DELIVERED',
    ])
    assert.deepEqual(rig.documents, ['<a/>', '<a/>', '<a/>'])
  })

  it('that resets a connection which was kept: another attempt follows soon, and the peer is not to blame', async () => {
    const answers: Answer[] = [SUCCESS, (_received, { socket }) => void socket?.resetAndDestroy()]
    rig.answer = (received, response) => (answers.shift() ?? SUCCESS)(received, response)
    const courier = rig.courier({ alarmAfter: 1 })
    await rig.queue('<a/>', 'A')
    await rig.until(() => rig.count('done') === 1)
    await rig.queue('<b/>', 'B')
    await rig.until(() => attempts().length === 2)
    // Each post that the peer saw stands in the ledger.
    assert.deepEqual(rig.documents, ['<a/>', '<b/>'])
    await rig.until(() => rig.count('ready') === 1)
    await rig.clock.pass(100)
    await rig.until(() => rig.count('done') === 2)
    assert.deepEqual(rig.documents, ['<a/>', '<b/>', '<b/>'])
    assert.deepEqual(attempts(), [
      'delivered DELIVERED',
      'unreachable PEER_STALE',
      'delivered DELIVERED',
    ])
    assert.deepEqual(rig.kinds(), [])
    assert.equal(courier.state.probing, false)
  })

  it('that could not store it: sends it again', async () => {
    const answers = [replying('503', '尚未就绪'), replying('500', '未能保存'), SUCCESS]
    rig.answer = (received, response) => answers.shift()?.(received, response)
    rig.courier()
    await rig.queue('<a/>', 'A')
    await rig.passUntil(() => rig.count('done') === 1)
    assert.equal(rig.calls.length, 3)
    assert.deepEqual(rig.troubles, [])
  })

  it('raises an alarm after the third failure and not again, also with two instances', async () => {
    await rig.down()
    rig.courier()
    rig.courier()
    await rig.queue('<a/>', 'A')
    await rig.passUntil(() => attempts().length === 2)
    assert.deepEqual(rig.kinds(), [])
    await rig.passUntil(() => rig.troubles.length > 0)
    assert.deepEqual(rig.kinds(), ['peerFailing'])
    for (let n = 0; n < 5; n++) await rig.queue(`<d>${n}</d>`, `lane ${n}`)
    await rig.clock.pass(3 * MINUTE)
    assert.deepEqual(rig.kinds(), ['peerFailing'])
    await rig.up()
    await rig.passUntil(() => rig.count('done') === 6)
    await rig.passUntil(() => rig.troubles.length > 1)
    assert.deepEqual(rig.kinds(), ['peerFailing', 'peerRecovered'])
  })

  it('reports documents that have waited long, each once', async () => {
    await rig.down()
    rig.courier({ alarmAfter: 1_000 })
    const oldest = await rig.queue('<a/>', 'A')
    await rig.queue('<b/>', 'A')
    await rig.clock.pass(4 * MINUTE)
    assert.deepEqual(rig.kinds(), [])
    await rig.passUntil(() => rig.troubles.length > 0)
    await rig.clock.pass(30 * MINUTE)
    assert.deepEqual(
      rig.troubles.map(({ kind, code, outbox }) => [kind, code, outbox]),
      [['old', 'DELIVERY_OLD', oldest]],
    )
  })

  it('reports feedback that has waited long for something else, in one alarm and after a restart not again', async () => {
    const first = rig.courier()
    const oldest = rig.wait('otherFinding')
    rig.wait('wrongPatient')
    rig.wait('wrongPatient')
    await rig.clock.pass(4 * MINUTE)
    assert.deepEqual(rig.kinds(), [])
    assert.equal(first.state.waitsFor, 'wrongPatient')
    await rig.passUntil(() => rig.troubles.length > 0)
    const closing = first.close()
    await rig.clock.pass(2 * SECOND)
    await closing
    rig.courier()
    await rig.clock.pass(30 * MINUTE)
    assert.deepEqual(
      rig.troubles.map(({ kind, code, outbox }) => [kind, code, outbox]),
      [['waits', 'FEEDBACK_WAITS', oldest]],
    )
    const { zh, en } = rig.troubles[0]!.reason
    assert.match(
      zh,
      /^又有 3 条反馈等待超过 5 分钟.* 5 分钟：2 条可能是错误的病人.*，1 条等待同一检查/,
    )
    assert.match(en, /^3 more .* 5 minutes .* for 5: 2 until two people .*, 1 for another finding/)
    assert.equal(rig.calls.length, 0)
  })
})

describe('the courier and a ledger that fails', () => {
  let rig: Rig

  beforeEach(async () => {
    rig = await Rig.open()
  })
  afterEach(() => rig.close())

  for (const failure of ['before', 'after'] as const) {
    const title = failure === 'before' ? 'cannot be recorded' : 'may or may not be recorded'
    it(`in which an outcome ${title}: sends nothing more until it is`, async () => {
      let failed = 0
      rig.engine.failing = (name) => {
        if (name !== 'conclude') return undefined
        failed++
        return failure
      }
      rig.answer = replying('99', '没有')
      const courier = rig.courier({ parallel: 2 })
      const id = await rig.queue('<a/>', 'A')
      await rig.until(() => courier.state.halted)
      await rig.queue('<b/>', 'B')
      await rig.clock.pass(50 * SECOND)
      assert.ok(failed > 5, 'tried again and again')
      assert.deepEqual(rig.documents, ['<a/>'])
      assert.deepEqual(rig.kinds(), ['ledger'])
      assert.equal(courier.state.halted, true)
      rig.engine.failing = () => undefined
      await rig.passUntil(() => rig.count('dead') === 2)
      await rig.until(() => rig.troubles.length === 3)
      assert.equal(courier.state.halted, false)
      assert.deepEqual(rig.documents, ['<a/>', '<b/>'], 'each once')
      assert.deepEqual(rig.kinds(), ['ledger', 'deadLetter', 'deadLetter'])
      assert.equal(rig.troubles[1]?.outbox, id)
      assert.equal(rig.engine.query('select * from attempt').length, 2)
    })
  }

  it('that refuses the evidence: records without it', async () => {
    const refusal = ledgerError('LEDGER_REFUSED')
    rig.engine.failing = (name, args) =>
      name === 'conclude' && (args as { attempt: AttemptRecord }).attempt.response.length > 0
        ? refusal
        : undefined
    const courier = rig.courier()
    await rig.queue('<a/>', 'A')
    await rig.passUntil(() => rig.count('done') === 1)
    await rig.until(() => !courier.state.halted)
    assert.deepEqual(rig.documents, ['<a/>'])
    assert.deepEqual(rig.kinds(), ['ledger'])
  })

  it('from which nothing can be claimed: says so once, and goes on by itself', async () => {
    rig.engine.failing = (name) => (name === 'claim' ? 'before' : undefined)
    const courier = rig.courier()
    await rig.queue('<a/>', 'A')
    await rig.clock.pass(MINUTE)
    assert.deepEqual(rig.kinds(), ['ledger'])
    assert.equal(courier.state.halted, true)
    rig.engine.failing = () => undefined
    await rig.passUntil(() => rig.count('done') === 1)
    assert.equal(courier.state.halted, false)
    assert.deepEqual(rig.kinds(), ['ledger'])
  })

  it('in which nothing else works: delivers all the same', async () => {
    const needed = new Set(['enqueue', 'claim', 'conclude'])
    rig.engine.failing = (name) => (needed.has(name) ? undefined : 'before')
    rig.courier()
    await rig.queue('<a/>', 'A')
    await rig.until(() => rig.count('done') === 1)
  })
})
