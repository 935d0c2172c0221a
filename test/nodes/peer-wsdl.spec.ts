import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import helper from 'node-red-node-test-helper'
import type { Crisis } from '../../src/messages/index.js'
import type { WsdlReport } from '../../src/soap/wsdl-report.js'
import { describeWsdl, readCall } from '../../src/soap/index.js'
import {
  body,
  returning,
  serve,
  succeeding,
  TestPeer,
  wsdl,
  type Received,
} from '../soap/remote-peer.js'
import { CRISIS, escape } from '../support/calls.js'
import { Flow, out, peer, type Settings } from '../support/flow.js'
import { ROOT } from '../support/node-red.js'

const sample = (name: string): string =>
  readFileSync(path.join(ROOT, 'test', 'samples', 'wsdl', `${name}.wsdl`), 'utf8')

describe('the WSDL of a peer', () => {
  let remote: TestPeer
  let flow: Flow | undefined

  beforeEach(async () => {
    remote = await TestPeer.open()
  })

  afterEach(async () => {
    await flow?.unload()
    flow = undefined
    await remote.close()
  })

  const nodes = (settings: Settings) => [
    peer({ wsdl: `${remote.origin}/svc?wsdl`, address: `${remote.origin}/svc`, ...settings }),
    out(),
  ]
  const load = async (settings: Settings = {}, credentials: object = {}): Promise<Flow> =>
    (flow = await Flow.load(nodes(settings), { credentials: { peer: credentials } }))
  const gets = () => remote.received.filter(({ method }) => method === 'GET')
  const sendAs = async (ExamNo: string): Promise<Received> => {
    flow!.send('out', { payload: { ...CRISIS, ExamNo } })
    // What came out before a restart comes out again.
    let msg = await flow!.inbox('one').next()
    while ((msg.payload as Crisis).ExamNo !== ExamNo) msg = await flow!.inbox('one').next()
    assert.equal(msg.crisis?.outcome?.class, 'delivered')
    return remote.posts.at(-1)!
  }

  describe('that was read once is used', () => {
    for (const [name, answer] of [
      ['while its address forbids it', body('<html>closed</html>', {}, 403)],
      ['while its address has nothing', body('', {}, 404)],
      ['while its address has a page', body('<html>hello</html>')],
      ['while its address has half of it', body(wsdl().slice(0, 400))],
      ['while its address has that of another service', body(wsdl({ operation: 'Other' }))],
    ] as const) {
      it(`${name}, after a restart too, with an alarm`, async () => {
        const description = wsdl({ parameter: 'theirs', namespace: 'urn:theirs' })
        remote.answer = serve({ '/svc?wsdl': description }, succeeding)
        await load()
        const first = readCall((await sendAs('1')).body)
        assert.deepEqual([first.namespace, first.argumentName], ['urn:theirs', 'theirs'])
        await flow!.deploy([])
        remote.answer = (received, response) =>
          (received.method === 'GET' ? answer : succeeding)(received, response)
        await flow!.deploy(nodes({}))
        const second = readCall((await sendAs('2')).body)
        assert.deepEqual([second.namespace, second.argumentName], ['urn:theirs', 'theirs'])
        const { code, message } = await flow!.caught()
        assert.equal(code, 'WSDL_KEPT')
        const day = /read at (\d{4}-\d\d-\d\d)T/.exec(message)?.[1]
        await flow!.becomes('out', 'yellow wsdlKept')
        assert.equal(flow!.statusTexts('out').at(-1), `kept WSDL: ${day}`)
        await sendAs('3')
        assert.equal(flow!.inbox('caught').all.length, 1)
      })
    }
  })

  it('that is used in its place is no more once its address has it again', async () => {
    const has = serve({ '/svc?wsdl': wsdl() }, succeeding)
    remote.answer = has
    await load()
    await sendAs('1')
    await flow!.deploy([])
    remote.answer = (received, response) =>
      (received.method === 'GET' ? body('', {}, 404) : succeeding)(received, response)
    await flow!.deploy(nodes({}))
    await sendAs('2')
    assert.equal((await flow!.caught()).code, 'WSDL_KEPT')
    // A call that fails has the description read again.
    let failed = false
    remote.answer = (received, response) => {
      const fails = received.method === 'POST' && !failed
      failed ||= fails
      const answer = fails ? body('<html>restarting</html>', {}, 500) : has
      answer(received, response)
    }
    await sendAs('3')
    assert.equal((await flow!.caught()).code, 'WSDL_CURRENT')
    await flow!.becomes('out', 'green delivered')
  })

  it('that is used in its place is asked for again by itself, and its end is told once', async () => {
    const description = wsdl({ parameter: 'theirs' })
    remote.answer = serve({ '/svc?wsdl': description }, succeeding)
    await load({ parallel: '1' })
    await sendAs('1')
    await flow!.deploy([])
    remote.answer = (received, response) =>
      (received.method === 'GET' ? body('', {}, 404) : succeeding)(received, response)
    await flow!.deploy(nodes({ parallel: '1' }))
    await sendAs('2')
    assert.equal((await flow!.caught()).code, 'WSDL_KEPT')
    await flow!.becomes('out', 'yellow wsdlKept')
    // One that hangs holds up nothing.
    const asked = gets().length
    const hanging: (() => void)[] = []
    remote.answer = (received, response) => {
      const answer = serve({ '/svc?wsdl': wsdl({ parameter: 'renamed' }) }, succeeding)
      if (received.method === 'GET') hanging.push(() => answer(received, response))
      else answer(received, response)
    }
    while (hanging.length === 0) await pause(50)
    const posted = await sendAs('3')
    assert.equal(readCall(posted.body).argumentName, 'theirs')
    remote.answer = serve({ '/svc?wsdl': wsdl({ parameter: 'renamed' }) }, succeeding)
    for (const answer of hanging) answer()
    assert.equal((await flow!.caught()).code, 'WSDL_CURRENT')
    await flow!.becomes('out', 'green delivered')
    assert.equal(readCall((await sendAs('4')).body).argumentName, 'renamed')
    await flow!.settle()
    assert.equal(flow!.inbox('caught').all.length, 2)
    assert.ok(gets().length > asked)
  })

  it('that could never be read is not replaced by our own', async () => {
    remote.answer = serve({}, succeeding)
    await load()
    flow!.send('out', { payload: CRISIS })
    while (gets().length === 0) await flow!.settle()
    await flow!.settle()
    assert.equal(remote.posts.length, 0)
    remote.answer = serve({ '/svc?wsdl': wsdl({ parameter: 'theirs' }) }, succeeding)
    await flow!.hasten()
    await flow!.inbox('one').next()
    assert.equal(readCall(remote.posts[0]!.body).argumentName, 'theirs')
  })

  it('is not fetched when the settings leave nothing to it', async () => {
    remote.answer = (received, response) =>
      (received.method === 'GET' ? body('', {}, 403) : succeeding)(received, response)
    await load({
      soapVersion: '1.1',
      style: 'qualified',
      namespace: 'http://tempuri.org/',
      parameter: 'inputString',
      soapAction: 'http://tempuri.org/SynCrisisInfo',
    })
    const call = readCall((await sendAs('1')).body)
    assert.equal(call.namespace, 'http://tempuri.org/')
    assert.equal(gets().length, 0)
  })

  it('is asked for the element when a peer fails at settings that leave nothing else to it', async () => {
    const description = sample('lower-camel')
    remote.answer = (received, response) => {
      const isTheirs = received.method === 'GET' || received.body.includes('synCrisisInfo')
      const fault = `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><s:Fault><faultcode>s:Client</faultcode><faultstring>no such method</faultstring></s:Fault></s:Body></s:Envelope>`
      const answer = isTheirs
        ? serve({ '/svc?wsdl': description }, succeeding)
        : body(fault, undefined, 500)
      answer(received, response)
    }
    await load({
      soapVersion: '1.1',
      style: 'wrapped',
      namespace: 'http://tempuri.org/',
      parameter: 'inputString',
      soapAction: 'http://tempuri.org/synCrisisInfo',
    })
    assert.equal(readCall((await sendAs('1')).body).operation, 'synCrisisInfo')
    assert.deepEqual([gets().length, remote.posts.length], [1, 2])
  })

  it('that forbids itself and was never read pauses the peer, and no document is given up', async () => {
    remote.answer = body('', { 'www-authenticate': 'Negotiate, NTLM' }, 401)
    await load()
    for (const ExamNo of ['1', '2', '3']) flow!.send('out', { payload: { ...CRISIS, ExamNo } })
    const { code, message } = await flow!.caught()
    assert.equal(code, 'HTTP_STATUS')
    assert.match(message, /401.*Negotiate, NTLM/)
    await flow!.settle()
    assert.equal(flow!.inbox('two').all.length, 0)
    remote.answer = serve({ '/svc?wsdl': wsdl() }, succeeding)
    await flow!.hasten()
    for (const _ of [1, 2, 3]) {
      assert.equal((await flow!.inbox('one').next()).crisis?.outcome?.class, 'delivered')
    }
    const alarms = flow!.inbox('caught').all.map(({ error }) => (error as { code: string }).code)
    assert.deepEqual(alarms, ['HTTP_STATUS', 'PEER_RECOVERED'])
  }).timeout(30_000)

  const propose = async (description: string): Promise<WsdlReport> => {
    remote.answer = serve({ '/svc?wsdl': description }, succeeding)
    const question = { wsdl: `${remote.origin}/svc?wsdl` }
    const reply = await helper.request().post('/hospital-flows-crisis/wsdl').send(question)
    assert.equal(reply.status, 200, JSON.stringify(reply.body))
    return reply.body as WsdlReport
  }

  for (const name of [
    'empty-namespace',
    'lower-camel',
    'element-named-otherwise',
    'bare-parameter',
  ]) {
    it(`and the settings that are proposed from it make the same call: ${name}`, async () => {
      const description = sample(name)
      await load()
      const { services } = await propose(description)
      const { proposed, needsWsdl } = services[0]!
      assert.ok(proposed)
      assert.equal(needsWsdl, false)
      const byWsdl = await sendAs('1')
      await flow!.deploy(nodes({ ...proposed, wsdl: '', address: `${remote.origin}/svc` }))
      const before = gets().length
      const bySettings = await sendAs('1')
      assert.equal(bySettings.body, byWsdl.body)
      assert.equal(bySettings.headers['soapaction'], byWsdl.headers['soapaction'])
      assert.equal(gets().length, before)
    })
  }

  it('has the document in the parameter that is called like ours', async () => {
    remote.answer = serve({ '/svc?wsdl': sample('several-parameters') }, succeeding)
    await load()
    assert.equal(readCall((await sendAs('1')).body).argumentName, 'inputString')
  })

  it('asks which parameter is meant when none is called like ours', async () => {
    await load()
    const description = sample('several-parameters').replace('inputString', 'content')
    const [port] = (await propose(description)).services
    assert.deepEqual(port?.choices, ['userCode', 'passWord', 'timeout', 'content'])
    assert.equal(port?.proposed?.parameter, '')
    assert.match(port?.warnings.map(({ en }) => en).join() ?? '', /choose it/)
  })

  it('is not followed while nothing says which parameter is meant, and the documents wait', async () => {
    const description = sample('several-parameters').replaceAll('inputString', 'content')
    remote.answer = serve({ '/svc?wsdl': description }, succeeding)
    await load()
    flow!.send('out', { payload: CRISIS })
    const { code, message } = await flow!.caught()
    assert.equal(code, 'SETTING_PARAMETER')
    assert.match(message, /userCode, passWord, timeout, content/)
    await flow!.shows('out', 'badSetting')
    assert.match(flow!.status('out') ?? '', /^red badSetting 1 · /)
    assert.equal(remote.posts.length, 0)
    await flow!.deploy(nodes({ parameter: 'content' }))
    await flow!.hasten()
    await flow!.inbox('one').next()
    assert.equal(readCall(remote.posts[0]!.body).argumentName, 'content')
    assert.equal((await flow!.caught()).code, 'PEER_RECOVERED')
  })

  it('and its address may want a login in their query, which stays in the credentials', async () => {
    const query = 'CacheUserName=someone&CachePassword=Pw-7%23x&CacheNoRedirect=1'
    remote.answer = serve({ [`/svc?wsdl=1&${query}`]: wsdl() }, succeeding)
    await load({ wsdl: `${remote.origin}/svc?wsdl=1` }, { query })
    assert.equal((await sendAs('1')).url, `/svc?${query}`)
    assert.ok(!flow!.ledgerBytes().includes('Pw-7'))
    assert.doesNotMatch(flow!.everythingShown(), /Pw-7/)
  })

  it('in an address with a login is warned of', async () => {
    await load()
    remote.answer = serve({ '/svc?wsdl=1&CacheUserName=a&CachePassword=b': wsdl() }, succeeding)
    const wsdlAddress = `${remote.origin}/svc?wsdl=1&CacheUserName=a&CachePassword=b`
    const reply = await helper
      .request()
      .post('/hospital-flows-crisis/wsdl')
      .send({ wsdl: wsdlAddress })
    const { warnings } = reply.body as WsdlReport
    assert.match(warnings.map(({ en }) => en).join(), /holds a login/)
  })

  it('in an address with a login goes on working, and nothing but a warning is to be seen of it', async () => {
    const secrets = [
      'Pw-7%23x',
      'Pw-7#x',
      'Qs-5511',
      Buffer.from('someone:Pw-7#x').toString('base64'),
    ]
    // A peer that quotes all that it was told.
    remote.answer = (received, response) => {
      if (received.method === 'GET')
        return serve({ '/svc?wsdl&pwd=Qs-5511': wsdl() }, body(''))(received, response)
      const { url, headers } = received
      const said = escape(
        `<response><code>1</code><desc>${escape(`${url} ${headers.authorization}`)} Pw-7#x</desc></response>`,
      )
      body(returning(`<return>${said}</return>`))(received, response)
    }
    const host = new URL(remote.origin).host
    await load({
      wsdl: `http://someone:Pw-7%23x@${host}/svc?wsdl&pwd=Qs-5511`,
      address: `http://someone:Pw-7%23x@${host}/svc?pwd=Qs-5511`,
    })
    flow!.send('out', { payload: CRISIS })
    const { crisis } = await flow!.inbox('two').next()
    const { url, headers } = remote.posts[0]!
    assert.equal(url, '/svc?pwd=Qs-5511')
    assert.equal(headers.authorization, `Basic ${secrets.at(-1)}`)
    assert.match(crisis?.outcome?.reply?.desc ?? '', /^\/svc\?pwd=●+ Basic ●+ ●+$/)
    assert.match(flow!.everythingShown(), /The address holds a login/)
    const kept = flow!.ledgerBytes()
    for (const secret of secrets) {
      assert.ok(!flow!.everythingShown().includes(secret), secret)
      assert.ok(!kept.includes(secret), secret)
    }
  })

  it('cannot spoil this process, another peer, or the time of the flows', async () => {
    const serveOne = (text: string) => ({
      get: async () => ({
        status: 200,
        headers: { 'content-type': 'text/xml' },
        bytes: Buffer.from(text),
      }),
    })
    const names = JSON.stringify([Object.prototype, Function.prototype, Object].map(namesOf))
    for (const where of ['"In"', '"PT"', '"parameters"', '"SynCrisisInfo"', '"arg0"', '"Pacs"']) {
      for (const bad of ['"__proto__"', '"constructor"']) {
        const text = wsdl()
          .replaceAll(where, bad)
          .replaceAll(`tns:${where.slice(1)}`, `tns:${bad.slice(1)}`)
        const source = 'http://127.0.0.1:9/w'
        await assert.rejects(describeWsdl(source, serveOne(text)), { code: 'WSDL_UNREADABLE' })
      }
    }
    assert.equal(JSON.stringify([Object.prototype, Function.prototype, Object].map(namesOf)), names)
    const large = wsdl().replace(
      '<wsdl:types>',
      `<wsdl:documentation>${'<a/>'.repeat(300_000)}</wsdl:documentation><wsdl:types>`,
    )
    let turns = 0
    const turning = setInterval(() => turns++, 5)
    await describeWsdl('http://127.0.0.1:9/w', serveOne(large)).catch((error: unknown) => {
      assert.equal((error as { code: string }).code, 'WSDL_UNREADABLE')
    })
    clearInterval(turning)
    assert.ok(turns > 10, 'the event loop turns meanwhile')
    const [listing] = await describeWsdl('http://127.0.0.1:9/w', serveOne(wsdl()))
    assert.equal(listing?.dialect?.parameter, 'arg0')
  }).timeout(120_000)
})

const namesOf = (value: object): string[] => Object.getOwnPropertyNames(value)
