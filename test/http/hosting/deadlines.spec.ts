import assert from 'node:assert/strict'
import { mock } from 'node:test'
import { Deadlines } from '../../../src/http/hosting/deadlines.js'

describe('deadlines', () => {
  let now = 0
  let told: string[] = []
  let deadlines: Deadlines
  const add = (ms: number, name: string) => deadlines.add(ms, () => void told.push(name))
  const pass = (ms: number): void => {
    now += ms
    mock.timers.tick(ms)
  }

  beforeEach(() => {
    now = 0
    told = []
    mock.timers.enable({ apis: ['setTimeout'] })
    mock.method(performance, 'now', () => now)
    deadlines = new Deadlines()
  })

  afterEach(() => {
    mock.restoreAll()
    mock.timers.reset()
  })

  it('tell each wait once, when its own time is over', () => {
    add(100, 'first')
    pass(60)
    add(100, 'second')
    pass(39)
    assert.deepEqual(told, [])
    pass(1)
    assert.deepEqual(told, ['first'])
    pass(59)
    assert.deepEqual(told, ['first'])
    pass(1)
    assert.deepEqual(told, ['first', 'second'])
    pass(1000)
    assert.deepEqual(told, ['first', 'second'])
  })

  it('tell nobody whose wait was stopped, and go on for the others', () => {
    const first = add(100, 'first')
    add(100, 'second')
    first.stop()
    first.stop()
    pass(100)
    assert.deepEqual(told, ['second'])
    add(100, 'third')
    pass(100)
    assert.deepEqual(told, ['second', 'third'])
  })

  it('keep waits of different lengths apart', () => {
    add(1000, 'long')
    add(10, 'short')
    pass(10)
    assert.deepEqual(told, ['short'])
    pass(990)
    assert.deepEqual(told, ['short', 'long'])
  })
})
