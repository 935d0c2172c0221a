import assert from 'node:assert/strict'
import { onBothEngines } from './both-engines.js'
import { RECEIVED, type Site } from './site.js'

const DAY = 86_400_000

onBothEngines('what is owed to a node that is gone', (site) => {
  const mine = async (at: Site) =>
    (await at.ledger.run('handoutsByNode', undefined)).filter(({ node }) =>
      node.includes(at.system),
    )
  const free = (at: Site) =>
    at.rows('update owed set lease = null, lease_until = 0 where target = $1', at.target)
  const passOn = (at: Site, to: string, kind: 'crisis' | 'outcome' = 'crisis') =>
    at.ledger.run('passOnHandouts', { actor: at.actor, from: at.target, to, kind })

  it('is counted by node, with its age', async () => {
    await site().send()
    await site().send({ ExamNo: '2' })
    await site().rows('update owed set at = at - 60000 where target = $1', site().target)
    const [owed, ...others] = await mine(site())
    assert.deepEqual(others, [])
    assert.deepEqual(
      [owed?.node, owed?.kind, owed?.messages, owed?.held],
      [site().target, 'crisis', 2, false],
    )
    assert.ok(owed && owed.ageMs >= 60_000 && owed.ageMs < 120_000)
  })

  it('comes out of another node that it is passed on to, in order', async () => {
    for (const ExamNo of ['1', '2']) await site().send({ ExamNo })
    const to = `heir of ${site().system}`
    assert.equal(await passOn(site(), to, 'outcome'), 0, 'only to one of its kind')
    assert.equal(await passOn(site(), to), 2)
    const list = await site().ledger.run('takeHandouts', {
      target: to,
      lease: 'a/1',
      leaseMs: 1_000,
      limit: 9,
    })
    const exams = list.map(
      ({ content }) => (content as { crisis: { ExamNo: string } }).crisis.ExamNo,
    )
    assert.deepEqual(exams, ['1', '2'])
    assert.equal((await site().audited()).at(-1), 'handoutsPassedOn')
  })

  it('comes out there too once what it had sent is delivered', async () => {
    await site().send()
    await site().emitted()
    await site().tell(RECEIVED)
    const to = `heir of ${site().system}`
    await passOn(site(), to, 'outcome')
    await site().deliver()
    assert.deepEqual(
      (await mine(site())).map(({ node, kind }) => [node, kind]),
      [[to, 'outcome']],
    )
  })

  it('is left to an instance that has it in hand', async () => {
    await site().send({}, { leaseMs: 60_000 })
    assert.equal((await mine(site()))[0]?.held, true)
    assert.equal(await passOn(site(), 'x'), 0)
    const { actor, target: node } = site()
    const args = { actor, node, by: '', reason: 'gone' }
    assert.equal(await site().ledger.run('giveUpHandouts', args), 0)
    await free(site())
    assert.equal(await site().ledger.run('giveUpHandouts', args), 1)
  })

  it('is given up by a person, with each on record', async () => {
    const { alert } = await site().send()
    const args = {
      actor: site().actor,
      node: site().target,
      by: '值班工程师',
      reason: '流程已停用',
    }
    assert.equal(await site().ledger.run('giveUpHandouts', args), 1)
    assert.deepEqual(await mine(site()), [])
    const [decision] = await site().rows(
      'select kind, person, reason from decision where alert = $1',
      alert,
    )
    assert.deepEqual(
      { ...decision },
      { kind: 'giveUp', person: '值班工程师', reason: '流程已停用' },
    )
    assert.equal((await site().audited()).at(-1), 'handoutsGivenUp')
  })

  it('keeps its alert no longer than others are kept', async () => {
    const { alert } = await site().send()
    const closed = "update alert set stage = 'processed', processed_at = $2 where id = $1"
    await site().rows(closed, alert, Date.now() - 400 * DAY)
    const retention = { rawMs: 30 * DAY, alertMs: 365 * DAY }
    const prune = () => site().ledger.run('prune', { actor: site().actor, retention })
    await prune()
    assert.equal((await site().alerts()).length, 1)
    await site().rows(`update owed set at = at - ${400 * DAY} where target = $1`, site().target)
    await prune()
    assert.equal((await site().alerts()).length, 0)
    assert.equal((await mine(site()))[0]?.messages, 1, 'which is not dropped for that')
  })
})
