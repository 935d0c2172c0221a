import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { join } from 'node:path'
import { filesBelow, importsOf, ROOT } from './house.js'

/** What each folder may import beside itself; what a folder stands on, it may also use directly. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  messages: [],
  soap: ['messages'],
  http: ['soap', 'messages'],
  store: ['messages'],
  ledger: ['loop', 'store', 'messages'],
  delivery: ['ledger', 'loop', 'http', 'soap', 'messages'],
  loop: ['messages'],
  bridges: ['messages'],
  board: ['ledger', 'loop', 'messages'],
}

/** A move or a restore holds databases that no engine has open. */
const SECOND_DOORS: Readonly<Record<string, readonly string[]>> = {
  ledger: ['src/store/whole.ts'],
}

const { dependencies, peerDependencies } = JSON.parse(
  readFileSync(join(ROOT, 'package.json'), 'utf8'),
) as {
  dependencies: Record<string, string>
  /** Optional, and only loaded where a site has chosen them. */
  peerDependencies: Record<string, string>
}

const sources = filesBelow('src', /\.ts$/)
// The dialogs' half runs in a browser and has a spec of its own.
const nodes = filesBelow('nodes', /\.ts$/).filter(({ path }) => !path.startsWith('nodes/editor/'))
const folderOf = (path: string): string => path.split('/')[1] ?? ''
const isOurs = (target: string): boolean => /^(?:src|nodes|test)\//.test(target)

describe('the direction of dependencies', () => {
  it('is looked at in all folders of src', () => {
    const folders = [...new Set(sources.map(({ path }) => folderOf(path)))]
    assert.ok(folders.length >= 6)
    for (const folder of folders) assert.ok(Object.hasOwn(MAY_IMPORT, folder), folder)
    const all = sources.flatMap(importsOf)
    assert.ok(all.length > 100, 'import statements are found')
    for (const target of all.filter(isOurs)) {
      assert.ok(
        sources.some(({ path }) => path === target),
        `${target} is a file`,
      )
    }
  })

  for (const file of sources) {
    it(`holds in ${file.path}`, () => {
      const own = folderOf(file.path)
      for (const target of importsOf(file)) {
        if (!isOurs(target)) continue
        assert.match(target, /^src\//, 'src stands on nothing but src')
        const other = folderOf(target)
        if (other === own) continue
        assert.ok(MAY_IMPORT[own]?.includes(other), `${own} must not import ${other}`)
        const doors = [`src/${other}/index.ts`, ...(SECOND_DOORS[own] ?? [])]
        assert.ok(doors.includes(target), `${own} enters ${other} by its door, not by ${target}`)
      }
    })
  }

  it('lets src import only Node itself and the runtime dependencies', () => {
    const allowed = new Set([...Object.keys(dependencies), ...Object.keys(peerDependencies)])
    const packageOf = (target: string): string =>
      target
        .split('/')
        .slice(0, target.startsWith('@') ? 2 : 1)
        .join('/')
    const isAllowed = (target: string): boolean =>
      allowed.has(packageOf(target)) || (target.startsWith('node:') && isBuiltin(target))
    for (const file of sources) {
      for (const target of importsOf(file)) {
        if (!isOurs(target)) assert.ok(isAllowed(target), `${file.path} imports ${target}`)
      }
    }
  })

  it('has no circle among the files of src', () => {
    const graph = new Map(
      sources.map((file) => [file.path, importsOf(file).filter((target) => isOurs(target))]),
    )
    const done = new Set<string>()
    const visit = (path: string, way: readonly string[]): void => {
      assert.ok(!way.includes(path), [...way, path].join(' → '))
      if (done.has(path)) return
      for (const target of graph.get(path) ?? []) visit(target, [...way, path])
      done.add(path)
    }
    for (const path of graph.keys()) visit(path, [])
  })

  it('lets nodes import the doors of src, their own lib, and the types of Node-RED', () => {
    for (const file of nodes) {
      for (const target of importsOf(file)) {
        if (target.startsWith('src/')) assert.match(target, /^src\/\w+\/index\.ts$/, file.path)
        else if (isOurs(target))
          assert.match(target, /^nodes\/(?:lib|settings)\/[\w-]+\.ts$/, file.path)
        else assert.match(target, /^(?:node:\w+|node-red)$/, file.path)
        if (target === 'node-red') {
          // Node-RED hands its API over; requiring it would load a second one.
          assert.doesNotMatch(file.text, /import \{[^}]*\} from 'node-red'/, file.path)
        }
      }
    }
  })
})
