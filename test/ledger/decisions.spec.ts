import assert from 'node:assert/strict'
import { onBothEngines } from './both-engines.js'
import { CRISIS, later, PROCESS, PROCESSED, RECEIVED, Site } from './site.js'

const SECOND = { ...CRISIS, CrisisCode: '2', CrisisName: '前置胎盘' }

/** A critical value of a flow of ours, put into the outbox. */
async function sendOwn(site: Site, message: string, changes = {}) {
  const crisis = site.crisisOf(changes)
  return site.ledger.run('sendCrisis', {
    actor: site.actor,
    origin: site.origin,
    crisis,
    redelivered: false,
    item: {
      peer: `peer of ${site.system}`,
      operation: 'SynCrisisInfo',
      lane: crisis.examKey,
      document: JSON.stringify(changes),
      node: site.target,
      message: JSON.stringify({ topic: message }),
      expiresAfterMs: null,
    },
  })
}

onBothEngines('an alert that people cancel', (site) => {
  it('is open no more, and the flow that had it is told that it is void', async () => {
    await site().send()
    await site().emitted()
    const { problem, id, nodes } = await site().cancelAlert()
    const [alert] = await site().alerts()
    assert.deepEqual([problem, id, nodes], [null, alert?.['key'], [site().target]])
    assert.deepEqual(await site().stages(), ['cancelled'])
    const open = await site().ledger.run('openAlerts', { limit: 10_000 })
    assert.ok(open.every(({ system }) => system !== site().system))
    const [notice, ...more] = await site().emitted()
    assert.deepEqual(more, [])
    const { kind, content } = notice!
    assert.deepEqual([kind, content.kind, content.crisis], ['crisis', 'cancelled', CRISIS])
    assert.equal((await site().cancelAlert()).problem, 'none')
  })

  it('is not sent, and each flow is told once', async () => {
    await sendOwn(site(), 'one')
    const { nodes } = await site().cancelAlert()
    assert.deepEqual(nodes, [site().target])
    assert.deepEqual(await site().outcomes(), ['one cancelled ALERT_CANCELLED'])
    await assert.rejects(site().claim(), /nothing is to be delivered/)
    assert.equal((await sendOwn(site(), 'again')).refused, 'cancelled')
  })

  it('was delivered: the flow is told, so that somebody telephones', async () => {
    await sendOwn(site(), 'one')
    await site().deliver()
    await site().outcomes()
    await site().cancelAlert()
    assert.deepEqual(await site().outcomes(), ['one cancelled ALERT_CANCELLED'])
  })

  it('is not tried again when it was on its way', async () => {
    await sendOwn(site(), 'one')
    const flying = await site().claim()
    await site().cancelAlert()
    assert.deepEqual(await site().outcomes(), [])
    await site().conclude(flying, { state: 'ready', delayMs: 0 })
    assert.deepEqual(await site().outcomes(), ['one cancelled ALERT_CANCELLED'])
  })

  it('is no dead letter that could be sent again when it was on its way and was refused', async () => {
    for (const state of ['dead', 'held'] as const) {
      const memo = { CrisisMemo: state }
      await sendOwn(site(), state, memo)
      const flying = await site().claim()
      await site().cancelAlert(memo)
      await site().conclude(flying, { state })
      assert.deepEqual(await site().outcomes(), [`${state} cancelled ALERT_CANCELLED`])
      const { actor, system } = site()
      const all = { actor, id: null, peer: `peer of ${system}`, document: null }
      assert.deepEqual((await site().ledger.run('replay', all)).documents, [])
    }
  })

  it('has its outcome when it was on its way and arrived', async () => {
    await sendOwn(site(), 'one')
    const flying = await site().claim()
    await site().cancelAlert()
    await site().conclude(flying, { state: 'done' })
    assert.deepEqual(await site().outcomes(), ['one done DELIVERED'])
    assert.deepEqual(await site().stages(), ['cancelled'])
  })

  it('was delivered before its correction was given up: the flow is told too', async () => {
    await sendOwn(site(), 'one')
    await site().deliver()
    const { outbox } = await sendOwn(site(), 'two', { CrisisMemo: '更正' })
    const { actor } = site()
    await site().ledger.run('cancel', { actor, id: outbox!, reason: '电话已告知' })
    await site().outcomes()
    await site().cancelAlert()
    assert.deepEqual(await site().outcomes(), ['one cancelled ALERT_CANCELLED'])
  })

  it('takes feedback, which changes nothing and says so', async () => {
    await site().send()
    await site().cancelAlert()
    const { kind, flags } = await site().feedBack(later(PROCESSED))
    assert.deepEqual([kind, flags], ['new', ['afterCancel']])
    assert.deepEqual(await site().stages(), ['cancelled'])
    assert.equal((await site().tell(later(RECEIVED))).because, 'cancelled')
  })

  it('is not what feedback of its exam speaks of', async () => {
    await site().sendAll([CRISIS, SECOND])
    await site().cancelAlert(SECOND)
    assert.deepEqual((await site().feedBack(RECEIVED)).flags, [])
    assert.deepEqual(await site().stages(), ['received', 'cancelled'])
    assert.equal((await site().tell(PROCESS)).because, null)
    assert.equal((await site().tell(PROCESS, { about: SECOND })).because, 'cancelled')
  })

  it('is opened again by another content, and only counted when it comes again', async () => {
    await site().send()
    await site().cancelAlert()
    assert.equal((await site().send()).kind, 'resend')
    assert.deepEqual(await site().stages(), ['cancelled'])
    const other = await site().send({ SickNo: 'C0002' })
    assert.deepEqual([other.kind, other.wrongPatient], ['revision', false])
    assert.deepEqual(await site().stages(), ['stored'])
  })

  it('is not named by its exam alone while that has two', async () => {
    await site().sendAll([CRISIS, SECOND])
    const which = { ExamNo: CRISIS.ExamNo!, ApplyNo: CRISIS.ApplyNo! }
    const { problem } = await site().ledger.run('cancelAlert', { ...site().decision(), which })
    assert.equal(problem, 'several')
    assert.deepEqual(await site().stages(), ['stored', 'stored'])
  })

  it('is kept with who decided, and the audit holds no name and no reason', async () => {
    const { alert } = await site().send()
    await site().cancelAlert()
    const [row] = await site().rows('select * from decision where alert = $1', alert)
    assert.deepEqual(
      [row?.['kind'], row?.['person'], row?.['second'], row?.['reason']],
      ['cancelAlert', '张三', '李四', '已核对腕带'],
    )
    const audit = await site().rows('select * from audit where chain = $1', site().system)
    assert.doesNotMatch(JSON.stringify(audit), /张三|李四|腕带/)
    assert.ok((await site().audited()).includes('alertCancelled'))
    const [trace] = await site().ledger.run('trace', site().decision().which)
    assert.equal(trace?.decisions.length, 1)
  })

  it('goes when its time is over, with all that belongs to it', async () => {
    const { alert } = await site().send()
    await site().cancelAlert()
    await site().emitted()
    await site().rows('update alert set cancelled_at = 1 where id = $1', alert)
    const retention = { rawMs: 86_400_000, alertMs: 86_400_000 }
    await site().ledger.run('prune', { actor: site().actor, retention })
    assert.deepEqual(await site().alerts(), [])
    assert.deepEqual(await site().rows('select * from decision where alert = $1', alert), [])
  })
})

onBothEngines('a dead letter that is given up', (site) => {
  it('keeps the reason with it, and out of the audit', async () => {
    await site().send()
    const { outbox } = await site().tell(RECEIVED)
    const { actor } = site()
    const reason = '已电话告知张三'
    assert.equal(
      await site().ledger.run('cancel', { actor, id: outbox!, by: '王五', reason }),
      true,
    )
    const [row] = await site().rows('select * from decision where outbox = $1', outbox)
    assert.deepEqual([row?.['person'], row?.['reason']], ['王五', reason])
    const audit = await site().rows('select * from audit where chain = $1', site().system)
    assert.doesNotMatch(JSON.stringify(audit), /张三|王五/)
  })
})
