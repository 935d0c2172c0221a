// Compiles the package into dist/ and the code of its dialogs into resources/, where Node-RED serves it from; then
// puts what tsc does not know beside the compiled nodes, where Node-RED looks for it: dialogs, locales and icons.
// Their absence would be silent. The board's page is bundled into dist/board/. `--clean` wipes both folders first.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { cpSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildSync } from 'esbuild'

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
bundlePage()

/** Runs tsc with the same Node: a shell or a `.cmd` shim would differ between systems. */
function compile(...args) {
  const tsc = spawnSync(process.execPath, [join(dirname(manifest), 'bin', 'tsc'), ...args], {
    cwd: root,
    stdio: 'inherit',
  })
  if (tsc.error) throw tsc.error
  if (tsc.status !== 0) process.exit(tsc.status ?? 1)
}

/** The board's page in three files; their addresses change with their content, so that a browser can keep them. */
function bundlePage() {
  const page = join(root, 'src', 'board', 'page')
  const board = join(dist, 'board')
  buildSync({
    absWorkingDir: root,
    entryPoints: { board: join(page, 'main.tsx'), 'board-style': join(page, 'css', 'board.css') },
    outdir: board,
    bundle: true,
    minify: true,
    format: 'esm',
    // Workstations of hospitals are old: the last Chromium for Windows 7 is 109.
    target: ['chrome100', 'firefox102', 'safari15.4'],
    charset: 'utf8',
    legalComments: 'none',
    logLevel: 'warning',
  })
  renameSync(join(board, 'board-style.css'), join(board, 'board.css'))
  const html = readFileSync(join(page, 'index.html'), 'utf8').replaceAll(
    /"(board\.(?:js|css))"/g,
    (_, name) => {
      const hash = createHash('sha256')
        .update(readFileSync(join(board, name)))
        .digest('hex')
      return `"${name}?v=${hash.slice(0, 12)}"`
    },
  )
  writeFileSync(join(board, 'index.html'), html)
  // Their licences ask to go along with every copy.
  const licences = ['preact', 'uplot'].map(
    (name) => `${name}\n\n${readFileSync(join(root, 'node_modules', name, 'LICENSE'), 'utf8')}`,
  )
  writeFileSync(join(board, 'licences.txt'), licences.join('\n'))
}
