import assert from 'node:assert/strict'
import type { TroubleContent } from '../../src/ledger/index.js'
import { troubleOf } from '../../src/loop/index.js'
import { onBothEngines } from './both-engines.js'
import { PROCESSED, RECEIVED, type Site } from './site.js'

const HOUR_MS = 3_600_000
const STEP = {
  ...{ afterMs: HOUR_MS, until: 'received', role: '总值班' },
  ...{ channels: [], repeatMs: HOUR_MS, cap: null },
}
const PLAN = { id: 'plan', name: '', limits: { receivedMs: 1, processedMs: null }, steps: [STEP] }

const watchOf = (site: Site) => `watch of ${site.system}`
const peerOf = (site: Site) => `peer of ${site.system}`

/** Ends the watches of the tests before, which share the ledger. */
async function begin(site: Site, troubles = true): Promise<void> {
  const choice = { rows: [], highest: null }
  const rules = JSON.stringify({ plans: [PLAN], choice, changes: false, troubles })
  await site.ledger.run('beginWatch', { actor: site.actor, target: watchOf(site), rules })
}

const end = (site: Site) =>
  site.ledger.run('endWatch', { actor: site.actor, target: watchOf(site) })

async function take(site: Site): Promise<readonly TroubleContent[]> {
  const who = { target: watchOf(site), limit: 100, lease: 'watch/1', leaseMs: 60_000 }
  const owed = await site.ledger.run('takeHandouts', who)
  await site.ledger.run('settleHandout', { ids: owed.map(({ id }) => id), lease: 'watch/1' })
  assert.ok(owed.every(({ kind }) => kind === 'trouble'))
  return owed.map(({ content }) => content as TroubleContent)
}

const told = async (site: Site): Promise<readonly string[]> =>
  (await take(site)).map(({ kind, state, code }) => [kind, state ?? '-', code].join(' '))

/** A document that a peer's answer makes a dead letter. */
async function refuse(site: Site, kind: string, code: string, more: object = {}): Promise<void> {
  const { ledger, actor } = site
  const item = {
    ...{ peer: peerOf(site), operation: 'SynCrisisInfo' as const, lane: `${Math.random()}` },
    ...{ document: '<a/>', alert: null, node: '', message: '{}', expiresAfterMs: null },
    ...more,
  } as const
  const id = await ledger.run('enqueue', { actor, item })
  await conclude(site, id, kind, code)
}

async function conclude(site: Site, id: number, kind: string, code: string): Promise<void> {
  const { ledger, actor } = site
  const lease = { lease: 'test/1', leaseMs: 60_000 }
  const limits = { limit: 9, parallel: 9, perMinute: 999 }
  await ledger.run('claim', { actor, peer: peerOf(site), ...lease, ...limits })
  const attempt = {
    ...{ startedAt: 1, endedAt: 2, class: kind, code, reasonZh: '对方拒绝', reasonEn: 'no' },
    ...{ reply: null, request: Buffer.from('<a/>'), response: Buffer.alloc(0) },
  }
  const verdict = { state: kind === 'delivered' ? 'done' : 'dead' } as const
  await ledger.run('conclude', { actor, id, lease: lease.lease, attempt, verdict })
}

onBothEngines('the troubles of a ledger', (site) => {
  afterEach(async () => {
    if (site()) await end(site())
  })

  it('are owed with what they come from', async () => {
    await begin(site())
    const { alert } = await site().send({ ExamNo: '7' })
    await site().send({ ExamNo: '7', SickNo: 'C0002' })
    const [wrong, ...others] = await take(site())
    assert.deepEqual(others, [])
    const { kind, state, code, examKey, reason, ...rest } = wrong!
    assert.deepEqual([kind, state, code], ['wrongPatient', null, 'WRONG_PATIENT'])
    const [row] = await site().rows('select key, pair from alert where id = $1', alert)
    assert.deepEqual([rest.alert, examKey], [row?.['key'], row?.['pair']])
    assert.match(reason.zh, /病人号/)
    assert.doesNotMatch(JSON.stringify(wrong), /C0002|胎盘早剥/)
  })

  it('are feedback of no exam, and feedback that contradicts', async () => {
    await begin(site())
    await site().feedBack({ ...RECEIVED, ExamNo: 'of none' })
    assert.deepEqual(await told(site()), ['orphan - FEEDBACK_ORPHAN'])
    await site().send()
    await site().feedBack(PROCESSED)
    assert.deepEqual(await told(site()), [])
    const another = { code: '040009', name: '另一人' }
    await site().feedBack({ ...RECEIVED, CrisisReceiver: another })
    const [one] = await take(site())
    assert.deepEqual([one?.kind, one?.code], ['contradiction', 'FEEDBACK_CONTRADICTS'])
    assert.match(one?.reason.en ?? '', /another receiver/)
  })

  it('are steps that called nobody, and no refusals, of which the flow hears elsewhere', () => {
    const entry = (why?: string) => ({
      kind: 'passedOver',
      detail: { step: 2, ...(why && { why }) },
    })
    const trouble = troubleOf(entry(), null)
    assert.deepEqual([trouble?.kind, trouble?.state], ['rosterGap', null])
    assert.match(trouble?.reason.zh ?? '', /第 2 步/)
    assert.equal(troubleOf(entry('refused'), null), null)
  })

  it('are dead letters, by what they are', async () => {
    await begin(site())
    await refuse(site(), 'rejected', 'REJECTED')
    await refuse(site(), 'ambiguous', 'REPLY_CONTRADICTION')
    await refuse(site(), 'rejected', 'REJECTED', { operation: 'SynCrisisResponseInfo' })
    const all = await take(site())
    assert.deepEqual(
      all.map(({ kind, peer }) => [kind, peer]),
      [
        ['deadLetter', peerOf(site())],
        ['contradiction', peerOf(site())],
        ['feedbackRefused', peerOf(site())],
      ],
    )
    assert.ok(all.every(({ outbox }) => outbox !== null))
    assert.equal(all[0]?.reason.zh, '对方拒绝')
  })

  it('are one for a cause that every document meets, until one is delivered', async () => {
    await begin(site())
    for (let n = 0; n < 3; n++) await refuse(site(), 'unauthorized', 'LICENCE')
    assert.deepEqual(await told(site()), ['deadLetter - LICENCE'])
    await refuse(site(), 'unauthorized', 'PEER_ADDRESS')
    assert.deepEqual(await told(site()), ['deadLetter - PEER_ADDRESS'])
    await new Promise((resolve) => setTimeout(resolve, 5))
    await refuse(site(), 'delivered', 'DELIVERED')
    await refuse(site(), 'unauthorized', 'LICENCE')
    assert.deepEqual(await told(site()), ['deadLetter - LICENCE'])
  })

  it('are one an hour for a caller that does not stop', async () => {
    await begin(site())
    const { ledger, actor } = site()
    const item = (code: string) => ({
      ...{ service: watchOf(site()), remoteAddress: '10.0.0.1', charset: '', operation: '' },
      ...{ code, reasonZh: '', reasonEn: '', raw: Buffer.from('<raw/>') },
    })
    for (const code of ['A', 'A', 'B']) await ledger.run('quarantine', { actor, item: item(code) })
    const all = await take(site())
    assert.deepEqual(
      all.map(({ code, service }) => [code, service]),
      ['A', 'B'].map((code) => [code, watchOf(site())]),
    )
    assert.ok(all.every(({ refusal }) => refusal !== null))
    await site().rows("update trouble set since = since - 3600001 where kind = 'refusal'")
    await ledger.run('quarantine', { actor, item: item('A') })
    assert.deepEqual(await told(site()), ['quarantine - A'])
  })

  it('are a peer that goes and one that comes', async () => {
    await begin(site())
    const { ledger, actor } = site()
    const note = { actor, peer: peerOf(site()), alarmAfter: 2 }
    for (const ok of [false, false, false, true, true]) {
      await ledger.run('notePeer', { ...note, ok })
    }
    assert.deepEqual(await told(site()), [
      'peerDown begun PEER_FAILING',
      'peerUp ended PEER_RECOVERED',
    ])
  })

  it('begin and end once each, whoever says so', async () => {
    await begin(site())
    const { ledger, actor } = site()
    const note = { actor, kind: 'channelDown', key: `of ${site().system}`, name: '短信' } as const
    const reason = { zh: '机器人已停用', en: 'the robot is disabled' }
    const changes = await Promise.all(
      [1, 2, 3].map(() => ledger.run('noteTrouble', { ...note, reason, on: true })),
    )
    assert.deepEqual(changes.filter(Boolean), [true])
    const [begun] = await take(site())
    assert.deepEqual(
      [begun?.kind, begun?.state, begun?.name, begun?.reason],
      ['channelDown', 'begun', '短信', reason],
    )
    await ledger.run('noteTrouble', { ...note, on: false })
    assert.equal(await ledger.run('noteTrouble', { ...note, on: false }), false)
    const [ended] = await take(site())
    assert.deepEqual([ended?.kind, ended?.since], ['channelUp', begun?.since])
  })

  it('are kept in line with those that are there, and begin none anew', async () => {
    await begin(site())
    const { ledger, actor } = site()
    const target = watchOf(site())
    const reason = { zh: '缺口', en: 'a gap' }
    const keep = (...keys: readonly string[]) =>
      ledger.run('keepTroubles', {
        ...{ actor, target, kind: 'rosterGap' },
        present: keys.map((key) => ({ key, reason })),
      })
    assert.deepEqual(await keep('a', 'b'), ['a', 'b'])
    assert.deepEqual(await keep('b', 'c'), ['c'])
    const told = await take(site())
    assert.deepEqual(
      told.map(({ subject, state }) => `${subject} ${state}`),
      ['a begun', 'b begun', 'a ended', 'c begun'],
    )
    await keep()
    await take(site())
  })

  it('that last are told to a watch that begins to hear of them', async () => {
    const { ledger, actor } = site()
    const key = `of ${site().system}`
    await ledger.run('noteTrouble', { actor, kind: 'rosterGap', key, on: true })
    for (const troubles of [false, true, true]) await begin(site(), troubles)
    const mine = (await take(site())).filter(({ subject }) => subject === key)
    assert.deepEqual(
      mine.map(({ kind, state }) => [kind, state]),
      [['rosterGap', 'begun']],
    )
    await ledger.run('noteTrouble', { actor, kind: 'rosterGap', key, on: false })
    await take(site())
  })

  it('are a synthetic critical value that does not come round', async () => {
    await begin(site())
    const { ledger, actor } = site()
    const target = watchOf(site())
    const send = async (comes: boolean, refused: boolean, tells = true) => {
      const key = `SYNTHETIC-${Math.random()}`
      if (!(await ledger.run('expectSynthetic', { target, key, everyMs: 0 }))) return null
      if (comes) assert.equal(await ledger.run('noteSynthetic', { key }), true)
      const reason = refused ? { zh: '拒收', en: 'no' } : null
      const end = { actor, target, key, peer: peerOf(site()), refused: reason, tells }
      await ledger.run('endSynthetic', end)
      return told(site())
    }
    const lost = ['synthetic begun SYNTHETIC_LOST']
    assert.deepEqual(await send(true, false), [])
    assert.deepEqual(await send(false, true, false), [], 'a deploy may have been in the way')
    assert.deepEqual(await send(false, true), lost)
    assert.deepEqual(await send(true, true), [])
    assert.deepEqual(await send(true, false), ['synthetic ended SYNTHETIC_OVER'])
    assert.deepEqual(await send(false, false), lost, 'it went to another ledger')
    const key = 'SYNTHETIC-too-soon'
    assert.equal(await ledger.run('noteSynthetic', { key }), false)
    assert.equal(await ledger.run('expectSynthetic', { target, key, everyMs: 60_000 }), false)
  })

  it('are kept for nobody who does not want them', async () => {
    await begin(site(), false)
    await site().feedBack({ ...RECEIVED, ExamNo: 'of none' })
    assert.deepEqual(await told(site()), [])
  })

  it('are a backlog, which begins and ends once', async () => {
    await begin(site())
    const { ledger, actor } = site()
    const item = {
      ...{ peer: peerOf(site()), operation: 'SynCrisisInfo' as const, lane: 'lane' },
      document: '<a/>',
      ...{ alert: null, node: '', message: '{}', expiresAfterMs: null },
    } as const
    const id = await ledger.run('enqueue', { actor, item })
    const off = { silenceMs: null, backlogDocuments: null, backlogGraceMs: 0, oldestMs: null }
    const look = (rules: object) =>
      ledger.run('watchOver', {
        ...{ actor, target: watchOf(site()), zone: '+08:00' },
        rules: { ...off, ...rules },
      })
    await look({ oldestMs: 60_000, backlogDocuments: 0, backlogGraceMs: 60_000 })
    assert.deepEqual(await told(site()), [])
    await site().rows('update outbox set at = at - 61000 where id = $1', id)
    for (let n = 0; n < 2; n++) await look({ oldestMs: 60_000 })
    assert.deepEqual(await told(site()), ['backlog begun BACKLOG'])
    await conclude(site(), id, 'delivered', 'DELIVERED')
    for (let n = 0; n < 2; n++) await look({ oldestMs: 60_000 })
    assert.deepEqual(await told(site()), ['backlog ended BACKLOG_OVER'])
  })

  it('are a silence, by what has come in over the weeks before', async () => {
    await begin(site())
    const { ledger, actor, system, target } = site()
    await site().send()
    // One every half an hour for four weeks, and none for the last day.
    await site().rows('delete from volume')
    const [clock] = await site().rows('select max(opened_at) as now from alert')
    const now = Number(clock?.['now'])
    await site().rows(
      `with recursive n(v) as (select 48 union all select v + 1 from n where v < 1344)
       insert into alert (system, pair, key, finding, exam_no, apply_no, sick_no, stage, revision, content,
         opened_at, target)
       select $1, 'x', 'x' || v, '', '', '', '', 'processed', 1, '', $2 - cast(v as bigint) * 1800000, $3 from n`,
      system,
      now,
      target,
    )
    await site().rows('delete from alert where system <> $1', system)
    await site().rows('delete from alert where opened_at = $1', now)
    const rules = { silenceMs: 60_000, backlogDocuments: null, backlogGraceMs: 0, oldestMs: null }
    const look = async () => {
      const args = { actor, target: watchOf(site()), rules, zone: '+08:00' }
      for (;;) if ((await ledger.run('watchOver', args)).isCounted) return
    }
    for (let n = 0; n < 2; n++) await look()
    const [silence, ...others] = await take(site())
    assert.deepEqual([silence?.code, silence?.service, others], ['SILENCE', target, []])
    await site().send({ ExamNo: 'at last' })
    for (let n = 0; n < 2; n++) await look()
    assert.deepEqual(await told(site()), ['silence ended SILENCE_OVER'])
  })
})
