import assert from 'node:assert/strict'
import { FREE_ATTEMPTS } from '../../src/http/hosting/back-off.js'
import { callWith, feedbackXml, type PostOptions } from '../support/calls.js'
import { Flow, inNode, response, service, type Settings } from '../support/flow.js'
import { freePort } from '../support/node-red.js'

describe('licences with a time', () => {
  let flow: Flow
  let url: string

  afterEach(() => flow.unload())

  const day = (days: number): string =>
    new Date(Date.now() + 8 * 3_600_000 + days * 86_400_000).toISOString().slice(0, 10)

  async function load(licences: readonly object[], settings: Settings = {}): Promise<void> {
    const port = String(await freePort())
    url = `http://127.0.0.1:${port}/crisis`
    const nodes = [
      service({ port, licenceCheck: true, unguarded: false, ...settings }),
      inNode({ type: 'crisis feedback in', wires: [['response']] }),
      response(),
    ]
    flow = await Flow.load(nodes, {
      credentials: { service: { licences: JSON.stringify(licences) } },
    })
  }
  const ask = (licence: string, application = 'HIS', options: PostOptions = {}) =>
    callWith(url, 'SynCrisisResponseInfo', feedbackXml(licence, {}, application), options)

  it('hold from their first day to the end of their last', async () => {
    await load([
      { application: 'HIS', licence: 'old', until: day(-1) },
      { application: 'HIS', licence: 'today', from: day(0), until: day(0) },
      { application: 'HIS', licence: 'next', from: day(1) },
      { application: 'HIS', licence: 'always' },
      { application: 'EMR', licence: 'blank', from: '', until: '' },
    ])
    await flow.shows('in', 'listening')
    // 404: who speaks is known, what is spoken of is not.
    for (const licence of ['today', 'always']) assert.equal((await ask(licence)).code, '404')
    assert.equal((await ask('blank', 'EMR')).code, '404')
    const [old, next, wrong] = [await ask('old'), await ask('next'), await ask('x')]
    assert.deepEqual([old.code, next.code, wrong.code], ['401', '401', '401'])
    assert.match(old.desc, /已过期/)
    assert.match(next.desc, /尚未生效/)
    assert.match(wrong.desc, /缺失或不正确/)
  })

  it('are warned of before the last one of an application ends', async () => {
    await load([
      { application: 'HIS', licence: 'a', until: day(13) },
      { application: 'EMR', licence: 'b', until: day(1) },
      { application: 'EMR', licence: 'c', until: day(15) },
    ])
    await flow.shows('in', 'licenceSoon')
    assert.equal(flow.status('in'), 'yellow licenceSoon')
    assert.equal(flow.inbox('caught').all.length, 0)
  })

  it('are told of once when none of an application holds any longer', async () => {
    await load([
      { application: 'HIS', licence: 'a', until: day(-1) },
      { application: 'EMR', licence: 'b' },
    ])
    const { code, message } = await flow.caught()
    assert.equal(code, 'LICENCE_EXPIRED')
    assert.match(message, /application HIS/)
    await flow.shows('in', 'licenceExpired')
    assert.equal(flow.inbox('caught').all.length, 1)
    assert.equal((await ask('b', 'EMR')).code, '404')
  })

  it('make who guesses wait, and let in the right one from any address, that of the guesser too', async () => {
    await load([{ application: 'HIS', licence: 'right' }], { proxies: '127.0.0.1' })
    await flow.shows('in', 'listening')
    const from = (address: string) => ({ headers: { 'X-Forwarded-For': address } })
    const guess = () => ask('wrong', 'HIS', from('192.0.2.1'))
    for (let i = 0; i < FREE_ATTEMPTS; i++) assert.match((await guess()).desc, /缺失或不正确/)
    for (const seconds of [1, 2, 4]) {
      const { status, code, desc } = await guess()
      assert.deepEqual([status, code], [200, '401'])
      assert.match(desc, new RegExp(`多次不正确.*至少等待 ${seconds} 秒`))
    }
    for (const address of ['192.0.2.1', '192.0.2.2']) {
      assert.equal((await ask('right', 'HIS', from(address))).code, '404', address)
    }
    assert.match((await ask('wrong', 'HIS', from('192.0.2.2'))).desc, /缺失或不正确/)
    // The alarm comes with the number of the bytes, which are stored first.
    await flow.settle()
    const codes = flow.inbox('caught').all.map(({ error }) => (error as { code?: string }).code)
    assert.equal(codes.filter((code) => code === 'LICENCE_REFUSED').length, 2, 'one an address')
  })

  it('are not guessed at when their days cannot be read', async () => {
    for (const until of ['05.06.2030', '2030-02-30', 20301231, null]) {
      await load([{ application: 'HIS', licence: 's3cret', until }])
      assert.equal((await flow.caught()).code, 'SETTING_INVALID', String(until))
      assert.equal((await ask('s3cret')).code, '401')
      assert.doesNotMatch(flow.everythingShown(), /s3cret/)
      if (until !== null) await flow.unload()
    }
  })
})
