import assert from 'node:assert/strict'
import type { XmlElement } from '../../src/messages/index.js'
import { onBothEngines } from './both-engines.js'
import { CRISIS, later, RECEIVED, Site } from './site.js'

const LATER = { CrisisSetTime: '16:40:00' }
const LATEST = { CrisisSetTime: '16:50:00' }

async function currentOf(site: Site): Promise<unknown> {
  const [row] = await site.rows(
    `select a.set_at, a.stage, r.document from alert a join revision r on r.alert = a.id and r.n = a.revision
     where a.system = $1`,
    site.system,
  )
  const { CrisisSetTime } = JSON.parse(String(row?.['document'])) as { CrisisSetTime: string }
  return [CrisisSetTime, row?.['set_at'], row?.['stage']]
}

onBothEngines('an earlier set time that comes late', (site) => {
  it('is kept and told, and the later content stays with its reception', async () => {
    await site().send(LATEST)
    const received = later(RECEIVED)
    await site().feedBack(received)
    await site().emitted()
    const late = await site().send(LATER)
    assert.deepEqual([late.kind, late.revision], ['outOfOrder', 2])
    const [message, ...more] = await site().emitted()
    assert.deepEqual(more, [])
    assert.deepEqual([message?.content.kind, message?.content.revision], ['outOfOrder', 2])
    assert.deepEqual(await currentOf(site()), ['16:50:00', '2014-06-16T16:50:00+08:00', 'received'])
    assert.ok((await site().audited()).includes('outOfOrder'))
  })

  it('comes to the same content in any order', async () => {
    const orders = [
      [{}, LATER, LATEST],
      [LATEST, {}, LATER],
      [LATER, LATEST, {}],
      [LATEST, LATER, {}],
    ]
    for (const [n, order] of orders.entries()) {
      const other = new Site(site().engine, `${site().system} ${n}`)
      for (const changes of order) await other.send(changes)
      assert.deepEqual(await currentOf(other), ['16:50:00', '2014-06-16T16:50:00+08:00', 'stored'])
      assert.equal((await other.emitted()).length, 3)
      assert.equal((await other.alerts()).length, 1)
    }
  })

  it('is followed by a correction of the later content under a number of its own', async () => {
    await site().send(LATEST)
    await site().send({})
    const corrected = await site().send({ ...LATEST, CrisisMemo: '更正' })
    assert.deepEqual([corrected.kind, corrected.revision], ['revision', 3])
  })

  it('is not what a flow acknowledges for the later one', async () => {
    await site().send(LATEST)
    await site().send({})
    const of = (revision: number) => site().tell(later(RECEIVED), { revision })
    assert.equal((await of(2)).because, 'revised')
    assert.equal((await of(1)).because, null)
  })

  it('holds the exam when it names another patient', async () => {
    await site().send(LATEST)
    const late = await site().send({ SickNo: 'C0002' })
    assert.deepEqual([late.kind, late.wrongPatient], ['outOfOrder', true])
    const [alert] = await site().alerts()
    assert.deepEqual([alert?.['hold'], alert?.['sick_no']], ['wrongPatient', 'C0001'])
  })
})

onBothEngines('a content from before a correction', (site) => {
  it('that comes again is counted, changes nothing, and is said to be earlier each time', async () => {
    await site().send()
    await site().send({ CrisisMemo: '更正' })
    for (let turn = 0; turn < 2; turn++) {
      const again = await site().send()
      assert.deepEqual([again.kind, again.revision, again.earlier], ['resend', 1, true])
    }
    assert.equal((await site().send({ CrisisMemo: '更正' })).earlier, false)
    const [alert] = await site().alerts()
    assert.deepEqual([alert?.['revision'], alert?.['resent']], [2, 3])
    const kinds = (await site().audited()).filter((kind) => kind === 'earlierContent')
    assert.equal(kinds.length, 2)
  })
})

onBothEngines('elements that the document does not name', (site) => {
  const element = (name: string, text: string): XmlElement => ({
    name,
    prefix: '',
    attributes: {},
    children: [],
    text,
  })
  const store = async (extra: readonly XmlElement[]) => {
    const [stored] = await site().ledger.run('storeCrises', {
      actor: site().actor,
      origin: site().origin,
      crises: [site().crisisOf({}, extra)],
      emitResends: false,
      target: site().target,
    })
    return stored!.kind
  }

  it('are part of the content, in any order', async () => {
    const [ward, bed] = [element('Ward', '三病区'), element('Bed', '12')]
    assert.equal(await store([ward, bed]), 'new')
    assert.equal(await store([bed, { ...ward, text: ' 三病区 ' }]), 'resend')
    assert.equal(await store([ward, { ...bed, text: '13' }]), 'revision')
  })

  it('do not make a revision of what a flow passes on', async () => {
    // The service that it came in by does not count them.
    await site().send()
    const send = (revision: number | undefined) => {
      const crisis = site().crisisOf({}, [element('SendTime', '1')])
      return site().ledger.run('sendCrisis', {
        actor: site().actor,
        origin: site().origin,
        crisis,
        revision,
        redelivered: false,
        item: {
          peer: 'his',
          operation: 'SynCrisisInfo',
          lane: crisis.examKey,
          document: '<x/>',
          node: '',
          message: '{}',
          expiresAfterMs: null,
        },
      })
    }
    assert.equal((await send(1)).kind, 'known')
    assert.equal((await send(undefined)).kind, 'revision')
  })
})

onBothEngines('the delivery of a critical value', (site) => {
  const send = async (changes: Partial<typeof CRISIS>) => {
    const crisis = site().crisisOf(changes)
    return site().ledger.run('sendCrisis', {
      actor: site().actor,
      origin: site().origin,
      crisis,
      redelivered: false,
      item: {
        peer: `peer of ${site().system}`,
        operation: 'SynCrisisInfo',
        lane: crisis.examKey,
        document: JSON.stringify(changes),
        node: '',
        message: '{}',
        expiresAfterMs: null,
      },
    })
  }

  it('notifies of the content that it carries, and of no later one', async () => {
    await send({})
    await site().send({ CrisisMemo: '更正' })
    await site().deliver()
    assert.deepEqual(await site().stages(), ['stored'])
    await send({ CrisisMemo: '更正' })
    await site().deliver()
    assert.deepEqual(await site().stages(), ['notified'])
  })

  it('says what it is: new, a revision, another patient, or earlier than the current one', async () => {
    const first = await send({})
    const second = await send({ CrisisMemo: '更正' })
    const third = await send({ SickNo: 'C0002' })
    const old = await send({})
    assert.deepEqual(
      [first, second, third, old].map(({ kind, revision, wrongPatient, earlier }) => [
        kind,
        revision,
        wrongPatient,
        earlier,
      ]),
      [
        ['new', 1, false, false],
        ['revision', 2, false, false],
        ['revision', 3, true, false],
        ['known', 1, false, true],
      ],
    )
    assert.notEqual(old.outbox, null)
  })
})
