// A process of scripts/mutants.mjs: runs the specs of the gate with one piece of the compiled scanner changed, mutant
// after mutant, each with modules loaded anew. mocha would take longer to start than most mutants live.
const Module = require('node:module')

const [root, ...specs] = process.argv.slice(2)
let mutant
const compile = Module.prototype._compile
Module.prototype._compile = function (source, path, ...rest) {
  const { file, from, to, text } = mutant
  const read = path === file ? source.slice(0, from) + text + source.slice(to) : source
  return compile.call(this, read, path, ...rest)
}

let tests = []
const suite = { timeout: () => {} }
globalThis.describe = (_title, body) => body.call(suite)
globalThis.it = (_title, test) => tests.push(test)
globalThis.before = (hook) => tests.push(hook)
globalThis.after = () => {}

process.on('message', (asked) => {
  mutant = asked
  tests = []
  for (const path of Object.keys(require.cache)) {
    if (path.startsWith(root)) delete require.cache[path]
  }
  try {
    for (const spec of specs) require(spec)
    for (const test of tests) {
      const startedAt = performance.now()
      test.call(suite)
      // Whoever watches knows from these how long each may take.
      process.send({ tookMs: performance.now() - startedAt })
    }
    process.send({ lives: true })
  } catch (error) {
    process.send({ lives: false, error: String(error) })
  }
})
