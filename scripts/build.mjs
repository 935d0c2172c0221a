// Compiles the package into dist/ and the code of its dialogs into resources/, where Node-RED serves it from; then
// puts what tsc does not know beside the compiled nodes, where Node-RED looks for it: dialogs, locales and icons.
// Their absence would be silent. `--clean` wipes both folders first.
import { spawnSync } from 'node:child_process'
import { cpSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..')
const dist = join(root, 'dist')
const resources = join(root, 'resources')

if (process.argv.includes('--clean')) {
  for (const folder of [dist, resources]) rmSync(folder, { recursive: true, force: true })
}

const manifest = createRequire(import.meta.url).resolve('typescript/package.json')
compile()
compile('-p', 'nodes/editor')
// Browsers take these files for modules by the way they are loaded, Node (in tests) by this.
writeFileSync(join(resources, 'package.json'), '{ "type": "module" }\n')

cpSync(join(root, 'nodes'), join(dist, 'nodes'), {
  recursive: true,
  filter: (source) => !source.endsWith('.ts') && basename(source) !== 'editor',
})
cpSync(join(root, 'icons'), join(dist, 'nodes', 'icons'), { recursive: true })

/** Runs tsc with the same Node: a shell or a `.cmd` shim would differ between systems. */
function compile(...args) {
  const tsc = spawnSync(process.execPath, [join(dirname(manifest), 'bin', 'tsc'), ...args], {
    cwd: root,
    stdio: 'inherit',
  })
  if (tsc.error) throw tsc.error
  if (tsc.status !== 0) process.exit(tsc.status ?? 1)
}
