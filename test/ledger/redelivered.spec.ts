import assert from 'node:assert/strict'
import type { Crisis, CrisisFeedback } from '../../src/messages/index.js'
import type { TakenOver } from '../../src/ledger/index.js'
import type { SentCrisis } from '../../src/ledger/operations/send.js'
import { onBothEngines } from './both-engines.js'
import { CRISIS, later, PROCESSED, RECEIVED, type Site } from './site.js'

const OTHER_FINDING = { CrisisCode: '2', CrisisName: '前置胎盘' }

onBothEngines('a feedback that a flow was given again', (site) => {
  const again = (feedback: CrisisFeedback, options: Parameters<Site['tell']>[1] = {}) =>
    site().tell(feedback, { ...options, again: true })
  const documents = async (): Promise<number> => (await site().told()).length

  it('is not sent again, on its way or delivered, and the audit says so', async () => {
    await site().send()
    const first = await site().tell(RECEIVED)
    assert.equal((await again(RECEIVED)).outbox, first.outbox)
    await site().deliver()
    assert.equal((await again(RECEIVED)).outbox, first.outbox)
    assert.deepEqual(await site().told(), ['done'])
    const kinds = (await site().audited()).filter((kind) => kind === 'sentBefore')
    assert.equal(kinds.length, 2)
  })

  it('is not sent again of an exam that is not known here', async () => {
    const first = await site().tell(RECEIVED)
    await site().deliver()
    assert.equal((await again(RECEIVED)).outbox, first.outbox)
    assert.deepEqual(await site().told(), ['done'])
  })

  it('is sent as ever when it was not handed out again', async () => {
    await site().send()
    for (let turn = 0; turn < 2; turn++) {
      await site().tell(RECEIVED)
      await site().deliver()
    }
    assert.deepEqual(await site().told(), ['done', 'done'])
  })

  it('is known when more was told since, and takes nothing back', async () => {
    await site().send()
    await site().tell(RECEIVED)
    await site().deliver()
    await site().tell(PROCESSED)
    await site().deliver()
    await again(RECEIVED)
    assert.deepEqual(await site().told(), ['done', 'done'])
    assert.deepEqual(await site().stages(), ['fedBack'])
  })

  for (const [what, other] of [
    ['another stage', PROCESSED],
    ['another time', { ...RECEIVED, CrisisReceiveTime: '16:44:27' }],
    ['another person', { ...RECEIVED, CrisisReceiver: { code: '7', name: '护士' } }],
  ] as const) {
    it(`is sent when it says ${what}`, async () => {
      await site().send()
      await site().tell(RECEIVED)
      await site().deliver()
      const { document } = await again(other)
      assert.notEqual(document, '')
      assert.deepEqual(await site().told(), ['done', 'ready'])
    })
  }

  it('is sent when it had not come to the outbox', async () => {
    await site().send()
    assert.notEqual((await again(RECEIVED)).document, '')
  })

  it('is not sent again by an instance that stood still until another one had sent it', async () => {
    await site().send()
    const owed = (await site().feedBack(RECEIVED)).owed?.id
    const first = await site().tell(RECEIVED, { taken: { owed }, again: true })
    await site().deliver()
    const late = await site().tell(RECEIVED, { taken: { owed } })
    assert.deepEqual([late.outbox, late.known], [first.outbox, true])
    assert.deepEqual(await site().told(), ['done'])
  })

  it('is sent to another peer', async () => {
    await site().send()
    await site().tell(RECEIVED)
    assert.notEqual((await again(RECEIVED, { peer: 'another' })).document, '')
  })

  it('is known for the finding and the revision that it is of, and for no other', async () => {
    await site().send()
    await site().send(OTHER_FINDING)
    const about = (crisis: Crisis) => ({ about: crisis, perAlert: true })
    const [one, two] = [about(CRISIS), about({ ...CRISIS, ...OTHER_FINDING })]
    const first = await site().tell(RECEIVED, one)
    assert.equal((await again(RECEIVED, one)).outbox, first.outbox)
    assert.notEqual((await again(RECEIVED, two)).outbox, first.outbox)
    assert.deepEqual(await site().stages(), ['received', 'received'])

    await site().send({ CrisisMemo: '更正' })
    const said = later(RECEIVED)
    const second = await again(said, { ...one, revision: 2 })
    assert.equal(second.because, null)
    assert.equal((await again(said, { ...one, revision: 2 })).outbox, second.outbox)
  })

  it('acknowledges no finding that has come since', async () => {
    await site().send()
    await site().tell(RECEIVED)
    await site().deliver()
    await site().send(OTHER_FINDING)
    await again(RECEIVED)
    assert.deepEqual(await site().stages(), ['received', 'stored'])
    assert.equal(await documents(), 1)
  })

  it('is known while it waits, and when it went out with another', async () => {
    await site().send()
    await site().send(OTHER_FINDING)
    const about = CRISIS
    const first = await site().tell(RECEIVED, { about })
    assert.equal((await again(RECEIVED, { about })).outbox, first.outbox)
    assert.deepEqual(await site().told(), ['parked otherFinding'])
    await site().tell(RECEIVED, { about: { ...CRISIS, ...OTHER_FINDING } })
    assert.deepEqual(await site().told(), ['merged', 'ready'])
    const { id } = await site().claim()
    await site().conclude({ id, lease: 'courier' }, { state: 'done' })
    const known = await again(RECEIVED, { about })
    assert.deepEqual([known.outbox, known.known], [id, true])
    assert.deepEqual(await site().told(), ['merged', 'done'])
  })

  it('is sent again when it had ended with a person', async () => {
    await site().send()
    await site().tell(RECEIVED)
    await site().deliver({ state: 'dead' })
    await again(RECEIVED)
    assert.deepEqual(await site().told(), ['dead', 'ready'])
  })
})

onBothEngines('a critical value that a flow was given again', (site) => {
  const CORRECTED = { CrisisMemo: '更正' }
  const send = (
    changes: Partial<Crisis>,
    options: Partial<TakenOver> & {
      again?: boolean
      revision?: number
      peer?: string
      stamp?: string
    } = {},
  ): Promise<SentCrisis> => {
    const crisis = site().crisisOf(changes)
    const { owed, isOneOfMore } = options
    return site().ledger.run('sendCrisis', {
      owed,
      isOneOfMore,
      actor: site().actor,
      origin: site().origin,
      crisis,
      revision: options.revision,
      redelivered: options.again ?? false,
      item: {
        peer: options.peer ?? `peer of ${site().system}`,
        operation: 'SynCrisisInfo',
        lane: crisis.examKey,
        document: JSON.stringify({ ...changes, stamp: options.stamp }),
        node: site().target,
        message: '{}',
        expiresAfterMs: null,
      },
    })
  }
  const again = (changes: Partial<Crisis>, options: Parameters<typeof send>[1] = {}) =>
    send(changes, { ...options, again: true })
  const resultOf = ({ outbox, refused, known, earlier }: SentCrisis) => ({
    sent: outbox !== null && !known,
    refused,
    earlier,
  })
  const SENT = { sent: true, refused: null, earlier: false }
  const KNOWN = { sent: false, refused: null, earlier: false }
  const OVERTAKEN = { sent: false, refused: 'overtaken', earlier: false }
  const documents = async (): Promise<readonly unknown[]> => {
    const rows = await site().rows(
      'select document from outbox where node = $1 order by id',
      site().target,
    )
    return rows.map((row) => (JSON.parse(String(row['document'])) as Crisis).CrisisMemo ?? '')
  }

  for (const delivered of [false, true]) {
    it(`is not sent after its correction, ${delivered ? 'delivered' : 'on its way'}`, async () => {
      await site().send()
      await site().send(CORRECTED)
      await send(CORRECTED, { revision: 2 })
      if (delivered) await site().deliver()
      assert.deepEqual(resultOf(await again({}, { revision: 1 })), OVERTAKEN)
      assert.deepEqual(await documents(), ['更正'])
      assert.ok((await site().audited()).includes('overtaken'))
      assert.equal((await site().alerts())[0]?.['revision'], 2)
    })
  }

  it('is not sent again by an instance that stood still until another one had sent it', async () => {
    const owed = (await site().send()).owed?.id
    await send({ CrisisMemo: '1' }, { owed, isOneOfMore: true })
    // Here it stands still, and the other one is handed the message.
    await again({ CrisisMemo: '1' }, { owed, isOneOfMore: true })
    await again({ CrisisMemo: '2' }, { owed })
    await site().deliver()
    assert.deepEqual(resultOf(await send({ CrisisMemo: '2' }, { owed })), KNOWN)
    assert.deepEqual(await documents(), ['1', '2'])
  })

  it('is sent when its correction has not come to the outbox', async () => {
    await site().send()
    await site().send(CORRECTED)
    assert.deepEqual(resultOf(await again({}, { revision: 1 })), SENT)
    assert.deepEqual(resultOf(await again(CORRECTED, { revision: 2 })), SENT)
  })

  it('is sent when its correction has ended with a person', async () => {
    await site().send()
    await site().send(CORRECTED)
    await send(CORRECTED)
    await site().deliver({ state: 'dead' })
    assert.deepEqual(resultOf(await again({})), SENT)
  })

  it('is sent to another peer, whatever this one has', async () => {
    await site().send()
    await site().send(CORRECTED)
    await send(CORRECTED)
    assert.deepEqual(resultOf(await again({}, { peer: 'another' })), SENT)
  })

  it('is known when it was sent before its correction', async () => {
    await site().send()
    await send({})
    await site().send(CORRECTED)
    await send(CORRECTED)
    assert.deepEqual(resultOf(await again({})), KNOWN)
    assert.deepEqual(await documents(), ['', '更正'])
  })

  it('is still sent when nobody handed it out again, and said to be earlier', async () => {
    await site().send()
    await site().send(CORRECTED)
    await send(CORRECTED)
    assert.deepEqual(resultOf(await send({})), { ...SENT, earlier: true })
  })

  it('is compared by set time: what came late is no correction', async () => {
    const [early, middle, last] = [
      { CrisisMemo: '1', CrisisSetTime: '16:40:00' },
      { CrisisMemo: '2', CrisisSetTime: '16:50:00' },
      { CrisisMemo: '3', CrisisSetTime: '16:59:00' },
    ]
    await site().send(middle)
    await site().send(early)
    await send(early, { revision: 2 })
    assert.deepEqual(resultOf(await again(middle, { revision: 1 })), SENT)
    await site().send(last)
    await send(last, { revision: 3 })
    assert.deepEqual(resultOf(await again(early, { revision: 2, stamp: '2' })), OVERTAKEN)
    assert.deepEqual(await documents(), ['1', '2', '3'])
  })

  it('is compared by the number that it came with when the flow changes what it says', async () => {
    await site().send()
    await site().send(CORRECTED)
    const [first, second] = [{ OrderNo: '1' }, { OrderNo: '1', ...CORRECTED }]
    await send(second, { revision: 2 })
    assert.deepEqual(resultOf(await again(first, { revision: 1 })), OVERTAKEN)
    const [alert] = await site().alerts()
    assert.equal(alert?.['revision'], 3, 'and is no content of the alert')
  })

  it('is told of when the flow makes the document of an earlier revision of it again', async () => {
    const first = { OrderNo: '1' }
    await send(first, { revision: 1 })
    await send({ OrderNo: '1', ...CORRECTED }, { revision: 2 })
    assert.deepEqual(resultOf(await again(first, { revision: 3 })), OVERTAKEN)
    assert.deepEqual(resultOf(await again(first, { revision: 1 })), KNOWN)
  })

  it('is compared so in a system of its own, too', async () => {
    await send(CORRECTED, { revision: 2 })
    assert.deepEqual(resultOf(await again({}, { revision: 1 })), OVERTAKEN)
    assert.deepEqual(resultOf(await again({ CrisisMemo: '再次更正' }, { revision: 3 })), SENT)
    assert.deepEqual(await documents(), ['更正', '再次更正'])
  })
})
