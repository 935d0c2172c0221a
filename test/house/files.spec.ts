import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { filesBelow, ROOT } from './house.js'

const MAX_LINES = 400

/** Longer than the rule allows, each with its reason. */
const LONG: Readonly<Record<string, string>> = {
  'test/nodes/outcomes.spec.ts': 'one table of what a peer can answer, and what becomes of each',
  'test/support/flow.ts': 'the one place that knows the test helper and its quirks',
  'test/soap/remote-wsdl.spec.ts': 'one table of WSDLs as toolkits publish them',
}

const code = ['src', 'nodes', 'test', 'scripts'].flatMap((folder) =>
  filesBelow(folder, /\.(?:[cm]?[jt]sx?|html|css)$/),
)

describe('the files', () => {
  it('are found', () => assert.ok(code.length > 80))

  it(`have no more than ${MAX_LINES} lines, but for the exceptions that are named`, () => {
    const long = code.filter(({ text }) => text.split('\n').length - 1 > MAX_LINES)
    const paths = long.map(({ path }) => path).toSorted()
    assert.deepEqual(paths, Object.keys(LONG).toSorted())
  })

  it('are named in kebab case', () => {
    for (const { path } of code) {
      assert.match(
        path,
        /^(?:[a-z0-9-]+\/|locales\/[a-z]{2}-[A-Z]{2}\/)*[a-z0-9-]+(?:\.spec)?\.\w+$/,
      )
    }
  })

  it('leave nothing to be done later', () => {
    // Written in parts, so that this file does not find itself.
    const mark = /\b(?:TO(?:DO)|FIX(?:ME)|X(?:XX))\b/
    for (const { path, text } of code) assert.doesNotMatch(text, mark, path)
  })

  it('switch no check off', () => {
    const off = /@ts-(?:ignore|nocheck)|\b(?:describe|it)\.(?:only|skip)\(/
    for (const { path, text } of code) assert.doesNotMatch(text, off, path)
  })

  it('have no import that tsc and Node would take differently', () => {
    for (const { path, text } of code.filter((file) => /\.tsx?$/.test(file.path))) {
      assert.doesNotMatch(text, /from '\.{1,2}\/[^']*(?<!\.js)'/, `${path}: imports end in .js`)
    }
  })
})

describe('the locales', () => {
  it('have the same files in both languages, two for each node', () => {
    const [zh, en] = ['zh-CN', 'en-US'].map((language) =>
      readdirSync(join(ROOT, 'nodes', 'locales', language)).toSorted(),
    )
    assert.deepEqual(zh, en)
    const sets = readdirSync(join(ROOT, 'nodes'))
      .filter((name) => name.endsWith('.html'))
      .map((name) => name.replace('.html', ''))
      // What the dialogs share is no node, and has no texts of its own.
      .filter((name) => name !== 'crisis-editor')
    assert.deepEqual(zh, sets.flatMap((set) => [`${set}.html`, `${set}.json`]).toSorted())
  })
})
