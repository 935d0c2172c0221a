import assert from 'node:assert/strict'
import type { AlertSearch } from '../../src/ledger/index.js'
import { onBothEngines } from './both-engines.js'
import { CRISIS, later, PROCESSED, RECEIVED } from './site.js'

const NONE_PARKED = {
  parked: 0,
  parkedFor: { otherFinding: 0, process: 0, wrongPatient: 0 },
  parkedOldestAt: null,
}
const REVISED = { CrisisMemo: '更正' }

onBothEngines('questions to the ledger', (site) => {
  const openHere = async () =>
    (await site().ledger.run('openAlerts', { limit: 1_000 })).filter(
      ({ system }) => system === site().system,
    )

  it('lists what nobody has dealt with, the oldest first', async () => {
    for (const ExamNo of ['3', '1', '2']) await site().send({ ExamNo })
    await site().feedBack({ ...RECEIVED, ExamNo: '1' })
    await site().feedBack({ ...PROCESSED, ExamNo: '2' })
    const open = await openHere()
    assert.deepEqual(
      open.map(({ ExamNo, stage }) => [ExamNo, stage]),
      [
        ['3', 'stored'],
        ['1', 'received'],
      ],
    )
  })

  it('shows an alert as its last revision says', async () => {
    const { alert } = await site().send()
    await site().send(REVISED)
    await site().send()
    const [open, ...more] = await openHere()
    assert.deepEqual(more, [])
    const { openedAt, ...rest } = open!
    assert.equal(typeof openedAt, 'number')
    assert.deepEqual(rest, {
      alert,
      id: site().crisisOf().key,
      system: site().system,
      ExamNo: '00000001',
      ApplyNo: '00000001',
      SickNo: 'C0001',
      stage: 'stored',
      revision: 2,
      setAt: '2014-06-16T16:33:27+08:00',
      receivedAt: null,
      processedAt: null,
      fedBackAt: null,
      cancelledAt: null,
      hold: null,
      timeUnreadable: false,
      resent: 1,
      document: { ...CRISIS, ...REVISED },
      contents: [],
    })
  })

  it('lists no more than asked for', async () => {
    await site().send({ ExamNo: '1' })
    await site().send({ ExamNo: '2' })
    assert.equal((await site().ledger.run('openAlerts', { limit: 1 })).length, 1)
  })

  it('traces an alert by the key of any revision, and by the numbers of its exam', async () => {
    const ExamNo = `exam of ${site().system}`
    const { alert } = await site().send({ ExamNo })
    await site().send({ ExamNo, CrisisSetTime: '16:40:00' })
    const processed = later({ ...PROCESSED, ExamNo })
    await site().tell(processed)
    await site().feedBack(processed)
    const keys = [{}, { CrisisSetTime: '16:40:00' }].map(
      (changes) => site().crisisOf({ ExamNo, ...changes }).key,
    )
    for (const which of [{ id: keys[0]! }, { id: keys[1]! }, { ExamNo }]) {
      const [trace, ...more] = await site().ledger.run('trace', which)
      assert.deepEqual(more, [])
      assert.equal(trace?.summary.alert, alert)
      const lengths = [trace?.revisions, trace?.feedback, trace?.deliveries, trace?.attempts]
      assert.deepEqual(
        lengths.map((list) => list?.length),
        [2, 1, 1, 0],
      )
      const kinds = trace?.stages.map(({ stage }) => stage)
      assert.deepEqual(kinds, ['stored', 'stored', 'received', 'processed'])
      const audited = trace?.audit.map(({ kind }) => kind)
      assert.deepEqual(audited, [
        'stored',
        'revised',
        'told:processed',
        'queued',
        'feedback:processed',
      ])
      const [revision] = trace!.revisions
      assert.deepEqual([revision?.document, revision?.flags], [{ ...CRISIS, ExamNo }, []])
    }
  })

  it('traces nothing when nothing is asked, or nothing is known', async () => {
    await site().send()
    assert.deepEqual(await site().ledger.run('trace', {}), [])
    assert.deepEqual(await site().ledger.run('trace', { id: 'unknown' }), [])
    const ApplyNo = '00000001'
    assert.deepEqual(await site().ledger.run('trace', { ExamNo: 'no such exam', ApplyNo }), [])
  })

  it('counts what waits for a peer, and what needs a person', async () => {
    const peer = `peer of ${site().system}`
    const depth = () => site().ledger.run('depth', { peer })
    const none = { count: 0, last: null }
    const deadOf = { SynCrisisInfo: none, SynCrisisResponseInfo: none }
    const nothing = { failing: null, dead: 0, deadOf, deadBy: [], ...NONE_PARKED }
    assert.deepEqual(await depth(), { waiting: 0, oldestAt: null, ...nothing })
    await site().send()
    await site().tell({ ...RECEIVED, ExamNo: 'another' })
    const { outbox, alert } = await site().tell(PROCESSED)
    const { waiting, oldestAt, dead } = await depth()
    assert.deepEqual([waiting, typeof oldestAt, dead], [2, 'number', 0])
    await site().rows("update outbox set state = 'held' where id = $1", outbox)
    assert.deepEqual(await depth(), {
      ...nothing,
      waiting: 1,
      oldestAt,
      dead: 1,
      deadOf: { ...deadOf, SynCrisisResponseInfo: { count: 1, last: null } },
      deadBy: [{ node: site().target, operation: 'SynCrisisResponseInfo', count: 1, last: null }],
    })
    const letters = await site().ledger.run('deadLetters', { limit: 100 })
    const [letter] = letters.filter((one) => one.peer === peer)
    assert.deepEqual([letter?.id, letter?.state, letter?.alert], [outbox, 'held', alert])
  })

  it('finds alerts by patient, exam, time and stage, closed ones too', async () => {
    const SickNo = `patient of ${site().system}`
    for (const ExamNo of ['1', '2']) await site().send({ ExamNo, SickNo })
    await site().feedBack({ ...PROCESSED, ExamNo: '2' })
    const exams = async (search: Omit<AlertSearch, 'limit'>) =>
      (await site().ledger.run('findAlerts', { ...search, limit: 10 }))
        .filter(({ system }) => system === site().system)
        .map(({ ExamNo }) => ExamNo)
    assert.deepEqual(await exams({ SickNo }), ['2', '1'])
    assert.deepEqual(await exams({ SickNo, stage: 'closed' }), ['2'])
    assert.deepEqual(await exams({ SickNo, ExamNo: '1', stage: 'open' }), ['1'])
    assert.deepEqual(await exams({ from: 0, SickNo, stage: 'cancelled' }), [])
    assert.deepEqual(await exams({ from: 0, until: 1 }), [])
  })

  it('traces the alert of a document', async () => {
    const { alert } = await site().send()
    const { outbox } = await site().tell(PROCESSED)
    const [trace, ...more] = await site().ledger.run('trace', { outbox: outbox! })
    assert.deepEqual([trace?.summary.alert, more], [alert, []])
  })

  it('finds an alert by its key', async () => {
    const { alert } = await site().send()
    const { key } = site().crisisOf()
    const { system } = site()
    assert.equal(await site().ledger.run('findAlert', { system, key }), alert)
    assert.equal(await site().ledger.run('findAlert', { system: 'another', key }), null)
  })

  it('shows open alerts to ordinary tools', async () => {
    const { alert } = await site().send()
    const [row] = await site().rows('select * from open_alerts where id = $1', alert)
    assert.deepEqual([row?.['exam_no'], row?.['stage']], ['00000001', 'stored'])
  })
})
