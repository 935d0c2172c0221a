import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { join } from 'node:path'
import { filesBelow, importsOf, ROOT } from './house.js'

/** The neighbours of each room: those that its files import. The files of the nodes themselves may enter any. */
const NEIGHBOURS: Readonly<Record<string, readonly string[]>> = {
  'nodes/acknowledge': [
    ...['face', 'handout', 'roster', 'send', 'service', 'settings', 'store'],
    ...['src/board', 'http/hosting', 'ledger', 'loop', 'messages'],
  ],
  'nodes/board': [
    ...['acknowledge', 'face', 'handout', 'roster', 'service', 'settings', 'store'],
    ...['src/board', 'http/hosting', 'ledger', 'messages'],
  ],
  'nodes/channel': [
    ...['face', 'settings', 'store'],
    ...['delivery', 'delivery/channels', 'http/calling', 'messages'],
  ],
  'nodes/dialogs': [
    ...['channel', 'face', 'handout', 'peer', 'roster', 'send', 'settings', 'store'],
    ...['bridges', 'delivery/channels', 'dialects', 'ledger', 'loop', 'messages', 'soap'],
  ],
  'nodes/editor': ['settings', 'messages', 'soap'],
  'nodes/face': ['settings', 'delivery', 'http/hosting', 'ledger', 'loop', 'messages'],
  'nodes/handout': ['face', 'peer', 'store', 'ledger', 'messages'],
  'nodes/page': [
    ...['acknowledge', 'channel', 'face', 'handout', 'send', 'settings', 'store'],
    ...['bridges', 'delivery', 'delivery/channels', 'ledger', 'loop', 'messages'],
  ],
  'nodes/parser': ['face', 'settings', 'bridges', 'messages'],
  'nodes/peer': [
    ...['face', 'settings', 'store'],
    ...['delivery', 'http/calling', 'ledger', 'messages', 'soap'],
  ],
  'nodes/receive': [
    ...['face', 'handout', 'service', 'settings', 'store'],
    ...['http/hosting', 'ledger', 'loop', 'messages', 'soap'],
  ],
  'nodes/register': [
    ...['face', 'handout', 'settings', 'store'],
    ...['bridges', 'ledger', 'loop', 'messages'],
  ],
  'nodes/response': ['face', 'service', 'settings', 'messages'],
  'nodes/roster': ['face', 'settings', 'loop', 'messages'],
  'nodes/send': [
    ...['face', 'handout', 'peer', 'settings', 'store'],
    ...['delivery', 'ledger', 'loop', 'messages'],
  ],
  'nodes/service': ['face', 'settings', 'bridges', 'http/hosting', 'messages', 'soap'],
  'nodes/settings': ['messages', 'soap'],
  'nodes/simulator': [
    ...['face', 'service', 'settings'],
    ...['delivery', 'http/calling', 'http/hosting', 'messages', 'soap'],
  ],
  'nodes/store': ['face', 'settings', 'src/board', 'ledger', 'loop', 'messages'],
  'nodes/watch': [
    ...['face', 'handout', 'peer', 'roster', 'settings', 'store'],
    ...['delivery', 'ledger', 'loop', 'messages'],
  ],
  'src/board': ['bridges', 'http/hosting', 'ledger', 'loop', 'messages'],
  'src/bridges': ['delivery/channels', 'loop', 'messages'],
  'src/delivery': ['delivery/channels', 'http', 'ledger', 'loop', 'messages', 'soap'],
  'src/delivery/channels': ['loop', 'messages'],
  'src/dialects': ['bridges', 'messages', 'soap'],
  'src/http': ['messages', 'soap'],
  'src/http/calling': ['http', 'messages', 'soap'],
  'src/http/hosting': ['http', 'messages', 'soap'],
  'src/ledger': ['loop', 'messages', 'store'],
  'src/loop': ['messages'],
  'src/messages': [],
  'src/soap': ['messages'],
  'src/store': ['messages'],
}

/** A move or a restore holds databases that no engine has open. */
const SECOND_DOORS: Readonly<Record<string, readonly string[]>> = {
  'src/ledger': ['src/store/whole.ts'],
}

/** May import no code at all, so that the browser can load the very rules that the runtime has. */
const RULES = /^nodes\/settings\/(?!index|setting-values)/

const { dependencies, peerDependencies } = JSON.parse(
  readFileSync(join(ROOT, 'package.json'), 'utf8'),
) as {
  dependencies: Record<string, string>
  /** Optional, and only loaded where a site has chosen them. */
  peerDependencies: Record<string, string>
}

const script = (...args: readonly string[]) =>
  spawnSync(process.execPath, [join(ROOT, 'scripts/house.mjs'), ...args], { encoding: 'utf8' })

// The board's page and the dialogs run in a browser and have a spec of their own.
const sources = filesBelow('src', /\.ts$/).filter(({ path }) => !path.startsWith('src/board/page/'))
const nodes = filesBelow('nodes', /\.ts$/).filter(({ path }) => !path.startsWith('nodes/editor/'))
const all = [...sources, ...nodes]
const isOurs = (target: string): boolean => /^(?:src|nodes|test)\//.test(target)

/** The room of a file; the files of the nodes themselves are in none. */
const roomOf = (path: string): string =>
  /^(?:src\/(?:http|delivery)\/\w+|src\/\w+|nodes\/\w+)(?=\/)/.exec(path)?.[0] ?? 'nodes'

/**
 * The neighbours of a room by their paths: for one of nodes/ a room of nodes/ is meant before one of src/, where the name
 * does not say which.
 */
const pathsOf = (room: string): readonly string[] =>
  (NEIGHBOURS[room] ?? [])
    .map((name) => {
      if (name.startsWith('src/')) return name
      const isBeside = room.startsWith('nodes/') && `nodes/${name}` in NEIGHBOURS
      return isBeside ? `nodes/${name}` : `src/${name}`
    })
    .toSorted()

describe('the house', () => {
  it('has these rooms, each with these neighbours', () => {
    const { stdout } = script()
    const { nodes: _hall, ...found } = JSON.parse(stdout) as Record<string, readonly string[]>
    const table = Object.keys(NEIGHBOURS).map((room) => [room, pathsOf(room)])
    assert.deepEqual(found, Object.fromEntries(table))
  })

  it('is drawn as it is', () => {
    const { status, stderr } = script('--check')
    assert.equal(status, 0, stderr)
  })

  it('has no circle, neither of rooms nor of files', () => {
    const rooms = Object.keys(NEIGHBOURS).map((room) => [room, pathsOf(room)] as const)
    const files = all.map((file) => [file.path, importsOf(file).filter(isOurs)] as const)
    for (const graph of [new Map(rooms), new Map(files)]) {
      const done = new Set<string>()
      const visit = (path: string, way: readonly string[]): void => {
        assert.ok(!way.includes(path), [...way, path].join(' → '))
        if (done.has(path)) return
        for (const target of graph.get(path) ?? []) visit(target, [...way, path])
        done.add(path)
      }
      for (const path of graph.keys()) visit(path, [])
    }
  })

  it('is entered by the doors of its rooms', () => {
    for (const file of all) {
      const own = roomOf(file.path)
      for (const target of importsOf(file)) {
        if (!isOurs(target)) continue
        assert.ok(
          all.some(({ path }) => path === target),
          `${file.path} imports ${target}`,
        )
        const other = roomOf(target)
        // Both houses of HTTP share the files that lie beside them.
        if (other === own || own.startsWith(`${other}/`)) continue
        const doors = [`${other}/index.ts`, ...(SECOND_DOORS[own] ?? [])]
        assert.ok(doors.includes(target), `${file.path} enters ${other} by ${target}`)
      }
    }
  })

  it('lets src import only Node itself and the dependencies, and nodes only Node itself', () => {
    const allowed = new Set([...Object.keys(dependencies), ...Object.keys(peerDependencies)])
    const packageOf = (target: string): string =>
      target
        .split('/')
        .slice(0, target.startsWith('@') ? 2 : 1)
        .join('/')
    for (const file of all) {
      for (const target of importsOf(file).filter((one) => !isOurs(one))) {
        const isNode = target.startsWith('node:') && isBuiltin(target)
        const isPackage = file.path.startsWith('src/') && allowed.has(packageOf(target))
        const isTypes = target === 'node-red' && file.path.startsWith('nodes/')
        assert.ok(isNode || isPackage || isTypes, `${file.path} imports ${target}`)
        // Node-RED hands its API over; requiring it would load a second one.
        assert.doesNotMatch(file.text, /import \{[^}]*\} from 'node-red'/, file.path)
      }
    }
  })

  it('shows Node-RED to the face alone, to which each node hands it', () => {
    const others = nodes.filter(({ path }) => roomOf(path) !== 'nodes/face')
    assert.ok(others.length > 30)
    for (const { path, text } of others) {
      if (roomOf(path) !== 'nodes') assert.doesNotMatch(text, /from 'node-red'|\bRED[.,:)]/, path)
      else assert.deepEqual(text.match(/\bRED\b/g), ['RED', 'RED'], path)
    }
  })

  it('has nodes of no more than forty lines', () => {
    const hall = nodes.filter(({ path }) => roomOf(path) === 'nodes')
    assert.equal(hall.length, 18)
    for (const { path, text } of hall) assert.ok(text.split('\n').length <= 40, path)
  })

  it('keeps the rules of settings free of all that no browser has', () => {
    const rules = nodes.filter(({ path }) => RULES.test(path))
    assert.ok(rules.length >= 10)
    for (const { path, text } of rules) {
      for (const [statement, target = ''] of text.matchAll(/^import .* from '([^']+)'/gm)) {
        const isType = statement.startsWith('import type ')
        assert.ok(isType || /^\.\/(?!setting-values)/.test(target), `${path}: ${statement}`)
      }
    }
  })
})
