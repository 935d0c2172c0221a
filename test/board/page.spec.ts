import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { gzipSync } from 'node:zlib'

const PAGE = resolve(__dirname, '../../board')
const MOST_BYTES = 150_000

const files = ['board.css', 'board.js', 'index.html']
const textOf = (name: string): string => readFileSync(join(PAGE, name), 'utf8')

describe('the page of the board as it is packed', () => {
  it('is three files, and the licences of the libraries in them', () => {
    assert.deepEqual(readdirSync(PAGE).toSorted(), [...files, 'licences.txt'].toSorted())
    for (const who of ['Jason Miller', 'Leon Sorokin'])
      assert.ok(textOf('licences.txt').includes(who))
  })

  it(`is smaller than ${MOST_BYTES} bytes compressed`, () => {
    const bytes = files.reduce((sum, name) => sum + gzipSync(textOf(name)).byteLength, 0)
    assert.ok(bytes > 10_000 && bytes < MOST_BYTES, String(bytes))
  })

  it('names its files by their content, and has no script or style of its own', () => {
    const html = textOf('index.html')
    assert.match(html, /src="board\.js\?v=[0-9a-f]{12}"/)
    assert.match(html, /href="board\.css\?v=[0-9a-f]{12}"/)
    assert.doesNotMatch(html, /<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)/)
  })

  it('asks nothing of an outside address', () => {
    for (const name of files) {
      const addresses = textOf(name).match(/(?:https?:|wss?:)?\/\/[a-z][\w-]*\.[\w.-]+/gi) ?? []
      // Names of XML, which nobody fetches.
      assert.deepEqual(
        addresses.filter((address) => !address.startsWith('http://www.w3.org')),
        [],
        name,
      )
    }
  })

  it('makes no markup or code of texts', () => {
    const code = textOf('board.js')
    assert.doesNotMatch(code, /\beval\(|new Function\(|document\.write|insertAdjacentHTML/)
  })
})
