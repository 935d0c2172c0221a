import assert from 'node:assert/strict'
import { HttpError, type StartTimer } from '../../../src/http/index.js'
import { MAX_ENDED_CALLS, WaitingCalls } from '../../../src/http/hosting/index.js'
import { success } from '../../../src/messages/index.js'

describe('waiting calls', () => {
  const failure = { code: '503', desc: '正在重新部署' }

  it('are answered once, by their id', async () => {
    const calls = new WaitingCalls()
    const [one, two] = [calls.open(60_000), calls.open(60_000)]
    assert.notEqual(one.id, two.id)
    assert.equal(calls.answer(two.id, failure), 'answered')
    assert.equal(calls.answer(one.id, success()), 'answered')
    assert.deepEqual(await one.answer, success())
    assert.deepEqual(await two.answer, failure)
    assert.equal(calls.answer(one.id, failure), 'late')
    assert.equal(calls.size, 0)
  })

  it('do not take an id that never was for one that has ended', () => {
    const calls = new WaitingCalls()
    for (const id of ['', '__proto__', 'constructor', 'no-such-id']) {
      assert.equal(calls.answer(id, success()), 'unknown')
    }
  })

  it('end by themselves when the limit is over', async () => {
    let run: (() => void) | undefined
    let delay: number | undefined
    const startTimer: StartTimer = (callback, delayMs) => {
      run = callback
      delay = delayMs
      return () => (run = undefined)
    }
    const calls = new WaitingCalls({ startTimer })
    const call = calls.open(1234)
    assert.equal(delay, 1234)
    run?.()
    await assert.rejects(
      call.answer,
      (thrown) =>
        thrown instanceof HttpError && thrown.code === 'ANSWER_LATE' && thrown.answer === '503',
    )
    assert.equal(calls.answer(call.id, success()), 'late')

    const answered = calls.open(1)
    calls.answer(answered.id, success())
    assert.equal(run, undefined, 'an answered call leaves no timer behind')
  })

  it('are all given the same answer when the node closes', async () => {
    const calls = new WaitingCalls()
    const open = [calls.open(60_000), calls.open(60_000), calls.open(60_000)]
    calls.closeAll(failure)
    assert.deepEqual(await Promise.all(open.map((call) => call.answer)), [
      failure,
      failure,
      failure,
    ])
    assert.equal(calls.size, 0)
    calls.closeAll(failure)
  })

  it('remember a bounded number of those that have ended', () => {
    const calls = new WaitingCalls()
    const ids = Array.from({ length: MAX_ENDED_CALLS + 1 }, () => {
      const { id } = calls.open(60_000)
      calls.answer(id, success())
      return id
    })
    assert.equal(calls.answer(ids[0] ?? '', success()), 'unknown')
    assert.equal(calls.answer(ids[1] ?? '', success()), 'late')
    assert.equal(calls.answer(ids.at(-1) ?? '', success()), 'late')
  })
})
