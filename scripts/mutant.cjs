// Loaded before the specs by scripts/mutants.mjs: puts another text in the place of a piece of one compiled file.
const Module = require('node:module')

const { file, from, to, text } = JSON.parse(process.env.MUTANT)
const compile = Module.prototype._compile
Module.prototype._compile = function (source, path, ...rest) {
  const read = path === file ? source.slice(0, from) + text + source.slice(to) : source
  return compile.call(this, read, path, ...rest)
}
