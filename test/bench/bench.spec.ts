import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import path from 'node:path'

/** All topics but `node-red` and `start`, which pack and install the package first. */
const TOPICS = [
  'codec',
  'parsers',
  'front',
  'hosting',
  'calling',
  'ledger',
  'loop',
  'region',
  'board',
]

/** What each of them prints a table or a list under. */
const TITLES = [
  'The sample Crisis',
  'Parsers',
  'The front, without a ledger',
  'Connections kept alive',
  'A new connection and a full handshake each',
  'Hosted feedback calls',
  'Outgoing calls',
  'Durable accepts',
  'The thread of the ledger',
  'The size of the ledger',
  'All alerts open',
  'A start with',
  'Migration of',
  'Query plans',
  'Deliveries by several processes',
  'Memory',
  'Timers of',
  'Accepts with a watch',
  'Figures over',
  'Search over',
  'From one hospital',
]

/** In each of these version 0.1.0 is a contestant. */
const BESIDE_0_1_0 = [
  'The sample Crisis',
  'Parsers',
  'The front, without a ledger',
  'Hosted feedback calls',
  'Outgoing calls',
  'Durable accepts',
]

describe('the bench', () => {
  it('runs', function () {
    this.timeout(240_000)
    const args = [path.join(__dirname, 'main.js'), '--smoke', ...TOPICS]
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' })
    assert.equal(status, 0, stderr)
    if (stderr.includes('skipped')) console.log('    without PostgreSQL')
    else for (const title of TITLES) assert.match(stdout, new RegExp(`\n## .*${title}`))
    const sections = stdout.split('\n## ')
    for (const title of BESIDE_0_1_0) {
      const section = sections.find((one) => one.split('\n', 1)[0]?.includes(title))
      assert.match(section ?? '', /\n\| 0\.1\.0/, title)
    }
  })
})
