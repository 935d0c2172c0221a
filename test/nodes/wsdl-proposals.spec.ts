import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import helper from 'node-red-node-test-helper'
import type { Crisis } from '../../src/messages/index.js'
import type { WsdlReport } from '../../src/soap/wsdl-report.js'
import { serve, succeeding, TestPeer } from '../soap/remote-peer.js'
import { CRISIS } from '../support/calls.js'
import { Flow, out, peer } from '../support/flow.js'
import { ROOT } from '../support/node-red.js'

const sample = (name: string): string =>
  readFileSync(path.join(ROOT, 'test', 'samples', 'wsdl', `${name}.wsdl`), 'utf8')

describe('the WSDL of a counterpart that wants more than the document', () => {
  let remote: TestPeer
  let flow: Flow

  before(async () => {
    remote = await TestPeer.open()
  })
  afterEach(() => flow.unload())
  after(() => remote.close())

  const load = async (credentials: object = {}): Promise<void> => {
    const nodes = [peer({ address: `${remote.origin}/svc` }), out()]
    flow = await Flow.load(nodes, { credentials: { peer: credentials } })
  }

  const propose = async (description: string): Promise<WsdlReport> => {
    remote.answer = serve({ '/svc?wsdl': description }, succeeding)
    const question = { wsdl: `${remote.origin}/svc?wsdl` }
    const reply = await helper.request().post('/hospital-flows-crisis/wsdl').send(question)
    assert.equal(reply.status, 200, JSON.stringify(reply.body))
    return reply.body as WsdlReport
  }

  it('fills in the table of parameters, the SOAP header and WS-Addressing, and says what it needs', async () => {
    await load({ user: 'someone', password: 'P-9f1c' })
    const said = async (description: string) => {
      const [port] = (await propose(description)).services
      assert.ok(port)
      const { proposed, warnings, offers } = port
      return { proposed, offers, words: warnings.map(({ en }) => en).join('\n') }
    }
    const several = await said(sample('several-parameters'))
    assert.deepEqual(several.proposed?.parameters, [
      { name: 'userCode', from: 'credential', value: 'user' },
      { name: 'passWord', from: 'credential', value: 'password' },
      { name: 'timeout', from: 'fixed', value: '' },
      { name: 'inputString', from: 'document', value: '' },
    ])
    assert.match(several.words, /userCode, passWord .*login[^]*: timeout/)
    const header = await said(sample('soap-header'))
    assert.equal(
      header.proposed?.soapHeader,
      '<AuthHeader xmlns="http://tempuri.org/"><UserId>{{secret:user}}</UserId><PassWord>{{secret:password}}</PassWord></AuthHeader>',
    )
    assert.match(header.words, /SOAP header of its own/)
    const addressing = await said(sample('addressing'))
    assert.equal(addressing.proposed?.addressing, '1.0')
    assert.equal(addressing.proposed?.soapAction, 'http://tempuri.org/ICrisis/SynCrisisInfo')
    assert.match(addressing.words, /WS-Addressing/)
    // And they make a call that the WSDL describes.
    const wanted = [/<passWord>P-9f1c</, /<UserId>someone</, /:MessageID /]
    for (const [index, { proposed }] of [several, header, addressing].entries()) {
      await flow.deploy([peer({ ...proposed, address: `${remote.origin}/svc` }), out()])
      flow.send('out', { payload: { ...CRISIS, ExamNo: String(index) } })
      // What came out before a deploy comes out again.
      let msg = await flow.inbox('one').next()
      while ((msg.payload as Crisis).ExamNo !== String(index)) msg = await flow.inbox('one').next()
      assert.match(remote.posts.at(-1)!.body, wanted[index]!)
    }
    const platform = await said(
      sample('several-parameters').replaceAll('SynCrisisInfo', 'HIPMessageServer'),
    )
    assert.equal(platform.proposed, undefined)
    const [offer] = platform.offers ?? []
    assert.equal(offer?.proposed.element, 'HIPMessageServer')
    assert.equal(offer?.proposed.parameters?.length, 4)
  })
})
