import assert from 'node:assert/strict'
import { setImmediate } from 'node:timers/promises'
import { readFeedbackDocument, type CrisisFeedback } from '../../src/messages/index.js'
import { onBothEngines } from './both-engines.js'
import { CRISIS, later, PROCESS, RECEIVED, Site } from './site.js'

const FIRST = CRISIS
const SECOND = { ...CRISIS, CrisisCode: '2', CrisisName: '前置胎盘' }
const OTHER_PATIENT = { ...CRISIS, SickNo: 'C0002' }
const RETRY = { state: 'ready', delayMs: 0 } as const
const BY_ANOTHER: CrisisFeedback = { ...RECEIVED, CrisisReceiver: { code: '7', name: '护士' } }
const DAY_MS = 86_400_000

const documentOf = ({ document }: { document: string }): CrisisFeedback =>
  readFeedbackDocument(document).feedbacks[0]!.feedback

/** The first one waits for the second one, with which it goes out as one document. */
async function tellBoth(site: Site): Promise<void> {
  await site.sendAll([FIRST, SECOND])
  await site.tell(RECEIVED, { about: FIRST, message: 'first' })
  await site.tell(BY_ANOTHER, { about: SECOND, message: 'second' })
  assert.deepEqual(await site.told(), ['merged', 'ready'])
}

const expire = (site: Site, expiresAfterMs: number | null = null) =>
  site.ledger.run('expireDocuments', {
    actor: site.actor,
    peer: `peer of ${site.system}`,
    expiresAfterMs,
  })

onBothEngines('feedback of several alerts, one of which is cancelled', (site) => {
  it('goes on for the other one in its own words', async () => {
    await tellBoth(site())
    await site().cancelAlert(SECOND)
    assert.deepEqual(await site().told(), ['ready', 'cancelled'])
    assert.deepEqual(await site().outcomes(), ['second cancelled FEEDBACK_CANCELLED'])
    assert.deepEqual(documentOf(await site().claim()), RECEIVED)
  })

  it('is handed out at once: whoever waits for it gets a hint', async () => {
    await tellBoth(site())
    const hints: string[] = []
    const { target, engine } = site()
    const stop = engine.onNotify((topic) => hints.push(topic))
    await site().cancelAlert(SECOND)
    await setImmediate()
    stop()
    // One for the critical value, which is void, and one for the feedback.
    assert.deepEqual(hints, [`owed/${target}`, `owed/${target}`])
  })

  it('is not called delivered for the one that was cancelled', async () => {
    await tellBoth(site())
    await site().cancelAlert(FIRST)
    assert.deepEqual(await site().told(), ['cancelled', 'ready'])
    assert.deepEqual(documentOf(await site().claim()), BY_ANOTHER)
    assert.deepEqual(await site().outcomes(), ['first cancelled FEEDBACK_CANCELLED'])
  })

  it('goes on as it was when a peer may have seen it, until it is nobody’s', async () => {
    await tellBoth(site())
    await site().deliver(RETRY)
    await site().cancelAlert(SECOND)
    assert.deepEqual(await site().told(), ['merged', 'ready'])
    assert.deepEqual(await site().outcomes(), [])
    await site().cancelAlert(FIRST)
    assert.deepEqual(await site().told(), ['merged', 'cancelled'])
    assert.deepEqual(await site().outcomes(), [
      'first cancelled FEEDBACK_CANCELLED',
      'second cancelled FEEDBACK_CANCELLED',
    ])
  })

  it('goes on for the right patient when the hold is lifted', async () => {
    const wrong = { ...SECOND, SickNo: 'C0002' }
    await site().send(FIRST)
    await site().tell(RECEIVED, { about: FIRST, message: 'right' })
    await site().send(wrong)
    await site().tell(later(BY_ANOTHER), { about: wrong, message: 'wrong' })
    await site().lift(wrong)
    assert.deepEqual(await site().outcomes(), ['wrong cancelled FEEDBACK_CANCELLED'])
    await site().deliver()
    assert.deepEqual(await site().outcomes(), ['right done DELIVERED'])
  })

  it('stays parked in its own words while the exam is held', async () => {
    await tellBoth(site())
    await site().send({ CrisisCode: '3', CrisisName: '脑出血', SickNo: 'C0002' })
    assert.deepEqual(await site().told(), ['merged', 'parked wrongPatient'])
    await site().cancelAlert(SECOND)
    assert.deepEqual(await site().told(), ['parked wrongPatient', 'cancelled'])
    await site().lift({ CrisisCode: '3', CrisisName: '脑出血', SickNo: 'C0002' })
    assert.deepEqual(documentOf(await site().claim()), RECEIVED)
  })
})

onBothEngines('feedback on the wire while its alert is cancelled', (site) => {
  it('is not sent again when it comes back', async () => {
    await site().send()
    await site().tell(RECEIVED, { message: 'one' })
    const flying = await site().claim()
    await site().cancelAlert()
    assert.deepEqual(await site().outcomes(), [])
    await site().conclude(flying, RETRY)
    assert.deepEqual(await site().outcomes(), ['one cancelled FEEDBACK_CANCELLED'])
  })

  it('has its outcome when it arrives', async () => {
    await site().send()
    await site().tell(RECEIVED, { message: 'one' })
    const flying = await site().claim()
    await site().cancelAlert()
    await site().conclude(flying, { state: 'done' })
    assert.deepEqual(await site().outcomes(), ['one done DELIVERED'])
  })

  it('has an outcome when whoever sent it died', async () => {
    await site().send()
    await site().tell(RECEIVED, { message: 'one' })
    const { id, lease } = await site().claim()
    await site().cancelAlert()
    await site().ledger.run('release', { id, lease })
    await expire(site())
    assert.deepEqual(await site().told(), ['cancelled'])
    assert.deepEqual(await site().outcomes(), ['one cancelled FEEDBACK_CANCELLED'])
    await expire(site())
    assert.deepEqual(await site().outcomes(), [])
  })

  it('is no dead letter any more, and its flow is not told twice', async () => {
    await site().send()
    await site().tell(RECEIVED, { message: 'one' })
    await site().deliver({ state: 'dead' })
    assert.deepEqual(await site().outcomes(), ['one dead PEER_DEADLINE'])
    await site().cancelAlert()
    assert.deepEqual(await site().told(), ['cancelled'])
    assert.deepEqual(await site().outcomes(), [])
  })
})

onBothEngines('feedback of an alert that is corrected to another patient', (site) => {
  it('is not sent for that one once the hold is lifted', async () => {
    await site().send()
    await site().tell(RECEIVED, { message: 'before' })
    await site().send(OTHER_PATIENT)
    assert.deepEqual(await site().outcomes(), ['before cancelled FEEDBACK_REVISED'])
    await site().lift()
    await assert.rejects(site().claim(), /nothing is to be delivered/)
    assert.deepEqual(await site().stages(), ['stored'])
  })

  it('is not sent again when it was on the wire', async () => {
    await site().send()
    await site().tell(RECEIVED, { message: 'before' })
    const flying = await site().claim()
    await site().send(OTHER_PATIENT)
    await site().lift()
    await site().conclude(flying, RETRY)
    assert.deepEqual(await site().outcomes(), ['before cancelled FEEDBACK_REVISED'])
  })

  it('ends as a dead letter too, so that nobody sends it again', async () => {
    await site().send()
    await site().tell(RECEIVED)
    await site().deliver({ state: 'dead' })
    await site().send(OTHER_PATIENT)
    assert.deepEqual(await site().told(), ['cancelled'])
  })

  it('is not sent after a correction that comes while it is parked', async () => {
    await site().send()
    await site().tell(RECEIVED, { message: 'parked' })
    await site().send({ ...SECOND, SickNo: 'C0002' })
    await site().send({ CrisisMemo: '更正' })
    assert.deepEqual(await site().outcomes(), ['parked cancelled FEEDBACK_REVISED'])
  })
})

onBothEngines('a document that others were merged into', (site) => {
  it('is edited by a person, and what became of that is told to each', async () => {
    await site().send()
    await site().tell(RECEIVED, { message: 'received' })
    const { outbox, document } = await site().tell(PROCESS, { message: 'processed' })
    await site().deliver({ state: 'dead' })
    await site().outcomes()
    const { actor } = site()
    await site().ledger.run('replay', { actor, id: outbox!, document })
    await site().deliver()
    assert.deepEqual(await site().outcomes(), [
      'received done DELIVERED',
      'processed done DELIVERED',
    ])
  })

  it('expires for all of them, while what is parked does not', async () => {
    await tellBoth(site())
    await site().tell(PROCESS, { about: FIRST, message: 'parked' })
    await site().rows('update outbox set at = 1 where peer = $1', `peer of ${site().system}`)
    await expire(site(), DAY_MS)
    assert.deepEqual(await site().told(), ['merged', 'dead', 'parked otherFinding'])
    assert.deepEqual(await site().outcomes(), ['first dead EXPIRED', 'second dead EXPIRED'])
  })

  it('is removed before them, and never while an alert is open', async () => {
    await tellBoth(site())
    await site().deliver()
    await site().emitted()
    await site().rows('update outbox set ended_at = 1 where peer = $1', `peer of ${site().system}`)
    const retention = { rawMs: DAY_MS, alertMs: DAY_MS }
    const prune = () => site().ledger.run('prune', { actor: site().actor, retention })
    await prune()
    assert.deepEqual(await site().told(), ['merged', 'done'])
    await site().rows("update alert set stage = 'processed' where system = $1", site().system)
    await prune()
    assert.deepEqual(await site().told(), [])
  })

  it('waits for a peer that is gone until a person gives it up, parked or not', async () => {
    await site().sendAll([FIRST, SECOND])
    const peer = `gone of ${site().system}`
    const { outbox } = await site().tell(RECEIVED, { about: FIRST, peer, message: 'first' })
    const parked = await site().ledger.run('parkedDocuments', { limit: 1_000 })
    assert.equal(parked.find(({ id }) => id === outbox)?.peer, peer)
    const { actor } = site()
    await site().ledger.run('cancel', { actor, id: outbox!, reason: '电话已告知' })
    assert.deepEqual(await site().outcomes(), ['first cancelled CANCELLED'])
    await site().tell(RECEIVED, { about: SECOND, message: 'second' })
    await site().deliver()
    assert.deepEqual(await site().outcomes(), ['second done DELIVERED'])
  })
})

onBothEngines('feedback of a finding that is closed', (site) => {
  const BOTH: CrisisFeedback = { ...RECEIVED, ...PROCESS }
  const about = FIRST
  /** The first is processed, then the second comes and is received. */
  const closeFirst = async (deliver: boolean): Promise<void> => {
    await site().send(FIRST)
    await site().tell(BOTH, { about })
    if (deliver) await site().deliver()
    await site().send(SECOND)
    await site().tell(BY_ANOTHER, { about: SECOND })
    if (deliver) await site().deliver()
  }
  const last = async (): Promise<CrisisFeedback> => {
    let document = await site().claim()
    for (;;) {
      await site().conclude(document, { state: 'done' })
      const next = await site()
        .claim()
        .catch(() => null)
      if (!next) return documentOf(document)
      document = next
    }
  }

  it('keeps its processing when another one that it was not told with is cancelled', async () => {
    await site().send(FIRST)
    await site().tell(BOTH, { about })
    await site().tell(RECEIVED, { about })
    assert.deepEqual(await site().told(), ['merged', 'ready'])
    await site().send(SECOND)
    await site().tell(BY_ANOTHER, { about: SECOND })
    await site().cancelAlert(SECOND)
    assert.deepEqual(await site().told(), ['merged', 'ready', 'cancelled'])
    assert.deepEqual(documentOf(await site().claim()), BOTH)
  })

  it('is said again when the peer was told less of another one, which is none', async () => {
    await closeFirst(true)
    await site().cancelAlert(SECOND)
    assert.deepEqual(await last(), BOTH)
    assert.deepEqual(await site().told(), ['done', 'done'], 'of which no flow is told')
    await site().feedBack(RECEIVED)
    await assert.rejects(site().claim(), /nothing is to be delivered/, 'once')
  })

  it('is not said again of a correction that nobody has told us of', async () => {
    await closeFirst(true)
    await site().send({ CrisisMemo: '更正' })
    await site().feedBack(later(BOTH))
    await site().cancelAlert(SECOND)
    assert.deepEqual(await site().stages(), ['processed', 'cancelled'])
    await assert.rejects(site().claim(), /nothing is to be delivered/)
  })

  it('is said again when it comes again, and of another one nothing of it is', async () => {
    await closeFirst(false)
    const [, second] = await site().rows(
      'select document from outbox where peer = $1 order by id',
      `peer of ${site().system}`,
    )
    assert.deepEqual(documentOf({ document: String(second?.['document']) }), BY_ANOTHER)
    await site().tell({ ...PROCESS, ProcessResult: '转科' }, { about: SECOND })
    const { ProcessResult, CrisisReceiver } = await last()
    assert.deepEqual([ProcessResult, CrisisReceiver?.code], ['转科', '7'])
    await site().tell(RECEIVED, { about })
    assert.deepEqual(await last(), BOTH)
  })

  it('goes out with its own words when it was held, and another one has come since', async () => {
    await site().send(FIRST)
    await site().send(OTHER_PATIENT)
    const said = later(BOTH)
    await site().tell(said, { about })
    await site().send(SECOND)
    await site().cancelAlert(SECOND)
    await site().lift()
    assert.deepEqual(documentOf(await site().claim()), said)
  })
})
