import assert from 'node:assert/strict'
import { onBothEngines } from './both-engines.js'
import { CRISIS, PROCESS, RECEIVED, type Site } from './site.js'

const FIRST = CRISIS
const SECOND = { ...CRISIS, CrisisCode: '2', CrisisName: '前置胎盘' }
const MINUTE = 60_000
const AGE = 5 * MINUTE

const peerOf = (site: Site): string => `peer of ${site.system}`

onBothEngines('feedback that has waited long', (site) => {
  const look = () =>
    site().ledger.run('noteWaits', { actor: site().actor, peer: peerOf(site()), ageMs: AGE })
  /** As if all of it had happened so much earlier. */
  const pass = (ms: number) =>
    site().rows(
      'update report set at = at - $2, wait_told = wait_told - $2 where peer = $1',
      peerOf(site()),
      ms,
    )
  const passDocuments = (ms: number) =>
    site().rows('update outbox set at = at - $2 where peer = $1', peerOf(site()), ms)
  const depth = () => site().ledger.run('depth', { peer: peerOf(site()) })

  it('is told of once, with what it waits for and for how long', async () => {
    await site().sendAll([FIRST, SECOND, { ExamNo: '2' }])
    const { outbox } = await site().tell(RECEIVED, { about: FIRST })
    await pass(2 * MINUTE)
    await site().tell({ ...RECEIVED, ExamNo: '2' }, { combinedOnly: true })
    assert.equal(await look(), null)
    await pass(AGE)
    const told = await look()
    assert.deepEqual(
      [told?.documents, told?.outbox, told?.codes],
      [2, outbox, { otherFinding: 1, process: 1 }],
    )
    assert.ok(told!.oldestMs >= AGE + 2 * MINUTE && told!.oldestMs < AGE + 3 * MINUTE)
    assert.equal((await site().audited()).at(-1), 'waits')
    await pass(10 * AGE)
    assert.equal(await look(), null)
    const { parked, parkedFor, parkedOldestAt } = await depth()
    assert.deepEqual([parked, parkedFor], [2, { otherFinding: 1, process: 1, wrongPatient: 0 }])
    assert.ok(parkedOldestAt! < Date.now() - 10 * AGE)
  })

  it('is told of with what comes to that age soon after, not one by one', async () => {
    for (const ExamNo of ['2', '3', '4']) {
      await site().send({ ExamNo })
      await site().tell({ ...RECEIVED, ExamNo }, { combinedOnly: true })
      await pass(MINUTE)
    }
    await pass(AGE - 2 * MINUTE)
    assert.equal((await look())?.documents, 2)
    await pass(AGE - MINUTE)
    assert.equal(await look(), null, 'the third is old as well')
    await pass(MINUTE)
    assert.equal((await look())?.documents, 1)
  })

  it('is told of by one of several instances', async () => {
    await site().send()
    await site().tell(RECEIVED, { combinedOnly: true })
    await pass(AGE)
    const told = await Promise.all([look(), look(), look()])
    assert.equal(told.filter((one) => one !== null).length, 1)
  })

  it('is told of anew when it waits for something else', async () => {
    await site().sendAll([FIRST, SECOND])
    await site().tell(RECEIVED, { about: FIRST })
    await pass(AGE)
    assert.deepEqual((await look())?.codes, { otherFinding: 1 })
    await site().send({ ...SECOND, SickNo: 'C0002' })
    assert.equal((await depth()).parkedFor.wrongPatient, 1)
    assert.deepEqual((await look())?.codes, { wrongPatient: 1 })
    await site().lift()
    assert.deepEqual((await look())?.codes, { otherFinding: 1 })
  })

  it('is new to its peer when it may go', async () => {
    await site().send()
    await site().tell(RECEIVED, { combinedOnly: true })
    await pass(AGE)
    await look()
    await site().tell(PROCESS, { combinedOnly: true })
    const [row] = await site().rows(
      "select told_old from outbox where peer = $1 and state = 'ready'",
      peerOf(site()),
    )
    assert.deepEqual({ ...row }, { told_old: 0 })
    await passDocuments(AGE)
    const old = { actor: site().actor, peer: peerOf(site()), ageMs: AGE }
    assert.equal((await site().ledger.run('noteOld', old))?.documents, 1)
    assert.equal(await look(), null)
  })

  it('is no trouble of another peer', async () => {
    await site().send()
    await site().tell(RECEIVED, { combinedOnly: true, peer: `other of ${site().system}` })
    await site().rows('update report set at = 1 where peer = $1', `other of ${site().system}`)
    assert.equal(await look(), null)
  })
})
