import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { filesBelow, importsOf, ROOT, type SourceFile } from './house.js'

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
