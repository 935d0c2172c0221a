import assert from 'node:assert/strict'
import type { Server } from 'node:http'
import { HttpError, type StartTimer } from '../../../src/http/index.js'
import { NODE_RED_MOUNT, Switchboard, type Handler } from '../../../src/http/hosting/index.js'
import { normalisePath, splitTarget } from '../../../src/http/hosting/front-url.js'
import { success } from '../../../src/messages/index.js'
import type { Operation } from '../../../src/soap/index.js'
import { answerIn, callOf, listen, send, stop } from './front-fixture.js'

const PATH = '/pushService/services/pacs'
const accept: Handler = () => Promise.resolve(success())

/** Timers that run when they are told to. */
function manualTimers(): { startTimer: StartTimer; runAll: () => void; readonly delays: number[] } {
  const timers = new Set<() => void>()
  const delays: number[] = []
  return {
    delays,
    startTimer: (run, delayMs) => {
      timers.add(run)
      delays.push(delayMs)
      return () => timers.delete(run)
    },
    runAll: () => {
      for (const run of timers) {
        timers.delete(run)
        run()
      }
    },
  }
}

describe('the switchboard', () => {
  let server: Server
  let port: number
  let switchboard: Switchboard
  let timers: ReturnType<typeof manualTimers>

  beforeEach(async () => {
    timers = manualTimers()
    switchboard = new Switchboard({ startTimer: timers.startTimer })
    ;({ server, port } = await listen((req, res) =>
      switchboard.dispatch(req, res, () => res.writeHead(404).end('next')),
    ))
  })

  afterEach(() => stop(server))

  const register = (operation: Operation, handler = accept, path = PATH) =>
    switchboard.register(NODE_RED_MOUNT, path, operation, handler)

  /** The code of the answer, or the HTTP status where there is none. */
  async function call(operation: string, path = PATH): Promise<string> {
    const reply = await send(port, { path, body: callOf(operation, '<a/>') })
    return reply.status === 200 ? (answerIn(reply)?.code ?? 'fault') : `HTTP ${reply.status}`
  }

  it('lets both operations share a path and leaves the rest to others', async () => {
    register('SynCrisisInfo')
    register('SynCrisisResponseInfo', () => Promise.resolve({ code: '404', desc: 'x' }))
    assert.equal(await call('SynCrisisInfo'), '0')
    assert.equal(await call('SynCrisisResponseInfo'), '404')
    assert.equal(await call('Other'), '405')
    assert.equal(await call('SynCrisisInfo', '/elsewhere'), 'HTTP 404')
  })

  it('does not mind case, slashes and percent encoding', async () => {
    register('SynCrisisInfo', accept, 'pushService//services/pacs/')
    for (const path of [
      PATH,
      `${PATH}/`,
      PATH.toUpperCase(),
      `/${PATH}`,
      '/pushservice/%73ervices/pacs?x',
    ]) {
      assert.equal(await call('SynCrisisInfo', path), '0', path)
    }
    assert.equal(await call('syncrisisinfo'), '0')
    assert.equal(await call('SynCrisisInfo', '/%E0%A4%A'), 'HTTP 404')
    assert.equal(await call('SynCrisisInfo', '/__proto__'), 'HTTP 404')
  })

  it('takes request targets apart that are no URL', () => {
    assert.deepEqual(splitTarget('//?a?b#c'), { path: '//', query: 'a?b' })
    assert.deepEqual(splitTarget('http://host:1/x?y'), { path: '/x', query: 'y' })
    assert.deepEqual(splitTarget('http://host'), { path: '/', query: '' })
    assert.deepEqual(splitTarget('*'), { path: '*', query: '' })
    assert.equal(normalisePath('//'), '/')
    assert.equal(normalisePath('/A/%zz/'), '/a/%zz')
  })

  it('matches what Express leaves of the path and tells the whole of it in the WSDL', async () => {
    await stop(server)
    ;({ server, port } = await listen((req, res) => {
      const originalUrl = req.url
      req.url = originalUrl?.replace('/root', '')
      switchboard.dispatch(Object.assign(req, { originalUrl }), res, () => res.end('next'))
    }))
    register('SynCrisisInfo')
    const reply = await send(port, { method: 'GET', path: `/root${PATH}?wsdl` })
    assert.match(reply.text, new RegExp(`location="http://127.0.0.1:${port}/root${PATH}"`))
    assert.doesNotMatch(reply.text, /SynCrisisResponseInfo"/)
  })

  it('gives an operation at an address to one node only', () => {
    const first = register('SynCrisisInfo')
    const isTaken = (thrown: unknown) =>
      thrown instanceof HttpError && thrown.code === 'ADDRESS_TAKEN'
    assert.throws(() => register('SynCrisisInfo', accept, `${PATH.toLowerCase()}/`), isTaken)
    switchboard.register('127.0.0.1:1', PATH, 'SynCrisisInfo', accept)
    void first.release(false)
    register('SynCrisisInfo')
    assert.throws(() => register('SynCrisisInfo'), isTaken)
  })

  it('answers busy while a node is deployed anew, until the grace time is over', async () => {
    const registration = register('SynCrisisInfo')
    await registration.release(false)
    assert.deepEqual(timers.delays, [15_000])
    assert.equal(await call('SynCrisisInfo'), '503')
    assert.equal(await call('Other'), '405')
    timers.runAll()
    assert.equal(await call('SynCrisisInfo'), 'HTTP 404')
  })

  it('forgets at once the operation of a node that was removed', async () => {
    const one = register('SynCrisisInfo')
    const two = register('SynCrisisResponseInfo')
    await one.release(true)
    assert.equal(await call('SynCrisisInfo'), '405')
    assert.equal(await call('SynCrisisResponseInfo'), '0')
    await two.release(true)
    assert.equal(await call('SynCrisisResponseInfo'), 'HTTP 404')
  })

  it('lets neither a late release nor an old timer touch the new node', async () => {
    const old = register('SynCrisisInfo')
    await old.release(false)
    register('SynCrisisInfo')
    await old.release(true)
    timers.runAll()
    assert.equal(await call('SynCrisisInfo'), '0')
  })

  it('uses the options of the node that lives', async () => {
    const publicUrl = (url: string) => ({ publicUrl: url })
    const one = switchboard.register(
      NODE_RED_MOUNT,
      PATH,
      'SynCrisisInfo',
      accept,
      publicUrl('http://one.example/'),
    )
    switchboard.register(
      NODE_RED_MOUNT,
      PATH,
      'SynCrisisResponseInfo',
      accept,
      publicUrl('http://two.example/'),
    )
    const location = async () =>
      /soap:address location="([^"]*)"/.exec(
        (await send(port, { method: 'GET', path: `${PATH}?wsdl` })).text,
      )?.[1]
    assert.equal(await location(), 'http://two.example/')
    await one.release(false)
    switchboard.register(
      NODE_RED_MOUNT,
      PATH,
      'SynCrisisInfo',
      accept,
      publicUrl('http://three.example/'),
    )
    assert.equal(await location(), 'http://three.example/')
  })
})
