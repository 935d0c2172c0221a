import assert from 'node:assert/strict'
import { Breaker, BREAKER_AFTER } from '../../src/delivery/courier-breaker.js'
import { judge, outcomeOfError, outcomeOfReply, type Outcome } from '../../src/delivery/index.js'
import { HttpError } from '../../src/http/index.js'
import { RemoteError } from '../../src/soap/index.js'

const reason = { zh: '原因', en: 'reason' }
const SILENT = outcomeOfError(new HttpError('PEER_DEADLINE', reason))
const FAULT = outcomeOfError(new RemoteError('SOAP_FAULT', reason, { status: 500 }))
const TLS = outcomeOfError(new HttpError('PEER_TLS', reason))
const REFUSED = outcomeOfReply('<response><code>401</code><desc>身份验证码错误</desc></response>')
const TAKEN = outcomeOfReply('<response><code>0</code><desc>成功</desc></response>')

describe('the breaker', () => {
  let breaker: Breaker

  beforeEach(() => {
    breaker = new Breaker(() => 0.5)
  })

  const meets = (lane: string, outcome: Outcome) => breaker.note({ lane }, judge(outcome, 0))

  it('opens after failures of two lanes, and not for one bad document', () => {
    for (let n = 0; n < 2 * BREAKER_AFTER; n++) assert.equal(meets('A', SILENT).pauseMs, 0)
    assert.equal(breaker.open, false)
    assert.ok(meets('B', SILENT).pauseMs > 0)
    assert.equal(breaker.open, true)
  })

  it('does not open for a few documents that the peer answers with a Fault', () => {
    for (let n = 0; n < 10; n++) for (const lane of ['A', 'B', 'C', 'D']) meets(lane, FAULT)
    assert.equal(breaker.open, false)
    assert.ok(meets('E', FAULT).pauseMs > 0)
    assert.equal(breaker.open, true)
  })

  it('counts what other instances have met, once two lanes have failed here', () => {
    meets('A', SILENT)
    assert.equal(breaker.heard(BREAKER_AFTER), 0)
    assert.equal(breaker.open, false)
    meets('B', SILENT)
    assert.equal(breaker.open, true)

    breaker = new Breaker(() => 0.5)
    meets('A', SILENT)
    meets('B', SILENT)
    assert.ok(breaker.heard(BREAKER_AFTER) > 0)
    assert.equal(breaker.heard(BREAKER_AFTER + 1), 0, 'it rests already')
    assert.equal(meets('A', TAKEN).returned, true)
    assert.equal(breaker.open, false)
  })

  it('opens at once when the peer refuses us, and tries ever less often', () => {
    assert.equal(meets('A', REFUSED).pauseMs, 0, 'another one may be taken')
    assert.equal(breaker.open, true)
    const pauses = [1, 2, 3, 4].map(() => meets('B', TLS).pauseMs)
    assert.deepEqual(
      pauses,
      pauses.toSorted((a, b) => a - b),
    )
    assert.ok(pauses[0]! > 0 && pauses[3]! > pauses[0]!)
    for (let n = 0; n < 20; n++) meets('B', TLS)
    assert.ok(meets('B', TLS).pauseMs <= 5 * 60_000)
    assert.equal(meets('C', TAKEN).returned, true)
    assert.equal(breaker.open, false)
  })

  describe('sees what is refused by itself', () => {
    const judged = (id: number, outcome: Outcome) =>
      breaker.judged({ id }, judge(outcome, 0)).action

    it('when others are taken meanwhile', () => {
      assert.deepEqual([judged(1, REFUSED), judged(1, REFUSED)], ['retry', 'retry'])
      meets('B', TAKEN)
      assert.equal(judged(2, REFUSED), 'retry', 'it is the first refusal of this one')
      assert.equal(judged(1, REFUSED), 'held')
    })

    it('but never when nobody has looked at it', () => {
      judged(1, TLS)
      meets('B', TAKEN)
      assert.equal(judged(1, TLS), 'retry')
    })

    it('anew after it was taken', () => {
      judged(1, REFUSED)
      meets('B', TAKEN)
      judged(1, TAKEN)
      assert.equal(judged(1, REFUSED), 'retry')
    })
  })
})
