import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from './house.js'

const PAGES = ['docs/house.md', 'docs/house.zh.md'].map((path) => ({
  path,
  text: readFileSync(join(ROOT, path), 'utf8'),
}))

describe('the page about the house', () => {
  it('says of every room what it is for', () => {
    const script = join(ROOT, 'scripts/house.mjs')
    const { stdout } = spawnSync(process.execPath, [script], { encoding: 'utf8' })
    const rooms = Object.keys(JSON.parse(stdout) as object).filter((room) => room !== 'nodes')
    assert.ok(rooms.length > 20)
    for (const { path, text } of PAGES) {
      for (const room of rooms) assert.ok(text.includes(`| \`${room}\``), `${path}: ${room}`)
    }
  })

  it('names functions where they are, the same in both languages', () => {
    const [en = [], zh] = PAGES.map(({ text }) =>
      [...text.matchAll(/`(\w+)` ?[(（]`([\w/-]+\.ts)`/g)].map(([, name, file]) => [name, file]),
    )
    assert.ok(en.length > 20)
    assert.deepEqual(zh, en)
    for (const [name = '', file = ''] of en) {
      const defines = new RegExp(`export (?:async )?(?:const|class|function\\*?) ${name}\\b`)
      const isOwn = new RegExp(`^class ${name}\\b`, 'm')
      const text = readFileSync(join(ROOT, file), 'utf8')
      assert.ok(defines.test(text) || isOwn.test(text), `${name} in ${file}`)
    }
  })

  it('sends nobody to a place that is not there', () => {
    for (const { path, text } of PAGES) {
      const places = [...text.matchAll(/`((?:src|nodes|test)\/[\w/.-]*)`/g)].map(
        ([, at]) => at ?? '',
      )
      assert.ok(places.length > 40, path)
      for (const place of places) assert.ok(existsSync(join(ROOT, place)), `${path}: ${place}`)
    }
  })
})
