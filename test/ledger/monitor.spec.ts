import assert from 'node:assert/strict'
import type { Monitored } from '../../src/ledger/index.js'
import { onBothEngines } from './both-engines.js'
import { RECEIVED, type Site } from './site.js'

const HOUR_MS = 3_600_000

const look = (site: Site, receivedMs = HOUR_MS): Promise<Monitored> =>
  site.ledger.ask('monitor', { receivedMs, processedMs: HOUR_MS })

const openOf = ({ open }: Monitored, stage: string): number =>
  open.find((one) => one.stage === stage)?.count ?? 0

onBothEngines('what a monitoring system asks of a ledger', (site) => {
  it('counts what is open, what waits for whom, and what needs a person', async () => {
    const here = site()
    const { ledger, actor, origin, target } = here
    const before = await look(here)
    await here.send({ ExamNo: 'm1' })
    await here.send({ ExamNo: 'm2' })
    await here.feedBack({ ...RECEIVED, ExamNo: 'm2' })
    await here.feedBack({ ...RECEIVED, ExamNo: 'of no exam' })
    const peer = `peer of ${here.system}`
    const to = { peer, operation: 'SynCrisisInfo', lane: 'lane', document: '<Crisis/>' } as const
    const item = { ...to, alert: null, node: target, message: '{}', expiresAfterMs: null }
    await ledger.run('enqueue', { actor, item })
    await ledger.run('notePeer', { actor, peer, ok: false, alarmAfter: 3 })
    const key = `channel of ${here.system}`
    await ledger.run('noteTrouble', { actor, kind: 'channelDown', key, on: true })
    const { service, remoteAddress, raw, charset } = origin
    const call = { service, remoteAddress, raw, charset, operation: '', code: 'XML_TOO_BIG' }
    await ledger.run('quarantine', { actor, item: { ...call, reasonZh: '', reasonEn: '' } })

    const after = await look(here)
    assert.equal(openOf(after, 'stored') + openOf(after, 'notified'), 1 + openOf(before, 'stored'))
    assert.equal(openOf(after, 'received'), 1 + openOf(before, 'received'))
    assert.equal(after.orphans, before.orphans + 1)
    assert.equal(after.quarantined, before.quarantined + 1)
    assert.equal(after.overdue.received, before.overdue.received)
    const [waiting, ...none] = after.waiting.filter((one) => one.peer === peer)
    assert.deepEqual(none, [])
    assert.equal(waiting?.count, 1)
    assert.ok(after.at - (waiting?.oldestAt ?? 0) < 60_000, 'the age of a document is seconds')
    assert.equal(after.peers.find(({ id }) => id === peer)?.failures, 1)
    assert.ok(after.troubles.some((one) => one.kind === 'channelDown' && one.key === key))
    const owed = after.handouts.filter(({ node, kind }) => node === target && kind === 'crisis')
    assert.deepEqual(
      owed.map(({ count }) => count),
      [2],
    )
    // Only the limit says what is overdue.
    const strict = await look(here, -HOUR_MS)
    assert.equal(strict.overdue.received, openOf(strict, 'stored') + openOf(strict, 'notified'))
    assert.equal(after.databaseBytes === null, here.engine.kind === 'sqlite')
  })
})
