import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, realpathSync } from 'node:fs'
import path from 'node:path'
import { PACKAGE_NAME, ROOT, type RunningNodeRed } from '../support/node-red.js'
import { CELLS, errorsIn, EXAMPLES, readExample, startCell, stopCell, versionOf } from './cells.js'

const SETS = Object.entries(
  (
    JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as {
      'node-red': { nodes: Record<string, string> }
    }
  )['node-red'].nodes,
).map(([set]) => set)

const ICONS = readdirSync(path.join(ROOT, 'icons')).toSorted()

interface NodeSet {
  readonly module?: string
  readonly name: string
  readonly types: readonly string[]
  readonly enabled: boolean
  readonly err?: unknown
}

for (const cell of CELLS) {
  describe(`the installed package in ${cell.name}`, function () {
    this.timeout(120_000)
    let running: RunningNodeRed

    before(async function () {
      running = await startCell(cell, this)
    })

    after(() => stopCell(running))

    const get = async (address: string, headers: Record<string, string> = {}): Promise<string> => {
      const response = await fetch(`${running.url}${address}`, { headers })
      assert.equal(response.status, 200, address)
      return response.text()
    }

    it('runs on the Node that is meant', async () => {
      const { version } = JSON.parse(await get('/settings')) as { version: string }
      assert.match(version, cell.nodeRed === 'node-red' ? /^5\./ : /^4\.1\./)
      if (cell.name.includes('22.13')) assert.match(versionOf(cell.node), /^v22\.13\./)
      assert.ok(running.log().includes(versionOf(cell.node)))
    })

    it('brings the command for the ledger, which npm put where npx finds it', () => {
      const bin = path.join(running.userDir, 'node_modules', '.bin', 'crisis-ledger')
      const command = (...args: readonly string[]) =>
        spawnSync(cell.node, [realpathSync(bin), ...args, '--lang', 'en'], {
          cwd: running.userDir,
          encoding: 'utf8',
        })
      assert.match(command('--help').stdout, /^crisis-ledger: moves/)
      const none = command('verify', 'none.db')
      assert.deepEqual([none.status, none.stdout], [1, ''])
      assert.match(none.stderr, /^Failed \(NO_LEDGER\): There is no ledger at this place[^\n]*\n$/)
    })

    it('has all its nodes, enabled and without an error', async () => {
      const all = JSON.parse(await get('/nodes', { Accept: 'application/json' })) as NodeSet[]
      const ours = all.filter(({ module }) => module === PACKAGE_NAME)
      assert.deepEqual(ours.map(({ name }) => name).toSorted(), SETS.toSorted())
      for (const { name, enabled, err, types } of ours) {
        assert.equal(enabled, true, name)
        assert.equal(err, undefined, name)
        assert.deepEqual(types, [
          name.startsWith('crisis') ? name.replace(/-/g, ' ') : 'generic response',
        ])
      }
    })

    it('has all its icons', async () => {
      const icons = JSON.parse(await get('/icons')) as Record<string, string[]>
      assert.deepEqual(icons[PACKAGE_NAME]?.toSorted(), ICONS)
      for (const icon of ICONS) {
        assert.match(await get(`/icons/${PACKAGE_NAME}/${icon}`), /^<svg /)
      }
    })

    it('offers its examples for import', async () => {
      const modules = JSON.parse(await get('/library/examples/flows/')) as string[]
      assert.ok(modules.includes(PACKAGE_NAME))
      const listed = JSON.parse(await get(`/library/examples/flows/${PACKAGE_NAME}`)) as {
        fn: string
      }[]
      const names = listed.map((entry) => entry.fn).toSorted()
      assert.deepEqual(
        names,
        EXAMPLES.map((name) => name.replace(/\.json$/, '')),
      )
      for (const name of names) {
        const address = `/library/examples/flows/${PACKAGE_NAME}/${encodeURIComponent(name)}`
        assert.deepEqual(JSON.parse(await get(address)), JSON.parse(readExample(`${name}.json`)))
      }
    })

    for (const language of ['zh-CN', 'en-US']) {
      it(`speaks ${language}: labels and help`, async () => {
        for (const set of SETS) {
          const address = `/locales/${PACKAGE_NAME}/${set}?lng=${language}`
          const catalogue = JSON.parse(await get(address)) as Record<string, { language: string }>
          assert.equal(catalogue[set]?.language, language)
          const html = await get(`/nodes/${PACKAGE_NAME}/${set}`, {
            Accept: 'text/html',
            'Accept-Language': language,
          })
          const help = path.join(ROOT, 'nodes', 'locales', language, `${set}.html`)
          assert.ok(html.includes(readFileSync(help, 'utf8').trim()), `${set} is explained`)
        }
      })
    }

    it('has printed no error', () => assert.deepEqual(errorsIn(running.log()), []))

    it('ends within 10 s when it is told to', async () => {
      await running.stop()
      assert.equal(running.process.signalCode, null, 'not killed')
    })
  })
}
