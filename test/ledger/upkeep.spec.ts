import assert from 'node:assert/strict'
import type { Pruned, Retention } from '../../src/ledger/index.js'
import { onBothEngines } from './both-engines.js'
import { CRISIS, later, PROCESSED, RECEIVED, type Site } from './site.js'

const DAY = 86_400_000
const RETENTION = { rawMs: 30 * DAY, alertMs: 365 * DAY }
const SECOND = { CrisisCode: '2', CrisisName: '前置胎盘' }

/** Lets everything of a site be that much older. */
async function age(site: Site, days: number): Promise<void> {
  const ms = days * DAY
  const mine = 'select id from alert where system = $2'
  await site.rows(
    `update alert set opened_at = opened_at - $1, received_at = received_at - $1,
       processed_at = processed_at - $1, fed_back_at = fed_back_at - $1 where system = $2`,
    ms,
    site.system,
  )
  await site.rows(
    `update raw set at = at - $1 where id in (
       select raw from revision where alert in (${mine}) union select raw from feedback where system = $2)`,
    ms,
    site.system,
  )
  await site.rows(
    'update outbox set at = at - $1, ended_at = ended_at - $1 where peer = $2',
    ms,
    `peer of ${site.system}`,
  )
  for (const table of ['feedback', 'told']) {
    await site.rows(`update ${table} set at = at - $1 where system = $2`, ms, site.system)
  }
}

/** What a site has left of each kind. */
async function left(site: Site): Promise<Record<string, number>> {
  const mine = 'select id from alert where system = $1'
  const counts = [
    ['alerts', 'select count(*) as n from alert where system = $1'],
    ['keys', 'select count(*) as n from alert_key where system = $1'],
    ['revisions', `select count(*) as n from revision where alert in (${mine})`],
    [
      'raw',
      `select count(*) as n from raw where id in (
         select raw from revision where alert in (${mine}) union select raw from feedback where system = $1)`,
    ],
    ['feedback', 'select count(*) as n from feedback where system = $1'],
    ['told', 'select count(*) as n from told where system = $1'],
  ] as const
  const result: Record<string, number> = {}
  for (const [name, sql] of counts) {
    const [row] = await site.rows(sql, site.system)
    result[name] = row?.['n'] as number
  }
  return result
}

async function prune(site: Site): Promise<void> {
  await pruneAll(site, RETENTION)
}

/** A whole round, batch after batch. */
async function pruneAll(site: Site, retention: Retention): Promise<number> {
  let after: Pruned['next'] = null
  let batches = 0
  do {
    const args = { actor: site.actor, retention }
    const pruned: Pruned = await site.ledger.run('prune', after ? { ...args, after } : args)
    after = pruned.next
    batches++
  } while (after)
  return batches
}

const done = (site: Site) =>
  site.rows(
    "update outbox set state = 'done', ended_at = at where peer = $1",
    `peer of ${site.system}`,
  )

onBothEngines('the retention', (site) => {
  const whole = { alerts: 1, keys: 1, revisions: 1, raw: 1, feedback: 0, told: 0 }

  it('never touches an open alert', async () => {
    await site().send()
    await site().emitted()
    await age(site(), 5_000)
    await prune(site())
    assert.deepEqual(await left(site()), whole)
    await site().feedBack(RECEIVED)
    await site().emitted()
    await age(site(), 5_000)
    await prune(site())
    assert.deepEqual(await left(site()), { ...whole, raw: 2, feedback: 1 })
  })

  it('removes the bytes of a closed one first, then all of it', async () => {
    await site().send()
    await site().feedBack(PROCESSED)
    await site().emitted()
    await age(site(), 31)
    await prune(site())
    assert.deepEqual(await left(site()), { ...whole, raw: 0, feedback: 1 })
    await age(site(), 365)
    await prune(site())
    assert.deepEqual(await left(site()), {
      alerts: 0,
      keys: 0,
      revisions: 0,
      raw: 0,
      feedback: 0,
      told: 0,
    })
    assert.equal((await site().audited()).at(-1), 'pruned')
    assert.deepEqual((await site().ledger.verifyAudit()).broken, [])
  })

  it('counts from the closing, not from the opening', async () => {
    await site().send()
    await age(site(), 5_000)
    await site().feedBack(PROCESSED)
    await site().emitted()
    await prune(site())
    assert.equal((await left(site()))['alerts'], 1)
  })

  it('keeps what is still owed to a flow', async () => {
    await site().send()
    await site().feedBack(PROCESSED)
    await age(site(), 5_000)
    await prune(site())
    assert.equal((await left(site()))['alerts'], 1)
    assert.equal((await site().emitted()).length, 2)
  })

  for (const state of ['ready', 'leased', 'held', 'dead'] as const) {
    it(`keeps a document that is ${state}, and its alert`, async () => {
      await site().send()
      await site().tell(PROCESSED)
      await site().emitted()
      await site().rows(
        'update outbox set state = $1, ended_at = at where peer = $2',
        state,
        `peer of ${site().system}`,
      )
      await age(site(), 5_000)
      await prune(site())
      assert.deepEqual(await left(site()), { ...whole, raw: 0, told: 1 })
      const rows = await site().rows(
        'select state from outbox where peer = $1',
        `peer of ${site().system}`,
      )
      assert.deepEqual(rows, [{ state }])
    })
  }

  it('removes what was delivered, with its attempts', async () => {
    await site().send()
    const { outbox } = await site().tell(PROCESSED)
    await site().rows(
      `insert into attempt (outbox, n, instance, started_at, ended_at, class, code, request, response)
       select id, 1, 'x', 1, 2, 'delivered', 'DELIVERED', bytes, bytes
       from outbox cross join (select bytes from raw limit 1) r where id = $1`,
      outbox,
    )
    await site().emitted()
    await done(site())
    await age(site(), 31)
    await prune(site())
    assert.deepEqual(await site().rows('select id from outbox where id = $1', outbox), [])
    assert.deepEqual(await site().rows('select n from attempt where outbox = $1', outbox), [])
    assert.equal((await left(site()))['alerts'], 1)
    await age(site(), 365)
    await prune(site())
    assert.deepEqual(await left(site()), {
      alerts: 0,
      keys: 0,
      revisions: 0,
      raw: 0,
      feedback: 0,
      told: 0,
    })
  })

  it('keeps a delivered document while its alert is open', async () => {
    await site().send()
    const { outbox } = await site().tell(RECEIVED)
    await site().emitted()
    await done(site())
    await age(site(), 5_000)
    await prune(site())
    assert.equal((await site().rows('select id from outbox where id = $1', outbox)).length, 1)
  })

  it('keeps a closed finding while another of the exam is open', async () => {
    await site().sendAll([{}, SECOND])
    await site().tell(PROCESSED, { about: CRISIS })
    await site().emitted()
    await age(site(), 5_000)
    await prune(site())
    assert.deepEqual(await site().stages(), ['processed', 'stored'])
    assert.equal((await left(site()))['told'], 1)
  })

  it('keeps what is held for a possible wrong patient', async () => {
    await site().send()
    await site().send({ SickNo: 'C0002' })
    await site().tell(later(PROCESSED))
    await site().emitted()
    await age(site(), 5_000)
    await prune(site())
    assert.deepEqual(await left(site()), { ...whole, revisions: 2, raw: 0, told: 1 })
  })

  it('keeps an orphan while it may be matched, then gives it up, then removes it', async () => {
    await site().feedBack(RECEIVED)
    await prune(site())
    const state = async () =>
      (await site().rows('select state from feedback where system = $1', site().system))[0]?.[
        'state'
      ]
    assert.equal(await state(), 'orphan')
    await age(site(), 1)
    await prune(site())
    assert.equal(await state(), 'lost')
    assert.equal((await left(site()))['raw'], 1)
    await age(site(), 365)
    await prune(site())
    assert.equal((await left(site()))['feedback'], 0)
    assert.deepEqual(await site().audited(), ['orphan', 'orphanLost'])
  })

  it('keeps an orphan within its time, however short the retention', async () => {
    await site().feedBack(RECEIVED)
    await site().rows('update feedback set at = at - 60000 where system = $1', site().system)
    const retention = { rawMs: 0, alertMs: 0 }
    await site().ledger.run('prune', { actor: site().actor, retention })
    assert.deepEqual(await left(site()), {
      alerts: 0,
      keys: 0,
      revisions: 0,
      raw: 1,
      feedback: 1,
      told: 0,
    })
  })

  it('matches an orphan that was given up when it is said again', async () => {
    await site().feedBack(RECEIVED)
    await age(site(), 1)
    await prune(site())
    assert.equal((await site().feedBack(RECEIVED)).kind, 'orphan')
    await site().send()
    assert.deepEqual(await site().stages(), ['received'])
  })

  it('removes more than one batch', async () => {
    for (let n = 0; n < 2; n++) {
      await site().sendAll(Array.from({ length: 101 }, (_, i) => ({ ExamNo: `${n}-${i}` })))
    }
    await site().rows(
      "update alert set stage = 'processed', processed_at = 1 where system = $1",
      site().system,
    )
    await site().emitted()
    await prune(site())
    assert.equal((await left(site()))['alerts'], 0)
  })
})

onBothEngines('the retention of a site without feedback', (site) => {
  const UNANSWERED = { ...RETENTION, unansweredMs: 90 * DAY }

  it('passes over alerts that nothing closes, and reaches what is behind them', async () => {
    for (let n = 0; n < 250; n += 25) {
      await Promise.all(
        Array.from({ length: 25 }, (_, i) => site().send({ ExamNo: `open-${n + i}` })),
      )
    }
    await site().send({ ExamNo: 'closed' })
    await site().feedBack({ ...PROCESSED, ExamNo: 'closed' })
    await site().emitted()
    await age(site(), 31)
    assert.ok((await pruneAll(site(), RETENTION)) >= 3)
    const raws = (await left(site()))['raw']
    assert.equal(raws, 250, 'the bytes of the closed one are gone')
  })

  it('keeps an unanswered alert for ever unless a setting closes it', async () => {
    await site().send()
    await site().emitted()
    await age(site(), 5_000)
    await prune(site())
    assert.equal((await left(site()))['alerts'], 1)
    await pruneAll(site(), UNANSWERED)
    assert.equal((await left(site()))['alerts'], 0)
    assert.equal((await site().audited()).at(-1), 'lapsed')
  })

  it('keeps it from then on as long as a closed one, with its stage', async () => {
    await site().send()
    await site().emitted()
    await age(site(), 91)
    await pruneAll(site(), UNANSWERED)
    assert.deepEqual([(await left(site()))['alerts'], (await left(site()))['raw']], [1, 0])
    assert.deepEqual(await site().stages(), ['stored'])
    await age(site(), 360)
    await pruneAll(site(), UNANSWERED)
    assert.equal((await left(site()))['alerts'], 1)
    await age(site(), 10)
    await pruneAll(site(), UNANSWERED)
    assert.equal((await left(site()))['alerts'], 0)
  })

  it('keeps it while it is held, or while something is still to be delivered', async () => {
    await site().send()
    await site().tell(RECEIVED)
    await site().emitted()
    await age(site(), 5_000)
    await pruneAll(site(), UNANSWERED)
    assert.equal((await left(site()))['alerts'], 1)
  })
})

onBothEngines('the quarantine', (site) => {
  const item = {
    service: 'service',
    operation: 'SynCrisisInfo',
    remoteAddress: '127.0.0.1',
    raw: Buffer.from([0x3c, 0xff, 0x00]),
    charset: 'gbk',
    code: 'XML_SYNTAX',
    reasonZh: '不是 XML',
    reasonEn: 'not XML',
  }

  it('keeps what could not be read to the byte, and is audited', async () => {
    const id = await site().ledger.run('quarantine', { actor: site().actor, item })
    const [row] = await site().rows('select * from quarantine where id = $1', id)
    assert.deepEqual(
      [row?.['code'], row?.['charset'], row?.['reason_zh'], [...(row!['bytes'] as Uint8Array)]],
      ['XML_SYNTAX', 'gbk', '不是 XML', [0x3c, 0xff, 0x00]],
    )
    assert.deepEqual(await site().audited(), ['quarantined'])
  })

  it('gives up the oldest of it, for their age or for newer ones', async () => {
    await site().rows('delete from quarantine')
    const ids: number[] = []
    for (let i = 0; i < 5; i++) {
      ids.push(await site().ledger.run('quarantine', { actor: site().actor, item }))
    }
    await site().rows('update quarantine set at = at - $1 where id = $2', 2 * DAY, ids[0]!)
    const trim = (maxBytes: number, maxAgeMs: number) =>
      site().ledger.run('trimQuarantine', { actor: site().actor, maxBytes, maxAgeMs })
    const left = async () =>
      (await site().rows('select id from quarantine order by id')).map(({ id }) => Number(id))
    assert.deepEqual(await trim(100, 3 * DAY), { old: 0, forRoom: 0, isMore: false })
    assert.deepEqual(await trim(100, DAY), { old: 1, forRoom: 0, isMore: false })
    assert.deepEqual(await left(), ids.slice(1))
    assert.deepEqual(await trim(6, DAY), { old: 0, forRoom: 2, isMore: false })
    assert.deepEqual(await left(), ids.slice(3))
    assert.deepEqual((await site().audited()).slice(-2), ['quarantineTrimmed', 'quarantineTrimmed'])
  })

  it('keeps it as long as alerts', async () => {
    const id = await site().ledger.run('quarantine', { actor: site().actor, item })
    const aged = async (days: number) => {
      await site().rows('update quarantine set at = at - $1 where id = $2', days * DAY, id)
      await prune(site())
      return (await site().rows('select id from quarantine where id = $1', id)).length
    }
    assert.deepEqual([await aged(364), await aged(2)], [1, 0])
  })
})
