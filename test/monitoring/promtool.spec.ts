import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Meters, Observer } from '../../src/board/index.js'
import { Site } from '../ledger/site.js'
import { MemoryEngine } from '../support/memory-engine.js'
import { ALERT_CASES, QUIET, type AlertCase } from './alert-cases.js'
import { alertNames, panels, RULES } from './files.js'

const promtool = (args: readonly string[], input = '') =>
  spawnSync('promtool', args, { encoding: 'utf8', timeout: 60_000, input })

describe('the alert rules in Prometheus', () => {
  let folder: string

  before(function () {
    if (promtool(['--version']).status === 0) {
      folder = mkdtempSync(join(tmpdir(), 'crisis-promtool-'))
      return
    }
    const reason = 'no promtool (Debian: prometheus)'
    if (process.env['CRISIS_CI'] === '1') throw new Error(reason)
    console.log(`    skipped: ${reason}`)
    this.skip()
  })
  after(() => folder && rmSync(folder, { recursive: true, force: true }))

  /** JSON is YAML, so that no YAML has to be written. */
  function check(kind: 'check' | 'test', name: string, content: object): void {
    const file = join(folder, name)
    writeFileSync(file, JSON.stringify(content))
    const { status, stdout, stderr } = promtool([kind, 'rules', file])
    assert.equal(status, 0, stdout + stderr)
  }

  it('are understood', () => {
    const { status, stdout, stderr } = promtool(['check', 'rules', RULES])
    assert.equal(status, 0, stdout + stderr)
    assert.match(stdout, new RegExp(`${alertNames().length} rules found`))
  })

  it('fire each when they should, and none of them where all is well', () => {
    assert.deepEqual(
      ALERT_CASES.map(({ alert }) => alert),
      alertNames(),
    )
    const firing = (filter: string) => `count(ALERTS{alertstate="firing"${filter}})`
    const inputOf = (series: Readonly<Record<string, string>>) =>
      Object.entries(series).map(([name, values]) => ({ series: name, values }))
    const testOf = (cases: readonly AlertCase[]) => ({
      interval: '30s',
      input_series: cases.flatMap(({ series }) => inputOf(series)),
      promql_expr_test: cases.map(({ alert, at }) => ({
        expr: firing(`,alertname="${alert}"`),
        eval_time: at,
        exp_samples: [{ labels: '{}', value: 1 }],
      })),
    })
    // Each test starts a database of its own; the one case where nothing is there needs that.
    const [absent = [], others = []] = [true, false].map((isAbsent) =>
      ALERT_CASES.filter(({ alert }) => (alert === 'CrisisAbsent') === isAbsent),
    )
    const quiet = {
      interval: '30s',
      input_series: inputOf(QUIET),
      promql_expr_test: ['1m', '75m'].map((at) => ({
        expr: firing(''),
        eval_time: at,
        exp_samples: [],
      })),
    }
    check('test', 'alerts.yml', {
      rule_files: [RULES],
      evaluation_interval: '1m',
      tests: [quiet, testOf(absent), testOf(others)],
    })
  })

  it('are of metrics that Prometheus reads, whatever the nodes are called', async () => {
    const site = new Site(new MemoryEngine({ now: Date.now() }), 'pacs')
    await site.send()
    const meters = new Meters()
    meters.answered('"PACS" \\ 1\n', 'SynCrisisInfo', '0', 3)
    meters.paged('短信', 'accepted')
    const disk = { freeBytes: 1, totalBytes: 2, fileBytes: 3, logBytes: 4 }
    const observer = new Observer({
      ledger: site.ledger,
      facts: () => ({ ledgers: [], services: [] }),
      sizes: () => Promise.resolve({ disk, backupAt: 5_000 }),
      meters,
      names: () => (id) => `node ${id}`,
      instance: 'here-1',
      zone: '+08:00',
      startedAt: 0,
    })
    const { text } = await observer.metrics()
    assert.ok(text.includes('短信') && text.length > 5_000)
    const { status, stdout, stderr } = promtool(['check', 'metrics'], text)
    assert.equal(status, 0, stdout + stderr)
  })

  it('are beside a dashboard whose questions Prometheus understands', () => {
    const rules = panels().flatMap(({ id, targets }) =>
      targets.map(({ expr }, n) => ({ record: `panel:${id}:${n}`, expr })),
    )
    assert.ok(rules.length > 20)
    check('check', 'dashboard.yml', { groups: [{ name: 'dashboard', rules }] })
  })
})
