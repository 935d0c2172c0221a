// `npm run mutants`: breaks the compiled scanner in each place where a small change can be wrong, one at a time, and
// runs the specs of the gate until one fails. Whatever they let live is told, unless it is listed below with the
// reason why it is no fault. Ends with 1 when there is any such mutant.
//   --file NAME        only this file of src/messages/xml; several may be given
//   --from N           from the mutant of that number on
//   --jobs N           so many at a time (default 2)
//   --no-build         use dist as it is
import { fork, spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { assertNode } from './node-version.mjs'
import { EQUIVALENT } from './mutants-equivalent.mjs'

assertNode()
const root = resolve(dirname(fileURLToPath(import.meta.url)), '..')
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
          const around = [
            source.slice(Math.max(source.lastIndexOf('\n', from - 1) + 1, from - 40), from),
            source.slice(to, Math.min(source.indexOf('\n', to), to + 40)),
          ]
          const shown = `${name}: ${around.join(`⟨${source.slice(from, to).trim()}→${text}⟩`).trim()}`
          return { file, from, to, text: String(text), shown }
        }),
      ),
  )
}

/** What a test may take longer than without a mutant; one that never ends has failed as well. */
const SLACK_MS = 3000
const SLACK_TIMES = 5

/** A process that runs mutants one after another, until one of them hangs. */
class Runner {
  #child
  #usualMs = []

  /** Runs the specs as they are, and notes how long each test takes. */
  async begin() {
    const { lives, error, tookMs } = await this.run({ file: '', from: 0, to: 0, text: '' })
    if (!lives) throw new Error(`The specs fail without any mutant: ${error}`)
    this.#usualMs = tookMs
  }

  async run(mutant) {
    this.#child ??= fork(join(root, 'scripts/mutant-runner.cjs'), [join(root, 'dist'), ...specs])
    const child = this.#child
    const tookMs = []
    let timer
    try {
      return await new Promise((settle, reject) => {
        const hang = () => {
          this.#child = undefined
          child.kill('SIGKILL')
          settle({ lives: false, error: 'hangs' })
        }
        const watch = () => {
          clearTimeout(timer)
          const usual = this.#usualMs[tookMs.length]
          if (usual !== undefined) timer = setTimeout(hang, SLACK_MS + SLACK_TIMES * usual)
        }
        child.removeAllListeners()
        child.on('error', reject)
        // Out of memory, for instance.
        child.on('exit', () => {
          this.#child = undefined
          settle({ lives: false, error: 'ended' })
        })
        child.on('message', (message) => {
          if (message.tookMs === undefined) return settle({ ...message, tookMs })
          tookMs.push(message.tookMs)
          watch()
        })
        child.send(mutant)
        watch()
      })
    } finally {
      clearTimeout(timer)
    }
  }

  end() {
    this.#child?.removeAllListeners().kill()
  }
}

const names = values.file ?? readdirSync(folder).filter((name) => name !== 'index.js')
const mutants = names.flatMap((name) => mutantsOf(name.replace(/\.ts$/, '.js')))
const alive = []
let listed = 0
let next = Number(values.from)
const startedAt = Date.now()

async function work() {
  const runner = new Runner()
  await runner.begin()
  while (next < mutants.length) {
    const number = next++
    const mutant = mutants[number]
    if (number % 100 === 0) {
      console.log(
        `${((Date.now() - startedAt) / 1000).toFixed(0)} s  ${number} of ${mutants.length}`,
      )
    }
    if (EQUIVALENT.some(({ pattern }) => pattern.test(mutant.shown))) listed++
    else if ((await runner.run(mutant)).lives) {
      alive.push(mutant)
      console.log(`lives: ${number} ${mutant.shown}`)
    }
  }
  runner.end()
}
await Promise.all(Array.from({ length: Number(values.jobs) }, work))
console.log(
  `${mutants.length - listed - alive.length} mutants die, ${listed} are listed as no faults, ${alive.length} live`,
)
process.exit(alive.length === 0 ? 0 : 1)
