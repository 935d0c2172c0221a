import assert from 'node:assert/strict'
import type { PageStep } from '../../src/loop/index.js'
import { onBothEngines } from './both-engines.js'
import { later, PROCESSED, RECEIVED, type Site } from './site.js'

const HOUR_MS = 3_600_000
const SECOND = { CrisisCode: '2', CrisisName: '前置胎盘' }

const step = (afterMs: number, until: string, more: object = {}) => ({
  afterMs,
  until,
  role: '值班医师',
  channels: [],
  repeatMs: null,
  cap: null,
  ...more,
})

/** Steps that are due at once, and after that none for an hour. */
const PLAN = {
  id: 'plan',
  name: '标准',
  limits: { receivedMs: 600_000, processedMs: 1_800_000 },
  steps: [
    step(0, 'received'),
    step(HOUR_MS, 'received', { role: '总值班' }),
    step(2 * HOUR_MS, 'processed', { role: '总值班', repeatMs: HOUR_MS }),
  ],
}

const rules = (more: object = {}) =>
  JSON.stringify({ plans: [PLAN], choice: { rows: [], highest: null }, changes: false, ...more })

/** The node of a watch in the ledger of a site. */
const watchOf = (site: Site) => `watch of ${site.system}`

const begin = (site: Site, text = rules()) =>
  site.ledger.run('beginWatch', { actor: site.actor, target: watchOf(site), rules: text })

/** Lets some time pass for the alerts of a watch: all of their times are so much earlier. */
async function wait(site: Site, ms: number): Promise<void> {
  for (const { alert, state } of await timers(site)) {
    const earlier = JSON.stringify(JSON.parse(String(state)), (name, value: unknown) =>
      name.endsWith('At') && typeof value === 'number' ? value - ms : value,
    )
    const { dueAt } = JSON.parse(earlier) as { readonly dueAt: number }
    await site.rows('update stage set at = at - $1 where alert = $2', ms, alert ?? 0)
    await site.rows('update alert set opened_at = opened_at - $1 where id = $2', ms, alert ?? 0)
    await site.rows(
      'update timer set due_at = $1, since = since - $2, state = $3 where alert = $4',
      dueAt,
      ms,
      earlier,
      alert ?? 0,
    )
  }
}

/** Lets time pass for the limits of alerts, which need nobody who is reminded. */
async function pass(site: Site, ms: number): Promise<void> {
  const limits = await site.rows(
    'select alert, state from limit_timer where target = $1',
    watchOf(site),
  )
  for (const { alert, state } of limits) {
    const { storedAt, ...rest } = JSON.parse(String(state)) as { readonly storedAt: number }
    const earlier = JSON.stringify({ ...rest, storedAt: storedAt - ms })
    const one = alert ?? 0
    await site.rows('update stage set at = at - $1 where alert = $2', ms, one)
    await site.rows(
      'update limit_timer set due_at = due_at - $1, state = $2 where alert = $3',
      ms,
      earlier,
      one,
    )
  }
}

const due = (site: Site) => site.ledger.run('dueTimers', { target: watchOf(site), limit: 100 })

/** Fires all that is due; the steps that the flow is told of, each with its plan's number of it. */
async function fireAll(site: Site): Promise<readonly string[]> {
  const { alerts } = await due(site)
  for (const alert of alerts) {
    await site.ledger.run('fireTimer', { actor: site.actor, target: watchOf(site), alert })
  }
  return told(site)
}

async function told(site: Site): Promise<readonly string[]> {
  const owed = await site.ledger.run('takeHandouts', {
    target: watchOf(site),
    limit: 100,
    lease: 'watch/1',
    leaseMs: 60_000,
  })
  await site.ledger.run('settleHandout', { ids: owed.map(({ id }) => id), lease: 'watch/1' })
  return owed.map(({ kind, content }) => {
    const said = content as {
      readonly due?: { readonly step: number; readonly round: number }
      readonly step?: { readonly role: string }
      readonly change?: string
      readonly crisis: { readonly CrisisName: string }
    }
    const what =
      kind === 'step' ? `${said.due?.step}.${said.due?.round} ${said.step?.role}` : said.change
    return `${what} ${said.crisis.CrisisName}`
  })
}

const timers = (site: Site) =>
  site.rows(
    'select alert, due_at, state from timer where target = $1 order by alert',
    watchOf(site),
  )

onBothEngines('a watch', (site) => {
  it('is told of the step that is due, once', async () => {
    await begin(site())
    await site().send()
    assert.deepEqual(await fireAll(site()), ['0.0 值班医师 胎盘早剥'])
    assert.deepEqual(await fireAll(site()), [])
    const { nextAt, now } = await due(site())
    assert.ok(nextAt !== null && nextAt - now > HOUR_MS - 60_000 && nextAt - now <= HOUR_MS)
  })

  it('goes up step by step, with each finding of an exam by itself', async () => {
    await begin(site())
    await site().send()
    await fireAll(site())
    await wait(site(), HOUR_MS)
    await site().send(SECOND)
    const steps = await fireAll(site())
    assert.deepEqual(steps.toSorted(), ['0.0 值班医师 前置胎盘', '1.0 总值班 胎盘早剥'])
  })

  it('ends with whoever has acted: received for the steps until then, processed for all', async () => {
    await begin(site())
    await site().send()
    await fireAll(site())
    await site().feedBack(later(RECEIVED))
    const [timer] = await timers(site())
    assert.equal((JSON.parse(String(timer?.['state'])) as { step: number }).step, 2)
    await site().feedBack(later(PROCESSED))
    assert.deepEqual(await timers(site()), [])
    assert.deepEqual(await fireAll(site()), [])
  })

  it('begins anew with a correction, and ends with a cancelling', async () => {
    await begin(site())
    await site().send()
    await fireAll(site())
    await site().feedBack(later(RECEIVED))
    await site().send({ CrisisMemo: '更正' })
    assert.deepEqual(await fireAll(site()), ['0.0 值班医师 胎盘早剥'])
    await site().cancelAlert()
    assert.deepEqual(await timers(site()), [])
  })

  it('does not escalate what was acknowledged while its timer was due', async () => {
    await begin(site())
    const { alert } = await site().send()
    await site().feedBack(later(PROCESSED))
    // As an instance that has looked before would do.
    const fired = await site().ledger.run('fireTimer', {
      actor: site().actor,
      target: watchOf(site()),
      alert,
    })
    assert.deepEqual([fired, await told(site())], [0, []])
  })

  it('passes over a step that nobody could be called for', async () => {
    await begin(site())
    const { alert } = await site().send()
    await fireAll(site())
    const [timer] = await timers(site())
    const { revision, storedAt } = JSON.parse(String(timer?.['state'])) as {
      revision: number
      storedAt: number
    }
    const pass = {
      actor: site().actor,
      target: watchOf(site()),
      alert,
      fired: { revision, storedAt, step: 0 },
    }
    assert.equal(await site().ledger.run('passOverStep', pass), true)
    assert.deepEqual(await fireAll(site()), ['1.0 总值班 胎盘早剥'])
    assert.equal(await site().ledger.run('passOverStep', pass), false)
  })

  it('goes on after a restart in hours in which nobody could be called (oncall #1206)', async () => {
    await begin(site())
    await site().ledger.run('endArming', { target: watchOf(site()), rules: rules() })
    const { alert } = await site().send()
    await fireAll(site())
    const [timer] = await timers(site())
    const { revision, storedAt } = JSON.parse(String(timer?.['state'])) as PageStep
    const fired = { revision, storedAt, step: 0 }
    const who = { actor: site().actor, target: watchOf(site()), alert }
    await site().ledger.run('passOverStep', { ...who, fired })
    await wait(site(), 3 * HOUR_MS)
    assert.equal(await begin(site()), false, 'its timers are there')
    assert.deepEqual(await fireAll(site()), ['1.0 总值班 胎盘早剥', '2.1 总值班 胎盘早剥'])
  })

  it('does not escalate months later what was acknowledged while it was away (oncall #3111)', async () => {
    await begin(site())
    await site().send()
    await fireAll(site())
    const who = { actor: site().actor, target: watchOf(site()) }
    await site().ledger.run('endWatch', who)
    await site().feedBack(later(PROCESSED))
    await wait(site(), 90 * 24 * HOUR_MS)
    assert.equal((await timers(site())).length, 1, 'a timer was left behind')
    await begin(site())
    assert.deepEqual(await fireAll(site()), [])
    assert.deepEqual(await timers(site()), [])
  })

  it('settles a step that nobody could be called for just before it is handed out', async () => {
    await begin(site())
    const { alert } = await site().send()
    const watching = { actor: site().actor, target: watchOf(site()) }
    await site().ledger.run('fireTimer', { ...watching, alert })
    const taking = { target: watchOf(site()), limit: 9, lease: 'watch/1', leaseMs: 60_000 }
    const [owed] = await site().ledger.run('takeHandouts', taking)
    const pass = { ...watching, owed: owed!.id }
    assert.equal(await site().ledger.run('dropVoidStep', pass), false, 'it is still wanted')
    assert.equal(await site().ledger.run('passOverHandout', pass), true)
    assert.equal(await site().ledger.run('passOverHandout', pass), false)
    assert.deepEqual(await fireAll(site()), ['1.0 总值班 胎盘早剥'])
  })

  it('takes up what is open when it begins, but for what is older than a day', async () => {
    const { alert } = await site().send()
    const { alert: old } = await site().send(SECOND)
    await site().rows(
      'update alert set opened_at = opened_at - $1 where id = $2',
      25 * HOUR_MS,
      old,
    )
    assert.equal(await begin(site()), true)
    const arm = (one: number) =>
      site().ledger.run('armAlert', { target: watchOf(site()), alert: one })
    assert.deepEqual([await arm(alert), await arm(old)], ['armed', 'outOfReach'])
    assert.deepEqual(await fireAll(site()), ['0.0 值班医师 胎盘早剥'])
    // A restart in the midst of it begins it anew.
    assert.equal(await begin(site()), true)
    await site().ledger.run('endArming', { target: watchOf(site()), rules: rules() })
    assert.equal(await begin(site()), false)
    const open = await site().ledger.run('openAlertNumbers', { after: alert - 1 })
    assert.ok(open.includes(alert) && open.includes(old))
  })

  it('keeps its place when its plan changes', async () => {
    await begin(site())
    const { alert } = await site().send()
    await fireAll(site())
    const steps = [...PLAN.steps]
    steps[1] = step(30 * 60_000, 'received', { role: '护士长' })
    await begin(site(), rules({ plans: [{ ...PLAN, steps }] }))
    await site().ledger.run('armAlert', { target: watchOf(site()), alert })
    await wait(site(), 30 * 60_000)
    assert.deepEqual(await fireAll(site()), ['1.0 护士长 胎盘早剥'])
  })

  it('waits for no clock that was set back', async () => {
    await begin(site())
    await site().send()
    await fireAll(site())
    // As a clock would leave them that was two hours ahead.
    await wait(site(), -2 * HOUR_MS)
    const before = await due(site())
    assert.equal(before.alerts.length, 1)
    assert.deepEqual(await fireAll(site()), [])
    const { alerts, nextAt, now } = await due(site())
    assert.deepEqual(alerts, [])
    assert.ok(nextAt !== null && nextAt - now <= HOUR_MS)
  })

  it('is told of changes where it wants to hear of them', async () => {
    await begin(site(), rules({ changes: true }))
    await site().send()
    await site().feedBack(later(RECEIVED))
    await site().send({ CrisisMemo: '更正' })
    await site().send({ CrisisMemo: '更正' })
    await site().cancelAlert()
    const changes = await told(site())
    assert.deepEqual(changes, [
      'stored 胎盘早剥',
      'received 胎盘早剥',
      'revised 胎盘早剥',
      'cancelled 胎盘早剥',
    ])
  })

  it('is told once of each limit that has passed, whether anybody is reminded or not', async () => {
    const steps = [step(HOUR_MS, 'received', { repeatMs: HOUR_MS })]
    await begin(site(), rules({ changes: true, plans: [{ ...PLAN, steps }] }))
    await site().send()
    await site().send(SECOND)
    assert.deepEqual(await fireAll(site()), ['stored 胎盘早剥', 'stored 前置胎盘'])
    assert.ok(((await due(site())).nextAt ?? 0) <= Date.now() + 600_000)
    await pass(site(), 600_000)
    assert.deepEqual(await fireAll(site()), ['overdue 胎盘早剥', 'overdue 前置胎盘'])
    assert.deepEqual(await fireAll(site()), [])
    await site().feedBack(later(RECEIVED))
    await told(site())
    assert.deepEqual(await timers(site()), [])
    await pass(site(), 1_200_000)
    assert.deepEqual(await fireAll(site()), ['overdue 胎盘早剥', 'overdue 前置胎盘'])
    assert.equal((await due(site())).nextAt, null)
    await site().send({ CrisisMemo: '更正' })
    assert.ok((await due(site())).nextAt !== null, 'a correction begins anew')
    await site().feedBack(later(PROCESSED))
    assert.deepEqual(
      await site().rows('select alert from limit_timer where target = $1', watchOf(site())),
      [],
    )
    assert.equal((await site().audited()).filter((kind) => kind === 'overdue').length, 4)
  })

  it('refuses rules that cannot be read', async () => {
    await assert.rejects(begin(site(), rules({ plans: [] })))
    assert.equal((await due(site())).isWatching, false)
  })

  it('ends, and goes on where it was when its node is there again', async () => {
    await begin(site())
    const { alert } = await site().send()
    await fireAll(site())
    const end = { actor: site().actor, target: watchOf(site()) }
    assert.equal(await site().ledger.run('endWatch', end), true)
    assert.equal(await site().ledger.run('endWatch', end), false)
    const { alert: meanwhile } = await site().send(SECOND)
    assert.equal((await timers(site())).length, 1)
    await site().cancelAlert()
    assert.equal((await due(site())).isWatching, false)

    assert.equal(await begin(site()), true)
    for (const one of [alert, meanwhile]) {
      await site().ledger.run('armAlert', { target: watchOf(site()), alert: one })
    }
    assert.deepEqual(await fireAll(site()), ['0.0 值班医师 前置胎盘'])
    assert.deepEqual(
      (await timers(site())).map((one) => one['alert']),
      [meanwhile],
    )
  })
})
