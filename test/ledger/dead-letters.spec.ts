import assert from 'node:assert/strict'
import { actor, other, Outbox, refused, RETRY } from './outbox-rig.js'

describe('dead letters', () => {
  let box: Outbox

  beforeEach(() => {
    box = new Outbox()
  })

  it('are sent again as new documents behind those of their lane', async () => {
    const first = await box.dead()
    const waiting = await box.enqueue()
    const replay = { actor, id: first, document: null } as const
    const [fresh] = (await box.ledger.run('replay', replay)).documents
    assert.ok(fresh !== undefined && fresh > waiting)
    assert.equal(box.rowOf(first)['state'], 'cancelled')
    assert.equal(box.rowOf(first)['code'], 'REPLY_REJECTED')
    assert.equal(box.rowOf(fresh)['replay_of'], first)
    assert.equal((await box.claimOne()).id, waiting)
    assert.deepEqual((await box.ledger.run('replay', replay)).documents, [])
  })

  it('are corrected and sent again', async () => {
    const first = await box.dead()
    await box.ledger.run('replay', { actor: other, id: first, document: '<b/>' })
    const one = await box.claimOne()
    assert.deepEqual([one.document, one.attempts, one.ambiguous], ['<b/>', 1, 0])
    assert.ok(box.kinds().includes('editedAndResent'))
  })

  it('are all sent again, of one peer or of every one', async () => {
    const one = await box.dead()
    await box.enqueue({ peer: 'pacs' })
    const [foreign] = await box.claim({ peer: 'pacs' })
    assert.ok(foreign)
    await box.conclude(foreign, { state: 'held' }, refused)
    await box.dead({ lane: 'E2/A2' })
    const all = { actor, id: null, document: null } as const
    const fresh = (await box.ledger.run('replay', { ...all, peer: 'his' })).documents
    assert.equal(fresh.length, 2)
    assert.equal(box.rowOf(fresh[0] ?? 0)['replay_of'], one)
    const rest = (await box.ledger.run('replay', { ...all, peer: null })).documents
    assert.equal(rest.length, 1)
  })

  it('are given up with a reason', async () => {
    const id = await box.dead()
    assert.equal(await box.ledger.run('cancel', { actor: other, id, reason: '已电话通知' }), true)
    assert.equal(box.rowOf(id)['state'], 'cancelled')
    assert.equal(box.owed().length, 1, 'the flow knew already')
    assert.equal(await box.ledger.run('cancel', { actor: other, id, reason: 'again' }), false)
  })

  it('are not needed for a person to stop a document that is tried again and again', async () => {
    const id = await box.enqueue()
    const second = await box.enqueue()
    const one = await box.claimOne()
    assert.equal(await box.ledger.run('cancel', { actor, id, reason: 'r' }), false, 'under way')
    await box.conclude(one, RETRY)
    assert.equal(await box.ledger.run('cancel', { actor, id, reason: 'r' }), true)
    assert.deepEqual(
      box.owed().map(({ state, code }) => [state, code]),
      [['cancelled', 'CANCELLED']],
    )
    assert.equal((await box.claimOne()).id, second)
  })
})
