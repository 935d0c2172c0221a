import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, renameSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { DEFAULTS } from '../../nodes/settings/index.js'
import type { CrisisError } from '../../src/messages/index.js'
import { tallyRules } from '../../nodes/store/tally-rules.js'
import { upkeepPlan } from '../../nodes/store/upkeep-plan.js'
import { backupsOf, Upkeep, type UpkeepPlan } from '../../src/ledger/upkeep.js'
import { DEFINITION_MODULE, Ledger, SqliteEngine } from '../../src/ledger/index.js'
import type { Row } from '../../src/store/index.js'
import { Site } from './site.js'
import { removeFolder } from '../support/node-red.js'

const actor = { chain: 'file', actor: 'upkeep' }
const HOUR = 3_600_000
const DAY = 24 * HOUR
const PLAN = upkeepPlan(DEFAULTS.store)

describe('the upkeep of a ledger in a file', () => {
  let folder: string
  let file: string
  let ledger: Ledger
  let monotonicMs = 0

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'crisis-upkeep-'))
    file = path.join(folder, 'ledger.db')
    ledger = new Ledger(new SqliteEngine({ file, definition: DEFINITION_MODULE, ballastBytes: 0 }))
  })

  afterEach(async () => {
    await ledger.close()
    removeFolder(folder)
  })

  const upkeep = (plan: UpkeepPlan = PLAN): Upkeep =>
    new Upkeep({ ledger, actor, plan, file, monotonicMs: () => monotonicMs })
  const named = (at: number) => `${file}.bak-${new Date(at).toISOString().replace(/[:.]/g, '-')}`
  /** Lets the backups that there are be that much older. */
  function age(ms: number): void {
    for (const { path: backup, at } of backupsOf(file)) renameSync(backup, named(at - ms))
  }
  const write = (sql: string): void => {
    const db = new DatabaseSync(file)
    db.exec(sql)
    db.close()
  }
  const read = (sql: string): Row | undefined => {
    const db = new DatabaseSync(file, { readOnly: true })
    const row = db.prepare(sql).get() as Row | undefined
    db.close()
    return row
  }

  it('backs it up once in its time, and keeps as many as it is told', async () => {
    const own = upkeep({ ...PLAN, keep: 2 })
    await own.tidy()
    assert.equal(backupsOf(file).length, 1)
    await own.tidy()
    assert.equal(backupsOf(file).length, 1, 'the newest is not old enough')
    for (let round = 0; round < 3; round++) {
      age(25 * HOUR)
      await own.tidy()
    }
    assert.equal(backupsOf(file).length, 2)
    const copy = new DatabaseSync(backupsOf(file)[0]?.path ?? '', { readOnly: true })
    assert.equal(copy.prepare('select count(*) as n from alert').get()?.['n'], 0)
    copy.close()
  })

  it('counts for the figures, but by no rules that cannot be used, of which it tells once', async () => {
    const site = new Site(ledger.engine, '')
    await site.send()
    const own = upkeep()
    const told: string[] = []
    own.onTrouble(({ code }) => told.push(code) > 0)
    const countBy = async (shifts: string): Promise<unknown> => {
      own.setTallyRules(() => tallyRules({ ...DEFAULTS.store, shifts }))
      await own.count()
      await own.count()
      return read('select count(*) as n from alert where uncounted = 1')?.['n']
    }
    assert.deepEqual([await countBy('08:00'), told], [1, ['UPKEEP_TALLY']])
    assert.deepEqual([await countBy('全天 00:00-24:00'), told.length], [0, 1])
    assert.match(String(read('select cell from counted')?.['cell']), /全天/)
  })

  it('makes none where none is wanted', async () => {
    await upkeep(upkeepPlan({ ...DEFAULTS.store, backupHours: '0' })).tidy()
    assert.deepEqual(backupsOf(file), [])
  })

  it('counts no copy that was cut short, none of another program and none from the future', async () => {
    await ledger.engine.ready()
    const engine = ledger.engine as SqliteEngine
    await engine.backup(named(Date.now() + 365 * DAY))
    const short = named(Date.now() - 1)
    await engine.backup(short)
    truncateSync(short, 8_192)
    writeFileSync(`${named(Date.now() - 2)}.part`, 'half of it')
    writeFileSync(named(Date.now() - 3), '')
    writeFileSync(`${file}.bak-before-the-update`, 'kept by somebody')
    assert.deepEqual(backupsOf(file), [])
    await upkeep({ ...PLAN, keep: 1 }).tidy()
    assert.equal(backupsOf(file).length, 1)
    const others = readdirSync(folder).filter((name) => name.includes('.bak-'))
    assert.equal(others.length, 6, 'what is no backup of ours is left alone')
  })

  it('refuses a retention that is none', () => {
    for (const wrong of [{ rawDays: '0' }, { unansweredDays: '-1' }, { unansweredDays: '0.5' }]) {
      assert.throws(() => upkeepPlan({ ...DEFAULTS.store, ...wrong }), { code: 'SETTING_INVALID' })
    }
    assert.equal(PLAN.retention.unansweredMs, undefined)
    const { retention } = upkeepPlan({ ...DEFAULTS.store, unansweredDays: '30' })
    assert.equal(retention.unansweredMs, 30 * DAY)
  })

  it('keeps so many bytes of the quarantine, the newest, and tells once that the others went', async () => {
    const told: CrisisError[] = []
    const own = new Upkeep({ ledger, actor, plan: PLAN, file, quarantineBytes: 10_000 })
    own.onTrouble((trouble) => told.push(trouble) > 0)
    const item = {
      ...{ service: 's', operation: 'o', remoteAddress: 'r', charset: 'utf-8' },
      ...{ code: 'c', reasonZh: '', reasonEn: '', raw: Buffer.alloc(100) },
    }
    const add = async (count: number): Promise<void> => {
      for (let i = 0; i < count; i++) {
        await ledger.run('quarantine', { actor, item })
        await own.noteQuarantined(item.raw.length)
      }
    }
    const kept = () =>
      read('select count(*) as n, min(id) as first, max(id) as last from quarantine')!
    await add(100)
    assert.deepEqual({ ...kept() }, { n: 100, first: 1, last: 100 })
    assert.deepEqual(told, [])
    await add(500)
    const { n, first, last } = kept()
    assert.ok(Number(n) <= 107, `${String(n)} are kept`)
    assert.ok(Number(n) >= 100)
    assert.equal(last, 600)
    assert.equal(last - Number(first) + 1, n)
    assert.deepEqual(
      told.map(({ code }) => code),
      ['QUARANTINE_FULL'],
    )
    // So does what is old, once the clock is known.
    await own.lookAtClock()
    await own.tidy()
    assert.equal(kept()['n'], 100)
    assert.deepEqual((await ledger.verifyAudit()).broken, [])
  })

  it('removes nothing before the clock has been steady for a day', async () => {
    await ledger.engine.ready()
    write(
      `insert into quarantine (at, service, operation, remote, code, reason_zh, reason_en, charset, bytes)
       values (1, 's', 'o', 'r', 'c', '', '', 'utf-8', x'00')`,
    )
    const count = () => read('select count(*) as n from quarantine')?.['n']
    const own = upkeep()
    await own.lookAtClock()
    await own.tidy()
    assert.equal(count(), 1)
    // As if it had been watched for long.
    write(`update clock set steady_ms = ${DAY}`)
    await own.lookAtClock()
    await own.tidy()
    assert.equal(count(), 0)
  })

  it('tells a jump of the clock, and removes nothing after it', async () => {
    const told: string[] = []
    const own = upkeep()
    own.onTrouble(({ code }) => told.push(code) > 0)
    await own.lookAtClock()
    write(`update clock set steady_ms = ${DAY}`)
    // The same to it: its own clock stands still while the other goes on by a year.
    monotonicMs -= 365 * DAY
    await own.lookAtClock()
    monotonicMs = 0
    assert.deepEqual(told, ['CLOCK_JUMPED'])
    assert.equal(read('select steady_ms as n from clock')?.['n'], 0)
  })

  it('backs up although pruning fails, and tells each failure once until it is over', async () => {
    const told: string[] = []
    const own = upkeep()
    own.onTrouble(({ code, reason }) => told.push(`${code} ${reason.en}`) > 0)
    await own.lookAtClock()
    write(`update clock set steady_ms = ${DAY}`)
    await own.lookAtClock()
    write('alter table quarantine rename to elsewhere')
    await own.tidy()
    await own.tidy()
    assert.equal(told.length, 2)
    assert.match(told[0] ?? '', /^UPKEEP_PRUNING .*LEDGER_REFUSED/)
    assert.match(told[1] ?? '', /^UPKEEP_QUARANTINE .*LEDGER_REFUSED/)
    assert.equal(backupsOf(file).length, 1)
    write('alter table elsewhere rename to quarantine')
    await own.tidy()
    assert.equal(told.length, 2)
  })
})
