import assert from 'node:assert/strict'
import { setImmediate } from 'node:timers/promises'
import type { Owed } from '../../src/ledger/index.js'
import { onBothEngines } from './both-engines.js'
import { CRISIS, PROCESSED, RECEIVED } from './site.js'

const CORRECTED = { CrisisMemo: '已电话通知。' }
const LATER = { CrisisSetTime: '16:40:00' }
const OTHER_FINDING = { CrisisCode: '2', CrisisName: '前置胎盘' }
const OTHER_PATIENT = { SickNo: 'C0002' }

onBothEngines('critical values in the ledger', (site) => {
  it('stores a new one with its content, its bytes and a message for the flow', async () => {
    const stored = await site().send()
    assert.deepEqual(
      [stored.kind, stored.revision, stored.late, stored.wrongPatient],
      ['new', 1, false, false],
    )
    const [alert] = await site().alerts()
    assert.deepEqual(
      [alert?.['exam_no'], alert?.['sick_no'], alert?.['stage'], alert?.['hold']],
      ['00000001', 'C0001', 'stored', null],
    )
    const [revision] = await site().rows(
      'select v.document, r.bytes from revision v join raw r on r.id = v.raw where v.alert = $1',
      stored.alert,
    )
    assert.deepEqual(JSON.parse(String(revision?.['document'])), CRISIS)
    assert.deepEqual(Buffer.from(revision?.['bytes'] as Uint8Array).toString(), '<raw/>')
    const [message, ...more] = await site().emitted()
    assert.deepEqual(more, [])
    assert.deepEqual([message?.content.kind, message?.content.crisis], ['new', CRISIS])
    assert.deepEqual(await site().audited(), ['stored'])
  })

  it('counts a re-send, and tells the flow of it only when asked to', async () => {
    const first = await site().send()
    const again = await site().send()
    assert.deepEqual([again.kind, again.alert, again.owed], ['resend', first.alert, null])
    const asked = await site().send({}, { emitResends: true })
    assert.equal(asked.kind, 'resend')
    const kinds = (await site().emitted()).map(({ content }) => content.kind)
    assert.deepEqual(kinds, ['new', 'resend'])
    const [alert] = await site().alerts()
    assert.equal(alert?.['resent'], 2)
    assert.deepEqual(await site().audited(), ['stored', 'resent', 'resent'])
  })

  it('takes white space and composition for no difference', async () => {
    await site().send({ CrisisName: 'Ångström' })
    const again = await site().send({ CrisisName: ' A\u030angstro\u0308m ', SickNo: 'C0001\u3000' })
    assert.equal(again.kind, 'resend')
  })

  it('takes a changed content under the same key for a revision', async () => {
    const first = await site().send()
    const revised = await site().send(CORRECTED)
    assert.deepEqual([revised.kind, revised.alert, revised.revision], ['revision', first.alert, 2])
    const [one, two, ...more] = await site().emitted()
    assert.deepEqual(more, [])
    assert.deepEqual([two?.content.kind, two?.content.revision], ['revision', 2])
    assert.equal(two?.content.id, one?.content.id)
    assert.equal(two?.content.crisis.CrisisMemo, CORRECTED.CrisisMemo)
    assert.equal((await site().alerts()).length, 1)
  })

  it('takes the same finding with a new set time for a revision while it is open', async () => {
    const first = await site().send()
    await site().feedBack(RECEIVED)
    const revised = await site().send(LATER)
    assert.deepEqual([revised.kind, revised.alert, revised.revision], ['revision', first.alert, 2])
    const [alert] = await site().alerts()
    assert.equal(alert?.['set_at'], '2014-06-16T16:40:00+08:00')
    assert.deepEqual([alert?.['stage'], alert?.['received_at']], ['stored', null])
  })

  it('remembers every key and every content that an alert has had', async () => {
    const { alert } = await site().send()
    await site().send(LATER)
    await site().send({ ...LATER, ...CORRECTED })
    await site().emitted()
    for (const [index, changes] of [{}, LATER, { ...LATER, ...CORRECTED }].entries()) {
      const again = await site().send(changes)
      assert.deepEqual([again.kind, again.alert, again.revision], ['resend', alert, index + 1])
    }
    const corrected = await site().send(CORRECTED)
    assert.deepEqual(
      [corrected.kind, corrected.alert, corrected.revision],
      ['outOfOrder', alert, 4],
    )
    assert.equal((await site().emitted()).length, 1)
    const { key } = site().crisisOf(LATER)
    assert.equal(await site().ledger.run('findAlert', { system: site().system, key }), alert)
  })

  it('takes another finding of the exam for an alert of its own', async () => {
    const first = await site().send()
    const second = await site().send(OTHER_FINDING)
    assert.equal(second.kind, 'new')
    assert.notEqual(second.alert, first.alert)
    const renamed = await site().send({ CrisisName: '胎盘植入' })
    assert.equal(renamed.kind, 'new')
    assert.deepEqual(await site().stages(), ['stored', 'stored', 'stored'])
  })

  it('revises the finding that is meant, and leaves its neighbour alone', async () => {
    const first = await site().send()
    const second = await site().send(OTHER_FINDING)
    await site().feedBack(RECEIVED)
    const revised = await site().send({ ...OTHER_FINDING, ...LATER })
    assert.deepEqual([revised.kind, revised.alert], ['revision', second.alert])
    assert.notEqual(revised.alert, first.alert)
    assert.deepEqual(await site().stages(), ['received', 'stored'])
  })

  it('keeps two exams, and two sites, apart', async () => {
    const one = await site().send()
    const two = await site().send({ ExamNo: '1' })
    const three = await site().send({ ApplyNo: '00000002' })
    assert.equal(new Set([one.alert, two.alert, three.alert]).size, 3)
    assert.equal((await site().alerts()).length, 3)
  })

  it('only counts what comes again after it was processed', async () => {
    await site().send()
    await site().feedBack(PROCESSED)
    await site().emitted()
    const again = await site().send({}, { emitResends: true })
    assert.deepEqual([again.kind, again.late, again.owed], ['resend', true, null])
    assert.deepEqual(await site().emitted(), [])
    assert.deepEqual(await site().stages(), ['processed'])
    assert.equal((await site().audited()).at(-1), 'lateDuplicate')
  })

  it('takes a new set time after closing for a new alert', async () => {
    const first = await site().send()
    await site().feedBack(PROCESSED)
    const second = await site().send(LATER)
    assert.equal(second.kind, 'new')
    assert.notEqual(second.alert, first.alert)
    assert.deepEqual(await site().stages(), ['processed', 'stored'])
  })

  it('opens a closed one again when its content is corrected', async () => {
    const { alert } = await site().send()
    await site().feedBack(PROCESSED)
    const revised = await site().send(CORRECTED)
    assert.deepEqual([revised.kind, revised.alert], ['revision', alert])
    const [row] = await site().alerts()
    assert.deepEqual(
      [row?.['stage'], row?.['received_at'], row?.['processed_at']],
      ['stored', null, null],
    )
  })

  it('makes the key of all fields when the set time is missing', async () => {
    const first = await site().send({ CrisisSetTime: ' ' })
    assert.equal((await site().send({ CrisisSetTime: '' })).kind, 'resend')
    const revised = await site().send({ CrisisSetTime: '', ...CORRECTED })
    assert.deepEqual([revised.kind, revised.alert], ['revision', first.alert])
  })

  for (const [what, before, after] of [
    ['a revision', {}, OTHER_PATIENT],
    ['the original after its revision', OTHER_PATIENT, {}],
    ['a new set time', {}, { ...OTHER_PATIENT, ...LATER }],
  ] as const) {
    it(`holds an alert whose patient changes: ${what}`, async () => {
      const first = await site().send(before)
      assert.equal(first.wrongPatient, false)
      const changed = await site().send(after)
      assert.deepEqual(
        [changed.kind, changed.wrongPatient, changed.alert],
        ['revision', true, first.alert],
      )
      assert.equal((await site().emitted()).at(-1)?.content.wrongPatient, true)
      const [alert] = await site().alerts()
      assert.deepEqual(
        [alert?.['hold'], alert?.['sick_no']],
        ['wrongPatient', after.SickNo ?? 'C0001'],
      )
      assert.equal((await site().audited()).includes('wrongPatient'), true)
    })
  }

  for (const [what, before, after] of [
    ['first', {}, { ...OTHER_FINDING, ...OTHER_PATIENT }],
    ['second', { ...OTHER_FINDING, ...OTHER_PATIENT }, {}],
  ] as const) {
    it(`holds both findings of an exam that name two patients, this one ${what}`, async () => {
      await site().send(before)
      const second = await site().send(after)
      assert.deepEqual([second.kind, second.wrongPatient], ['new', true])
      const holds = (await site().alerts()).map((row) => row['hold'])
      assert.deepEqual(holds, ['wrongPatient', 'wrongPatient'])
    })
  }

  it('does not take a number that was left out for another patient', async () => {
    await site().send({ SickNo: '' })
    assert.equal((await site().send({ SickNo: '  C0001 ' })).wrongPatient, false)
    assert.equal((await site().send({ SickNo: '\u3000' })).wrongPatient, false)
    const [alert] = await site().alerts()
    assert.equal(alert?.['hold'], null)
  })

  it('knows the patient of earlier revisions, although the one before left it out', async () => {
    await site().send()
    await site().send({ SickNo: '' })
    assert.equal((await site().send(OTHER_PATIENT)).wrongPatient, true)
  })

  it('stays held when the content is corrected again', async () => {
    await site().send()
    await site().send(OTHER_PATIENT)
    const third = await site().send({ ...OTHER_PATIENT, ...CORRECTED })
    assert.deepEqual([third.kind, third.wrongPatient], ['revision', false])
    const [alert] = await site().alerts()
    assert.equal(alert?.['hold'], 'wrongPatient')
  })

  it('stores several of one call, each by the rules', async () => {
    const stored = await site().sendAll([{}, OTHER_FINDING, {}, CORRECTED])
    assert.deepEqual(
      stored.map(({ kind }) => kind),
      ['new', 'new', 'resend', 'revision'],
    )
    const [raws] = await site().rows(
      'select count(distinct v.raw) as n from revision v join alert a on a.id = v.alert where a.system = $1',
      site().system,
    )
    assert.equal(raws?.['n'], 1)
    assert.equal((await site().emitted()).length, 3)
  })

  it('stores all of a call or nothing', async () => {
    const good = site().crisisOf()
    const bad = { ...site().crisisOf(OTHER_FINDING), examKey: null as unknown as string }
    await assert.rejects(
      site().ledger.run('storeCrises', {
        actor: site().actor,
        origin: site().origin,
        crises: [good, bad],
        emitResends: false,
        target: site().target,
      }),
    )
    assert.deepEqual(await site().alerts(), [])
    assert.deepEqual(await site().emitted(), [])
    assert.deepEqual(await site().audited(), [])
  })

  it('makes one alert of the same critical value sent many times at once', async () => {
    const stored = await Promise.all(Array.from({ length: 20 }, () => site().send()))
    assert.equal(stored.filter(({ kind }) => kind === 'new').length, 1)
    assert.equal(new Set(stored.map(({ alert }) => alert)).size, 1)
    assert.equal((await site().emitted()).length, 1)
  })
})

onBothEngines('what is owed to a flow', (site) => {
  const take = (lease: string, limit = 10) =>
    site().ledger.run('takeHandouts', { target: site().target, lease, leaseMs: 60_000, limit })
  const settle = (owed: Owed | null | undefined, lease: string) =>
    site().ledger.run('settleHandout', { ids: [owed!.id], lease })
  const endLeases = () =>
    site().rows('update owed set lease_until = 0 where target = $1', site().target)

  it('is handed out by whoever stored it, and by nobody else meanwhile', async () => {
    const hints: string[] = []
    const stop = site().engine.onNotify((topic) => hints.push(topic))
    const { owed } = await site().send({}, { leaseMs: 60_000 })
    await setImmediate()
    stop()
    assert.deepEqual(hints, [], 'nobody else needs to look')
    assert.deepEqual([owed?.lease, owed?.handed, owed?.kind], ['first/1', 0, 'crisis'])
    assert.deepEqual(await take('second/1'), [])
    assert.equal(await settle(owed, 'first/2'), 1, 'by any lease of it')
    await endLeases()
    assert.deepEqual(await take('second/1'), [])
  })

  it('is handed out again when a lease is over, and says so', async () => {
    const { owed } = await site().send({}, { leaseMs: 60_000 })
    await endLeases()
    const [again] = await take('second/1')
    assert.deepEqual([again?.id, again?.lease, again?.handed], [owed?.id, 'second/1', 1])
    assert.deepEqual(again?.content, owed?.content)
    assert.deepEqual(await take('third/1'), [])
  })

  it('is not settled by who has lost it', async () => {
    const { owed } = await site().send({}, { leaseMs: 60_000 })
    await endLeases()
    await take('second/1')
    assert.equal(await settle(owed, 'first/1'), 0)
    await endLeases()
    assert.equal((await take('third/1')).length, 1)
    assert.equal(await settle(owed, 'third/1'), 1)
    assert.equal(await settle(owed, 'third/1'), 0)
  })

  it('is held while its flow may lose it, and handed out again when it is given back', async () => {
    const { owed } = await site().send({}, { leaseMs: 60_000 })
    const handed = { ids: [owed!.id], lease: 'first/2' }
    await endLeases()
    assert.equal(await site().ledger.run('renewHandouts', { ...handed, leaseMs: 60_000 }), 1)
    assert.deepEqual(await take('second/1'), [])
    const other = { ...handed, lease: 'second/1', unseen: false }
    assert.equal(await site().ledger.run('giveBackHandouts', other), 0, 'it is not theirs')
    await site().ledger.run('giveBackHandouts', { ...handed, unseen: false })
    const [seen] = await take('second/1')
    assert.deepEqual([seen?.id, seen?.handed], [owed?.id, 1])
    await site().ledger.run('giveBackHandouts', { ...handed, lease: 'second/1', unseen: true })
    const [again] = await take('third/1')
    assert.equal(again?.handed, 1, 'as often as a flow has seen it')
  })

  it('is settled, however many at once', async () => {
    for (let n = 0; n < 120; n++) await site().send({ ExamNo: `${n}` })
    const all = await take('first/1', 1_000)
    const ids = all.map(({ id }) => id)
    assert.equal(await site().ledger.run('settleHandout', { ids, lease: 'first/2' }), 120)
    await endLeases()
    assert.deepEqual(await take('second/1'), [])
  })

  it('goes out oldest first and no more than asked for', async () => {
    for (const ExamNo of ['1', '2', '3']) await site().send({ ExamNo })
    const two = await take('a', 2)
    const rest = await take('b', 2)
    const exams = [...two, ...rest].map(
      ({ content }) => (content as { crisis: { ExamNo: string } }).crisis.ExamNo,
    )
    assert.deepEqual([two.length, exams], [2, ['1', '2', '3']])
  })

  it('goes to its own node only', async () => {
    await site().send()
    const other = { target: 'another node', lease: 'x', leaseMs: 60_000, limit: 10 }
    assert.deepEqual(await site().ledger.run('takeHandouts', other), [])
    assert.equal((await take('y')).length, 1)
  })

  it('is free again after a restart of the only instance', async () => {
    await site().send({}, { leaseMs: 60_000 })
    await site().ledger.run('freeLeases', undefined)
    assert.equal((await take('after/1')).length, 1)
  })
})
