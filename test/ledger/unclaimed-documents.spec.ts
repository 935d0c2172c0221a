import assert from 'node:assert/strict'
import { readFeedbackDocument } from '../../src/messages/index.js'
import { onBothEngines } from './both-engines.js'
import { CRISIS, RECEIVED } from './site.js'

const SECOND = { ...CRISIS, CrisisCode: '2', CrisisName: '前置胎盘' }

onBothEngines('what is undelivered to a peer that is gone', (site) => {
  const gone = () => `gone of ${site().system}`
  const heir = () => `peer of ${site().system}`
  const mine = async () =>
    (await site().ledger.run('undeliveredByPeer', undefined))
      .filter(({ peer }) => peer === gone())
      .map(({ waiting, parked, dead }) => [waiting, parked, dead])
  const passOn = (after = 0) =>
    site().ledger.run('passOnDocuments', {
      actor: site().actor,
      from: gone(),
      to: heir(),
      application: 'HEIR',
      after,
    })
  const giveUp = () =>
    site().ledger.run('giveUpDocuments', {
      actor: site().actor,
      peer: gone(),
      by: '值班工程师',
      reason: '系统已停用',
    })
  const queue = (lane: string, alert: number | null = null, peer = gone()) =>
    site().ledger.run('enqueue', {
      actor: site().actor,
      item: {
        peer,
        operation: 'SynCrisisInfo',
        lane: `${site().system}/${lane}`,
        document: `<Crisis>${lane}</Crisis>`,
        alert,
        node: site().target,
        message: JSON.stringify({ topic: lane }),
        expiresAfterMs: null,
      },
    })
  const claim = async (lease: string, leaseMs = 60_000, peer = gone()) =>
    (
      await site().ledger.run('claim', {
        actor: site().actor,
        peer,
        lease,
        leaseMs,
        limit: 1,
        parallel: 9,
        perMinute: 0,
      })
    ).documents
  const set = (id: number, state: string) =>
    site().rows('update outbox set state = $2 where id = $1', id, state)

  it('is counted by what becomes of it, and is untended for as long as nobody looks after it', async () => {
    await site().sendAll([CRISIS, SECOND])
    await site().tell(RECEIVED, { about: CRISIS, peer: gone() })
    const [first] = [await queue('a'), await queue('b'), await queue('c')]
    await claim('x')
    await set(first, 'dead')
    assert.deepEqual(await mine(), [[2, 1, 1]])
    const untended = async () => {
      const all = await site().ledger.run('undeliveredByPeer', undefined)
      return all.find(({ peer }) => peer === gone())!.untendedMs
    }
    await site().rows('update outbox set at = at - 600000 where peer = $1', gone())
    assert.ok((await untended()) >= 600_000)
    for (let n = 0; n < 2; n++) await site().ledger.run('tend', { peer: gone() })
    assert.ok((await untended()) < 60_000)
    await site().rows('update peer set tended_at = tended_at - 300000 where id = $1', gone())
    assert.ok((await untended()) >= 300_000)
    await site().ledger.run('tend', { peer: gone() })
    assert.ok((await untended()) < 60_000)
    await site().ledger.run('tend', { peer: heir() })
    assert.deepEqual(await site().rows('select id from peer where id = $1', heir()), [])
  })

  it('goes to another peer in its order, and the outcome to its flow', async () => {
    for (const lane of ['a', 'b', 'a']) await queue(lane)
    await claim('dead instance', -1)
    const dead = await queue('d')
    await set(dead, 'held')
    assert.deepEqual(await passOn(), { documents: 4, overtaken: 0, after: null })
    assert.deepEqual(await mine(), [])
    for (let n = 0; n < 3; n++) await site().deliver()
    assert.deepEqual(await site().outcomes(), [
      'a done DELIVERED',
      'b done DELIVERED',
      'a done DELIVERED',
    ])
    const [row] = await site().rows('select peer, state from outbox where id = $1', dead)
    assert.deepEqual({ ...row }, { peer: heir(), state: 'held' })
    assert.equal((await site().audited()).filter((kind) => kind === 'passedOn').length, 4)
  })

  it('goes in batches', async () => {
    for (let n = 0; n < 60; n++) await queue(`lane ${n}`)
    const first = await passOn()
    assert.deepEqual([first.documents, typeof first.after], [50, 'number'])
    assert.deepEqual(await passOn(first.after!), { documents: 10, overtaken: 0, after: null })
  })

  it('stays while an instance has it on its way', async () => {
    await queue('a')
    await claim('alive')
    assert.deepEqual(await passOn(), { documents: 0, overtaken: 0, after: null })
    assert.equal(await giveUp(), 0)
    assert.deepEqual(await mine(), [[1, 0, 0]])
  })

  it('does not come after its own correction', async () => {
    const { alert } = await site().send()
    await queue('old', alert)
    await queue('new', alert, heir())
    assert.equal((await passOn()).overtaken, 0, 'which was not tried yet')
    await site().deliver()
    await site().deliver()
    assert.deepEqual(await site().outcomes(), ['old done DELIVERED', 'new done DELIVERED'])

    await queue('old', alert)
    await queue('new', alert, heir())
    await site().deliver({ state: 'ready', delayMs: 0 })
    assert.deepEqual(await passOn(), { documents: 0, overtaken: 1, after: null })
    assert.deepEqual(await mine(), [[1, 0, 0]])
    assert.equal(await giveUp(), 1)
  })

  it('names the application of the peer that sends it, also what waits for something else', async () => {
    await site().sendAll([CRISIS, SECOND, { ExamNo: '2' }])
    await site().tell({ ...RECEIVED, ExamNo: '2' }, { peer: gone() })
    await site().tell(RECEIVED, { about: CRISIS, peer: gone() })
    assert.equal((await passOn()).documents, 2)
    await site().feedBack(RECEIVED)
    const rows = await site().rows(
      "select document from outbox where peer = $1 and state = 'ready' order by id",
      heir(),
    )
    assert.deepEqual(
      rows.map(({ document }) => readFeedbackDocument(String(document)).header.Application),
      ['HEIR', 'HEIR'],
    )
  })

  it('is given up by a person, and the flow that sent it is told', async () => {
    const { alert } = await site().send()
    await queue('a', alert)
    const dead = await queue('b')
    await set(dead, 'dead')
    await site().rows('update outbox set ended_at = 1 where id = $1', dead)
    await site().sendAll([{ ExamNo: '2' }])
    await site().tell(
      { ...RECEIVED, ExamNo: '2' },
      { peer: gone(), combinedOnly: true, message: 'c' },
    )
    assert.equal(await giveUp(), 3)
    assert.equal(await giveUp(), 0)
    assert.deepEqual(await mine(), [])
    assert.deepEqual(await site().outcomes(), ['a cancelled CANCELLED', 'c cancelled CANCELLED'])
    const [decision] = await site().rows(
      'select kind, person, reason from decision where alert = $1',
      alert,
    )
    assert.deepEqual(
      { ...decision },
      { kind: 'cancel', person: '值班工程师', reason: '系统已停用' },
    )
  })
})
