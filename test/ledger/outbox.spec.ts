import assert from 'node:assert/strict'
import { actor, attempt, delivered, other, Outbox, refused, RETRY } from './outbox-rig.js'

describe('the outbox of the ledger', () => {
  let box: Outbox

  beforeEach(() => {
    box = new Outbox()
  })

  it('hands out the oldest of each lane only', async () => {
    const a1 = await box.enqueue()
    await box.enqueue()
    const b1 = await box.enqueue({ lane: 'E2/A2' })
    await box.enqueue({ peer: 'pacs', lane: 'E3/A3' })
    assert.deepEqual(
      (await box.claim()).map(({ id }) => id),
      [a1, b1],
    )
    assert.deepEqual(await box.claim(), [])
  })

  it('keeps the successors back while a document waits for another try', async () => {
    await box.enqueue()
    const second = await box.enqueue()
    await box.conclude(await box.claimOne(), RETRY)
    assert.deepEqual(await box.claim(), [])
    box.clock.now += 4_000
    const again = await box.claimOne()
    assert.equal(again.attempts, 2)
    await box.conclude(again, { state: 'done' }, delivered)
    assert.equal((await box.claimOne()).id, second)
  })

  it('lets the lane go on behind a dead letter', async () => {
    await box.enqueue()
    const second = await box.enqueue()
    await box.conclude(await box.claimOne(), { state: 'dead' }, refused)
    assert.equal((await box.claimOne()).id, second)
  })

  it('takes what was never tried first, so that no bad document is all that a peer sees', async () => {
    const old = await box.enqueue()
    await box.conclude(await box.claimOne(), RETRY)
    box.clock.now += 10_000
    const fresh = await box.enqueue({ lane: 'E2/A2' })
    assert.deepEqual(
      (await box.claim({ limit: 1 })).map(({ id }) => id),
      [fresh],
    )
    assert.deepEqual(
      (await box.claim({ limit: 1 })).map(({ id }) => id),
      [old],
    )
  })

  it('hands out no more at a time than the peer is to have, whoever asks', async () => {
    for (let n = 0; n < 4; n++) await box.enqueue({ lane: `E${n}` })
    await box.enqueue({ peer: 'pacs' })
    await box.claim({ peer: 'pacs' })
    const two = { parallel: 2 }
    const [first] = await box.claim({ ...two, limit: 1 })
    assert.equal((await box.claim({ ...two, by: other })).length, 1)
    assert.deepEqual(await box.claim({ ...two, by: other }), [])
    assert.deepEqual(await box.claim({ parallel: 1 }), [], 'nor when it was more before')
    await box.conclude(first!, { state: 'done' }, delivered)
    assert.equal((await box.claim({ ...two, by: other })).length, 1)
  })

  it('hands out no more in a minute than the peer is to have, whoever asks', async () => {
    for (let n = 0; n < 6; n++) await box.enqueue({ lane: `E${n}` })
    const three = { perMinute: 3 }
    assert.equal((await box.claim({ ...three, limit: 2 })).length, 2)
    box.clock.now += 30_000
    assert.equal((await box.claim({ ...three, by: other })).length, 1)
    const { documents, againMs } = await box.claims(three)
    assert.deepEqual(documents, [])
    assert.ok(againMs !== null && againMs > 30_000 && againMs <= 31_000)
    box.clock.now += againMs - 1
    assert.deepEqual(await box.claim(three), [])
    box.clock.now += 1
    assert.equal((await box.claim(three)).length, 2, 'the first two are a minute ago')
    // A clock that is set back is no reason to stop.
    box.clock.now -= 3_600_000
    assert.ok((await box.claim(three)).length > 0)
  })

  it('counts the attempts without a clear answer', async () => {
    await box.enqueue()
    await box.conclude(await box.claimOne(), RETRY)
    box.clock.now += 4_000
    await box.conclude(await box.claimOne(), RETRY, attempt({ class: 'ambiguous' }))
    box.clock.now += 4_000
    const third = await box.claimOne()
    assert.deepEqual([third.attempts, third.ambiguous], [3, 1])
  })

  it('puts nothing off when the clock is set back', async () => {
    await box.enqueue()
    await box.conclude(await box.claimOne(), RETRY)
    box.clock.now -= 3_600_000
    const fresh = await box.enqueue({ lane: 'E2/A2' })
    assert.equal((await box.claim()).length, 2)
    assert.equal(box.rowOf(fresh)['at'], box.clock.now)
  })

  it('says when the next falls due, and nothing of those that are due', async () => {
    assert.equal(await box.ledger.run('nextDue', { peer: 'his' }), null)
    await box.enqueue()
    await box.enqueue({ lane: 'E2/A2' })
    assert.equal(await box.ledger.run('nextDue', { peer: 'his' }), null)
    const [first] = await box.claim({ limit: 1 })
    assert.ok(first)
    await box.conclude(first, RETRY)
    box.clock.now += 1_000
    assert.equal(await box.ledger.run('nextDue', { peer: 'his' }), 3_000)
  })

  it('gives back what an instance left behind, of this peer only', async () => {
    const mine = await box.enqueue()
    await box.enqueue({ peer: 'pacs', lane: 'E9/A9' })
    const late = await box.claimOne()
    const [foreign] = await box.claim({ peer: 'pacs' })
    assert.ok(foreign)
    box.clock.now += 30_001
    const [taken] = await box.claim({ by: other })
    assert.equal(taken?.id, mine)
    assert.equal(taken?.attempts, 2)
    // Too late: it is another's now, and what that one makes of it counts.
    const result = await box.conclude(late, { state: 'done' }, delivered)
    assert.deepEqual(result, { owned: false, expired: false })
    assert.equal(box.rowOf(mine)['state'], 'leased')
    assert.deepEqual(box.owed(), [])
    assert.equal((await box.conclude(foreign, { state: 'done' }, delivered)).owned, true)
    assert.ok(box.kinds().includes('leaseExpired'))
  })

  it('records an attempt once, however often it is asked to', async () => {
    const id = await box.enqueue()
    const one = await box.claimOne()
    const first = await box.conclude(one, { state: 'dead' }, refused)
    assert.deepEqual(first, { owned: true, expired: false })
    assert.deepEqual(await box.conclude(one, { state: 'dead' }, refused), first)
    assert.equal(box.owed().length, 1)
    assert.equal(box.engine.query('select * from attempt where outbox = $1', id).length, 1)
    assert.deepEqual(box.kinds(), ['queued', 'dead'])
  })

  it('keeps the bytes of each attempt', async () => {
    const id = await box.enqueue()
    await box.conclude(
      await box.claimOne(),
      RETRY,
      attempt({ response: Buffer.from([0, 255]), reply: { code: 's:Server', desc: '出错' } }),
    )
    const [row] = box.engine.query('select * from attempt where outbox = $1', id)
    assert.deepEqual(Buffer.from(row?.['request'] as Uint8Array), Buffer.from('<a/>'))
    assert.deepEqual(Buffer.from(row?.['response'] as Uint8Array), Buffer.from([0, 255]))
    assert.equal(row?.['instance'], 'one')
    assert.deepEqual(JSON.parse(String(row?.['reply'])), { code: 's:Server', desc: '出错' })
  })

  it('does not count what was given back untried', async () => {
    await box.enqueue()
    const one = await box.claimOne()
    await box.ledger.run('release', { id: one.id, lease: one.lease })
    assert.equal((await box.claimOne()).attempts, 1)
  })

  it('tells the flow the end and not the tries', async () => {
    const id = await box.enqueue()
    await box.conclude(await box.claimOne(), RETRY)
    assert.deepEqual(box.owed(), [])
    box.clock.now += 4_000
    await box.conclude(await box.claimOne(), { state: 'done' }, delivered)
    assert.deepEqual(
      box.owed().map(({ target, outbox, state }) => ({ target, outbox, state })),
      [{ target: 'node', outbox: id, state: 'done' }],
    )
  })

  describe('alerts', () => {
    const stages = () => box.engine.query('select stage from alert').map((row) => row['stage'])
    const addAlert = (stage: string) => {
      box.engine.query(
        "insert into revision (alert, n, content, document, flags, at) values (1, 1, 'c', '{}', '[]', 1)",
      )
      box.engine.query(
        `insert into alert (system, key, pair, finding, exam_no, apply_no, sick_no, stage, revision, content,
           opened_at, processed_at) values ('', 'k', 'p', 'f', 'E1', 'A1', 'S1', $1, 1, 'c', 1, 1)`,
        stage,
      )
    }

    it('are notified when the peer has the last correction', async () => {
      addAlert('stored')
      await box.enqueue({ alert: 1 })
      await box.enqueue({ alert: 1 })
      // Another peer of the same alert does not hold it up.
      await box.enqueue({ alert: 1, peer: 'pager' })
      await box.conclude(await box.claimOne(), { state: 'done' }, delivered)
      assert.deepEqual(stages(), ['stored'])
      await box.conclude(await box.claimOne(), { state: 'done' }, delivered)
      assert.deepEqual(stages(), ['notified'])
    })

    it('are fed back when the last stage has arrived', async () => {
      addAlert('processed')
      const document = `<XmlDocument><Header/><CrisisResponse><ExamNo>E1</ExamNo>
        <ProcessResult>已处理</ProcessResult></CrisisResponse></XmlDocument>`
      await box.enqueue({ alert: 1, operation: 'SynCrisisResponseInfo' })
      await box.enqueue({ alert: 1, operation: 'SynCrisisResponseInfo', document })
      await box.conclude(await box.claimOne(), { state: 'done' }, delivered)
      assert.deepEqual(stages(), ['processed'])
      await box.conclude(await box.claimOne(), { state: 'done' }, delivered)
      assert.deepEqual(stages(), ['fedBack'])
    })
  })

  describe('what waits', () => {
    it('expires in the attempt that comes too late', async () => {
      const id = await box.enqueue({ expiresAfterMs: 1_000 })
      const one = await box.claimOne()
      box.clock.now += 1_000
      const result = await box.conclude(one, RETRY)
      assert.deepEqual(result, { owned: true, expired: true })
      assert.deepEqual([box.rowOf(id)['state'], box.rowOf(id)['code']], ['dead', 'EXPIRED'])
      assert.match(box.owed()[0]?.code ?? '', /EXPIRED/)
      assert.deepEqual(await box.conclude(one, RETRY), result)
    })

    it('expires also when it was never tried', async () => {
      const own = await box.enqueue({ expiresAfterMs: 1_000 })
      const set = await box.enqueue({ lane: 'E2/A2' })
      const expire = (expiresAfterMs: number | null) =>
        box.ledger.run('expireDocuments', { actor, peer: 'his', expiresAfterMs })
      assert.deepEqual(await expire(5_000), [])
      box.clock.now += 1_000
      assert.deepEqual(
        (await expire(5_000)).map(({ outbox }) => outbox),
        [own],
      )
      box.clock.now += 4_000
      assert.deepEqual(await expire(null), [])
      const [expired] = await expire(5_000)
      assert.equal(expired?.outbox, set)
      assert.equal(expired?.ending.code, 'EXPIRED')
      assert.equal(box.rowOf(set)['state'], 'dead')
      assert.deepEqual(await box.claim(), [])
    })

    it('is hastened when the peer is back, unless it waits for another reason', async () => {
      const [a, b] = [await box.enqueue(), await box.enqueue({ lane: 'E2/A2' })]
      const [first, second] = await box.claim()
      assert.ok(first && second)
      await box.conclude(first, RETRY)
      await box.conclude(second, RETRY, attempt({ class: 'ambiguous' }))
      assert.equal(await box.ledger.run('hastenPeer', { peer: 'pacs' }), 0)
      assert.equal(await box.ledger.run('hastenPeer', { peer: 'his' }), 1)
      assert.equal((await box.claimOne()).id, a)
      assert.equal(box.rowOf(b)['state'], 'ready')
    })

    it('is reported once when it is old', async () => {
      const old = () => box.ledger.run('noteOld', { actor, peer: 'his', ageMs: 1_000 })
      const first = await box.enqueue()
      await box.enqueue()
      assert.equal(await old(), null)
      box.clock.now += 1_000
      const third = await box.enqueue()
      assert.deepEqual(await old(), { documents: 2, outbox: first })
      assert.equal(await old(), null)
      box.clock.now += 1_000
      assert.deepEqual(await old(), { documents: 1, outbox: third })
    })
  })

  it('raises one alarm of a peer and one of its recovery', async () => {
    const note = (ok: boolean, by = actor) =>
      box.ledger.run('notePeer', { actor: by, peer: 'his', ok, alarmAfter: 3 })
    const alarms: string[] = []
    for (const [ok, by] of [
      [false, actor],
      [false, other],
      [false, actor],
      [false, other],
      [true, other],
      [true, actor],
    ] as const) {
      const health = await note(ok, by)
      if (health.alarm) alarms.push(`bad after ${health.failures}`)
      if (health.recovered) alarms.push('good')
    }
    assert.deepEqual(alarms, ['bad after 3', 'good'])
  })

  it('leaves an audit that holds together', async () => {
    await box.enqueue()
    await box.conclude(await box.claimOne(), RETRY)
    box.clock.now += 4_000
    await box.conclude(await box.claimOne(), { state: 'done' }, delivered)
    const { entries, broken } = await box.ledger.verifyAudit()
    assert.deepEqual(broken, [])
    assert.equal(entries, 3)
  })
})
