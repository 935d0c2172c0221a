import assert from 'node:assert/strict'
import type { AlertSummary } from '../../src/ledger/index.js'
import { onBothEngines } from './both-engines.js'
import { CRISIS, later, PROCESSED, RECEIVED, type Site } from './site.js'

const numbersOf = ({ contents }: AlertSummary): readonly string[] =>
  contents.map(({ document }) => (document as { SickNo: string }).SickNo)

const openOf = async (site: Site): Promise<readonly AlertSummary[]> =>
  (await site.ledger.run('openAlerts', { limit: 1_000 })).filter(
    ({ system }) => system === site.system,
  )

onBothEngines('a critical value whose patient has changed', (site) => {
  it('shows both numbers and contents wherever two people have to decide', async () => {
    await site().send({ SickNo: 'OLD', CrisisMemo: '甲' })
    await site().emitted()
    await site().send({ SickNo: 'NEW', CrisisMemo: '乙' })
    const held = (await site().ledger.run('heldExams', { limit: 1_000 })).find(
      ({ system }) => system === site().system,
    )
    assert.deepEqual(numbersOf(held!.alerts[0]!), ['OLD', 'NEW'])
    const [open] = await openOf(site())
    assert.deepEqual(numbersOf(open!), ['OLD', 'NEW'])
    assert.deepEqual(
      open!.contents.map(({ document }) => (document as { CrisisMemo: string }).CrisisMemo),
      ['甲', '乙'],
    )
    const [message] = await site().emitted()
    const content = message!.content as unknown as {
      crisis: { SickNo: string }
      otherPatients: readonly { SickNo: string; id: string; crisis: { CrisisMemo: string } }[]
    }
    assert.equal(content.crisis.SickNo, 'NEW')
    assert.deepEqual(
      content.otherPatients.map(({ SickNo, id, crisis }) => [SickNo, id, crisis.CrisisMemo]),
      [['OLD', open!.id, '甲']],
    )
  })

  it('shows those of another finding as well', async () => {
    await site().send({ SickNo: 'OLD' })
    await site().emitted()
    await site().send({ SickNo: 'NEW', CrisisCode: '2', CrisisName: '前置胎盘' })
    const [message] = await site().emitted()
    const { otherPatients } = message!.content as unknown as { otherPatients: { SickNo: string }[] }
    assert.deepEqual(
      otherPatients.map(({ SickNo }) => SickNo),
      ['OLD'],
    )
  })

  it('shows one content where nobody has to decide', async () => {
    await site().send()
    await site().send({ CrisisMemo: '更正' })
    const [open] = await openOf(site())
    assert.deepEqual(open!.contents, [])
  })
})

const EARLIER = { CrisisSetTime: '15:33:27', CrisisMemo: '设定时间录入有误，更正' }

onBothEngines('a content that was set earlier and came later', (site) => {
  const choose = (revision: number) =>
    site().ledger.run('chooseContent', { ...site().decision(), revision })

  it('is handed out and shown, and a person decides which one holds', async () => {
    const { alert } = await site().send()
    await site().feedBack(RECEIVED)
    await site().emitted()
    const { kind, revision } = await site().send(EARLIER)
    assert.deepEqual([kind, revision], ['outOfOrder', 2])
    assert.equal((await site().emitted())[0]?.content.kind, 'outOfOrder')
    const [open] = await openOf(site())
    assert.deepEqual([open!.revision, open!.contents.length], [1, 2])

    const chosen = await choose(2)
    assert.deepEqual([chosen.problem, chosen.nodes], [null, [site().target]])
    const [now] = await openOf(site())
    assert.deepEqual([now!.revision, now!.stage, now!.contents], [2, 'stored', []])
    assert.equal(now!.setAt, '2014-06-16T15:33:27+08:00')
    const [message] = await site().emitted()
    assert.deepEqual(
      [message!.content.kind, message!.content.crisis.CrisisMemo],
      ['revision', EARLIER.CrisisMemo],
    )
    assert.deepEqual(await site().said(alert), ['received 040002'], 'kept')
    await site().feedBack(RECEIVED)
    assert.deepEqual(await site().stages(), ['stored'], 'and does not carry over')
    await site().feedBack(later(PROCESSED))
    assert.deepEqual(await site().stages(), ['processed'])
    const [trace] = await site().ledger.run('trace', { id: site().crisisOf().key })
    assert.ok(trace?.decisions.some((one) => (one as { kind: string }).kind === 'chooseContent'))
  })

  it('ends what was told of the content that held before', async () => {
    await site().send()
    await site().send({ CrisisCode: '2', CrisisName: '前置胎盘' })
    await site().tell(RECEIVED, { about: CRISIS, message: 'told' })
    assert.deepEqual(await site().told(), ['parked otherFinding'])
    await site().send(EARLIER)
    await choose(2)
    assert.deepEqual(await site().told(), ['cancelled'])
    assert.ok((await site().outcomes()).includes('told cancelled FEEDBACK_REVISED'))
  })

  it('cannot be chosen when it holds already, or there is none, or it is void', async () => {
    await site().send()
    await site().send(EARLIER)
    assert.equal((await choose(1)).problem, 'none')
    assert.equal((await choose(3)).problem, 'none')
    await site().cancelAlert()
    assert.equal((await choose(2)).problem, 'none')
  })
})

onBothEngines('a finding that is not named', (site) => {
  const blank = { CrisisCode: '', CrisisName: ' ' }

  it('is an additional one, never a replacement', async () => {
    await site().send({ ...blank, CrisisMemo: '左肺动脉栓塞' })
    const second = await site().send({
      ...blank,
      CrisisMemo: '颅内出血',
      CrisisSetTime: '16:50:00',
    })
    const third = await site().send({ ...blank, CrisisMemo: '气胸', CrisisSetTime: '16:50:00' })
    assert.deepEqual([second.kind, third.kind], ['new', 'new'])
    assert.deepEqual(
      (await openOf(site())).map(({ document }) => (document as { CrisisMemo: string }).CrisisMemo),
      ['左肺动脉栓塞', '颅内出血', '气胸'],
    )
  })

  it('is known when it comes again', async () => {
    const first = await site().send({ ...blank })
    const again = await site().send({ ...blank })
    assert.deepEqual([again.kind, again.alert], ['resend', first.alert])
  })

  it('is known by its content where an earlier version gave it another key', async () => {
    const first = await site().send({ ...blank })
    await site().rows("update alert_key set key = 'of before' where alert = $1", first.alert)
    const again = await site().send({ ...blank })
    assert.deepEqual([again.kind, again.alert], ['resend', first.alert])
  })
})
