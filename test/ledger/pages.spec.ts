import assert from 'node:assert/strict'
import type { ClaimedPage, PagedContent, SendPage } from '../../src/ledger/index.js'
import { alertKey, type PageClass, type PageStep, type RateRule } from '../../src/loop/index.js'
import { onBothEngines } from './both-engines.js'
import { CRISIS, later, PROCESSED, RECEIVED, type Site } from './site.js'

const HOUR_MS = 3_600_000

const step = (afterMs: number, until: string) => ({
  ...{ afterMs, until, role: '值班医师', channels: [], cap: null },
  repeatMs: until === 'processed' ? HOUR_MS : null,
})
const PLAN = {
  id: 'plan',
  name: '标准',
  limits: { receivedMs: 600_000, processedMs: null },
  steps: [step(0, 'received'), step(HOUR_MS, 'received'), step(2 * HOUR_MS, 'processed')],
}
const RULES = JSON.stringify({
  ...{ plans: [PLAN], choice: { rows: [], highest: null }, changes: false },
})

const nodeOf = ({ system }: Site) => `page of ${system}`
const watchOf = ({ system }: Site) => `watch of ${system}`
const channelOf = ({ system }: Site, name: string) => `${name} of ${system}`

/** A critical value of which the first step is due, as the flow of the watch was told of it. */
async function due(site: Site): Promise<PageStep> {
  const who = { actor: site.actor, target: watchOf(site) }
  await site.ledger.run('beginWatch', { ...who, rules: RULES })
  const { alert } = await site.send()
  await site.ledger.run('fireTimer', { ...who, alert })
  const content = await stepOwed(site)
  return { ...content, watch: watchOf(site), until: 'received' }
}

async function stepOwed(site: Site): Promise<PageStep> {
  const [row] = await site.rows(
    "select content from owed where target = $1 and kind = 'step' order by id desc",
    watchOf(site),
  )
  return (JSON.parse(String(row?.['content'])) as { due: PageStep }).due
}

/** Pages a person of two channels. */
function page(site: Site, of: PageStep | null, more: Partial<SendPage> = {}) {
  const way = (name: string) => ({ channel: channelOf(site, name), name, to: ['张三'] })
  return site.ledger.run('sendPage', {
    actor: site.actor,
    node: nodeOf(site),
    message: '{"topic":"page"}',
    alert: alertKey(site.system, CRISIS),
    revision: 1,
    step: of,
    redelivered: false,
    noWay: 'PAGE_ADDRESS_MISSING',
    lifeMs: null,
    ...more,
    content: {
      person: { code: '1', name: '张三' },
      ways: [way('app'), way('sms')],
      ...{ title: '危急值', text: '请处理', level: '1', link: null, oneTime: null, urgent: true },
      language: 'zh-CN',
      ...more.content,
    },
  })
}

async function claims(
  site: Site,
  name = 'app',
  more: { rule?: RateRule; instance?: string; leaseMs?: number } = {},
): Promise<readonly (readonly ClaimedPage[])[]> {
  const { groups } = await site.ledger.run('claimPages', {
    actor: site.actor,
    channel: channelOf(site, name),
    lease: `${more.instance ?? 'a'}/1`,
    leaseMs: more.leaseMs ?? 60_000,
    limit: 50,
    rate: more.rule ? { rule: more.rule, per: 'channel' } : null,
    isShared: false,
  })
  return groups
}

const claim = async (...args: Parameters<typeof claims>): Promise<ClaimedPage> => {
  const [[one] = []] = await claims(...args)
  assert.ok(one, 'a page is due')
  return one
}

const conclude = (
  site: Site,
  { id, lease }: { id: number; lease: string | null },
  kind: PageClass,
) =>
  site.ledger.run('concludePage', {
    ...{ actor: site.actor, id, lease },
    attempt: { startedAt: 1, endedAt: 2, request: Buffer.from('to'), answer: Buffer.from('said') },
    verdict: { class: kind, code: kind.toUpperCase(), reason: { zh: kind, en: kind } },
  })

/** What the flow of the node is owed: state, code, channel and attempts of each. */
async function outcomes(site: Site): Promise<readonly string[]> {
  const owed = await site.ledger.run('takeHandouts', {
    ...{ target: nodeOf(site), limit: 100, lease: 'x/1', leaseMs: 60_000 },
  })
  return owed.map(({ kind, content }) => {
    const { state, code, channel, attempts } = content as PagedContent
    return `${kind} ${state} ${code} ${channel} ${attempts}`
  })
}

const audited = async (site: Site): Promise<readonly string[]> =>
  (
    await site.rows(
      "select kind from audit where chain = $1 and kind like 'page%' order by seq",
      site.system,
    )
  ).map((row) => String(row['kind']))

const timer = async (site: Site) => {
  const [row] = await site.rows('select state from timer where target = $1', watchOf(site))
  return row && (JSON.parse(String(row['state'])) as { step: number; dueAt: number })
}

onBothEngines('a page', (site) => {
  it('is owed until a channel has taken it, and its flow is told', async () => {
    await page(site(), await due(site()))
    const one = await claim(site())
    assert.deepEqual([one.to, one.attempt, one.isRepeated], [['张三'], 1, false])
    assert.deepEqual(await claims(site()), [], 'nobody else has it meanwhile')
    await conclude(site(), one, 'accepted')
    assert.deepEqual(await outcomes(site()), ['paged accepted ACCEPTED app 1'])
    assert.deepEqual(await audited(site()), ['paged', 'pageAccepted'])
  })

  it('goes to the person’s next channel at once where one refuses it', async () => {
    await page(site(), await due(site()))
    await conclude(site(), await claim(site()), 'refused')
    assert.deepEqual(await claims(site()), [])
    await conclude(site(), await claim(site(), 'sms'), 'accepted')
    assert.deepEqual(await outcomes(site()), ['paged accepted ACCEPTED sms 2'])
  })

  it('passes its step over when no channel takes it: the next person is called at once', async () => {
    await page(site(), await due(site()))
    for (const name of ['app', 'sms']) await conclude(site(), await claim(site(), name), 'refused')
    assert.deepEqual(await outcomes(site()), ['paged failed REFUSED sms 2'])
    const next = await timer(site())
    assert.ok(next && next.step === 1 && next.dueAt <= Date.now() + 1_000)
  })

  it('passes its step over at once where its person has no address', async () => {
    const content = { ways: [] } as unknown as SendPage['content']
    const sent = await page(site(), await due(site()), { content })
    assert.deepEqual(sent, { page: null, known: false })
    assert.equal((await timer(site()))?.step, 1)
    assert.deepEqual(await audited(site()), ['pageFailed'])
  })

  it('is never sent once somebody has acknowledged: what waits is gone with the acknowledgement (oncall #4654)', async () => {
    await page(site(), await due(site()))
    await site().feedBack(later(RECEIVED))
    assert.deepEqual(await outcomes(site()), ['paged superseded PAGE_SUPERSEDED app 0'])
    assert.deepEqual(await claims(site()), [])
  })

  it('is not tried again when somebody acknowledges while it is on its way (oncall #4654)', async () => {
    await page(site(), await due(site()))
    const one = await claim(site())
    await site().feedBack(later(PROCESSED))
    await conclude(site(), one, 'refused')
    assert.deepEqual(await claims(site(), 'sms'), [])
    assert.deepEqual(await outcomes(site()), ['paged superseded PAGE_SUPERSEDED sms 1'])
    assert.deepEqual(await audited(site()), ['paged', 'pageSuperseded'])
  })

  it('falls with a cancelling, a correction and the next step', async () => {
    await page(site(), await due(site()))
    await site().send({ CrisisMemo: '更正' })
    assert.deepEqual((await outcomes(site())).length, 1)
    await page(site(), null, { revision: 2 })
    await site().cancelAlert()
    assert.deepEqual((await outcomes(site())).length, 1)
    assert.deepEqual(await claims(site()), [])
  })

  it('falls with the next step of its plan', async () => {
    const first = await due(site())
    await page(site(), first)
    const who = { actor: site().actor, target: watchOf(site()) }
    const [row] = await site().rows('select alert from timer where target = $1', watchOf(site()))
    const alert = Number(row?.['alert'])
    await site().ledger.run('passOverStep', { ...who, alert, fired: first })
    await site().ledger.run('fireTimer', { ...who, alert })
    assert.deepEqual(await claims(site()), [])
    assert.deepEqual(await outcomes(site()), ['paged superseded PAGE_SUPERSEDED app 0'])
  })

  it('gives its place to the next reminder of its step', async () => {
    const of = await due(site())
    await page(site(), of)
    await page(site(), { ...of, round: 1 })
    assert.equal((await claims(site())).length, 1)
    assert.deepEqual(await outcomes(site()), ['paged superseded PAGE_SUPERSEDED app 0'])
  })

  it('is known where its flow was given it once more', async () => {
    const of = await due(site())
    const first = await page(site(), of)
    const again = await page(site(), of, { redelivered: true })
    assert.deepEqual(again, { page: first.page, known: true })
    assert.equal((await claims(site())).length, 1)
  })

  it('is no second one where an instance that stood still has its handout after another one', async () => {
    const of = await due(site())
    const [row] = await site().rows(
      "select id from owed where target = $1 and kind = 'step'",
      watchOf(site()),
    )
    const owed = Number(row?.['id'])
    const first = await page(site(), of, { owed, redelivered: true })
    assert.deepEqual(await page(site(), of, { owed }), { page: first.page, known: true })
    await conclude(site(), await claim(site()), 'accepted')
    // What the person has is not taken for one that is still to come: it says that it comes again.
    assert.equal((await page(site(), of, { owed })).known, false)
    assert.equal((await claim(site())).isRepeated, true)
    await outcomes(site())
  })

  it('is not lost with the instance that was sending: another one sends it again, as a repeat (grafana/alerting #156)', async () => {
    await page(site(), await due(site()))
    await claim(site(), 'app', { leaseMs: -1 })
    const stranded = (await site().ledger.run('strandedPages', { busy: null })).filter(
      ({ lease }) => lease === 'a/1',
    )
    for (const one of stranded)
      await site().ledger.run('concludePage', { actor: site().actor, ...one })
    await site().rows(
      "update page set due = 0 where state = 'waiting' and node = $1",
      nodeOf(site()),
    )
    const again = await claim(site(), 'app', { instance: 'b' })
    assert.deepEqual([again.attempt, again.isRepeated], [2, true])
    const [trace] = await site().ledger.run('trace', { id: alertKey(site().system, CRISIS) })
    assert.deepEqual(
      trace?.pageAttempts.map(({ n, class: kind, code }) => [n, kind, code]),
      [[1, 'unknown', 'PAGE_INTERRUPTED']],
    )
  })

  it('is recorded once, by whoever has it', async () => {
    await page(site(), await due(site()))
    const one = await claim(site(), 'app', { leaseMs: -1 })
    const late = { ...one, lease: 'b/1' }
    assert.equal((await conclude(site(), late, 'accepted')).owned, false)
    assert.equal((await conclude(site(), one, 'accepted')).owned, true)
    // Its commit was reported as failed.
    assert.equal((await conclude(site(), one, 'accepted')).owned, true)
    assert.deepEqual(await outcomes(site()), ['paged accepted ACCEPTED app 1'])
    assert.deepEqual(
      (await site().alerts()).map((row) => row['pages']),
      [1],
    )
  })

  it('goes to the next channel when nobody tends its own', async () => {
    await page(site(), await due(site()))
    await site().rows('update page set due = due - 61000 where node = $1', nodeOf(site()))
    const own = async () => {
      const [row] = await site().rows('select id from page where node = $1', nodeOf(site()))
      const all = await site().ledger.run('strandedPages', { busy: null })
      return all.filter(({ id }) => id === Number(row?.['id']))
    }
    const [stranded] = await own()
    assert.equal(stranded?.verdict.code, 'PAGE_CHANNEL_GONE')
    await site().ledger.run('concludePage', { actor: site().actor, ...stranded! })
    assert.equal((await claim(site(), 'sms')).attempt, 1)
  })

  it('holds the limit of its channel over all instances, and puts a flood into one message', async () => {
    const rule = { limits: [{ most: 2, withinMs: 60_000 }], avoidsHalfHours: false }
    const flood = async (count: number) => {
      for (let n = 0; n < count; n++) await page(site(), null, { alert: null })
    }
    await flood(1)
    const sizes = async (instance: string) =>
      (await claims(site(), 'app', { rule, instance })).map((group) => group.length)
    assert.deepEqual(await sizes('a'), [1])
    await flood(5)
    assert.deepEqual(await sizes('b'), [5])
    await flood(2)
    assert.deepEqual(await sizes('a'), [])
  })

  it('stands in the trace with each attempt, and goes with its alert', async () => {
    await page(site(), await due(site()))
    await conclude(site(), await claim(site()), 'refused')
    await conclude(site(), await claim(site(), 'sms'), 'accepted')
    const [trace] = await site().ledger.run('trace', { id: alertKey(site().system, CRISIS) })
    assert.deepEqual(
      trace?.pages.map(({ person, state, channel, step: n, round }) => [
        person.name,
        state,
        channel,
        n,
        round,
      ]),
      [['张三', 'accepted', 'sms', 1, 1]],
    )
    assert.deepEqual(
      trace?.pageAttempts.map(({ n, channel, class: kind, answer }) => [n, channel, kind, answer]),
      [
        [1, 'app', 'refused', 'said'],
        [2, 'sms', 'accepted', 'said'],
      ],
    )
    await site().feedBack(later(PROCESSED))
    await site().rows('update alert set processed_at = 1 where system = $1', site().system)
    const own = 'in (select id from alert where system = $1)'
    await site().rows(`delete from owed where alert ${own}`, site().system)
    await site().ledger.run('prune', {
      ...{ actor: site().actor, at: 10 },
      retention: { rawMs: 1, alertMs: 1 },
    })
    assert.deepEqual(await site().rows('select id from page where node = $1', nodeOf(site())), [])
  })
})
