import assert from 'node:assert/strict'
import { meaningsOf, ROWS } from '../../src/messages/reply-words.js'

describe('the words of answers', () => {
  for (const [index, { means, pattern, examples }] of ROWS.entries()) {
    it(`row ${index + 1} means ${means}`, () => {
      assert.ok(examples.length > 1)
      for (const example of examples) {
        pattern.lastIndex = 0
        assert.ok(pattern.test(example), example)
        const found = meaningsOf(example)
        if (means !== 'nothing') assert.ok(found.has(means), example)
        else
          for (const other of ['failure', 'refusesUs'] as const)
            assert.ok(!found.has(other), example)
      }
    })
  }

  it('say nothing where they are not there', () => {
    for (const text of ['', '收到', '00000001', '2026-11-30 09:05:00', '右肺气胸']) {
      assert.deepEqual([...meaningsOf(text)], [], text)
    }
  })
})
