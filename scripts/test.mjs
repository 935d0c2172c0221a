// `npm test`: builds, then runs every stage that needs nothing but npm, and ends with "N passed, N failed".
//   node scripts/test.mjs [stage …]     only these stages; `debian` = those that need Debian packages
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  writeSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { assertNode } from './node-version.mjs'

assertNode()
const root = resolve(dirname(fileURLToPath(import.meta.url)), '..')
const require = createRequire(import.meta.url)
const counted = []
const tally = join(root, '.run', 'tally.txt')
const mocha = join(dirname(require.resolve('mocha/package.json')), 'bin', 'mocha.js')

const unit = ['messages', 'soap', 'http', 'delivery', 'loop', 'bridges', 'board', 'house']
const stages = {
  lint: {
    title: 'lint',
    args: [process.env.npm_execpath, 'run', '--silent', 'lint'],
    counts: true,
  },
  unit: specs('unit', unit),
  ledger: specs('the ledger', ['store', 'ledger', 'bench']),
  'nodes-5': specs('nodes on Node-RED 5', ['nodes'], { NODE_RED_PKG: 'node-red' }),
  'nodes-4': specs('nodes on Node-RED 4.1', ['nodes'], { NODE_RED_PKG: 'node-red-4' }),
  system: specs('the tarball in real Node-RED', ['system']),
  fuzz: specs('inputs that are made up', ['fuzz/run']),
  traces: specs('traces', ['traces']),
  crash: specs('kills', ['crash']),
  power: specs('power cuts and disks that fail', ['power']),
  browser: specs('the editor in a real browser', ['browser']),
  interop: specs('real SOAP toolkits', ['interop']),
  parsers: specs('the gate beside other parsers', ['fuzz/reference']),
  monitoring: specs('alert rules in Prometheus', ['monitoring']),
}
const DEBIAN = ['power', 'browser', 'interop', 'parsers', 'monitoring']
// Two stages run at a time, the longest first. What the second lane prints is shown when both are done.
const LONGEST_FIRST = ['interop', 'browser', 'system', 'ledger', 'nodes-4', 'nodes-5', 'crash']
// Disks that fail are slow enough by themselves.
const ALONE = ['power']
const asked = process.argv.slice(2).flatMap((name) => (name === 'debian' ? DEBIAN : [name]))
const names =
  asked.length > 0 ? asked : Object.keys(stages).filter((name) => !DEBIAN.includes(name))
const unknown = names.find((name) => !Object.hasOwn(stages, name))
if (unknown) {
  console.error(`No stage ${unknown}; there are ${Object.keys(stages).join(', ')}, debian.`)
  process.exit(1)
}

mkdirSync(dirname(tally), { recursive: true })
rmSync(tally, { force: true })
const build = spawnSync(process.execPath, [join(root, 'scripts/build.mjs'), '--clean'], {
  stdio: 'inherit',
})
if (build.status !== 0) finish(['build'])
const notPassed = []
await runAll(names.filter((name) => ALONE.includes(name)))
const others = names.filter((name) => !ALONE.includes(name))
const queue = [
  ...LONGEST_FIRST.filter((name) => others.includes(name)),
  ...others.filter((name) => !LONGEST_FIRST.includes(name)),
]
if (queue.length < 2) await runAll(queue)
else {
  const log = join(root, '.run', 'second-lane.log')
  const output = openSync(log, 'w')
  await Promise.all([runAll(queue), runAll(queue, output)])
  closeSync(output)
  console.log(readFileSync(log, 'utf8'))
}
finish(notPassed)

function specs(title, folders, env = {}) {
  const globs = folders.map((folder) => `dist/test/${folder}/**/*.spec.js`)
  return { title, args: [mocha, '--reporter', 'scripts/reporter.cjs', ...globs], env }
}

/** Takes stages from a queue until it is empty; they print into a file where one is given. */
async function runAll(waiting, output) {
  for (let name = waiting.shift(); name !== undefined; name = waiting.shift())
    if (!(await run(stages[name], output))) notPassed.push(name)
}

async function run({ title, args, env, counts }, output) {
  const say = (text) => (output === undefined ? console.log(text) : writeSync(output, `${text}\n`))
  say(`\n=== ${title}`)
  const startedAt = Date.now()
  const stdio = output === undefined ? 'inherit' : ['ignore', output, output]
  const environment = { ...process.env, ...env, CRISIS_TALLY: tally, NODE_ENV: 'test' }
  const child = spawn(process.execPath, args, { cwd: root, stdio, env: environment })
  const [status] = await once(child, 'exit')
  const passed = status === 0
  say(`    ${title}: ${((Date.now() - startedAt) / 1000).toFixed(1)} s`)
  if (output !== undefined)
    console.log(`    (beside this: ${title} ${passed ? 'passed' : 'failed'})`)
  // A stage without mocha counts as one test.
  if (counts) counted.push({ passed: passed ? 1 : 0, failed: passed ? 0 : 1, skipped: 0 })
  return passed
}

function finish(broken) {
  const lines = existsSync(tally)
    ? readFileSync(tally, 'utf8').trim().split('\n').filter(Boolean)
    : []
  const all = [...counted, ...lines.map((line) => JSON.parse(line))]
  const sum = (key) => all.reduce((total, entry) => total + entry[key], 0)
  // A stage that ended badly without a failed test (it crashed, or ran none) is a failure all the same.
  const failed = Math.max(sum('failed'), broken.length)
  // Said once more at the end, for a log of a whole run is long and may be cut.
  for (const failure of all.flatMap((entry) => entry.failures ?? [])) console.log(`\n✖ ${failure}`)
  if (broken.length > 0) console.log(`\nNot passed: ${broken.join(', ')}`)
  const skipped = sum('skipped')
  console.log(
    `\n${sum('passed')} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`,
  )
  process.exit(broken.length > 0 ? 1 : 0)
}
