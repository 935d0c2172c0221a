import assert from 'node:assert/strict'
import { readFeedbackDocument, type CrisisFeedback } from '../../src/messages/index.js'
import { onBothEngines } from './both-engines.js'
import { CRISIS, later, PROCESS, PROCESSED, RECEIVED, Site } from './site.js'

const FIRST = CRISIS
const SECOND = { ...CRISIS, CrisisCode: '2', CrisisName: '前置胎盘' }
const RETRY = { state: 'ready', delayMs: 0 } as const
const BY_ANOTHER: CrisisFeedback = { ...RECEIVED, CrisisReceiver: { code: '7', name: '护士' } }

const documentOf = ({ document }: { document: string }): CrisisFeedback =>
  readFeedbackDocument(document).feedbacks[0]!.feedback

async function depth(site: Site) {
  const { waiting, parked } = await site.ledger.run('depth', { peer: `peer of ${site.system}` })
  return [waiting, parked]
}

onBothEngines('feedback that goes out as one', (site) => {
  it('is receiving and processing, when neither was tried, and each message gets its outcome', async () => {
    await site().send()
    await site().tell(RECEIVED, { message: 'received' })
    await site().tell(PROCESS, { message: 'processed' })
    assert.deepEqual(await site().told(), ['merged', 'ready'])
    assert.deepEqual(documentOf(await site().claim()), PROCESSED)
    const audited = await site().audited()
    for (const kind of ['told:received', 'told:processed', 'merged']) {
      assert.ok(audited.includes(kind), kind)
    }
  })

  it('tells each message what became of the document that carried it', async () => {
    await site().send()
    await site().tell(RECEIVED, { message: 'received' })
    await site().tell(PROCESS, { message: 'processed' })
    assert.deepEqual(await site().outcomes(), [])
    await site().deliver({ state: 'dead' })
    assert.deepEqual(await site().outcomes(), [
      'received dead PEER_DEADLINE',
      'processed dead PEER_DEADLINE',
    ])
    const again = { actor: site().actor, id: null, peer: `peer of ${site().system}` } as const
    await site().ledger.run('replay', { ...again, document: null })
    await site().deliver()
    assert.deepEqual(await site().outcomes(), [
      'received done DELIVERED',
      'processed done DELIVERED',
    ])
  })

  it('is not what a peer may have seen already', async () => {
    await site().send()
    await site().tell(RECEIVED)
    await site().deliver(RETRY)
    await site().tell(PROCESS)
    assert.deepEqual(await site().told(), ['ready', 'ready'])
    assert.deepEqual(documentOf(await site().claim()), RECEIVED)
  })

  it('is not what another receiver said, which the later one does not say', async () => {
    await site().send()
    await site().tell(RECEIVED)
    await site().tell(BY_ANOTHER)
    assert.deepEqual(await site().told(), ['ready', 'ready'])
  })

  it('is merged only for the same peer', async () => {
    await site().send()
    await site().tell(RECEIVED, { peer: `other of ${site().system}` })
    await site().tell(PROCESS)
    assert.deepEqual(await site().told(), ['ready', 'ready'])
  })

  it('is given up for all when a person gives it up', async () => {
    await site().send()
    await site().tell(RECEIVED, { message: 'received' })
    const { outbox } = await site().tell(PROCESS, { message: 'processed' })
    const { actor } = site()
    await site().ledger.run('cancel', { actor, id: outbox!, reason: '电话已告知' })
    assert.deepEqual(await site().outcomes(), [
      'received cancelled CANCELLED',
      'processed cancelled CANCELLED',
    ])
  })
})

onBothEngines('feedback that waits for another finding', (site) => {
  beforeEach(async () => {
    await site().sendAll([FIRST, SECOND])
  })

  it('is parked and never claimed, and ends with the document that carries it', async () => {
    await site().tell(RECEIVED, { about: FIRST, message: 'first' })
    assert.deepEqual(await site().told(), ['parked otherFinding'])
    assert.deepEqual(await depth(site()), [0, 1])
    await assert.rejects(site().claim(), /nothing is to be delivered/)
    await site().tell(BY_ANOTHER, { about: SECOND, message: 'second' })
    assert.deepEqual(await site().told(), ['merged', 'ready'])
    await site().deliver()
    assert.deepEqual(await site().outcomes(), ['first done DELIVERED', 'second done DELIVERED'])
  })

  it('is not called delivered when only the step before it was', async () => {
    await site().tell(RECEIVED, { about: FIRST, message: 'first' })
    await site().tell(PROCESS, { about: SECOND, message: 'second' })
    await site().deliver()
    assert.deepEqual(await site().outcomes(), ['first done DELIVERED'])
    assert.deepEqual(await site().told(), ['done', 'parked otherFinding'])
    await site().tell(PROCESS, { about: FIRST, message: 'third' })
    assert.deepEqual(documentOf(await site().claim()), PROCESSED)
    assert.deepEqual(await site().told(), ['done', 'merged', 'leased'])
  })

  it('lets a step go that no message of its peer speaks of alone', async () => {
    await site().tell(RECEIVED, { about: FIRST, message: 'first', peer: 'another' })
    await site().tell(PROCESSED, { about: SECOND, message: 'second' })
    assert.deepEqual(await site().told(), ['ready', 'parked otherFinding'])
    const step = await site().claim()
    assert.deepEqual(documentOf(step), RECEIVED)
    await site().conclude(step, { state: 'done' })
    // It is nobody's message, and the one that waits has not been delivered.
    assert.deepEqual(await site().outcomes(), [])
    assert.deepEqual(await site().stages(), ['received', 'processed'])
  })

  it('lets the step go also when the exam had come to it without a word of a flow', async () => {
    await site().feedBack({ ...RECEIVED })
    const { because } = await site().tell(PROCESSED, { about: FIRST, message: 'first' })
    assert.equal(because, 'otherFinding')
    assert.deepEqual(await site().told(), ['parked otherFinding'])
    assert.deepEqual(documentOf(await site().claim()), RECEIVED)
  })

  it('lets the step go when the other finding is received elsewhere, and only once', async () => {
    await site().tell(PROCESSED, { about: FIRST, message: 'first' })
    await assert.rejects(site().claim(), /nothing is to be delivered/)
    await site().feedBack({ ...BY_ANOTHER })
    await site().deliver()
    await site().feedBack({ ...RECEIVED, CrisisReceiver: { code: '9', name: '医生' } })
    await assert.rejects(site().claim(), /nothing is to be delivered/)
    assert.deepEqual(await site().told(), ['parked otherFinding'])
  })

  it('goes when feedback of the other finding comes in from elsewhere', async () => {
    await site().tell(PROCESSED, { about: FIRST, message: 'first' })
    assert.deepEqual(await site().told(), ['parked otherFinding'])
    await site().feedBack({ ...PROCESSED, CrisisReceiver: { code: '9', name: '医生' } })
    assert.deepEqual(await site().told(), ['ready'])
    assert.deepEqual(documentOf(await site().claim()), PROCESSED)
  })

  it('goes when the other finding is cancelled', async () => {
    await site().tell(RECEIVED, { about: FIRST })
    const { peers } = await site().cancelAlert(SECOND)
    assert.deepEqual(await site().told(), ['ready'])
    assert.deepEqual(peers, [`peer of ${site().system}`])
  })

  it('ends with a word when its content is corrected meanwhile', async () => {
    await site().tell(RECEIVED, { about: FIRST, message: 'first' })
    await site().send({ CrisisMemo: '更正' })
    assert.deepEqual(await site().told(), ['cancelled'])
    assert.deepEqual(await site().outcomes(), ['first cancelled FEEDBACK_REVISED'])
  })

  it('goes on for the finding that was not corrected, when it spoke of both', async () => {
    await site().tell(PROCESS, { about: FIRST })
    await site().tell(RECEIVED, { message: 'both' })
    await site().deliver()
    await site().outcomes()
    await site().tell(PROCESSED, { about: SECOND, message: 'second' })
    assert.deepEqual((await site().told()).at(-1), 'ready')
  })

  it('is refused when it names a critical value of another exam', async () => {
    await site().send({ ExamNo: '9' })
    const told = await site().tell(RECEIVED, { about: { ...CRISIS, ExamNo: '9' } })
    assert.deepEqual([told.because, told.outbox], ['unknownAlert', null])
    assert.deepEqual(await site().stages(), ['stored', 'stored', 'stored'])
    const unknown = { ...RECEIVED, ExamNo: 'not here' }
    assert.equal((await site().tell(unknown, { about: CRISIS })).because, null)
  })
})

onBothEngines('feedback in one message only', (site) => {
  const combinedOnly = true

  it('waits for the processing, of an exam that is known or not', async () => {
    for (const known of [true, false]) {
      const ExamNo = known ? 'known' : 'unknown'
      if (known) await site().send({ ExamNo })
      const first = await site().tell({ ...RECEIVED, ExamNo }, { combinedOnly, message: 'first' })
      assert.equal(first.because, 'process')
      const second = await site().tell({ ...PROCESS, ExamNo }, { combinedOnly, message: 'second' })
      assert.equal(second.because, null)
      assert.deepEqual(documentOf(second), { ...PROCESSED, ExamNo })
      await site().deliver()
      assert.deepEqual(await site().outcomes(), ['first done DELIVERED', 'second done DELIVERED'])
    }
  })

  it('waits for each finding too', async () => {
    await site().sendAll([FIRST, SECOND])
    await site().tell(RECEIVED, { about: FIRST, combinedOnly })
    await site().tell(RECEIVED, { about: SECOND, combinedOnly })
    await site().tell(PROCESS, { about: SECOND, combinedOnly })
    assert.deepEqual(await site().told(), [
      'parked process',
      'parked process',
      'parked otherFinding',
    ])
    await site().tell(PROCESS, { about: FIRST, combinedOnly })
    assert.deepEqual(await site().told(), ['merged', 'merged', 'merged', 'ready'])
  })
})

onBothEngines('an exam that is held', (site) => {
  const OTHER = { ...SECOND, SickNo: 'C0002' }

  it('parks what waits, what is told, and what comes back undelivered', async () => {
    await site().send()
    await site().tell(RECEIVED, { message: 'on its way' })
    const flying = await site().claim()
    await site().tell(PROCESS, { message: 'waits' })
    await site().send(OTHER)
    assert.deepEqual(await site().told(), ['leased wrongPatient', 'parked wrongPatient'])
    await site().tell(later(RECEIVED), { about: OTHER, message: 'told' })
    await site().conclude(flying, RETRY)
    assert.deepEqual(await site().told(), Array(3).fill('parked wrongPatient'))
    await assert.rejects(site().claim(), /nothing is to be delivered/)
    assert.deepEqual(await site().outcomes(), [])
  })

  it('lets everything go when two people have lifted it', async () => {
    await site().send()
    await site().tell(RECEIVED, { message: 'on its way' })
    await site().deliver(RETRY)
    await site().send(OTHER)
    await site().tell(later(RECEIVED), { about: OTHER, message: 'told' })
    const lifted = await site().lift()
    assert.deepEqual([lifted.problem, lifted.alerts.length, lifted.cancelled], [null, 2, null])
    assert.deepEqual(lifted.peers, [`peer of ${site().system}`])
    // The first may be with the peer, so it goes again as it was, and then the other.
    assert.deepEqual(await site().told(), ['ready', 'ready'])
    assert.deepEqual(documentOf(await site().claim()), RECEIVED)
    assert.deepEqual(
      (await site().alerts()).map((row) => row['hold']),
      [null, null],
    )
  })

  it('sends what was parked as one', async () => {
    await site().send()
    await site().tell(RECEIVED, { message: 'before' })
    await site().send(OTHER)
    await site().tell(PROCESS, { about: FIRST, message: 'first' })
    await site().tell(later(PROCESSED), { about: OTHER, message: 'other' })
    await site().lift()
    assert.deepEqual((await site().told()).toSorted(), ['merged', 'ready', 'ready'])
    await site().deliver()
    await site().deliver()
    const outcomes = await site().outcomes()
    assert.deepEqual(
      outcomes.toSorted(),
      ['before', 'first', 'other'].map((name) => `${name} done DELIVERED`),
    )
    assert.deepEqual(await site().stages(), ['fedBack', 'fedBack'])
  })

  it('goes on waiting for another finding after it was lifted', async () => {
    await site().send()
    await site().send(OTHER)
    await site().tell(RECEIVED, { about: FIRST })
    await site().lift()
    assert.deepEqual(await site().told(), ['parked otherFinding'])
  })

  it('is freed of the alert that was wrong', async () => {
    await site().send()
    await site().send(OTHER)
    await site().tell(RECEIVED, { about: FIRST, message: 'right' })
    await site().tell(later(RECEIVED), { about: OTHER, message: 'wrong' })
    const lifted = await site().lift(OTHER)
    assert.equal(lifted.problem, null)
    assert.notEqual(lifted.cancelled, null)
    assert.deepEqual(await site().told(), ['ready', 'cancelled'])
    assert.deepEqual(await site().outcomes(), ['wrong cancelled FEEDBACK_CANCELLED'])
    assert.deepEqual(await site().stages(), ['received', 'cancelled'])
    assert.deepEqual(documentOf(await site().claim()), RECEIVED)
  })

  it('keeps a dead letter back that is sent again', async () => {
    await site().send()
    await site().tell(RECEIVED)
    await site().deliver({ state: 'dead' })
    await site().send(OTHER)
    const peer = `peer of ${site().system}`
    const { actor } = site()
    await site().ledger.run('replay', { actor, id: null, peer, document: null })
    assert.deepEqual(await site().told(), ['parked wrongPatient'])
    await site().lift(OTHER)
    assert.deepEqual(await site().told(), ['ready'])
  })

  it('comes back parked also when its lease ran out', async () => {
    await site().send()
    await site().tell(RECEIVED)
    const { id, lease } = await site().claim()
    await site().send(OTHER)
    await site().ledger.run('release', { id, lease })
    assert.deepEqual(await site().told(), ['parked wrongPatient'])
  })

  it('is shown with what waits, and once lifted no more', async () => {
    await site().send()
    await site().send(OTHER)
    await site().tell(RECEIVED, { about: FIRST })
    const held = async () =>
      (await site().ledger.run('heldExams', { limit: 100 })).filter(
        ({ system }) => system === site().system,
      )
    const [exam] = await held()
    assert.deepEqual(
      [exam?.ExamNo, exam?.alerts.map(({ SickNo }) => SickNo), exam?.waiting.length],
      [CRISIS.ExamNo, ['C0001', 'C0002'], 1],
    )
    const parked = await site().ledger.run('parkedDocuments', { limit: 1_000 })
    assert.ok(parked.some(({ id }) => id === exam?.waiting[0]?.id))
    await site().lift()
    assert.deepEqual(await held(), [])
  })

  it('can be lifted once, and only where there is a hold', async () => {
    await site().send()
    assert.equal((await site().lift()).problem, 'none')
    await site().send(OTHER)
    assert.equal((await site().lift({ ...CRISIS, ExamNo: 'other' })).problem, 'none')
    assert.equal((await site().lift()).problem, null)
    assert.equal((await site().lift()).problem, 'none')
  })
})
