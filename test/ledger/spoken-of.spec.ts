import assert from 'node:assert/strict'
import { onBothEngines } from './both-engines.js'
import { CRISIS, later, PROCESS, PROCESSED, RECEIVED } from './site.js'

/** Set 23 minutes after the first finding, and after PROCESSED was said. */
const SECOND = { CrisisCode: '2', CrisisName: '前置胎盘', CrisisSetTime: '16:56:00' }

onBothEngines('feedback of an exam with several findings', (site) => {
  it('says nothing of a finding that was set after it', async () => {
    await site().send()
    await site().send(SECOND)
    const stored = await site().feedBack(PROCESSED)
    assert.deepEqual(await site().stages(), ['processed', 'stored'])
    assert.deepEqual([stored.alerts.length, stored.counts, stored.flags], [1, true, []])
  })

  it('says nothing of it either when the first finding is closed', async () => {
    await site().send()
    await site().feedBack(PROCESSED)
    await site().send(SECOND)
    await site().feedBack({ ...PROCESSED, ProcessStaff: { code: '9', name: '另一处理员' } })
    assert.deepEqual(await site().stages(), ['processed', 'stored'])
  })

  it('is as much of it as was said after it was set', async () => {
    await site().send()
    await site().send(SECOND)
    await site().feedBack({ ...PROCESSED, ProcessTime: '16:56:00' })
    const [first, second] = await site().alerts()
    assert.deepEqual(await site().stages(), ['processed', 'processed'])
    assert.notEqual(first?.['received_at'], null)
    assert.equal(second?.['received_at'], null, 'its reception is not known')
  })

  it('may be said in the minute in which it was set', async () => {
    await site().send()
    await site().send({ ...SECOND, CrisisSetTime: '16:56:30' })
    await site().feedBack({ ...PROCESSED, ProcessTime: '16:56:00' })
    assert.deepEqual(await site().stages(), ['processed', 'processed'])
  })

  it('is of those that a slow clock may mean, where none was set before it', async () => {
    await site().send({ CrisisSetTime: '16:48:27' })
    await site().send(SECOND)
    const stored = await site().feedBack(RECEIVED)
    assert.deepEqual(await site().stages(), ['received', 'stored'])
    assert.equal(stored.counts, true)
  })

  it('counts for none that was set more than five minutes after it, and says so', async () => {
    await site().send({ CrisisSetTime: '16:48:28' })
    await site().send(SECOND)
    const stored = await site().feedBack(RECEIVED)
    assert.deepEqual(await site().stages(), ['stored', 'stored'])
    assert.deepEqual([stored.kind, stored.alerts, stored.flags], ['new', [], ['beforeAlerts']])
    assert.equal(stored.counts, false)
    const told = (await site().emitted()).find(({ kind }) => kind === 'feedback')
    assert.deepEqual(told?.content.flags, ['beforeAlerts'])
  })

  it('is told by a flow without an id of those only that were set before it', async () => {
    await site().send()
    await site().send(SECOND)
    const { because } = await site().tell(PROCESSED)
    assert.equal(because, 'otherFinding')
    assert.deepEqual(await site().stages(), ['processed', 'stored'])
  })

  it('is told by a flow of the finding that it names, whatever its clock says', async () => {
    await site().send()
    await site().send(SECOND)
    await site().tell(RECEIVED, { about: { ...CRISIS, ...SECOND } })
    assert.deepEqual(await site().stages(), ['stored', 'received'])
  })

  it('is refused of a flow that names none, when all were set after it', async () => {
    await site().send({ CrisisSetTime: '18:00:00' })
    await site().send({ ...SECOND, CrisisSetTime: '18:00:00' })
    assert.equal((await site().tell(RECEIVED)).because, 'unknownAlert')
    assert.deepEqual(await site().stages(), ['stored', 'stored'])
    assert.deepEqual(await site().told(), [])
  })
})

onBothEngines('feedback of an exam with one finding', (site) => {
  it('is of that finding, however early it was said', async () => {
    await site().send({ CrisisSetTime: '23:00:00' })
    const { flags } = await site().feedBack(RECEIVED)
    assert.deepEqual(flags, ['clockSkew'])
    assert.deepEqual(await site().stages(), ['received'])
  })
})

const wall = (ms: number): readonly [string, string] => {
  const [date = '', time = ''] = new Date(ms + 8 * 3_600_000).toISOString().split(/[T.]/)
  return [date, time]
}

onBothEngines('an acknowledgement of a correction', (site) => {
  for (const [slowBy, stage, counts] of [
    [2 * 60_000, 'received', true],
    [240_000, 'received', true],
    [310_000, 'stored', false],
  ] as const) {
    it(`by a clock that is ${slowBy / 1000} s slow ${counts ? 'counts' : 'does not, and says so'}`, async () => {
      await site().send()
      await site().send({ CrisisMemo: '更正' })
      const [CrisisReceiveDate, CrisisReceiveTime] = wall(Date.now() - slowBy)
      const said = { ...RECEIVED, CrisisReceiveDate, CrisisReceiveTime }
      const stored = await site().feedBack(said)
      assert.deepEqual(await site().stages(), [stage])
      assert.deepEqual([stored.kind, stored.counts], ['new', counts])
      assert.equal(stored.flags.includes('beforeRevision'), !counts)
      assert.equal((await site().feedBack(said)).kind, 'duplicate')
      assert.deepEqual(await site().stages(), [stage])
    })
  }

  it('counts with its processing, although it repeats the reception of the earlier content', async () => {
    await site().send()
    await site().feedBack(RECEIVED)
    await site().send({ CrisisMemo: '更正' })
    const stored = await site().feedBack({ ...RECEIVED, ...later(PROCESS) })
    assert.deepEqual(await site().stages(), ['processed'])
    assert.deepEqual([stored.counts, stored.flags], [true, ['beforeRevision']])
  })
})
