import assert from 'node:assert/strict'
import { Breaker, BREAKER_AFTER } from '../../src/delivery/courier-breaker.js'

describe('the breaker', () => {
  it('opens after failures of two lanes, and not for one bad document', () => {
    const breaker = new Breaker(() => 0.5)
    for (let n = 0; n < 2 * BREAKER_AFTER; n++) assert.equal(breaker.failed('A'), 0)
    assert.equal(breaker.open, false)
    assert.ok(breaker.failed('B') > 0)
    assert.equal(breaker.open, true)
  })

  it('counts what other instances have met, once two lanes have failed here', () => {
    const breaker = new Breaker(() => 0.5)
    breaker.failed('A')
    assert.equal(breaker.heard(BREAKER_AFTER), 0)
    assert.equal(breaker.open, false)
    breaker.failed('B')
    assert.equal(breaker.open, true)

    const second = new Breaker(() => 0.5)
    second.failed('A')
    second.failed('B')
    assert.ok(second.heard(BREAKER_AFTER) > 0)
    assert.equal(second.heard(BREAKER_AFTER + 1), 0, 'it rests already')
    assert.equal(second.succeeded(), true)
    assert.equal(second.open, false)
  })
})
