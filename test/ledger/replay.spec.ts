import assert from 'node:assert/strict'
import { readFeedbackDocument, type Crisis } from '../../src/messages/index.js'
import type { Replayed } from '../../src/ledger/index.js'
import { onBothEngines } from './both-engines.js'
import { CRISIS, later, PROCESS, PROCESSED, RECEIVED, Site } from './site.js'

const DEAD = { state: 'dead' } as const

/** A flow sends a critical value to a peer. */
async function pass(site: Site, changes: Partial<Crisis>, document: string, again = false) {
  const crisis = site.crisisOf(changes)
  return site.ledger.run('sendCrisis', {
    actor: site.actor,
    origin: site.origin,
    crisis,
    redelivered: again,
    item: {
      peer: `peer of ${site.system}`,
      operation: 'SynCrisisInfo',
      lane: crisis.examKey,
      document,
      node: site.target,
      message: JSON.stringify({ topic: document }),
      expiresAfterMs: null,
    },
  })
}

const replayAll = (site: Site): Promise<Replayed> =>
  site.ledger.run('replay', {
    actor: site.actor,
    id: null,
    peer: `peer of ${site.system}`,
    document: null,
  })

const states = async (site: Site): Promise<readonly string[]> => {
  const rows = await site.rows(
    'select document, state, code from outbox where peer = $1 order by id',
    `peer of ${site.system}`,
  )
  return rows.map((row) => [row['document'], row['state'], row['code']].filter(Boolean).join(' '))
}

const nothingToSend = (site: Site) => assert.rejects(site.claim(), /nothing is to be delivered/)

onBothEngines('a critical value that needed a person', (site) => {
  it('is not sent again after its correction, and is closed', async () => {
    await pass(site(), {}, '<one/>')
    await site().deliver(DEAD)
    await pass(site(), { CrisisMemo: '更正' }, '<two/>')
    const [dead] = await site().ledger.run('deadLetters', { limit: 1_000 })
    assert.ok(dead)
    const { documents, overtaken } = await replayAll(site())
    assert.deepEqual([documents, overtaken.length], [[], 1])
    assert.deepEqual(await states(site()), ['<one/> cancelled OVERTAKEN', '<two/> ready'])
    assert.ok((await site().audited()).includes('overtaken'))
  })

  it('is not sent after it in a corrected form either', async () => {
    await pass(site(), {}, '<one/>')
    await site().deliver(DEAD)
    const [dead] = await site().rows(
      'select id from outbox where peer = $1',
      `peer of ${site().system}`,
    )
    await pass(site(), { CrisisMemo: '更正' }, '<two/>')
    const { actor } = site()
    const id = Number(dead?.['id'])
    const { documents } = await site().ledger.run('replay', { actor, id, document: '<three/>' })
    assert.deepEqual(documents, [])
  })

  it('is closed once its correction is delivered', async () => {
    await pass(site(), {}, '<one/>')
    await site().deliver(DEAD)
    await pass(site(), { CrisisMemo: '更正' }, '<two/>')
    await site().deliver()
    assert.deepEqual(await states(site()), ['<one/> cancelled OVERTAKEN', '<two/> done DELIVERED'])
    assert.deepEqual(await site().stages(), ['notified'])
  })

  it('stays open when its correction needs a person as well', async () => {
    await pass(site(), {}, '<one/>')
    await site().deliver(DEAD)
    await pass(site(), { CrisisMemo: '更正' }, '<two/>')
    await site().deliver(DEAD)
    assert.deepEqual(await states(site()), [
      '<one/> dead PEER_DEADLINE',
      '<two/> dead PEER_DEADLINE',
    ])
    const { documents } = await replayAll(site())
    assert.equal(documents.length, 2)
    assert.equal((await site().claim()).document, '<one/>')
  })

  it('is sent again when only an earlier content has come after it', async () => {
    await pass(site(), {}, '<one/>')
    await site().deliver(DEAD)
    await pass(site(), { CrisisSetTime: '15:00:00', CrisisMemo: '较早' }, '<earlier/>')
    await site().deliver()
    const { documents, overtaken } = await replayAll(site())
    assert.deepEqual([documents.length, overtaken], [1, []])
    assert.equal((await site().claim()).document, '<one/>')
  })

  for (const [verdict, code] of [
    [{ state: 'done' }, 'DELIVERED'],
    [DEAD, 'PEER_DEADLINE'],
  ] as const) {
    it(`closes with the outcome of the one that a flow sends when it is given it again (${verdict.state})`, async () => {
      await pass(site(), {}, '<one/>')
      await site().deliver(DEAD)
      const { known } = await pass(site(), {}, '<one/>', true)
      assert.equal(known, false, 'what ended with a person is sent again')
      assert.deepEqual(await states(site()), ['<one/> dead PEER_DEADLINE', '<one/> ready'])
      await site().deliver(verdict)
      assert.deepEqual(await states(site()), [
        '<one/> cancelled OVERTAKEN',
        `<one/> ${verdict.state} ${code}`,
      ])
    })
  }
})

onBothEngines('feedback that needed a person', (site) => {
  it('says what holds now when it is sent again, and not less than was delivered', async () => {
    await site().send()
    await site().tell(RECEIVED, { message: 'received' })
    await site().deliver(DEAD)
    // Of another receiver, so that the delivered one does not cover it.
    const other = { ...PROCESSED, CrisisReceiver: { code: '9', name: '另一医生' } }
    await site().tell(other, { message: 'processed' })
    await site().deliver()
    const { documents } = await replayAll(site())
    assert.equal(documents.length, 1)
    const one = await site().claim()
    assert.deepEqual(readFeedbackDocument(one.document).feedbacks[0]!.feedback, other)
    await site().conclude(one, { state: 'done' })
    assert.deepEqual(await site().stages(), ['fedBack'])
  })

  it('is closed once a later one has delivered all that it says', async () => {
    await site().send()
    await site().tell(RECEIVED)
    await site().deliver(DEAD)
    await site().tell(PROCESS)
    await site().deliver()
    assert.deepEqual(await site().told(), ['cancelled', 'done'])
    assert.deepEqual(await site().stages(), ['fedBack'])
    assert.deepEqual(await replayAll(site()), { documents: [], overtaken: [], after: null })
  })

  it('is closed and not said when what it spoke of was corrected', async () => {
    await site().send()
    await site().tell(RECEIVED)
    await site().deliver(DEAD)
    await site().send({ CrisisMemo: '更正' })
    assert.deepEqual(await site().told(), ['dead'])
    const { documents, overtaken } = await replayAll(site())
    assert.deepEqual([documents, overtaken.length], [[], 1])
    assert.deepEqual(await site().told(), ['cancelled'])
    await nothingToSend(site())
  })

  it('ends with a change of patient, and is not sent when the hold is lifted', async () => {
    await site().send()
    await site().tell(RECEIVED)
    await site().deliver({ state: 'held' })
    await site().send({ SickNo: 'C0002' })
    assert.deepEqual(await site().told(), ['cancelled'])
    assert.deepEqual((await replayAll(site())).documents, [])
    await site().lift()
    await nothingToSend(site())
  })

  it('waits again for what it would have to wait for', async () => {
    await site().send()
    await site().tell(RECEIVED, { message: 'first' })
    await site().deliver(DEAD)
    const SECOND = { CrisisCode: '2', CrisisName: '前置胎盘' }
    await site().send(SECOND)
    await replayAll(site())
    assert.deepEqual(await site().told(), ['parked otherFinding'])
    await site().tell(later(RECEIVED), { about: { ...CRISIS, ...SECOND } })
    await site().deliver()
    const outcomes = await site().outcomes()
    assert.ok(outcomes.includes('first done DELIVERED'), outcomes.join())
  })

  it('closes when the same is told again and delivered', async () => {
    await site().send()
    await site().tell(RECEIVED)
    await site().deliver(DEAD)
    const { known } = await site().tell(RECEIVED, { again: true })
    assert.equal(known, false)
    await site().deliver()
    assert.deepEqual(await site().told(), ['cancelled', 'done'])
  })

  it('is sent as a person has written it', async () => {
    await site().send()
    const { outbox: id } = await site().tell(RECEIVED)
    await site().deliver(DEAD)
    const { actor } = site()
    await site().ledger.run('replay', { actor, id: id!, document: '<mine/>' })
    assert.equal((await site().claim()).document, '<mine/>')
  })
})

onBothEngines('many dead letters', (site) => {
  it('are sent again in batches', async () => {
    for (let exam = 1; exam <= 60; exam++) await pass(site(), { ExamNo: `${exam}` }, `<e${exam}/>`)
    for (let exam = 1; exam <= 60; exam++) await site().deliver(DEAD)
    const first = await replayAll(site())
    assert.equal(first.documents.length, 50)
    assert.ok(first.after !== null)
    const rest = { actor: site().actor, id: null, document: null, after: first.after } as const
    const second = await site().ledger.run('replay', { ...rest, peer: `peer of ${site().system}` })
    assert.deepEqual([second.documents.length, second.after], [10, null])
  })
})
