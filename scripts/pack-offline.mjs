// `npm run pack:offline`: one file that installs where there is no registry, on Windows, Linux and macOS alike. It is
// the ordinary tarball with its dependencies inside, `pg` too, in the very versions that package-lock.json names.
//   --to FOLDER     where the file is put (default: here)
import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs'
import { writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { assertNode } from './node-version.mjs'

assertNode()
const root = resolve(dirname(fileURLToPath(import.meta.url)), '..')
const { values } = parseArgs({ options: { to: { type: 'string', default: '.' } } })
const npm = process.env.npm_execpath
if (!npm) {
  console.error('Run it as `npm run pack:offline`.')
  process.exit(1)
}

mkdirSync(join(root, '.run'), { recursive: true })
const work = mkdtempSync(join(root, '.run', 'offline-'))
try {
  const plain = pack(root, work)
  execFileSync('tar', ['-xzf', plain], { cwd: work })
  const folder = join(work, 'package')

  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  const inside = [...Object.keys(manifest.dependencies), ...Object.keys(manifest.peerDependencies)]
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages
  const copied = closure(lock, inside)
  for (const place of copied) {
    // What belongs to a folder inside comes with an entry of its own.
    const nested = join(root, place, 'node_modules')
    const filter = (path) => path !== nested
    cpSync(join(root, place), join(folder, place), { recursive: true, filter })
  }
  const packed = {
    ...manifest,
    dependencies: Object.fromEntries(
      inside.map((name) => [name, lock[`node_modules/${name}`].version]),
    ),
    bundleDependencies: inside,
  }
  // With `pg` inside nothing is left to be asked for.
  for (const key of [
    'peerDependencies',
    'peerDependenciesMeta',
    'devDependencies',
    'workspaces',
    'scripts',
  ]) {
    delete packed[key]
  }
  writeFileSync(join(folder, 'package.json'), JSON.stringify(packed, null, 2))

  const name = `hospital-flows-node-red-crisis-${manifest.version}-offline.tgz`
  const file = resolve(values.to, name)
  mkdirSync(dirname(file), { recursive: true })
  renameSync(pack(folder, work), file)
  const size = (statSync(file).size / 2 ** 20).toFixed(1)
  console.log(`${file}\n${size} MB, ${copied.length} 个依赖包 packages inside`)
} finally {
  rmSync(work, { recursive: true, force: true })
}

/** The tarball that npm makes of a folder. */
function pack(folder, to) {
  const args = [npm, 'pack', '--json', '--ignore-scripts', '--pack-destination', to]
  const output = execFileSync(process.execPath, args, {
    cwd: folder,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
    maxBuffer: 2 ** 28,
  })
  const packed = JSON.parse(output)
  const [first] = Array.isArray(packed) ? packed : Object.values(packed)
  return join(to, first.filename)
}

/** The places in node_modules of some packages and of all that they need, found as Node.js finds them. */
function closure(lock, names) {
  const found = new Set()
  const open = names.map((name) => ({ name, from: '' }))
  for (const { name, from } of open) {
    const place = placeOf(lock, name, from)
    if (place === undefined || found.has(place)) continue
    found.add(place)
    const { dependencies, optionalDependencies } = lock[place]
    for (const next of Object.keys({ ...dependencies, ...optionalDependencies })) {
      open.push({ name: next, from: place })
    }
  }
  return [...found].sort()
}

function placeOf(lock, name, from) {
  for (let at = from; ; at = at.slice(0, Math.max(at.lastIndexOf('/node_modules/'), 0))) {
    const place = `${at === '' ? '' : `${at}/`}node_modules/${name}`
    if (lock[place]) return place
    if (at === '') return undefined
  }
}
