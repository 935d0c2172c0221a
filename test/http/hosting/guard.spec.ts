import assert from 'node:assert/strict'
import { AddressList, Guard, type Credential } from '../../../src/http/hosting/index.js'
import { BackOff, FREE_ATTEMPTS } from '../../../src/http/hosting/back-off.js'
import { answerIn, callOf, HostedFront, send, type Reply } from './front-fixture.js'

const BASIC: Credential = { scheme: 'basic', user: 'pacs', password: 'pass:词 long enough' }
const BEARER: Credential = { scheme: 'bearer', token: 'token-long-enough' }
const basic = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`
const RIGHT = basic('pacs:pass:词 long enough')
const BODY = callOf('SynCrisisInfo', '<a/>')

describe('a guarded front', () => {
  const front = new HostedFront()
  let now = 0

  beforeEach(() => (now = 1_000_000))
  afterEach(() => front.stop())

  const host = (guard: Omit<ConstructorParameters<typeof Guard>[0], 'now'>): Promise<void> =>
    front.host(undefined, { guard: new Guard({ ...guard, now: () => now }) })
  const call = (headers: Record<string, string> = {}): Promise<Reply> =>
    send(front.port, { headers, body: BODY })
  const wsdl = (headers: Record<string, string> = {}): Promise<Reply> =>
    send(front.port, { method: 'GET', path: '/?wsdl', headers })

  it('lets in only the addresses that may call, to the WSDL too', async () => {
    await host({ allow: new AddressList('127.0.0.1') })
    assert.equal(answerIn(await call())?.code, '0')
    assert.equal((await wsdl()).status, 200)

    await host({ allow: new AddressList('127.0.0.2, ::1') })
    for (const reply of [await call(), await wsdl(), await send(front.port, { method: 'PUT' })]) {
      assert.equal(reply.status, 403)
      assert.equal(reply.headers['content-type'], 'text/plain; charset=utf-8')
      assert.match(reply.text, /调用方地址（127\.0\.0\.1）不在[^]*not among those/)
    }
    assert.equal(front.calls.length, 0)
    assert.deepEqual(front.troubleCodes, ['CALLER_REFUSED'])
  })

  it('believes X-Forwarded-For of a trusted proxy only', async () => {
    const allow = new AddressList('192.0.2.0/24')
    await host({ allow })
    assert.equal((await call({ 'X-Forwarded-For': '192.0.2.5' })).status, 403)
    await host({ allow, proxies: new AddressList('127.0.0.1') })
    assert.equal(answerIn(await call({ 'X-Forwarded-For': '192.0.2.5' }))?.code, '0')
    assert.equal(front.calls[0]?.remoteAddress, '192.0.2.5')
    for (const header of ['198.51.100.1', '192.0.2.5, 198.51.100.1', '192.0.2.5, nobody']) {
      assert.equal((await call({ 'X-Forwarded-For': header })).status, 403, header)
    }
    assert.equal((await call()).status, 403)
  })

  it('does not read what somebody sends who may not come in', async () => {
    await host({ allow: new AddressList('::1') })
    const reply = await send(front.port, { body: Buffer.alloc(8 << 20, ' ') })
    assert.equal(reply.status, 403)
    assert.equal(reply.headers.connection, 'close')
  })

  for (const [name, credential, right, wrong] of [
    ['Basic', BASIC, RIGHT, [basic('pacs:pass'), basic('PACS:pass:词 long enough'), 'Basic', '']],
    ['Bearer', BEARER, 'Bearer token-long-enough', ['Bearer token', 'Bearer', RIGHT]],
  ] as const) {
    it(`asks for ${name}`, async () => {
      await host({ credential })
      for (const headers of [{}, ...wrong.map((Authorization) => ({ Authorization }))]) {
        for (const reply of [await call(headers), await wsdl(headers)]) {
          assert.equal(reply.status, 401)
          assert.match(reply.headers['www-authenticate'] ?? '', new RegExp(`^${name} realm=`))
          assert.match(reply.text, /Authorization 请求头[^]*Authorization header/)
          assert.doesNotMatch(reply.text, /long/)
        }
      }
      assert.equal(front.calls.length, 0)
      const [scheme = '', ...rest] = right.split(' ')
      for (const Authorization of [right, `${scheme.toUpperCase()}   ${rest.join(' ')}`]) {
        assert.equal(answerIn(await call({ Authorization }))?.code, '0')
        assert.equal((await wsdl({ Authorization })).status, 200)
      }
    })
  }

  it('asks each call anew, whatever was right before it', async () => {
    await host({ credential: BEARER })
    for (let spaces = 1; spaces <= 20; spaces++) {
      const right = `bearer${' '.repeat(spaces)}token-long-enough`
      assert.equal((await call({ Authorization: right })).status, 200)
      assert.notEqual((await call({ Authorization: `${right}.` })).status, 200)
      assert.notEqual((await call({ Authorization: right.slice(0, -1) })).status, 200)
    }
    await host({ credential: { scheme: 'bearer', token: 'another-long-token' } })
    assert.equal((await call({ Authorization: 'bearer token-long-enough' })).status, 401)
  })

  it('leaves the WSDL open where that is wanted, and nothing else', async () => {
    await host({ credential: BEARER, wsdlOpen: true })
    assert.equal((await wsdl()).status, 200)
    for (const reply of [
      await call(),
      await send(front.port, { path: '/?wsdl', body: BODY }),
      await send(front.port, { method: 'GET' }),
    ]) {
      assert.equal(reply.status, 401)
    }
    await host({ credential: BEARER, wsdlOpen: true, allow: new AddressList('::1') })
    assert.equal((await wsdl()).status, 403)
  })

  it('tells who guesses to wait, longer each time, and lets the right one in all the same', async () => {
    await host({ credential: BASIC })
    const wrong = (): Promise<Reply> => call({ Authorization: basic('pacs:guess') })
    for (let i = 0; i < FREE_ATTEMPTS; i++) assert.equal((await wrong()).status, 401)
    for (const seconds of ['1', '2', '4']) {
      const reply = await wrong()
      assert.equal(reply.status, 429)
      assert.equal(reply.headers['retry-after'], seconds)
      assert.match(reply.text, /Retry-After[^]*Retry-After/)
    }
    // A toolkit that waits to be asked has not guessed anything.
    assert.equal((await call()).status, 401)
    assert.equal(answerIn(await call({ Authorization: RIGHT }))?.code, '0')
    assert.equal((await wrong()).headers['retry-after'], '8')
    now += 600_000
    assert.equal((await wrong()).status, 401)
    // One alarm for each kind, not one for each attempt.
    assert.deepEqual(front.troubleCodes, ['CREDENTIAL_REFUSED', 'CREDENTIAL_MISSING'])
  })
})

describe('the back-off', () => {
  it('is each caller’s own, ends at five minutes, and remembers so many callers', () => {
    const backOff = new BackOff(() => 0)
    let longest = 0
    for (let i = 0; i < 100; i++) longest = backOff.failed('10.0.0.1')
    assert.equal(longest, 300_000)
    assert.equal(backOff.failed('10.0.0.2'), 0)
    for (let i = 0; i < 5000; i++) backOff.failed(`2001:db8::${i.toString(16)}`)
    assert.equal(backOff.size, 1000)
  })
})
