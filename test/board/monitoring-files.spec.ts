import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { METRICS } from '../../src/board/index.js'
import { DASHBOARD, metricsIn, panels, RULES } from '../monitoring/files.js'

const known = new Set<string>(Object.keys(METRICS))

describe('the files for monitoring', () => {
  it('name only metrics that are exported', () => {
    const named = [RULES, DASHBOARD].flatMap((file) => metricsIn(readFileSync(file, 'utf8')))
    assert.ok(named.length > 40)
    assert.deepEqual(
      named.filter((name) => !known.has(name)),
      [],
    )
  })

  it('have a dashboard whose panels lie side by side, each with a question', () => {
    const all = panels()
    assert.equal(new Set(all.map(({ id }) => id)).size, all.length)
    const taken = new Set<string>()
    for (const { title, targets, gridPos } of all) {
      assert.ok(targets.length > 0 && targets.every(({ expr }) => expr !== ''), title)
      assert.ok(/[\u4e00-\u9fff]/.test(title) && /[a-z]/.test(title), `${title}: both languages`)
      const { x, y, w, h } = gridPos
      assert.ok(x + w <= 24, title)
      for (let column = x; column < x + w; column++) {
        for (let row = y; row < y + h; row++) {
          assert.ok(!taken.has(`${column},${row}`), `${title} lies on another`)
          taken.add(`${column},${row}`)
        }
      }
    }
  })
})
