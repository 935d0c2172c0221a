import assert from 'node:assert/strict'
import { readFeedbackDocument, type CrisisFeedback } from '../../src/messages/index.js'
import { onBothEngines } from './both-engines.js'
import { CRISIS, later, PROCESS, PROCESSED, RECEIVED } from './site.js'

const FIRST = CRISIS
const SECOND = { ...CRISIS, CrisisCode: '2', CrisisName: '前置胎盘' }
const CORRECTED = { CrisisMemo: '已电话通知。' }
const BY_ANOTHER: CrisisFeedback = {
  ...RECEIVED,
  CrisisReceiver: { code: '7', name: '护士' },
  CrisisReceiveTime: '16:45:00',
}

/** What the PACS would read. */
const documentOf = ({ document }: { document: string }): CrisisFeedback =>
  readFeedbackDocument(document).feedbacks[0]!.feedback
const sent = (told: { document: string }): CrisisFeedback | null =>
  told.document === '' ? null : documentOf(told)

onBothEngines('what a PACS is told', (site) => {
  it('is told of receiving, then of both', async () => {
    const { alert } = await site().send()
    const first = await site().tell(RECEIVED, { about: FIRST })
    assert.deepEqual([first.because, first.alert, sent(first)], [null, alert, RECEIVED])
    const second = await site().tell(PROCESS, { about: FIRST })
    assert.deepEqual([second.because, sent(second)], [null, PROCESSED])
    assert.deepEqual(await site().stages(), ['processed'])
    assert.deepEqual(await site().said(alert), ['received 040002', 'processed 040003'])
    assert.deepEqual(
      (await site().audited()).filter((kind) => String(kind).startsWith('told')),
      ['told:received', 'told:processed'],
    )
  })

  it('is told of processing alone when nobody said who received', async () => {
    await site().send()
    assert.deepEqual(sent(await site().tell(PROCESS)), PROCESS)
    const [row] = await site().alerts()
    assert.deepEqual([row?.['stage'], row?.['received_at']], ['processed', null])
  })

  it('is not told a mixture of two people', async () => {
    await site().send()
    await site().tell(RECEIVED)
    const { CrisisReceiveDate: _date, CrisisReceiveTime: _time, ...half } = BY_ANOTHER
    assert.deepEqual(sent(await site().tell({ ...half, ...PROCESS })), PROCESSED)
    assert.deepEqual(sent(await site().tell({ ...BY_ANOTHER, ...PROCESS })), {
      ...BY_ANOTHER,
      ...PROCESS,
    })
  })

  it('is told again what a flow says again, which is noted once', async () => {
    const { alert } = await site().send()
    await site().tell(RECEIVED)
    assert.deepEqual(sent(await site().tell(RECEIVED)), RECEIVED)
    assert.deepEqual(await site().said(alert), ['received 040002'])
  })

  it('is told what came in from another, which is not noted twice', async () => {
    const { alert } = await site().send()
    await site().feedBack(RECEIVED)
    await site().feedBack(PROCESSED)
    assert.deepEqual(sent(await site().tell(RECEIVED)), RECEIVED)
    assert.deepEqual(sent(await site().tell(PROCESSED)), PROCESSED)
    assert.deepEqual(await site().said(alert), ['received 040002', 'processed 040003'])
    assert.equal(
      (await site().audited()).some((kind) => String(kind).startsWith('told')),
      false,
    )
  })

  it('is told of an exam that is not known here', async () => {
    const first = await site().tell(RECEIVED)
    assert.deepEqual([first.alert, sent(first)], [null, RECEIVED])
    assert.deepEqual(sent(await site().tell(PROCESS)), PROCESSED)
  })

  it('is not told anything while it may be the wrong patient', async () => {
    await site().send()
    await site().send({ SickNo: 'C0002' })
    const told = await site().tell(later(RECEIVED))
    assert.deepEqual([told.because, sent(told)], ['wrongPatient', null])
    assert.deepEqual(await site().stages(), ['received'])
    const both = await site().tell(later(PROCESSED), { perAlert: true })
    assert.equal(both.because, 'wrongPatient')
  })
})

onBothEngines('what a PACS has taken', (site) => {
  it('closes the loop of every finding that it was told of', async () => {
    await site().sendAll([FIRST, SECOND])
    await site().tell(PROCESSED, { about: FIRST })
    await site().tell(RECEIVED, { about: SECOND })
    await site().deliver()
    assert.deepEqual(await site().stages(), ['processed', 'received'])
    await site().tell(PROCESS, { about: SECOND })
    await site().deliver()
    assert.deepEqual(await site().stages(), ['fedBack', 'fedBack'])
  })

  it('closes no loop with a step before, nor with a document before', async () => {
    await site().send()
    await site().tell(RECEIVED)
    const first = await site().claim()
    await site().tell(PROCESS)
    await site().conclude(first, { state: 'done' })
    assert.deepEqual(await site().stages(), ['processed'])
    await site().deliver()
    assert.deepEqual(await site().stages(), ['fedBack'])
  })

  it('closes no loop that was opened again by a correction meanwhile', async () => {
    await site().send()
    await site().tell(PROCESSED)
    await site().send(CORRECTED)
    await site().deliver()
    assert.deepEqual(await site().stages(), ['stored'])
  })
})

onBothEngines('what a PACS is told of two findings', (site) => {
  beforeEach(async () => {
    await site().sendAll([FIRST, SECOND])
  })

  it('waits until both have come as far, and then goes out with the other', async () => {
    const one = await site().tell(RECEIVED, { about: FIRST })
    assert.deepEqual([one.because, sent(one)], ['otherFinding', null])
    assert.deepEqual(await site().stages(), ['received', 'stored'])
    const two = await site().tell(BY_ANOTHER, { about: SECOND })
    assert.deepEqual([two.because, sent(two)], [null, BY_ANOTHER])
    assert.equal((await site().tell(PROCESS, { about: SECOND })).because, 'otherFinding')
    const both = await site().tell(PROCESSED, { about: FIRST })
    assert.deepEqual(sent(both), PROCESSED)
  })

  it('does not say that both are processed when one is only received', async () => {
    assert.equal((await site().tell(PROCESSED, { about: FIRST })).because, 'otherFinding')
    assert.deepEqual(sent(await site().tell(BY_ANOTHER, { about: SECOND })), BY_ANOTHER)
    const done = await site().tell(PROCESS, { about: SECOND })
    assert.deepEqual(sent(done), { ...BY_ANOTHER, ...PROCESS })
  })

  it('says that both are received when one is even processed', async () => {
    assert.equal((await site().tell(RECEIVED, { about: FIRST })).because, 'otherFinding')
    const two = await site().tell(PROCESS, { about: SECOND })
    assert.deepEqual([two.because, sent(two)], ['otherFinding', null])
    assert.deepEqual(await site().told(), ['ready', 'parked otherFinding'])
    assert.deepEqual(documentOf(await site().claim()), RECEIVED)
  })

  it('goes out at once when each is told of by itself', async () => {
    const one = await site().tell(PROCESSED, { about: FIRST, perAlert: true })
    assert.deepEqual(sent(one), PROCESSED)
    const two = await site().tell(BY_ANOTHER, { about: SECOND, perAlert: true })
    assert.deepEqual(sent(two), BY_ANOTHER)
    assert.deepEqual(await site().stages(), ['processed', 'received'])
  })

  it('speaks of both when no finding is named', async () => {
    assert.deepEqual(sent(await site().tell(RECEIVED)), RECEIVED)
    assert.deepEqual(await site().stages(), ['received', 'received'])
  })

  it('does not wait for one that is closed', async () => {
    await site().tell(PROCESSED, { about: FIRST, perAlert: true })
    assert.deepEqual(sent(await site().tell(BY_ANOTHER, { about: SECOND })), BY_ANOTHER)
  })

  it('knows a finding by the key of any of its revisions', async () => {
    await site().send({ CrisisSetTime: '17:00:00' })
    await site().tell(later(RECEIVED), { about: { ...FIRST, CrisisSetTime: '17:00:00' } })
    assert.deepEqual(await site().stages(), ['received', 'stored'])
  })
})

onBothEngines('what a PACS is told of a correction', (site) => {
  it('has nothing of what was told before it', async () => {
    await site().send()
    await site().tell(PROCESSED)
    await site().send(CORRECTED)
    const received = later(RECEIVED)
    assert.deepEqual(sent(await site().tell(received)), received)
    assert.deepEqual(await site().stages(), ['received'])
  })

  it('has no reception by somebody who saw what was before it', async () => {
    await site().send()
    await site().tell(RECEIVED)
    await site().send(CORRECTED)
    const processed = later(PROCESS)
    assert.deepEqual(sent(await site().tell(processed)), processed)
  })

  it('is not what was told before it, said again', async () => {
    await site().send()
    await site().tell(RECEIVED)
    await site().send(CORRECTED)
    const again = await site().tell(RECEIVED)
    assert.deepEqual([again.because, again.outbox], ['revised', null])
    assert.deepEqual(await site().stages(), ['stored'])
  })

  it('is not what was said before it and comes after it', async () => {
    await site().send()
    await site().send(CORRECTED)
    assert.equal((await site().tell(PROCESSED)).because, 'revised')
    assert.deepEqual(await site().stages(), ['stored'])
  })

  it('is not what speaks of the revision before', async () => {
    await site().send()
    await site().send(CORRECTED)
    const old = await site().tell(later(PROCESSED), { revision: 1 })
    assert.deepEqual([old.because, old.outbox], ['revised', null])
    assert.deepEqual(await site().stages(), ['stored'])
    assert.equal((await site().tell(later(PROCESSED), { revision: 2 })).because, null)
  })

  it('has nothing of a finding that was closed before a new one came', async () => {
    await site().send()
    await site().tell(PROCESSED)
    const second = { ...CRISIS, CrisisSetTime: '18:00:00' }
    await site().send(second)
    const received = later(BY_ANOTHER)
    assert.deepEqual(sent(await site().tell(received, { about: second })), received)
    assert.deepEqual(await site().stages(), ['processed', 'received'])
  })

  it('has no reception of a finding that was closed before a new one came', async () => {
    await site().send()
    await site().tell(PROCESSED)
    const second = { ...CRISIS, CrisisSetTime: '18:00:00' }
    await site().send(second)
    const processed = later(PROCESS)
    assert.deepEqual(sent(await site().tell(processed, { about: second })), processed)
  })
})

onBothEngines('a peer whose feedback is given other times', (site) => {
  const shifted = { ...RECEIVED, CrisisReceiveTime: '16:44:57' }

  it('gets them moved, while the ledger keeps the true ones and says by how much', async () => {
    const { alert } = await site().send()
    assert.deepEqual(sent(await site().tell(RECEIVED, { offset: 90 })), shifted)
    const rows = await site().rows(
      "select said_at from stage where alert = $1 and stage = 'received'",
      alert,
    )
    assert.equal(rows[0]?.['said_at'], '2014-06-16T16:43:27+08:00')
    const [trace] = await site().ledger.run('trace', { id: site().crisisOf().key })
    const queued = trace?.audit.find((entry) => (entry as { kind: string }).kind === 'queued')
    assert.equal((queued as { detail: { clockOffset: number } }).detail.clockOffset, 90)
    await site().deliver()
    const [, outcome] = await site().emitted()
    assert.deepEqual(outcome?.content.flags, ['clockOffset'])
  })

  it('gets them moved once in what repeats and in what has waited', async () => {
    await site().sendAll([FIRST, SECOND])
    await site().tell(RECEIVED, { about: FIRST, offset: 90 })
    const both = { ...RECEIVED, ...PROCESS }
    assert.equal((await site().tell(both, { about: SECOND, offset: 90 })).because, 'otherFinding')
    assert.deepEqual(documentOf(await site().claim()), shifted)
    const { outbox } = await site().tell(both, { about: FIRST, offset: 90 })
    const [row] = await site().rows('select document from outbox where id = $1', outbox)
    assert.deepEqual(documentOf({ document: String(row?.['document']) }), {
      ...shifted,
      ...PROCESS,
      ProcessTime: '16:54:57',
    })
  })

  it('is not sent again what it was, when it is handed out again after the setting has changed', async () => {
    await site().send()
    const { outbox } = await site().tell(RECEIVED)
    const again = await site().tell(RECEIVED, { offset: 90, again: true })
    assert.deepEqual([again.outbox, again.known], [outbox, true])
  })
})
