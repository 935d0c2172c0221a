import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { setImmediate } from 'node:timers/promises'
import { Poster } from '../../src/http/calling/index.js'
import type { Claims } from '../../src/ledger/index.js'
import { openRemote } from '../../src/soap/index.js'
import { Clock, MINUTE, replying, Rig, SECOND } from './courier-rig.js'

const CALL_TIMEOUT = { callTimeoutMs: 30 * SECOND }
const LEASE_MS = 45 * SECOND

describe('several couriers and their ends', () => {
  let rig: Rig

  beforeEach(async () => {
    rig = await Rig.open()
  })
  afterEach(() => rig.close())

  const leases = () => rig.engine.query("select lease from outbox where state = 'leased'")

  it('deliver together, each document once and each lane in order', async () => {
    for (let n = 0; n < 10; n++) {
      for (const lane of ['A', 'B', 'C', 'D']) await rig.queue(`<d>${lane}${n}</d>`, lane)
    }
    rig.courier({ parallel: 2 })
    rig.courier({ parallel: 2 })
    await rig.passUntil(() => rig.count('done') === 40)
    assert.equal(rig.calls.length, 40)
    for (const lane of ['A', 'B', 'C', 'D']) {
      const own = rig.documents.filter((document) => document.includes(lane))
      assert.deepEqual(
        own,
        Array.from({ length: 10 }, (_, n) => `<d>${lane}${n}</d>`),
      )
    }
    const instances = rig.engine.query('select distinct instance from attempt')
    assert.equal(instances.length, 2)
  })

  it('send nothing once their lease may be over, as after a machine was suspended', async () => {
    const gate = Promise.withResolvers<void>()
    const transport = new Poster({ deadlineMs: 5_000 })
    const { port } = rig.peer.server.address() as AddressInfo
    // Its timers stand still, as those of a process that is stopped.
    const frozen = new Clock()
    let opened = 0
    rig.courier({
      ...CALL_TIMEOUT,
      startTimer: frozen.start,
      open: async (operation, signal) => {
        opened++
        await gate.promise
        return openRemote({ operation, signal, transport, address: `http://127.0.0.1:${port}/` })
      },
    })
    await rig.queue('<old/>', 'A')
    await rig.until(() => opened === 1)
    await rig.clock.pass(LEASE_MS + SECOND)
    rig.courier(CALL_TIMEOUT)
    await rig.until(() => rig.calls.length === 1)
    await rig.queue('<corrected/>', 'A')
    await rig.until(() => rig.calls.length === 2)
    await rig.passUntil(() => rig.count('done') === 2)
    gate.resolve()
    // Should it still send, it does so before it is asked again.
    for (let turn = 0; turn < 200; turn++) await setImmediate()
    assert.deepEqual(rig.documents, ['<old/>', '<corrected/>'])
    transport.close()
  })

  it('hand over what one of them never recorded, and its late outcome changes nothing', async () => {
    rig.engine.failing = (name) => (name === 'conclude' ? 'before' : undefined)
    rig.hold()
    // Its record fails, as when its machine lost the database.
    const first = rig.courier(CALL_TIMEOUT)
    await rig.queue('<a/>', 'A')
    await rig.until(() => rig.calls.length === 1)
    rig.finish(rig.calls[0], replying('99', '没有'))
    await rig.until(() => first.state.halted)
    await rig.clock.pass(LEASE_MS + SECOND)
    const second = rig.courier(CALL_TIMEOUT)
    await rig.until(() => rig.calls.length === 2)
    const held = leases()
    rig.engine.failing = () => undefined
    await rig.passUntil(() => !first.state.halted)
    assert.deepEqual(leases(), held, 'still the second one’s')
    assert.deepEqual(rig.kinds(), ['ledger'], 'no dead letter')
    rig.finish(rig.calls[1])
    await rig.until(() => second.state.last?.class === 'delivered')
    assert.equal(rig.count('done'), 1)
    assert.deepEqual(
      rig.engine.query('select instance, n from attempt').map((row) => [row['instance'], row['n']]),
      [['instance 2', 2]],
    )
  })

  it('send nothing twice when the clock jumps while it is on its way', async () => {
    rig.hold()
    rig.courier(CALL_TIMEOUT)
    await rig.queue('<a/>', 'A')
    await rig.until(() => rig.calls.length === 1)
    const [before] = leases()
    // The database's clock, not the time that really passes.
    rig.clock.now += 60 * MINUTE
    rig.ledger.hint('outbox/his')
    await rig.until(() => leases()[0]?.['lease'] !== before?.['lease'])
    rig.finish(rig.calls[0])
    await rig.until(() => rig.count('done') === 1)
    assert.equal(rig.calls.length, 1)
  })

  it('let what is on its way end before they close', async () => {
    rig.hold()
    const courier = rig.courier()
    await rig.queue('<a/>', 'A')
    await rig.queue('<b/>', 'A')
    await rig.until(() => rig.calls.length === 1)
    const closing = [courier.close(), courier.close()]
    rig.finish(rig.calls[0])
    await Promise.all(closing)
    assert.deepEqual(
      rig.rows().map(([, state]) => state),
      ['done', 'ready'],
    )
    courier.wake()
    courier.start()
    await rig.queue('<c/>', 'C')
    await rig.clock.pass(MINUTE)
    assert.equal(rig.calls.length, 1)
  })

  it('let what takes longer go on when they are closed, and whoever comes next hears of its end', async () => {
    rig.hold()
    const first = rig.courier(CALL_TIMEOUT)
    await rig.queue('<a/>', 'A')
    await rig.queue('<b/>', 'A')
    await rig.until(() => rig.calls.length === 1)
    const closing = first.close()
    await rig.clock.pass(1_500)
    await closing
    const second = rig.courier(CALL_TIMEOUT)
    await rig.clock.pass(20 * SECOND)
    assert.deepEqual(rig.documents, ['<a/>'], 'sent by one of them only')
    const before = rig.clock.now
    rig.answer = replying('0', '成功')
    rig.finish(rig.calls[0])
    await first.ended
    await rig.until(() => rig.count('done') === 2)
    assert.equal(rig.clock.now, before, 'at once')
    assert.deepEqual(rig.documents, ['<a/>', '<b/>'])
    await rig.until(() => second.state.last?.class === 'delivered')
  })

  it('put it on record when it fails after they were closed', async () => {
    rig.hold()
    const courier = rig.courier(CALL_TIMEOUT)
    await rig.queue('<a/>', 'A')
    await rig.until(() => rig.calls.length === 1)
    const closing = courier.close()
    await rig.clock.pass(1_500)
    await closing
    await rig.passUntil(() => rig.count('ready') === 1)
    await courier.ended
    const [row] = rig.engine.query('select class, n from attempt')
    assert.deepEqual([row?.['class'], row?.['n']], ['unreachable', 1])
    assert.deepEqual(rig.kinds(), [], 'the one that follows raises the alarms')
  })

  it('give up what is on its way when its ledger is closed', async () => {
    rig.hold()
    const courier = rig.courier(CALL_TIMEOUT)
    await rig.queue('<a/>', 'A')
    await rig.until(() => rig.calls.length === 1)
    const closing = courier.close()
    await rig.ledger.close()
    await courier.ended
    await closing
    assert.ok(rig.calls[0])
    if (!rig.calls[0].response.destroyed) await once(rig.calls[0].response, 'close')
    assert.equal(rig.count('leased'), 1, 'free when the lease is over')
  })

  it('break off what is on its way when the process ends, and whoever comes next sends the same at once', async () => {
    rig.hold()
    const first = rig.courier(CALL_TIMEOUT)
    await rig.queue('<a/>', 'A')
    await rig.queue('<b/>', 'A')
    await rig.until(() => rig.calls.length === 1)
    const closing = first.close()
    await rig.clock.pass(1_500)
    await closing
    await first.breakOff()
    const [row] = rig.engine.query('select n, class, code, request from attempt')
    assert.deepEqual(
      [
        row?.['n'],
        row?.['class'],
        row?.['code'],
        Buffer.from(row?.['request'] as Uint8Array).toString(),
      ],
      [1, 'unreachable', 'DELIVERY_BROKEN_OFF', '<a/>'],
    )
    assert.equal(rig.count('ready'), 2)
    const before = rig.clock.now
    rig.answer = replying('0', '成功')
    rig.courier(CALL_TIMEOUT)
    await rig.until(() => rig.count('done') === 2)
    assert.equal(rig.clock.now, before)
    assert.deepEqual(rig.documents, ['<a/>', '<a/>', '<b/>'])
    assert.deepEqual(rig.kinds(), [], 'the peer is not to blame')
  })

  it('end in time when what they break off cannot be recorded', async () => {
    rig.hold()
    const courier = rig.courier(CALL_TIMEOUT)
    await rig.queue('<a/>', 'A')
    await rig.until(() => rig.calls.length === 1)
    rig.engine.failing = (name) => (name === 'conclude' ? 'before' : undefined)
    const closing = courier.close()
    await rig.clock.pass(1_500)
    await closing
    const broken = courier.breakOff()
    await rig.until(() => courier.state.halted)
    await rig.clock.pass(1_500)
    await broken
    assert.equal(rig.count('leased'), 1, 'free when the lease is over')
    rig.engine.failing = () => undefined
  })

  it('give back what they claimed and did not try', async () => {
    let closing: Promise<void> | undefined
    const courier = rig.courier()
    const stop = rig.engine.onRan((name, result) => {
      if (name !== 'claim' || (result as Claims).documents.length === 0) return
      stop()
      closing = courier.close()
    })
    await rig.queue('<a/>', 'A')
    await rig.until(() => closing !== undefined)
    await closing
    const [row] = rig.engine.query('select state, attempts from outbox')
    assert.deepEqual([row?.['state'], row?.['attempts']], ['ready', 0])
    assert.equal(rig.calls.length, 0)
  })

  it('close within their time when the ledger does not answer any more', async () => {
    rig.engine.failing = (name) => (name === 'conclude' ? 'before' : undefined)
    const courier = rig.courier()
    await rig.queue('<a/>', 'A')
    await rig.until(() => courier.state.halted)
    const closing = courier.close()
    await rig.clock.pass(2 * SECOND)
    await closing
    assert.equal(rig.count('leased'), 1)
  })
})
