import assert from 'node:assert/strict'
import { mkdtempSync, utimesSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { DEFAULTS } from '../../nodes/lib/settings.js'
import { backupsOf, lookAfter, upkeepPlan } from '../../nodes/lib/upkeep.js'
import { DEFINITION_MODULE, Ledger, SqliteEngine } from '../../src/ledger/index.js'
import { removeFolder } from '../support/node-red.js'

const actor = { chain: 'file', actor: 'upkeep' }

describe('the upkeep of a ledger in a file', () => {
  let folder: string
  let file: string
  let ledger: Ledger

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'crisis-upkeep-'))
    file = path.join(folder, 'ledger.db')
    ledger = new Ledger(new SqliteEngine({ file, definition: DEFINITION_MODULE, ballastBytes: 0 }))
  })

  afterEach(async () => {
    await ledger.close()
    removeFolder(folder)
  })

  it('backs it up once in its time, and keeps as many as it is told', async () => {
    const plan = { ...upkeepPlan(DEFAULTS.store), keep: 2 }
    await lookAfter(ledger, actor, plan, file)
    assert.equal(backupsOf(file).length, 1)
    await lookAfter(ledger, actor, plan, file)
    assert.equal(backupsOf(file).length, 1, 'the newest is not old enough')
    for (let round = 0; round < 3; round++) {
      const long = new Date(Date.now() - 25 * 3_600_000)
      for (const backup of backupsOf(file)) utimesSync(backup, long, long)
      await lookAfter(ledger, actor, plan, file)
    }
    assert.equal(backupsOf(file).length, 2)
    const copy = new DatabaseSync(backupsOf(file)[0] ?? '', { readOnly: true })
    assert.equal(copy.prepare('select count(*) as n from alert').get()?.['n'], 0)
    copy.close()
  })

  it('makes none where none is wanted', async () => {
    const plan = upkeepPlan({ ...DEFAULTS.store, backupHours: '0' })
    await lookAfter(ledger, actor, plan, file)
    assert.deepEqual(backupsOf(file), [])
  })

  it('refuses a retention that is none', () => {
    assert.throws(() => upkeepPlan({ ...DEFAULTS.store, rawDays: '0' }), {
      code: 'SETTING_INVALID',
    })
  })
})
