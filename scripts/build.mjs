// Compiles, then puts what tsc does not know beside the compiled nodes, where Node-RED looks for it:
// dialogs, locales and icons. Their absence would be silent. `--clean` wipes dist first.
import { spawnSync } from 'node:child_process'
import { cpSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..')
const dist = join(root, 'dist')

if (process.argv.includes('--clean')) rmSync(dist, { recursive: true, force: true })

const manifest = createRequire(import.meta.url).resolve('typescript/package.json')
// The same Node runs tsc: a shell or a `.cmd` shim would differ between systems.
const tsc = spawnSync(process.execPath, [join(dirname(manifest), 'bin', 'tsc')], {
  cwd: root,
  stdio: 'inherit',
})
if (tsc.error) throw tsc.error
if (tsc.status !== 0) process.exit(tsc.status ?? 1)

cpSync(join(root, 'nodes'), join(dist, 'nodes'), {
  recursive: true,
  filter: (source) => !source.endsWith('.ts'),
})
cpSync(join(root, 'icons'), join(dist, 'nodes', 'icons'), { recursive: true })
