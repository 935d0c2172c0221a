import assert from 'node:assert/strict'
import { body, envelope, type Answer } from '../soap/remote-peer.js'
import { MINUTE, replying, Rig, SECOND } from './courier-rig.js'

const SUCCESS = replying('0', '成功')

describe('the courier', () => {
  let rig: Rig

  beforeEach(async () => {
    rig = await Rig.open()
  })
  afterEach(() => rig.close())

  it('delivers what is put into the outbox, and tells the node', async () => {
    const courier = rig.courier()
    const id = await rig.queue('<a/>', 'A')
    await rig.until(() => rig.count('done') === 1)
    await rig.until(() => courier.state.last !== undefined)
    assert.deepEqual(rig.documents, ['<a/>'])
    assert.equal(courier.state.last?.class, 'delivered')
    const [owed] = await rig.ledger.run('takeHandouts', {
      target: 'node',
      lease: 'l',
      leaseMs: 1_000,
      limit: 10,
    })
    const content = owed?.content as { outbox: number; state: string; reply: object }
    assert.deepEqual([content.outbox, content.state], [id, 'done'])
    assert.deepEqual(content.reply, { code: '0', desc: '成功' })
    assert.ok(rig.hints.includes('owed/node'))
    assert.deepEqual(rig.troubles, [])
  })

  it('delivers what was there before it, and what nobody gave a hint of', async () => {
    await rig.queue('<a/>', 'A')
    rig.courier()
    await rig.until(() => rig.count('done') === 1)
    await rig.ledger.run('enqueue', {
      actor: { chain: 'node', actor: 'node' },
      item: {
        peer: 'his',
        operation: 'SynCrisisInfo',
        lane: 'B',
        document: '<b/>',
        alert: null,
        node: '',
        message: '{}',
        expiresAfterMs: null,
      },
    })
    await rig.clock.pass(2 * SECOND)
    await rig.until(() => rig.count('done') === 2)
  })

  it('leaves the documents of other peers alone', async () => {
    rig.courier()
    await rig.queue('<x/>', 'A', { peer: 'pacs' })
    await rig.queue('<a/>', 'A')
    await rig.until(() => rig.count('done') === 1)
    assert.deepEqual(rig.documents, ['<a/>'])
  })

  it('keeps the order of a lane, one on its way', async () => {
    rig.hold()
    rig.courier()
    const all = ['<a/>', '<b/>', '<c/>']
    for (const document of all) await rig.queue(document, 'A')
    for (let n = 1; n <= 3; n++) {
      await rig.until(() => rig.calls.length === n)
      assert.equal(rig.count('leased'), 1)
      rig.finish(rig.calls.at(-1))
      await rig.until(() => rig.count('done') === n)
    }
    assert.deepEqual(rig.documents, all)
  })

  it('serves lanes in parallel up to its limit', async () => {
    for (let n = 0; n < 6; n++) await rig.queue(`<d>${n}</d>`, `lane ${n}`)
    rig.hold()
    rig.courier({ parallel: 3 })
    await rig.until(() => rig.calls.length === 3)
    assert.equal(rig.count('leased'), 3)
    rig.finish(rig.calls[1])
    await rig.until(() => rig.calls.length === 4)
    assert.equal(rig.count('leased'), 3)
    rig.answer = SUCCESS
    for (const call of [0, 2, 3]) rig.finish(rig.calls[call])
    await rig.until(() => rig.count('done') === 6)
    assert.equal(new Set(rig.documents).size, 6)
    assert.equal(rig.calls.length, 6, 'each once')
  })

  it('lets nobody wait for a lane that fails for ever', async () => {
    const fault = body(envelope('<s:Fault><faultcode>s:Server</faultcode></s:Fault>'), {}, 500)
    rig.answerBy((document) => (document.startsWith('<bad') ? fault : SUCCESS))
    rig.courier({ parallel: 2 })
    await rig.queue('<bad/>', 'A')
    await rig.queue('<behind/>', 'A')
    // More often than the breaker waits for, with nothing else going on.
    await rig.passUntil(() => rig.calls.length >= 8)
    for (let n = 0; n < 10; n++) {
      const before = rig.clock.now
      await rig.queue(`<d>${n}</d>`, `lane ${n}`)
      await rig.until(() => rig.count('done') === n + 1)
      assert.equal(rig.clock.now, before, 'at once')
      await rig.clock.pass(20 * SECOND)
    }
    const [bad, behind] = rig.rows()
    assert.deepEqual(bad, ['<bad/>', 'ready', 'SOAP_FAULT'])
    assert.deepEqual(behind, ['<behind/>', 'ready', null])
    assert.ok(!rig.documents.includes('<behind/>'))
  })

  it('raises one alarm for a document that fails for days, also in quiet hours', async () => {
    rig.answerBy((document) => (document === '<bad/>' ? replying('503', '未就绪') : SUCCESS))
    rig.courier()
    await rig.queue('<bad/>', 'A')
    for (let n = 0; n < 3; n++) {
      await rig.clock.pass(20 * MINUTE)
      await rig.queue(`<d>${n}</d>`, `lane ${n}`)
      await rig.until(() => rig.count('done') === n + 1)
    }
    await rig.until(() => rig.kinds().includes('peerRecovered'))
    assert.deepEqual(rig.kinds(), ['peerFailing', 'old', 'peerRecovered'])
  })

  it('sends a secret and records none', async () => {
    rig.answer = replying('99', '没有此检查')
    rig.courier({ seal: (document) => document.replace('<License/>', '<License>S3cret</License>') })
    await rig.queue('<h><License/></h>', 'A')
    await rig.until(() => rig.count('dead') === 1)
    assert.deepEqual(rig.documents, ['<h><License>S3cret</License></h>'])
    for (const table of ['outbox', 'attempt', 'audit', 'owed']) {
      const rows = rig.engine.query(`select * from ${table}`)
      assert.ok(rows.length > 0)
      const text = rows
        .flatMap((row) => Object.values(row))
        .map((value) => (value instanceof Uint8Array ? Buffer.from(value) : value))
        .join('\n')
      assert.doesNotMatch(text, /S3cret/, table)
    }
  })

  it('keeps the bytes that came back, whatever they were, up to a limit', async () => {
    const page = `<html>${'x'.repeat(100_000)}</html>`
    const answers: Answer[] = [body(page, { 'content-type': 'text/html' }, 502), SUCCESS]
    rig.answer = (received, response) => answers.shift()?.(received, response)
    rig.courier()
    await rig.queue('<a/>', 'A')
    await rig.passUntil(() => rig.count('done') === 1)
    const [first, second] = rig.engine.query('select * from attempt order by n')
    assert.equal(Buffer.from(first?.['response'] as Uint8Array).toString(), page.slice(0, 65_536))
    assert.match(Buffer.from(second?.['response'] as Uint8Array).toString(), /Envelope/)
    assert.deepEqual([first?.['class'], second?.['class']], ['unreachable', 'delivered'])
  })

  it('keeps to a number of calls in a minute', async () => {
    rig.courier({ perMinute: 2 })
    for (let n = 0; n < 5; n++) await rig.queue(`<d>${n}</d>`, `lane ${n}`)
    await rig.until(() => rig.count('done') === 2)
    await rig.clock.pass(50 * SECOND)
    assert.equal(rig.calls.length, 2)
    await rig.passUntil(() => rig.count('done') === 4)
    assert.ok(rig.clock.now >= 60 * SECOND)
    assert.equal(rig.calls.length, 4)
    await rig.passUntil(() => rig.count('done') === 5)
  })

  it('shows how much there is to do', async () => {
    rig.hold()
    const courier = rig.courier({ parallel: 1 })
    const acceptedAt = rig.clock.now
    await rig.queue('<a/>', 'A')
    await rig.queue('<b/>', 'B')
    await rig.passUntil(() => courier.state.waiting === 2)
    assert.equal(courier.state.oldestAt, acceptedAt)
    rig.answer = replying('99', '没有')
    rig.finish(rig.calls[0])
    await rig.passUntil(() => courier.state.dead === 1)
    assert.deepEqual(courier.state.waiting, 0)
    assert.equal(courier.state.last?.code, 'REPLY_REJECTED')
    assert.deepEqual(rig.states.at(-1), courier.state)
  })

  it('goes on whatever its listeners do', async () => {
    const fail = () => {
      throw new Error('a listener')
    }
    rig.answer = replying('99', '没有')
    rig.courier({ onTrouble: fail, onChange: fail })
    await rig.queue('<a/>', 'A')
    await rig.until(() => rig.count('dead') === 1)
    rig.answer = SUCCESS
    await rig.queue('<b/>', 'A')
    await rig.until(() => rig.count('done') === 1)
  })

  describe('a document that needs a person', () => {
    it('is one that the peer refused; those behind it go on', async () => {
      rig.answerBy((document) => (document === '<a/>' ? replying('99', '没有此检查') : SUCCESS))
      rig.courier()
      const id = await rig.queue('<a/>', 'A')
      await rig.queue('<b/>', 'A')
      await rig.until(() => rig.count('done') === 1)
      assert.deepEqual(rig.rows()[0], ['<a/>', 'dead', 'REPLY_REJECTED'])
      assert.deepEqual(
        rig.troubles.map(({ kind, code, outbox, peer }) => [kind, code, outbox, peer]),
        [['deadLetter', 'REPLY_REJECTED', id, 'his']],
      )
      await rig.clock.pass(10 * MINUTE)
      assert.deepEqual(rig.documents, ['<a/>', '<b/>'])
    })

    it('is sent again when a person says so, corrected or not', async () => {
      rig.answer = replying('99', '没有此检查')
      rig.courier()
      const id = await rig.queue('<a/>', 'A')
      await rig.until(() => rig.count('dead') === 1)
      rig.answer = SUCCESS
      const actor = { chain: 'node', actor: 'register' }
      await rig.ledger.run('replay', { actor, id, document: '<corrected/>' })
      rig.ledger.hint('outbox/his')
      await rig.until(() => rig.count('done') === 1)
      assert.deepEqual(rig.documents, ['<a/>', '<corrected/>'])
    })

    it('is one that got no clear answer several times', async () => {
      rig.answer = replying('0', '保存失败')
      rig.courier()
      await rig.queue('<a/>', 'A')
      await rig.passUntil(() => rig.count('held') === 1)
      await rig.clock.pass(10 * MINUTE)
      assert.equal(rig.calls.length, 4)
      assert.deepEqual(rig.kinds(), ['deadLetter'])
    })

    it('is one that cannot be sent at all, told once for each', async () => {
      rig.courier()
      await rig.queue(' ', 'A')
      await rig.queue('\u0001', 'B')
      await rig.until(() => rig.troubles.length === 2)
      assert.equal(rig.count('held'), 2)
      assert.equal(rig.calls.length, 0)
      assert.deepEqual(rig.kinds(), ['deadLetter', 'deadLetter'])
    })

    it('is none while the peer refuses us: it pauses with one alarm, and all goes when it accepts us', async () => {
      rig.answer = replying('401', '身份验证码错误')
      rig.courier()
      for (let n = 0; n < 30; n++) await rig.queue(`<d>${n}</d>`, `lane ${n}`)
      await rig.until(() => rig.troubles.length >= 1)
      await rig.clock.pass(2 * MINUTE)
      assert.deepEqual([rig.count('held'), rig.count('dead')], [0, 0])
      assert.ok(rig.calls.length < 15, `${rig.calls.length} calls`)
      assert.deepEqual(rig.kinds(), ['peerFailing'])
      assert.equal(rig.troubles[0]?.code, 'REPLY_UNAUTHORIZED')
      rig.answer = SUCCESS
      await rig.passUntil(() => rig.count('done') === 30)
      assert.deepEqual(rig.kinds().slice(1), ['peerRecovered'])
    })

    it('is one that is refused by itself, while others go', async () => {
      const answerOf = (document: string) =>
        document === '<a/>' ? replying('9', '未授权的科室') : SUCCESS
      rig.answerBy(answerOf)
      rig.courier()
      await rig.queue('<a/>', 'A')
      await rig.until(() => rig.calls.length === 1)
      await rig.queue('<b/>', 'B')
      await rig.passUntil(() => rig.count('held') === 1)
      assert.equal(rig.count('done'), 1)
      assert.deepEqual(rig.documents.toSorted(), ['<a/>', '<a/>', '<b/>'])
    })

    it('is one that waited longer than it may', async () => {
      await rig.down()
      rig.courier({ expiresAfterMs: 3 * MINUTE })
      const id = await rig.queue('<a/>', 'A')
      await rig.passUntil(() => rig.count('dead') === 1)
      await rig.until(() => rig.kinds().includes('deadLetter'))
      const trouble = rig.troubles.find(({ kind }) => kind === 'deadLetter')
      assert.deepEqual([trouble?.code, trouble?.outbox], ['EXPIRED', id])
      assert.equal(rig.rows()[0]?.[2], 'EXPIRED')
    })
  })
})
