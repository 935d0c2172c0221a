import assert from 'node:assert/strict'
import { ledgerError } from '../../src/store/errors.js'
import { Status } from '../../src/store/status.js'
import { until } from './support.js'

describe('the patience of an engine', () => {
  it('is the whole budget while it opens and while it works', () => {
    const status = new Status()
    assert.equal(status.patience(500, 'write'), 500)
    status.opened()
    assert.equal(status.patience(500, 'write'), 500)
  })

  it('bridges a short trouble and ends in a long one, however often it is tried again', async () => {
    const status = new Status()
    status.failed(ledgerError('LEDGER_UNAVAILABLE'))
    const first = status.patience(10_000, 'write')
    assert.ok(first > 0 && first <= 10_000)
    await until(() => {
      status.failed(ledgerError('LEDGER_FULL'))
      return status.patience(20, 'write') <= 0
    })
    status.opened()
    assert.equal(status.patience(20, 'write'), 20)
  })

  it('is told to who listens only when something changes, and is over for good when closed', () => {
    const status = new Status()
    const seen: string[] = []
    status.on((state, trouble) => seen.push(`${state} ${trouble?.code ?? ''}`))
    status.failed(ledgerError('LEDGER_FULL'))
    status.failed(ledgerError('LEDGER_FULL'))
    status.failed(ledgerError('LEDGER_BUSY'))
    status.opened()
    status.closed()
    status.failed(ledgerError('LEDGER_BUSY'))
    assert.deepEqual(seen, ['failing LEDGER_FULL', 'failing LEDGER_BUSY', 'ready ', 'closed '])
  })
})
