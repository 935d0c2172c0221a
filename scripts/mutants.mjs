// `npm run mutants`: breaks the compiled scanner in each place where a small change can be wrong, one at a time, and
// runs the specs of the gate until one fails. Whatever they let live is told, unless it is listed below with the
// reason why it is no fault. Ends with 1 when there is any such mutant.
//   --file NAME        only this file of src/messages/xml; several may be given
//   --from N           from the mutant of that number on
//   --jobs N           so many at a time (default 2)
//   --no-build         use dist as it is
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { assertNode } from './node-version.mjs'
import { EQUIVALENT } from './mutants-equivalent.mjs'

assertNode()
const root = resolve(dirname(fileURLToPath(import.meta.url)), '..')
const require = createRequire(import.meta.url)
const { values } = parseArgs({
  options: {
    file: { type: 'string', multiple: true },
    from: { type: 'string', default: '0' },
    jobs: { type: 'string', default: '2' },
    'no-build': { type: 'boolean' },
  },
})
if (!values['no-build']) {
  const build = spawnSync(process.execPath, [join(root, 'scripts/build.mjs'), '--clean'], {
    stdio: 'inherit',
  })
  if (build.status !== 0) process.exit(1)
}

const folder = join(root, 'dist/src/messages/xml')
const mocha = join(dirname(require.resolve('mocha/package.json')), 'bin/mocha.js')
// Those that take long come last.
const specs = ['xml/scanner', 'xml/fault', 'xml/limits', 'gate', 'xml/every'].map((name) =>
  join(root, `dist/test/messages/${name}.spec.js`),
)

/** What is put in the place of what: patterns over the compiled text, comments excepted. */
const CHANGES = [
  [/ (===|!==|<=|>=|<|>) /g, (_, operator) => [` ${TURNED[operator]} `, ...shifted(operator)]],
  [/ (&&|\|\|) /g, (_, operator) => [operator === '&&' ? ' || ' : ' && ']],
  [
    /(?<![\w.$']|void )(0x[0-9a-f]+|\d+)(?![\w']|, \w+_js_1|;\nexports)/g,
    (number) => [Number(number) + 1, Number(number) - 1],
  ],
  [/\(0, fault_js_1\.malformed\)/g, () => ['String']],
  [/throw new/g, () => ['void new']],
  [/\b(true|false)\b/g, (word) => [word === 'true' ? 'false' : 'true']],
  [/!(?=[\w(])/g, () => ['']],
  [/(?<=[\w\]])(\+\+|--)/g, (step) => [step === '++' ? '--' : '++', '']],
  [/(?<=mark\(').+(?=',)/g, (characters) => without(characters)],
  [/(?<=')(\[CDATA\[|DOCTYPE)(?=')/g, (word) => [word.slice(0, -1), word.toLowerCase()]],
  // A statement left out.
  [/(?<=\n) +[\w.#[\]+]+ [+|-]?= [^;{}]+;(?=\n)/g, () => ['']],
  [/(?<=\n) +[\w.#]+\([^;{}]*\);(?=\n)/g, () => ['']],
  // In the pattern of the declaration.
  [/(?<=\])[+*](?=.*\/y;)/g, (sign) => [sign === '+' ? '*' : '+']],
  [/(?<=\))\?(?=.*\/y;)/g, () => ['']],
]
const TURNED = { '===': '!==', '!==': '===', '<': '>=', '>=': '<', '>': '<=', '<=': '>' }

function shifted(operator) {
  if (operator.length > 2) return []
  return [` ${operator.length === 1 ? `${operator}=` : operator[0]} `]
}

/** Escapes count as the character that they mean. */
function without(characters) {
  const each = characters.match(/\\.|./g) ?? []
  return each.map((_, at) => each.toSpliced(at, 1).join(''))
}

function mutantsOf(name) {
  const file = join(folder, name)
  const source = readFileSync(file, 'utf8')
  // Of the same length, so that places stay what they are.
  const bare = source.replace(/\/\*[^]*?\*\/|\/\/ .*/g, (comment) => comment.replace(/[^\n]/g, ' '))
  const head = bare.indexOf('\n', bare.lastIndexOf(' = require('))
  return CHANGES.flatMap(([pattern, change]) =>
    [...bare.matchAll(pattern)]
      .filter(({ index }) => index > head)
      .flatMap((match) =>
        change(...match).map((text) => {
          const from = match.index
          const to = from + match[0].length
          const [start, end] = [source.lastIndexOf('\n', from) + 1, source.indexOf('\n', to)]
          const line =
            source.slice(start, from) +
            `⟨${source.slice(from, to)}→${text}⟩` +
            source.slice(to, end)
          return { file, from, to, text: String(text), shown: `${name}: ${line.trim()}` }
        }),
      ),
  )
}

/** How long the specs take by themselves, and that they pass. */
const startedAt = Date.now()
if (await run({ file: '', from: 0, to: 0, text: '' }, Infinity)) {
  console.log('The specs fail without any mutant.')
  process.exit(1)
}
const longestMs = 5000 + 3 * (Date.now() - startedAt)

/** Whether a spec fails. One that never ends has failed as well. */
async function run({ file, from, to, text }, limitMs) {
  const child = spawn(
    process.execPath,
    ['--require', join(root, 'scripts/mutant.cjs'), mocha, '--bail', '--reporter', 'min', ...specs],
    {
      stdio: 'ignore',
      cwd: root,
      env: { ...process.env, MUTANT: JSON.stringify({ file, from, to, text }) },
    },
  )
  const timer = limitMs === Infinity ? undefined : setTimeout(() => child.kill('SIGKILL'), limitMs)
  const [status] = await once(child, 'exit')
  clearTimeout(timer)
  return status !== 0
}

const names = values.file ?? readdirSync(folder).filter((name) => name !== 'index.js')
const mutants = names.flatMap((name) => mutantsOf(name.replace(/\.ts$/, '.js')))
const alive = []
let listed = 0
let next = Number(values.from)
console.log(`${mutants.length} mutants`)

async function work() {
  while (next < mutants.length) {
    const number = next++
    const mutant = mutants[number]
    if (number % 50 === 0)
      console.log(`${number}, ${((Date.now() - startedAt) / 1000).toFixed(0)} s`)
    if (EQUIVALENT.some(({ mutants: known }) => known.includes(mutant.shown))) listed++
    else if (!(await run(mutant, longestMs))) {
      alive.push(mutant)
      console.log(`lives: ${number} ${mutant.shown}`)
    }
  }
}
await Promise.all(Array.from({ length: Number(values.jobs) }, work))
console.log(
  `${mutants.length - listed - alive.length} mutants die, ${listed} are listed as no faults, ${alive.length} live`,
)
process.exit(alive.length === 0 ? 0 : 1)
