import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import os from 'node:os'
import path from 'node:path'
import { DEFAULTS } from '../../nodes/settings/index.js'
import { callWith, crisisXml } from '../support/calls.js'
import { Comms } from '../support/comms.js'
import {
  freePort,
  npmCli,
  PACKAGE_NAME,
  removeFolder,
  ROOT,
  startNodeRed,
} from '../support/node-red.js'

/** Nothing listens there: whatever npm would fetch fails. */
const NO_REGISTRY = 'http://127.0.0.1:9/'

describe('the file for machines without a registry', function () {
  this.timeout(180_000)
  // Outside of the repository, whose own dependencies would be found otherwise.
  const folder = mkdtempSync(path.join(os.tmpdir(), 'crisis-offline-'))
  const userDir = path.join(folder, 'user')

  const npm = (args: readonly string[], cwd: string): string =>
    execFileSync(process.execPath, [npmCli(), ...args], {
      cwd,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
      env: {
        ...process.env,
        npm_execpath: npmCli(),
        npm_config_registry: NO_REGISTRY,
        npm_config_cache: path.join(folder, 'cache'),
        npm_config_fetch_retries: '0',
      },
    })

  before(() => {
    execFileSync(process.execPath, [path.join(ROOT, 'scripts/pack-offline.mjs'), '--to', folder], {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, npm_execpath: npmCli() },
    })
    const file = readdirSync(folder).find((name) => name.endsWith('-offline.tgz'))
    assert.ok(file, 'a file was made')
    mkdirSync(userDir)
    writeFileSync(
      path.join(userDir, 'package.json'),
      JSON.stringify({ name: 'node-red-project', version: '0.0.1', private: true }),
    )
    npm(
      // The options with which Node-RED itself installs what is uploaded in its palette.
      [
        'install',
        '--no-audit',
        '--no-update-notifier',
        '--no-fund',
        '--save',
        '--save-prefix=~',
        '--omit=dev',
        '--engine-strict',
        path.join(folder, file),
      ],
      userDir,
    )
  })

  after(() => removeFolder(folder))

  it('brings all that the package needs, PostgreSQL too', () => {
    const inside = createRequire(
      path.join(userDir, 'node_modules', PACKAGE_NAME, 'dist/nodes/crisis-store.js'),
    )
    for (const name of ['soap', 'undici', 'pg']) {
      assert.ok(inside.resolve(name).startsWith(path.join(userDir, 'node_modules')), name)
    }
    assert.doesNotThrow(() => npm(['ls', '--all', '--omit=dev'], userDir))
  })

  for (const nodeRed of ['node-red', 'node-red-4'] as const) {
    it(`runs in ${nodeRed}`, async () => {
      const port = await freePort()
      // The second Node-RED starts with the flow of the first, whose node says that it listens before it is replaced.
      const id = `in-${nodeRed}`
      const listen = {
        mount: 'port',
        host: '127.0.0.1',
        port: String(port),
        path: '/pacs',
        allow: '127.0.0.1',
      }
      const running = await startNodeRed({ nodeRed, userDir })
      try {
        const comms = await Comms.open(running.url)
        await running.deploy([
          { id: 'tab', type: 'tab', label: 'offline' },
          { ...DEFAULTS.service, ...listen, id: 'service', type: 'crisis service' },
          {
            ...DEFAULTS.in,
            id,
            type: 'crisis in',
            z: 'tab',
            service: 'service',
            wires: [[]],
          },
        ])
        await comms.shows(id, 'green listening')
        comms.close()
        const answer = await callWith(`http://127.0.0.1:${port}/pacs`, 'SynCrisisInfo', crisisXml())
        assert.deepEqual(answer, { status: 200, code: '0', desc: '成功' })
      } finally {
        await running.stop()
      }
    })
  }
})
