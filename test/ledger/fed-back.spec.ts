import assert from 'node:assert/strict'
import { MemoryEngine } from '../support/memory-engine.js'
import { CRISIS, PROCESSED, Site } from './site.js'

const SECOND = { CrisisCode: '2', CrisisName: '前置胎盘' }
const START = Date.UTC(2026, 0, 1)

describe('a report that the PACS has taken', () => {
  let clock: { now: number }
  let site: Site

  beforeEach(async () => {
    clock = { now: START }
    site = new Site(new MemoryEngine(clock), 'site')
    await site.sendAll([{}, SECOND])
  })

  it('closes no loop of what was processed after it was written', async () => {
    await site.tell(PROCESSED, { about: CRISIS, perAlert: true })
    clock.now += 1
    await site.feedBack({ ...PROCESSED, ProcessStaff: { code: '9', name: '另一处理员' } })
    await site.deliver()
    assert.deepEqual(await site.stages(), ['fedBack', 'processed'])
  })

  it('closes that of all for which it has waited', async () => {
    await site.tell(PROCESSED, { about: CRISIS })
    clock.now += 1
    await site.feedBack({ ...PROCESSED, ProcessStaff: { code: '9', name: '另一处理员' } })
    await site.deliver()
    assert.deepEqual(await site.stages(), ['fedBack', 'fedBack'])
  })

  it('closes none while something of it is still to be said', async () => {
    await site.tell(PROCESSED, { about: CRISIS, perAlert: true })
    await site.tell(PROCESSED, { about: CRISIS, perAlert: true, peer: 'another PACS' })
    await site.deliver()
    assert.deepEqual(await site.stages(), ['processed', 'stored'])
  })

  it('closes none with a document of a person that says no result', async () => {
    const { outbox } = await site.tell(PROCESSED, { about: CRISIS, perAlert: true })
    await site.deliver({ state: 'dead' })
    const { actor } = site
    for (const [document, stage] of [
      ['<ProcessResult>x</ProcessResult>', 'processed'],
      [
        '<XmlDocument><Header/><CrisisResponse><ExamNo>00000001</ExamNo><ProcessResult>x</ProcessResult></CrisisResponse></XmlDocument>',
        'fedBack',
      ],
    ] as const) {
      const [dead] = await site.ledger.run('deadLetters', { limit: 1 })
      const id = dead?.id ?? outbox!
      await site.ledger.run('replay', { actor, id, document })
      const one = await site.claim()
      assert.equal(one.document, document)
      if (stage === 'fedBack') await site.conclude(one, { state: 'done' })
      else await site.conclude(one, { state: 'dead' })
      assert.equal((await site.stages())[0], stage)
    }
  })
})

describe('a critical value that is cancelled', () => {
  it('is told of once to a flow that has sent several contents of it', async () => {
    const site = new Site(new MemoryEngine({ now: START }), 'site')
    for (const memo of ['a', 'b', 'c']) {
      const crisis = site.crisisOf({ CrisisMemo: memo })
      await site.ledger.run('sendCrisis', {
        actor: site.actor,
        origin: site.origin,
        crisis,
        redelivered: false,
        item: {
          peer: 'peer of site',
          operation: 'SynCrisisInfo',
          lane: crisis.examKey,
          document: `<${memo}/>`,
          node: site.target,
          message: JSON.stringify({ topic: memo }),
          expiresAfterMs: null,
        },
      })
      await site.deliver({ state: memo === 'a' ? 'dead' : 'done' })
    }
    await site.outcomes()
    await site.cancelAlert()
    assert.deepEqual(await site.outcomes(), ['c cancelled ALERT_CANCELLED'])
  })
})
