import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FigureGroup } from '../../src/ledger/index.js'
import { PostgresEngine, SqliteEngine, type Engine } from '../../src/store/index.js'
import { seeded } from '../crash/random.js'
import { countFigures, type LoggedAlert } from '../loop/figures-model.js'
import { onBothEngines, sharedPostgres } from './both-engines.js'
import { definition, definitionPath } from './definition.js'
import { thirteenthDefinition, thirteenthPath } from './definition-thirteenth.js'
import { below } from './orders.js'
import { later, PROCESSED, RECEIVED, Site } from './site.js'

const MINUTE = 60_000
const LIMITS = { receivedMs: 10 * MINUTE, processedMs: 30 * MINUTE }
const RULES = {
  zone: '+08:00',
  shifts: [
    { name: '白班', times: '08:00-20:00' },
    { name: '夜班', times: '20:00-08:00' },
  ],
  radiology: ['CT'],
  ultrasound: ['US'],
  departments: { CT: '放射科', US: '超声科' },
}

/** A code that no other test counts by. */
const codeOf = (site: Site, n = 0) => `${site.system} ${n}`

const keepRules = (site: Site, rules: object = RULES) =>
  site.ledger.run('keepTallyRules', { actor: site.actor, rules: JSON.stringify(rules) })

async function countAll(site: Site): Promise<void> {
  while ((await site.ledger.run('countAlerts', { limit: 50 })).isMore);
}

async function ask(site: Site, code: string, by: readonly FigureGroup[] = []) {
  await countAll(site)
  const { groups } = await site.ledger.ask('figures', { by, code, limits: LIMITS })
  assert.ok(groups)
  return groups
}

/** `numerator/denominator` of each figure. */
async function shares(site: Site, code: string): Promise<Readonly<Record<string, string>>> {
  const [group] = await ask(site, code)
  return Object.fromEntries(
    (group?.figures ?? []).map((one) => [one.code, `${one.numerator}/${one.denominator}`]),
  )
}

interface Logged extends LoggedAlert {
  readonly code: string
}

/** What has become of the alerts of a site, read from their rows. */
async function logOf(site: Site): Promise<readonly Logged[]> {
  const rows = await site.rows(
    `select a.id, a.stage as state, a.set_at, a.pages, r.document, s.stage, s.at, s.said_at, s.code
     from alert a join revision r on r.alert = a.id and r.n = a.revision join stage s on s.alert = a.id
     where a.system = $1 order by s.alert, s.id`,
    site.system,
  )
  const logs = new Map<unknown, Logged>()
  for (const row of rows) {
    const crisis = JSON.parse(String(row['document'])) as {
      readonly CrisisCode: string
      readonly CrisisType: 'CT' | 'US' | ''
      readonly CrisisSettor: { readonly code: string }
    }
    const log: Logged = logs.get(row['id']) ?? {
      code: crisis.CrisisCode,
      setAt: row['set_at'] === null ? null : Date.parse(String(row['set_at'])),
      discipline: ({ CT: 'radiology', US: 'ultrasound', '': 'other' } as const)[crisis.CrisisType],
      contents: [],
      isCancelled: row['state'] === 'cancelled',
      pages: Number(row['pages']),
    }
    logs.set(row['id'], log)
    const at = Number(row['at'])
    const content = log.contents.at(-1)
    if (row['stage'] === 'stored') log.contents.push({ start: at, received: null, processed: null })
    else if (row['stage'] === 'received' && content?.processed === null) {
      content.received ??= {
        at,
        saidAt: Date.parse(String(row['said_at'])),
        isOther: row['code'] !== crisis.CrisisSettor.code,
      }
    } else if (row['stage'] === 'processed' && content) content.processed ??= at
  }
  return [...logs.values()]
}

/** Puts the milestones of the site's alerts apart: what happens in a test happens within a second. */
async function spread(site: Site, random: () => number): Promise<void> {
  const steps = await site.rows(
    `select s.id, s.stage, a.opened_at from alert a join stage s on s.alert = a.id
     where a.system = $1 order by s.alert, s.id`,
    site.system,
  )
  const changes: Promise<unknown>[] = []
  let at = 0
  for (const { id, stage, opened_at: opened } of steps) {
    if (stage === 'stored' && at < Number(opened)) at = Number(opened)
    // A clock that is set back now and then.
    else at += below(random, 40) === 0 ? -MINUTE : below(random, 20 * MINUTE)
    const said = new Date(at - below(random, 12 * MINUTE) + MINUTE).toISOString()
    const change = 'update stage set at = $1, said_at = $2 where id = $3'
    changes.push(site.rows(change, at, stage === 'received' ? said : null, id ?? 0))
  }
  for (const { id, opened_at: opened } of await site.alerts()) {
    const set = new Date(Number(opened) - below(random, 12 * MINUTE) + MINUTE).toISOString()
    const change = 'update alert set uncounted = 1, set_at = $1 where id = $2'
    changes.push(site.rows(change, below(random, 5) === 0 ? null : set, id ?? 0))
  }
  await Promise.all(changes)
}

/** An exam to which something happens, while it is counted and others are stored. */
async function happen(site: Site, n: number): Promise<void> {
  const random = seeded(n)
  const exam = { ExamNo: `E${n}`, ApplyNo: `A${n}` }
  const about = {
    ...exam,
    CrisisCode: codeOf(site, below(random, 2)),
    CrisisType: ['CT', 'US', ''][below(random, 3)]!,
  }
  const { alert } = await site.send(about)
  const acts = [
    () => site.feedBack({ ...later(RECEIVED), ...exam }),
    () => site.feedBack({ ...later(PROCESSED), ...exam }),
    () => site.send({ ...about, CrisisMemo: `${n}` }),
    () => site.engine.run('countPage', { alert }),
    () => site.ledger.run('countAlerts', { limit: 7 }),
    () => site.cancelAlert(about),
  ]
  for (let m = below(random, 5); m > 0; m--) await acts[below(random, acts.length)]!()
}

onBothEngines('the tally', (site) => {
  it('is what counting all alerts one by one would come to', async () => {
    const random = seeded(42)
    await keepRules(site())
    await Promise.all(Array.from({ length: 40 }, (_, n) => happen(site(), n)))
    for (const phase of ['as it came', 'spread over hours']) {
      if (phase !== 'as it came') await spread(site(), random)
      const logs = await logOf(site())
      for (const code of [codeOf(site(), 0), codeOf(site(), 1)]) {
        const log = logs.filter((one) => one.code === code)
        assert.ok(log.length > 10)
        const wanted = Object.entries(countFigures(log, LIMITS)).map(([name, share]) => [
          name,
          share.join('/'),
        ])
        assert.deepEqual(await shares(site(), code), Object.fromEntries(wanted), phase)
        const [all] = await ask(site(), code)
        const days = await ask(site(), code, ['day'])
        const closed = (groups: typeof days) =>
          groups.flatMap(({ figures }) => figures[4]?.numerator ?? []).reduce((a, b) => a + b, 0)
        assert.equal(closed(days), closed(all ? [all] : []))
      }
    }
  })

  it('follows each change of an alert', async () => {
    const code = codeOf(site())
    const about = { CrisisCode: code }
    await site().send(about)
    assert.equal((await shares(site(), code))['closedLoop'], '0/1')
    await site().feedBack(later(PROCESSED))
    assert.equal((await shares(site(), code))['closedLoop'], '1/1')
    await site().send({ ...about, CrisisMemo: '更正' })
    const after = await shares(site(), code)
    assert.deepEqual([after['closedLoop'], after['receivedOnTime']], ['0/1', '1/2'])
    await site().cancelAlert(about)
    assert.equal((await shares(site(), code))['closedLoop'], '0/0')
  })

  it('keeps an alert in the cell in which it was counted first', async () => {
    await keepRules(site())
    const about = { CrisisCode: codeOf(site()), CrisisType: 'CT' }
    await site().send(about)
    const groups = () => ask(site(), codeOf(site()), ['department', 'month'])
    const [first] = await groups()
    assert.equal(first?.of.department, '放射科')
    assert.match(String(first?.of.month), /^\d{4}-\d\d$/)
    await keepRules(site(), { ...RULES, departments: { CT: '影像中心' } })
    await site().feedBack(later(RECEIVED))
    await site().send({ ...about, ExamNo: 'E2' })
    const all = await groups()
    assert.deepEqual(
      all.map(({ of, receive }) => [of.department, receive.n]),
      [
        ['影像中心', 0],
        ['放射科', 1],
      ],
    )
    await assert.rejects(keepRules(site(), { ...RULES, departments: { CT: '' } }))
  })

  it('keeps what it has counted of alerts that are removed, counted before or not', async () => {
    const about = { CrisisCode: codeOf(site()) }
    await site().send(about)
    await site().feedBack(later(PROCESSED))
    await countAll(site())
    await site().send({ ...about, ExamNo: 'E2' })
    await site().cancelAlert({ ...about, ExamNo: 'E2' })
    await site().rows(
      'update alert set processed_at = 1, cancelled_at = 1 where system = $1',
      site().system,
    )
    await site().emitted()
    await site().ledger.run('prune', {
      actor: site().actor,
      retention: { rawMs: 1, alertMs: 1_000_000 },
    })
    assert.deepEqual(await site().alerts(), [])
    const [group] = await ask(site(), codeOf(site()))
    const closed = group?.figures.find((one) => one.code === 'closedLoop')
    assert.deepEqual([closed?.numerator, closed?.excluded], [1, { cancelled: 1 }])
    const [kept] = await site().rows(
      'select count(*) as n from counted where alert not in (select id from alert)',
    )
    assert.equal(kept?.['n'], 0)
  })
})

/** As the version before the tally has stored it: today's operations write into columns that there were not. */
async function storeOld(site: Site, n: number, code: string): Promise<void> {
  const { crisis, finding } = site.crisisOf({ ExamNo: `E${n}`, CrisisCode: code })
  await site.rows(
    `insert into alert (system, key, pair, finding, exam_no, apply_no, sick_no, stage, revision, content, opened_at)
     values ($1, $2, $2, $3, $2, '', '', 'stored', 1, 'c', 1)`,
    site.system,
    `E${n}`,
    finding,
  )
  await site.rows(
    "insert into revision (alert, n, content, document, flags, at) values ($1, 1, 'c', $2, '[]', 1)",
    n,
    JSON.stringify(crisis),
  )
  await site.rows(
    "insert into stage (alert, stage, at, code, name) values ($1, 'stored', 1, '', '')",
    n,
  )
}

/** Alerts of a version that had no tally, counted in portions between which the ledger ends. */
async function countsOld(before: () => Engine, after: () => Engine): Promise<void> {
  const site = (engine: Engine) => new Site(engine, 'old')
  const old = before()
  await old.ready()
  const code = codeOf(site(old))
  for (let n = 1; n <= 5; n++) await storeOld(site(old), n, code)
  await old.close()
  for (const [limit, left] of [
    [2, 3],
    [3, 0],
  ] as const) {
    const engine = after()
    assert.deepEqual((await engine.ready()).warnings, [])
    const { ledger } = site(engine)
    await ledger.run('countAlerts', { limit })
    const { groups, uncounted } = await ledger.ask('figures', { by: [], code, limits: LIMITS })
    const loop = groups?.[0]?.figures.find((one) => one.code === 'closedLoop')
    assert.deepEqual([loop?.denominator, uncounted], [5 - left, left])
    const { rows } = await ledger.ask('searchAlerts', { doctor: '诊断员', limit: 9 })
    assert.deepEqual(
      rows.map(({ ExamNo }) => ExamNo),
      ['E5', 'E4', 'E3', 'E2', 'E1'],
    )
    await engine.close()
  }
}

describe('alerts of a ledger from before the tally', () => {
  const folder = mkdtempSync(join(tmpdir(), 'crisis-tally-'))
  after(() => rmSync(folder, { recursive: true, force: true }))

  it('are counted once (SQLite)', async () => {
    const file = (path: string): Engine =>
      new SqliteEngine({ file: join(folder, 'ledger.db'), definition: path, ballastBytes: 0 })
    await countsOld(
      () => file(thirteenthPath),
      () => file(definitionPath),
    )
  })

  it('are counted once (PostgreSQL)', async function () {
    const { address } = await sharedPostgres(this)
    const schema = 'tally'
    await countsOld(
      () => new PostgresEngine({ address, definition: thirteenthDefinition, schema }),
      () => new PostgresEngine({ address, definition, schema }),
    )
  })
})
