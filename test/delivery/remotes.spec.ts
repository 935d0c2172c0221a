import assert from 'node:assert/strict'
import { setImmediate } from 'node:timers/promises'
import { Remotes } from '../../src/delivery/remotes.js'
import { Timers } from '../../src/delivery/courier-timers.js'
import { CrisisError } from '../../src/messages/index.js'
import type { Operation, Remote, RemoteDescription } from '../../src/soap/index.js'
import { Clock, MINUTE, SECOND, START } from './courier-rig.js'

describe('the operations of a peer', () => {
  let clock: Clock
  let source: RemoteDescription['source'] | undefined
  let opened: { readonly operation: Operation; readonly at: number }[]
  let stop: AbortController
  let timers: Timers
  let remotes: Remotes

  beforeEach(() => {
    clock = new Clock()
    source = 'kept'
    opened = []
    stop = new AbortController()
    timers = new Timers(clock.start)
    remotes = new Remotes({
      open: (operation) => {
        opened.push({ operation, at: clock.now - START })
        return source === undefined
          ? Promise.reject(new Error('the ledger does not work'))
          : Promise.resolve({ description: { source } } as Remote)
      },
      signal: stop.signal,
      timers,
      random: () => 1,
    })
  })

  const sourceOf = async (operation: Operation): Promise<string> =>
    (await remotes.get(operation)).description.source

  it('that follow an old description are opened again at growing intervals, until there is a new one', async () => {
    assert.equal(await sourceOf('SynCrisisInfo'), 'kept')
    assert.equal(await sourceOf('SynCrisisResponseInfo'), 'kept')
    await clock.pass(100 * MINUTE)
    const looks = opened.filter(({ operation }) => operation === 'SynCrisisInfo')
    const seconds = looks.map(({ at }) => at / 1_000)
    const pauses = seconds.slice(1).map((at, index) => at - seconds[index]!)
    assert.deepEqual(pauses, [10, 20, 40, 80, 160, 320, 640, 1280, 1800])
    assert.equal(opened.length, 2 * looks.length)
    source = 'wsdl'
    await clock.pass(30 * MINUTE)
    assert.equal(await sourceOf('SynCrisisInfo'), 'wsdl')
    assert.equal(await sourceOf('SynCrisisResponseInfo'), 'wsdl')
    const { length } = opened
    await clock.pass(200 * MINUTE)
    assert.equal(opened.length, length, 'and no more')
  })

  it('keep serving while a look fails, and are looked at soon when it happens anew', async () => {
    assert.equal(await sourceOf('SynCrisisInfo'), 'kept')
    source = undefined
    await clock.pass(5 * MINUTE)
    assert.equal(await sourceOf('SynCrisisInfo'), 'kept')
    source = 'wsdl'
    await clock.pass(10 * MINUTE)
    assert.equal(await sourceOf('SynCrisisInfo'), 'wsdl')
    source = 'kept'
    remotes.failed('SynCrisisInfo', new CrisisError('HTTP_STATUS', { zh: '失败', en: 'failed' }))
    assert.equal(await sourceOf('SynCrisisInfo'), 'kept')
    source = 'wsdl'
    await clock.pass(10 * SECOND)
    assert.equal(await sourceOf('SynCrisisInfo'), 'wsdl')
  })

  it('that the settings alone describe are never looked at', async () => {
    source = 'bundled'
    assert.equal(await sourceOf('SynCrisisInfo'), 'bundled')
    await clock.pass(100 * MINUTE)
    assert.equal(opened.length, 1)
  })

  it('are not looked at once their peer is closed', async () => {
    assert.equal(await sourceOf('SynCrisisInfo'), 'kept')
    timers.close()
    await clock.pass(100 * MINUTE)
    await setImmediate()
    assert.equal(opened.length, 1)
  })
})
