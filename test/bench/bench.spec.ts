import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import path from 'node:path'

/** All topics but `node-red`, which packs and installs the package first. */
const TOPICS = ['codec', 'front', 'hosting', 'calling', 'ledger']

/** What each of them prints a table or a list under. */
const TITLES = [
  'The sample Crisis',
  'The front, without a ledger',
  'Connections kept alive',
  'A new connection and a full handshake each',
  'Hosted feedback calls',
  'Outgoing calls',
  'Durable accepts',
  'The size of the ledger',
  'Query plans',
  'Deliveries by several processes',
  'Memory',
]

describe('the bench', () => {
  it('runs', function () {
    this.timeout(120_000)
    const args = [path.join(__dirname, 'main.js'), '--smoke', ...TOPICS]
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' })
    assert.equal(status, 0, stderr)
    if (stderr.includes('skipped')) console.log('    without PostgreSQL')
    else for (const title of TITLES) assert.match(stdout, new RegExp(`\n## .*${title}`))
  })
})
