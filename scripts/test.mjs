// `npm test`: builds, then runs every stage that needs nothing but npm, and ends with "N passed, N failed".
//   node scripts/test.mjs [stage …]     only these stages; `debian` = those that need Debian packages
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync } from 'node:fs'
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

const unit = ['messages', 'soap', 'http', 'delivery', 'loop', 'bridges', 'house']
const stages = {
  lint: () => run('npm', [process.env.npm_execpath, 'run', '--silent', 'lint'], {}, 'lint'),
  unit: () => specs('unit', unit),
  ledger: () => specs('the ledger', ['store', 'ledger', 'bench']),
  'nodes-5': () => specs('nodes on Node-RED 5', ['nodes'], { NODE_RED_PKG: 'node-red' }),
  'nodes-4': () => specs('nodes on Node-RED 4.1', ['nodes'], { NODE_RED_PKG: 'node-red-4' }),
  system: () => specs('the tarball in real Node-RED', ['system']),
  fuzz: () => specs('inputs that are made up', ['fuzz/run']),
  traces: () => specs('traces', ['traces']),
  crash: () => specs('kills', ['crash']),
  power: () => specs('power cuts and disks that fail', ['power']),
  browser: () => specs('the editor in a real browser', ['browser']),
  interop: () => specs('real SOAP toolkits', ['interop']),
  parsers: () => specs('the gate beside other parsers', ['fuzz/reference']),
}
const DEBIAN = ['power', 'browser', 'interop', 'parsers']
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
// Kills mostly wait, and the traces need one core: they run beside the others, and are shown when those are done.
const BESIDE = ['traces', 'crash']
const beside =
  names.length > 1 ? names.filter((name) => BESIDE.includes(name)).map(startBeside) : []
const isBeside = (name) => beside.some((one) => one.name === name)
const notPassed = names.filter((name) => !isBeside(name) && !stages[name]())
for (const { name, end } of beside) if (!(await end())) notPassed.push(name)
finish(notPassed)

function specs(title, folders, env = {}) {
  return run(title, mochaArgs(folders), env)
}

function mochaArgs(folders) {
  const globs = folders.map((folder) => `dist/test/${folder}/**/*.spec.js`)
  return [mocha, '--reporter', 'scripts/reporter.cjs', ...globs]
}

function options(env, stdio) {
  const all = { ...process.env, ...env, CRISIS_TALLY: tally, NODE_ENV: 'test' }
  return { cwd: root, stdio, env: all }
}

/** A stage without mocha counts as one test. */
function run(title, args, env, countAs) {
  console.log(`\n=== ${title}`)
  const startedAt = Date.now()
  const { status } = spawnSync(process.execPath, args, options(env, 'inherit'))
  console.log(`    ${title}: ${((Date.now() - startedAt) / 1000).toFixed(1)} s`)
  if (countAs)
    counted.push({ passed: status === 0 ? 1 : 0, failed: status === 0 ? 0 : 1, skipped: 0 })
  return status === 0
}

/** Starts the specs of a folder of that name; they print into a file, for nobody reads a pipe meanwhile. */
function startBeside(name) {
  const file = join(root, '.run', `${name}.log`)
  const output = openSync(file, 'w')
  const child = spawn(process.execPath, mochaArgs([name]), options({}, ['ignore', output, output]))
  closeSync(output)
  const startedAt = Date.now()
  const exited = once(child, 'exit')
  return {
    name,
    end: async () => {
      console.log(`\n=== ${name}, beside the others`)
      const [status] = await exited
      console.log(readFileSync(file, 'utf8'))
      console.log(
        `    ${name}: done ${((Date.now() - startedAt) / 1000).toFixed(1)} s after its start`,
      )
      return status === 0
    },
  }
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
