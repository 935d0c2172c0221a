import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { filesBelow, importsOf, ROOT, type SourceFile } from './house.js'

const PAGE = 'src/board/page'

const DOOR = 'nodes/editor/shared.ts'

const dialogs = filesBelow('nodes/editor', /\.ts$/)
const read = (path: string): SourceFile => ({ path, text: readFileSync(join(ROOT, path), 'utf8') })

describe('the half of the package that runs in a browser', () => {
  it('enters the rest by one door', () => {
    assert.ok(dialogs.length > 10)
    for (const file of dialogs) {
      if (file.path === DOOR) continue
      for (const target of importsOf(file)) assert.match(target, /^nodes\/editor\//, file.path)
    }
  })

  it('loads nothing of Node or of a package, however far it is followed', () => {
    const seen = new Set<string>()
    const follow = (path: string): void => {
      if (seen.has(path)) return
      seen.add(path)
      for (const target of importsOf(read(path))) {
        assert.match(target, /^(?:nodes|src)\//, `${path} imports ${target}`)
        follow(target)
      }
    }
    for (const { path } of dialogs) follow(path)
    assert.ok(
      [...seen].some((path) => path.startsWith('src/')),
      'the door is followed',
    )
  })

  it('uses no global of Node', () => {
    for (const { path, text } of dialogs) assert.doesNotMatch(text, /\b(?:Buffer|process)\b/, path)
  })
})

describe("the board's page", () => {
  const files = filesBelow(PAGE, /\.tsx?$/)
  const packages = new Set(['preact', 'preact/hooks', 'uplot'])

  it('imports two packages, files of its own, and the types of what goes between it and the server', () => {
    assert.ok(files.length > 30)
    for (const file of files) {
      for (const target of importsOf(file)) {
        if (packages.has(target) || target.startsWith(`${PAGE}/`)) continue
        assert.equal(target, 'src/board/api.ts', file.path)
        // Code of the server would come into the bundle with it.
        const statements = file.text.matchAll(/import (type )?\{[^}]*\} from '[./]*\/api\.js'/g)
        for (const [, isType] of statements) assert.equal(isType, 'type ', file.path)
      }
    }
  })

  it('sets no markup and no style as text, and uses no global of Node', () => {
    for (const { path, text } of files) {
      assert.doesNotMatch(
        text,
        /dangerouslySetInnerHTML|innerHTML|\sstyle=|\bBuffer\b|\bprocess\./,
        path,
      )
    }
  })
})
