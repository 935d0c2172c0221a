import assert from 'node:assert/strict'
import type { Acknowledged, ActContent } from '../../src/ledger/index.js'
import type { Act } from '../../src/loop/index.js'
import { kindOf, makeSecret, makeToken } from '../../src/ledger/operations/acknowledge/tokens.js'
import { onBothEngines } from './both-engines.js'
import { CRISIS, type Site } from './site.js'

const DOCTOR = { code: '040002', name: '李医生' }
const NURSE = { code: '040003', name: '王护士' }
const SECOND = { CrisisCode: '2', CrisisName: '前置胎盘' }
const HOUR_MS = 3_600_000

const act = (change: Partial<Act> = {}): Act => ({
  kind: 'received',
  person: DOCTOR,
  role: '医生',
  at: Date.now(),
  how: 'reply',
  readBack: true,
  note: '',
  to: null,
  ...change,
})

const nodeOf = (site: Site) => `acknowledge of ${site.system}`
const withNode = (site: Site) => ({
  actor: site.actor,
  target: nodeOf(site),
  message: '{"topic":"x"}',
  system: null,
  zone: '+08:00',
  result: '已处理',
})

const say = (site: Site, change: Partial<Act> = {}, which = {}): Promise<Acknowledged> =>
  site.ledger.run('acknowledgeAlert', {
    ...withNode(site),
    which: { id: site.crisisOf().key, ...which },
    act: act(change),
  })

/** The messages that the flow of the node is owed. */
async function handed(site: Site): Promise<readonly ActContent[]> {
  const lease = 'acts/1'
  const owed = await site.ledger.run('takeHandouts', {
    target: nodeOf(site),
    limit: 100,
    lease,
    leaseMs: 60_000,
  })
  await site.ledger.run('settleHandout', { ids: owed.map(({ id }) => id), lease })
  return owed.map(({ kind, content }) => {
    assert.equal(kind, 'acknowledged')
    return content as ActContent
  })
}

const acts = async (site: Site) => {
  const [trace] = await site.ledger.run('trace', { id: site.crisisOf().key })
  return trace?.acknowledgements ?? []
}

/** The roles that are called at once, after an hour and after two. */
const watchOf = (site: Site) => `watch of ${site.system}`
async function watch(site: Site): Promise<void> {
  const step = { until: 'received', channels: [], repeatMs: null, cap: null }
  const steps = [
    { ...step, afterMs: 0, role: 'a' },
    { ...step, afterMs: HOUR_MS, role: 'b' },
    { ...step, afterMs: 2 * HOUR_MS, role: 'c', repeatMs: HOUR_MS },
  ]
  const limits = { receivedMs: 600_000, processedMs: null }
  const rules = {
    plans: [{ id: 'p', name: 'p', limits, steps }],
    choice: { rows: [], highest: null },
  }
  const text = JSON.stringify({ ...rules, changes: false })
  await site.ledger.run('beginWatch', { actor: site.actor, target: watchOf(site), rules: text })
}

async function fireAll(site: Site): Promise<readonly unknown[]> {
  const target = watchOf(site)
  const { alerts } = await site.ledger.run('dueTimers', { target, limit: 100 })
  for (const alert of alerts) {
    await site.ledger.run('fireTimer', { actor: site.actor, target, alert })
  }
  const lease = 'watch/1'
  const owed = await site.ledger.run('takeHandouts', { target, limit: 9, lease, leaseMs: 60_000 })
  await site.ledger.run('settleHandout', { ids: owed.map(({ id }) => id), lease })
  return owed.map(({ content }) => (content as { step: { role: string } }).step.role)
}

const mint = (site: Site, alert: number, more: object = {}) =>
  site.ledger.run('mintLink', {
    alert,
    revision: 1,
    step: 1,
    person: DOCTOR,
    expiresMs: HOUR_MS,
    ...more,
  })

const use = (site: Site, token: string, more: Partial<Act> = {}) =>
  site.ledger.run('useLink', {
    ...withNode(site),
    token,
    person: more.person ?? DOCTOR,
    act: { kind: 'received', readBack: true, note: '', to: null, ...more },
    nextMs: HOUR_MS,
  })

onBothEngines('acts of people', (site) => {
  it('bring an alert further, stand in its trace, and are owed to the flow', async () => {
    await site().send()
    const { why, flags } = await say(site(), { at: Date.now() })
    assert.deepEqual([why, flags], [null, []])
    assert.deepEqual(await site().stages(), ['received'])
    const [told] = await handed(site())
    assert.deepEqual([told?.message, told?.feedback?.CrisisReceiver], ['{"topic":"x"}', DOCTOR])
    const [{ at: _at, doneAt: _doneAt, ...kept } = { at: 0, doneAt: 0 }] = await acts(site())
    assert.deepEqual(kept, {
      kind: 'received',
      ...DOCTOR,
      role: '医生',
      how: 'reply',
      readBack: 1,
      note: '',
      revision: 1,
      step: null,
      toCode: '',
      toName: '',
      flags: [],
    })
    assert.ok((await site().audited()).includes('acknowledged'))
    const { rows } = await site().ledger.run('registerRows', {
      ...{ from: 0, until: Number.MAX_SAFE_INTEGER, after: null, limit: 1_000 },
    })
    const entry = rows.find(({ key }) => key === told?.id)
    const [act] = entry?.acts ?? []
    assert.deepEqual(
      [act?.kind, act?.person, act?.role, act?.readBack],
      ['received', DOCTOR, '医生', true],
    )
  })

  it('are told to the PACS afterwards in two steps, as what is known', async () => {
    await site().send()
    await say(site(), { at: Date.now() })
    await say(site(), { at: Date.now(), kind: 'processed', note: '手术' })
    const [one, two] = await handed(site())
    const about = { about: CRISIS, revision: 1 }
    assert.equal((await site().tell(one!.feedback!, about)).because, null)
    await site().deliver()
    const second = await site().tell(two!.feedback!, about)
    assert.match(second.document, /<CrisisReceiver code="040002">.*<ProcessResult>手术</)
    await site().deliver()
    assert.deepEqual(await site().stages(), ['fedBack'])
    const [alert] = await site().alerts()
    assert.deepEqual(await site().said(Number(alert?.['id'])), [
      'received 040002',
      'processed 040002',
    ])
  })

  it('have what waited for them sent: the other finding of the exam was told before', async () => {
    await site().send()
    await site().send(SECOND)
    await say(site(), { at: Date.now() })
    const [one] = await handed(site())
    assert.equal((await site().tell(one!.feedback!, { about: CRISIS })).because, 'otherFinding')
    const { peers } = await say(site(), {}, { id: site().crisisOf(SECOND).key })
    assert.deepEqual(peers, [`peer of ${site().system}`])
  })

  it('change nothing where they do not count, and leave one trace', async () => {
    await site().send()
    await site().send(SECOND)
    for (const [change, which, wanted] of [
      [{}, { id: 'nobody' }, 'unknownAlert'],
      [{}, { id: '', ExamNo: 'none of this' }, 'unknownAlert'],
      [{ person: { code: '', name: '' } }, {}, 'personMissing'],
    ] as const) {
      const before = (await site().audited()).length
      assert.equal((await say(site(), change, which)).why, wanted)
      const audited = await site().audited()
      assert.deepEqual(audited.slice(before), ['notAcknowledged'])
    }
    const many = { ...withNode(site()), act: act(), which: { ExamNo: CRISIS.ExamNo! } }
    const named = { ...many, system: site().system }
    assert.equal((await site().ledger.run('acknowledgeAlert', named)).why, 'several')
    const other = { ...many, which: { id: site().crisisOf().key }, system: 'another hospital' }
    assert.equal((await site().ledger.run('acknowledgeAlert', other)).why, 'otherSystem')
    assert.deepEqual(await handed(site()), [])
    assert.deepEqual(await acts(site()), [])
    assert.deepEqual(await site().stages(), ['stored', 'stored'])
  })

  it('of the one that is open are meant by the number of an exam', async () => {
    await site().send()
    await site().send(SECOND)
    await say(site(), { kind: 'processed' })
    const { why, id } = await site().ledger.run('acknowledgeAlert', {
      ...withNode(site()),
      system: site().system,
      which: { ExamNo: CRISIS.ExamNo! },
      act: act(),
    })
    assert.deepEqual([why, id], [null, site().crisisOf(SECOND).key])
  })

  it('stop the plan at once, whatever becomes of the feedback (oncall #4654, goalert #2775)', async () => {
    await watch(site())
    const { alert } = await site().send()
    assert.deepEqual(await fireAll(site()), ['a'])
    await site().rows('update timer set due_at = 0 where alert = $1', alert)
    // Due, and not fired yet: the person called by the first step answers now.
    assert.equal((await say(site(), { step: 1 })).why, null)
    assert.deepEqual(await fireAll(site()), [])
    const [left] = await site().rows('select count(*) as n from timer where alert = $1', alert)
    assert.equal(left?.['n'], 0)
  })

  it('refuse, and the next step is due at once; pass on, and the plan stays as it is', async () => {
    await watch(site())
    await site().send()
    assert.deepEqual(await fireAll(site()), ['a'])
    assert.equal((await say(site(), { kind: 'passedOn', to: NURSE })).why, null)
    assert.deepEqual(await fireAll(site()), [])
    assert.equal((await say(site(), { kind: 'refused', step: 1 })).why, null)
    assert.deepEqual(await fireAll(site()), ['b'])
    assert.deepEqual(await site().stages(), ['stored'])
    assert.deepEqual(
      (await handed(site())).map(({ act: { kind, to }, feedback }) => [kind, to, feedback]),
      [
        ['passedOn', NURSE, null],
        ['refused', null, null],
      ],
    )
  })
})

onBothEngines('a one-time link', (site) => {
  it('shows its page without changing anything, and is used once', async () => {
    const { alert } = await site().send()
    const token = await mint(site(), alert)
    const view = await site().ledger.run('readLink', { token })
    assert.deepEqual([view.state, view.about?.examNo], ['open', '00000001'])
    assert.doesNotMatch(JSON.stringify(view), /胎盘早剥|C0001/)
    assert.deepEqual(await site().stages(), ['stored'])
    const used = await use(site(), token)
    assert.equal(used.acknowledged?.why, null)
    assert.deepEqual(await site().stages(), ['received'])
    const again = await use(site(), token, { kind: 'refused' })
    assert.deepEqual(
      [again.state, again.acknowledged, again.used?.kind],
      ['used', null, 'received'],
    )
    const [{ link, step } = {}] = await site().rows(
      'select link, step from acknowledgement where alert = $1',
      alert,
    )
    assert.deepEqual([String(link).length, step], [64, 1])
    assert.notEqual(link, token)
    const next = await use(site(), used.next!, { kind: 'processed' })
    assert.equal(next.acknowledged?.why, null)
    assert.equal(next.next, null)
    assert.deepEqual(await site().stages(), ['processed'])
  })

  it('counts once when it is used twice at the same moment', async () => {
    const { alert } = await site().send()
    const token = await mint(site(), alert)
    const both = await Promise.all([use(site(), token), use(site(), token, { kind: 'refused' })])
    assert.equal(both.filter(({ acknowledged }) => acknowledged !== null).length, 1)
    assert.equal((await acts(site())).length, 1)
    assert.equal((await handed(site())).length, 1)
  })

  it('that cannot be used says so, changes nothing and stands in the audit once', async () => {
    const { alert } = await site().send()
    const expired = await mint(site(), alert, { expiresMs: -1 })
    const used = await mint(site(), alert, { person: NURSE })
    await use(site(), used, { person: NURSE })
    const gone = await mint(site(), 999_999)
    await site().rows('delete from link where alert = 999999')
    const own = await mint(site(), alert)
    const forged = `${own.slice(0, -2)}${own.endsWith('AA') ? 'BA' : 'AA'}`
    const foreign = makeToken(makeSecret(), Date.now() + HOUR_MS)
    for (const [token, state] of [
      [expired, 'expired'],
      [used, 'used'],
      [gone, 'gone'],
      [forged, 'forged'],
      ['nonsense', 'forged'],
      [foreign, 'foreign'],
    ] as const) {
      const before = (await site().audited()).length
      assert.equal((await site().ledger.run('readLink', { token })).state, state)
      const { acknowledged } = await use(site(), token)
      assert.equal(acknowledged, null, state)
      const { actor } = site()
      await site().ledger.run('noteLink', { actor, token })
      if (state === 'expired' || state === 'used') {
        assert.equal(await site().ledger.run('noteLink', { actor, token }), false)
      }
      assert.deepEqual((await site().audited()).slice(before), ['linkRefused'], state)
    }
    assert.deepEqual(await site().stages(), ['received'])
  })

  it('of a content that was corrected since does not close the correction, and stays unused', async () => {
    const { alert } = await site().send()
    const token = await mint(site(), alert)
    await site().send({ CrisisMemo: '更正' })
    const { acknowledged, state } = await use(site(), token)
    assert.deepEqual([acknowledged?.why, state], ['revised', 'open'])
    assert.deepEqual(await site().stages(), ['stored'])
    const { about } = await site().ledger.run('readLink', { token })
    assert.deepEqual(about?.flags, ['revision', 'revised'])
  })

  it('shows the critical value to its person, and to others who may take it over', async () => {
    const { alert } = await site().send()
    const token = await mint(site(), alert)
    const confirm = (typed: string) =>
      site().ledger.run('confirmLink', { actor: site().actor, token, typed, people: [NURSE] })
    const wrong = await confirm('诊断员')
    assert.deepEqual([wrong.person, wrong.details, wrong.left], [null, null, 4])
    assert.equal((await confirm('')).left, 3)
    const own = await confirm(' ０４０００２ ')
    assert.deepEqual([own.person, own.isTakenOver], [DOCTOR, false])
    assert.equal(own.details?.crisis.CrisisName, '胎盘早剥')
    assert.equal((await confirm('王护士')).isTakenOver, true)
    assert.equal((await use(site(), token, { person: NURSE })).acknowledged?.why, null)
    assert.deepEqual(
      (await acts(site())).map(({ kind, code, toCode, flags }) => [kind, code, toCode, flags]),
      [
        ['received', '040003', '', []],
        ['passedOn', '040002', '040003', ['takenOver']],
      ],
    )
  })

  it('is locked after five wrong names', async () => {
    const { alert } = await site().send()
    const token = await mint(site(), alert)
    const confirm = (typed: string) =>
      site().ledger.run('confirmLink', { actor: site().actor, token, typed, people: [] })
    for (let n = 0; n < 5; n++) await confirm('x')
    assert.equal((await confirm('040002')).state, 'locked')
    assert.equal((await use(site(), token)).acknowledged, null)
  })
})

describe('the token of a link', () => {
  it('fits into a text message, and only its own ledger takes it', () => {
    const secret = makeSecret()
    const token = makeToken(secret, Date.UTC(2026, 0, 1))
    assert.match(token, /^[\w-]{54}$/)
    assert.equal(kindOf(secret, token), 'own')
    assert.equal(kindOf(makeSecret(), token), 'foreign')
    assert.equal(kindOf(null, token), 'foreign')
    for (let n = 6; n < token.length; n++) {
      const other = token[n] === 'A' ? 'B' : 'A'
      const changed = token.slice(0, n) + other + token.slice(n + 1)
      assert.equal(kindOf(secret, changed), 'forged', `character ${n}`)
    }
  })
})
