import assert from 'node:assert/strict'
import { once } from 'node:events'
import {
  createServer,
  request,
  type ClientRequest,
  type IncomingMessage,
  type Server,
} from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { AddressList, Guard, Load, type Trouble } from '../../../src/http/hosting/index.js'
import {
  EPISODE_MS,
  Episodes,
  FIRST_COUNT_MS,
  MAX_TOLD,
} from '../../../src/http/hosting/episodes.js'
import { createFront } from '../../../src/http/hosting/front.js'
import { success } from '../../../src/messages/index.js'
import { addressWith, answerIn, callOf, send, stop } from './front-fixture.js'

describe('the load', () => {
  it('lets one caller have all there is, and another its share', () => {
    const load = new Load({ maxInFlight: 8 })
    const flood = Array.from({ length: 20 }, () => load.enter('flood')).filter(Boolean)
    assert.equal(flood.length, 8)
    const other = Array.from({ length: 20 }, () => load.enter('other')).filter(Boolean)
    assert.equal(other.length, 4)
    flood[0]!.leave()
    assert.equal(load.enter('flood'), undefined, 'it has more than its share')
    for (const one of other) one!.leave()
    assert.ok(load.enter('flood'))
  })

  it('gives up the call whose body has been coming in for longest, and none that has come in', () => {
    const load = new Load({ maxInFlight: 4 })
    const givenUp: number[] = []
    for (let i = 0; i < 4; i++) {
      const call = load.enter('a')!
      call.receiving(() => {
        givenUp.push(i)
        call.received()
        call.leave()
      })
      if (i === 0) call.received()
    }
    assert.ok(load.enter('a'))
    assert.ok(load.enter('a'))
    assert.deepEqual(givenUp, [1, 2])
    assert.ok(load.enter('a'))
    assert.deepEqual(givenUp, [1, 2, 3])
    assert.equal(load.enter('a'), undefined)
    assert.ok(load.enter('b'), 'another caller has its share')
  })

  it('gives each of very many callers some', () => {
    const load = new Load({ maxInFlight: 8 })
    for (let i = 0; i < 100; i++) assert.ok(load.enter(`caller ${i}`))
  })

  it('holds so many bytes of large bodies, and always small ones and a caller’s only one', () => {
    const load = new Load({ maxLargeBytes: 1 << 20 })
    const [one, two, small] = [load.enter('a')!, load.enter('a')!, load.enter('a')!]
    assert.equal(one.hasRoom(700_000), true)
    assert.equal(one.hasRoom(1 << 20), true, 'it grows')
    assert.equal(two.hasRoom(100_000), false)
    assert.equal(small.hasRoom(60_000), true)
    const other = load.enter('b')!
    assert.equal(other.hasRoom(500_000), true)
    one.leave()
    assert.equal(two.hasRoom(100_000), true)
  })
})

describe('a front under load', () => {
  let server: Server
  let port: number
  let troubles: Trouble[]
  let waiting: ((end: void) => void)[]
  let hung: ClientRequest[]

  beforeEach(async () => {
    troubles = []
    waiting = []
    hung = []
    const guard = new Guard({ proxies: new AddressList('127.0.0.1') })
    const handler = () =>
      new Promise<void>((resolve) => {
        waiting.push(resolve)
        server.emit('waiting')
      }).then(() => success())
    const address = addressWith(
      { SynCrisisInfo: handler },
      { guard, onTrouble: (trouble) => void troubles.push(trouble) },
    )
    const load = new Load({ maxInFlight: 4, maxLargeBytes: 200_000 })
    server = createServer(createFront({ ...address, load })).listen(0, '127.0.0.1')
    await once(server, 'listening')
    port = (server.address() as AddressInfo).port
  })

  afterEach(async () => {
    for (const req of hung) req.destroy()
    for (const end of waiting) end()
    await stop(server)
  })

  const BODY = callOf('SynCrisisInfo', '<a/>')
  const from = (caller: string) => ({ headers: { 'X-Forwarded-For': caller }, body: BODY })
  const floods = async (count: number): Promise<Promise<unknown>[]> => {
    const calls: Promise<unknown>[] = []
    for (let i = 0; i < count; i++) {
      const asked = once(server, 'waiting')
      calls.push(send(port, from('192.0.2.1')))
      await asked
    }
    return calls
  }

  it('tells who has too much under way to try again, and serves others', async () => {
    const calls = await floods(4)
    for (let i = 0; i < 3; i++) {
      const reply = await send(port, from('192.0.2.1'))
      assert.equal(reply.status, 503)
      assert.equal(reply.headers['retry-after'], '1')
      assert.match(reply.text, /同时处理的请求过多/)
      assert.equal(answerIn(reply), undefined, 'a Fault')
    }
    assert.deepEqual(
      troubles.map(({ code, remoteAddress }) => `${code} ${remoteAddress}`),
      ['FRONT_BUSY 192.0.2.1'],
    )
    const asked = once(server, 'waiting')
    const other = send(port, from('192.0.2.2'))
    await asked
    for (const end of waiting) end()
    assert.equal(answerIn(await other)?.code, '0')
    await Promise.all(calls)
    // What was answered makes room.
    const again = await floods(4)
    for (const end of waiting) end()
    await Promise.all(again)
  })

  it('holds only so much of large bodies, and small ones pass', async () => {
    const begin = async (): Promise<ClientRequest> => {
      const connected = once(server, 'connection')
      const req = request({
        host: '127.0.0.1',
        port,
        method: 'POST',
        headers: { 'X-Forwarded-For': '192.0.2.1', 'Content-Length': 300_000 },
      })
      req.on('error', () => {})
      hung.push(req)
      // The rest is never sent.
      req.write(Buffer.alloc(150_000))
      const [socket] = (await connected) as [Socket]
      while (socket.bytesRead < 150_000) await new Promise(setImmediate)
      return req
    }
    await begin()
    const second = await begin()
    const [res] = (await once(second, 'response')) as [IncomingMessage]
    assert.equal(res.statusCode, 503)
    assert.equal(res.headers['retry-after'], '1')
    const asked = once(server, 'waiting')
    const small = send(port, from('192.0.2.1'))
    await asked
    for (const end of waiting) end()
    assert.equal(answerIn(await small)?.code, '0')
  })
})

describe('episodes of trouble', () => {
  const trouble = (code: string, remoteAddress = '10.0.0.1'): Trouble => ({
    code,
    reason: { zh: '中文', en: 'English' },
    answer: '401',
    remoteAddress,
    operation: '',
    raw: Buffer.from('kept'),
    charset: '',
  })
  let told: Trouble[]
  let timers: { readonly run: () => void; readonly at: number }[]
  let now: number
  let episodes: Episodes

  beforeEach(() => {
    told = []
    timers = []
    now = 0
    episodes = new Episodes(
      (one) => void told.push(one),
      (run, delayMs) => {
        timers.push({ run, at: now + delayMs })
        return () => {}
      },
      () => now,
    )
  })

  /** Lets time pass, and what is due in it happen. */
  function pass(ms: number): void {
    const until = now + ms
    for (;;) {
      const due = timers.filter(({ at }) => at <= until).toSorted((a, b) => a.at - b.at)[0]
      if (!due) break
      timers.splice(timers.indexOf(due), 1)
      now = due.at
      due.run()
    }
    now = until
  }

  it('are told once, and then with their number until there was none for an hour', () => {
    for (let i = 0; i < 1000; i++) episodes.add(trouble('CALLER_REFUSED'))
    assert.equal(told.length, 1)
    pass(FIRST_COUNT_MS)
    assert.equal(told.length, 2)
    assert.equal(told[1]!.count, 999)
    assert.match(told[1]!.reason.zh, /999 次/)
    assert.match(told[1]!.reason.en, /999 more/)
    assert.equal(told[1]!.raw, undefined)
    pass(EPISODE_MS - 2 * FIRST_COUNT_MS)
    episodes.add(trouble('CALLER_REFUSED'))
    assert.equal(told.length, 2, 'it is not over')
    pass(2 * EPISODE_MS)
    assert.equal(told.length, 3)
    assert.equal(told[2]!.count, 1)
    assert.equal(episodes.size, 0, 'it is over')
    episodes.add(trouble('CALLER_REFUSED'))
    assert.equal(told.length, 4)
  })

  it('are one alarm however they are paced', () => {
    for (const [code, perMinute, most] of [
      ['CALLER_REFUSED', 1, 40],
      ['XML_NOT_WELL_FORMED', 100, MAX_TOLD + 40],
      ['XML_NOT_WELL_FORMED', 1, MAX_TOLD + 40],
      ['PATH_UNKNOWN', 10, 1],
    ] as const) {
      pass(3 * EPISODE_MS)
      told = []
      assert.equal(episodes.size, 0)
      for (let minute = 0; minute < 24 * 60; minute++) {
        for (let i = 0; i < perMinute; i++) episodes.add(trouble(code))
        pass(FIRST_COUNT_MS + 1)
      }
      assert.ok(told.length <= most, `${code}, ${perMinute} a minute: ${told.length} alarms a day`)
      assert.ok(told.filter(({ raw }) => raw).length <= MAX_TOLD)
    }
  })

  it('are each caller’s and each kind’s own, up to a number of callers', () => {
    for (const address of ['10.0.0.1', '10.0.0.2']) {
      for (const code of ['CALLER_REFUSED', 'LICENCE_REFUSED']) episodes.add(trouble(code, address))
    }
    assert.equal(told.length, 4)
    for (let i = 0; i < 5000; i++) episodes.add(trouble('CALLER_REFUSED', `2001:db8::${i}`))
    assert.ok(episodes.size <= 1001)
  })

  it('tell what may be evidence one by one, but not without end', () => {
    for (let i = 0; i < 1000; i++) episodes.add(trouble('XML_NOT_WELL_FORMED'))
    assert.equal(told.length, MAX_TOLD)
    assert.ok(told.every(({ raw }) => raw))
  })

  it('leave no call out that could not be stored, however long that goes on', () => {
    const numbered = () => told.reduce((sum, { count = 1 }) => sum + count, 0)
    for (const code of ['LEDGER_FULL', 'LEDGER_UNAVAILABLE', 'LEDGER_NEARLY_FULL']) {
      told = []
      for (let round = 1; round <= 8; round++) {
        for (let i = 0; i < 500; i++) episodes.add(trouble(code))
        pass(EPISODE_MS)
        assert.equal(numbered(), round * 500, `${code}, round ${round}`)
        assert.match(told.at(-1)!.reason.en, /more since/)
      }
      pass(2 * EPISODE_MS)
      assert.equal(episodes.size, 0)
      episodes.add(trouble(code))
      assert.equal(numbered(), 8 * 500 + 1)
      pass(2 * EPISODE_MS)
    }
  })
})
