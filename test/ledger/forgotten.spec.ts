import assert from 'node:assert/strict'
import { onBothEngines } from './both-engines.js'
import { PROCESSED, RECEIVED, Site } from './site.js'

/** Stores for another node, in a Node-RED that has these nodes. */
const receive = async (site: Site, nodes: readonly string[] | undefined, changes = {}) => {
  const [stored] = await site.ledger.run('storeCrises', {
    actor: site.actor,
    origin: site.origin,
    crises: [site.crisisOf(changes)],
    emitResends: false,
    target: `another of ${site.system}`,
    nodes,
  })
  return stored!
}

const receiveFeedback = async (site: Site, options: object) => {
  const [stored] = await site.ledger.run('storeFeedbacks', {
    actor: site.actor,
    origin: site.origin,
    feedbacks: [site.feedbackOf(RECEIVED)],
    target: `another of ${site.system}`,
    ...options,
  })
  return stored!
}

onBothEngines('a re-send of what another node had', (site) => {
  const another = () => `another of ${site().system}`

  it('is handed to the node that received it, when that one is in no flow', async () => {
    await site().send()
    const { kind, owed } = await receive(site(), [another()])
    assert.deepEqual([kind, owed?.target], ['resend', another()])
    const again = await receive(site(), [another()])
    assert.deepEqual([again.kind, again.owed], ['resend', null], 'once')
  })

  it('is handed to nobody when that one is there, or it is not known', async () => {
    await site().send()
    assert.equal((await receive(site(), [another(), site().target])).owed, null)
    assert.equal((await receive(site(), undefined)).owed, null)
    assert.equal((await receive(site(), [another(), ...site().target.split('-')])).owed, null)
  })

  it('is handed to nobody once it was dealt with', async () => {
    await site().send()
    await site().feedBack(PROCESSED)
    const { late, owed } = await receive(site(), [another()])
    assert.deepEqual([late, owed], [true, null])
  })

  it('is the same with feedback', async () => {
    await site().send()
    await site().feedBack(RECEIVED)
    const { kind, owed } = await receiveFeedback(site(), { nodes: [another()] })
    assert.deepEqual([kind, owed?.target], ['duplicate', another()])
    assert.equal((await receiveFeedback(site(), { nodes: [another()] })).owed, null)
  })
})

onBothEngines('feedback of an exam that is not known here', (site) => {
  it('is accepted, handed on and marked, once, where a site wants it', async () => {
    const first = await receiveFeedback(site(), { acceptUnknown: true })
    assert.deepEqual([first.kind, first.flags], ['unknown', ['unknownExam']])
    assert.equal(first.owed?.kind, 'feedback')
    const again = await receiveFeedback(site(), { acceptUnknown: true })
    assert.deepEqual([again.kind, again.owed], ['duplicate', null])
  })

  it('is handed on when the site begins to want it', async () => {
    assert.equal((await receiveFeedback(site(), {})).kind, 'orphan')
    const now = await receiveFeedback(site(), { acceptUnknown: true })
    assert.deepEqual([now.kind, now.owed?.kind], ['unknown', 'feedback'])
  })

  it('finds its critical value all the same', async () => {
    await receiveFeedback(site(), { acceptUnknown: true })
    await site().send()
    assert.deepEqual(await site().stages(), ['received'])
  })
})

onBothEngines('what is passed on to another peer', (site) => {
  it('goes with what was to go out with it', async () => {
    await site().send()
    await site().tell(RECEIVED, { message: 'one' })
    await site().tell(PROCESSED, { message: 'two' })
    assert.deepEqual(await site().told(), ['merged', 'ready'])
    const [from, to] = [`peer of ${site().system}`, `next of ${site().system}`]
    const args = { actor: site().actor, from, to, application: 'NEW', after: 0 }
    assert.equal((await site().ledger.run('passOnDocuments', args)).documents, 1)
    const rows = await site().rows(
      `select peer from outbox where peer in ($1, $2) and state = 'ready'
       union select peer from report where peer in ($1, $2)`,
      from,
      to,
    )
    assert.deepEqual(
      rows.map(({ peer }) => peer),
      [to],
    )
  })
})
