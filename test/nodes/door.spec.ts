import assert from 'node:assert/strict'
import { MAX_PARTS } from '../../src/http/body-part.js'
import { body, succeeding, TestPeer } from '../soap/remote-peer.js'
import { callWith, crisisXml, envelopeOf, FEEDBACK, feedbackXml, post } from '../support/calls.js'
import { Flow, inNode, out, peer, service, type FlowNode, type Settings } from '../support/flow.js'
import { freePort } from '../support/node-red.js'

const SECRET = 'AbCdEfGhIjKlMnOpQr'
const feedbackIn = (settings: Settings = {}): FlowNode =>
  inNode({ id: 'feedback', type: 'crisis feedback in', ...settings })

describe('the door of a service', () => {
  let flow: Flow
  let port: string
  let origin: string
  let url: string

  beforeEach(async () => {
    port = String(await freePort())
    origin = `http://127.0.0.1:${port}`
    url = `${origin}/crisis`
  })

  afterEach(async () => {
    await flow.unload()
    delete process.env['CRISIS_TEST_LICENCE']
  })

  const load = async (
    nodes: readonly FlowNode[],
    credentials: Readonly<Record<string, object>> = {},
    settings: Settings = {},
  ): Promise<void> => {
    flow = await Flow.load(nodes, { credentials, settings })
  }

  it('has what was refused told by the node whose operation it was', async () => {
    const licences = JSON.stringify([{ application: 'HIS', licence: 'right' }])
    await load([service({ port, licenceCheck: true }), inNode(), feedbackIn()], {
      service: { licences },
    })
    await flow.shows('in', 'listening')
    await flow.shows('feedback', 'listening')
    await callWith(url, 'SynCrisisResponseInfo', feedbackXml('wrong'))
    const refused = await flow.caught()
    assert.deepEqual([refused.code, refused.source.id], ['LICENCE_REFUSED', 'feedback'])
    await callWith(url, 'SynCrisisInfo', '<XmlDocument><Crisis></XmlDocument>')
    assert.equal((await flow.caught()).source.id, 'in')
  })

  it('goes on to be heard when a node that could not register is deleted', async () => {
    const twin = inNode({ id: 'twin' })
    await load([service({ port }), inNode(), twin])
    const { code, source } = await flow.caught()
    assert.equal(code, 'ADDRESS_TAKEN')
    const good = source.id === 'in' ? twin : inNode()
    await flow.shows(good.id, 'listening')
    await flow.deploy([service({ port }), good], 'nodes')
    await flow.deploy([service({ port }), { ...good, name: 'renamed' }], 'nodes')
    await flow.shows(good.id, 'listening')
    flow.inbox('caught').clear()
    await post(url, 'junk')
    assert.equal((await flow.caught()).source.id, good.id)
  })

  it('answers a caller whose stub is fixed by the names that it expects', async () => {
    const namespace = 'http://tempuri.org/'
    await load([service({ port, namespace, resultName: '*Result' }), inNode()])
    await flow.shows('in', 'listening')
    const call = `<SynCrisisInfo xmlns="${namespace}"><inputString>${crisisXml().replaceAll('<', '&lt;')}</inputString></SynCrisisInfo>`
    const envelope = `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>${call}</s:Body></s:Envelope>`
    const { text } = await post(url, envelope)
    assert.match(
      text,
      /<m:SynCrisisInfoResponse xmlns:m="http:\/\/tempuri\.org\/"><m:SynCrisisInfoResult>[^<]*code&gt;0/,
    )
    const wsdl = await (await fetch(`${url}?wsdl`)).text()
    assert.match(wsdl, /targetNamespace="http:\/\/tempuri\.org\/"/)
    assert.match(wsdl, /name="SynCrisisInfoResult"/)
  })

  it('takes the call of a platform by its rule, and asks feedback for its licence all the same', async () => {
    const licences = JSON.stringify([{ application: 'HIS', licence: 'right' }])
    const operations = ['SynCrisisInfo', 'SynCrisisResponseInfo']
    const rule = {
      elements: ['HIPMessageServer'],
      parameters: ['action', 'message'],
      document: 'message',
      operation: {
        parameter: 'action',
        values: Object.fromEntries(operations.map((name) => [name, name])),
      },
      answer: { result: '*Result' },
    }
    const wires = [['feedbacks']]
    await load(
      [service({ port, licenceCheck: true, inbound: [rule] }), inNode(), feedbackIn({ wires })],
      { service: { licences } },
    )
    await flow.shows('in', 'listening')
    await flow.shows('feedback', 'listening')
    const call = async (action: string, message: string): Promise<string> => {
      const inside = `<action>${action}</action><message>${message.replaceAll('<', '&lt;')}</message>`
      const element = `<HIPMessageServer xmlns="http://platform.example.cn">${inside}</HIPMessageServer>`
      const envelope = `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>${element}</s:Body></s:Envelope>`
      const { text } = await post(url, envelope)
      return /HIPMessageServerResult>.*code&gt;(\d+)/.exec(text)?.[1] ?? text
    }
    assert.equal(await call('SynCrisisInfo', crisisXml()), '0')
    const { crisis } = await flow.inbox('one').next()
    assert.equal(crisis?.operation, 'SynCrisisInfo')
    assert.equal(await call('SynCrisisResponseInfo', feedbackXml('wrong')), '401')
    assert.equal((await flow.caught()).source.id, 'feedback')
    assert.equal(await call('SynCrisisResponseInfo', feedbackXml('right')), '0')
    assert.deepEqual((await flow.inbox('feedbacks').next()).payload, FEEDBACK)
  })

  for (const [setting, value] of Object.entries({
    inbound: [{ elements: ['A'] }],
    namespace: 'urn:a b',
    resultName: '1Result',
    resultNamespace: '<x>',
  })) {
    it(`does not open with a name that cannot be one: ${setting}`, async () => {
      await load([service({ port, [setting]: value }), inNode()])
      assert.equal((await flow.caught()).code, 'SETTING_INVALID')
    })
  }

  for (const mount of ['port', 'node-red']) {
    it(`takes a secret path by its letters, and its other parts in any case: ${mount}`, async () => {
      const path = `/Case-${mount}`
      await load([service({ port, mount, path, unguarded: false }), inNode()], {
        service: { pathSecret: SECRET },
      })
      await flow.shows('in', 'listening')
      if (mount === 'node-red') origin = await flow.httpNode()
      for (const wrong of [SECRET.toLowerCase(), SECRET.toUpperCase(), `${SECRET}x`, '']) {
        const reply = await post(`${origin}${path}/${wrong}`, 'x')
        assert.equal(reply.status, 404, wrong)
      }
      for (const right of [`${path}/${SECRET}`, `${path.toUpperCase()}//${SECRET}/`]) {
        const answer = await callWith(origin + right, 'SynCrisisInfo', crisisXml())
        assert.equal(answer.code, '0', right)
      }
    })
  }

  it('does not take anybody’s word for where it stands', async () => {
    await load([service({ port }), inNode()])
    await flow.shows('in', 'listening')
    const headers = { 'X-Forwarded-Host': 'evil.example', 'X-Forwarded-Proto': 'https' }
    const wsdl = await (await fetch(`${url}?wsdl`, { headers })).text()
    assert.match(wsdl, new RegExp(`location="${url}"`))
  })

  it('looks for the envelope among so many parts and no more', async () => {
    await load([service({ port }), inNode()])
    await flow.shows('in', 'listening')
    const headers = { 'Content-Type': 'multipart/related; boundary=x; start="<root>"' }
    const root = `--x\r\nContent-Type: text/xml\r\nContent-ID: <root>\r\n\r\n${envelopeOf('SynCrisisInfo', crisisXml())}\r\n`
    const parts = (before: number): string => '--x\r\n\r\n\r\n'.repeat(before) + root + '--x--'
    const read = await post(url, parts(MAX_PARTS - 1), { headers })
    assert.match(read.text, /code&gt;0/)
    const refused = await post(url, parts(MAX_PARTS), { headers })
    assert.equal(refused.status, 500)
    assert.match((await flow.caught()).message, /among the first/)
  })

  it('knows a licence that is given as a variable, as a peer does', async () => {
    process.env['CRISIS_TEST_LICENCE'] = 'from-the-environment'
    const remote = await TestPeer.open()
    try {
      remote.answer = succeeding
      const given = '${CRISIS_TEST_LICENCE}'
      await load(
        [
          service({ port, licenceCheck: true, unguarded: false }),
          feedbackIn(),
          peer({ address: `${remote.origin}/pacs` }),
          out({ type: 'crisis feedback out' }),
        ],
        {
          service: { licences: JSON.stringify([{ application: '*', licence: given }]) },
          peer: { licence: given },
        },
      )
      await flow.shows('feedback', 'listening')
      // 404: who speaks is known, what is spoken of is not.
      const right = feedbackXml('from-the-environment', {}, 'any of them')
      assert.equal((await callWith(url, 'SynCrisisResponseInfo', right)).code, '404')
      const literal = await callWith(url, 'SynCrisisResponseInfo', feedbackXml(given))
      assert.equal(literal.code, '401')
      flow.send('out', { payload: FEEDBACK })
      await flow.inbox('one').next()
      assert.match(remote.posts[0]!.body, /from-the-environment/)
      assert.doesNotMatch(flow.everythingShown(), /from-the-environment/)
    } finally {
      await remote.close()
    }
  })

  it('lets the others in where the variable of one licence is not set, and says so', async () => {
    const licences = JSON.stringify([
      { application: 'HIS', licence: '${CRISIS_TEST_LICENCE}' },
      { application: 'EMR', licence: 'good' },
    ])
    await load([service({ port, licenceCheck: true, unguarded: false }), feedbackIn()], {
      service: { licences },
    })
    const { code, message } = await flow.caught()
    assert.equal(code, 'SETTING_MISSING')
    assert.match(message, /CRISIS_TEST_LICENCE/)
    assert.equal(flow.status('feedback'), 'red badSetting')
    const ask = async (licence: string, application: string): Promise<string> =>
      (await callWith(url, 'SynCrisisResponseInfo', feedbackXml(licence, {}, application))).code
    assert.equal(await ask('good', 'EMR'), '404')
    for (const licence of ['${CRISIS_TEST_LICENCE}', '']) {
      assert.equal(await ask(licence, 'HIS'), '401')
    }
  })

  for (const [name, credentials] of [
    ['the user', { user: '${CRISIS_TEST_NONE}', secret: 'long enough' }],
    ['the password', { user: 'pacs', secret: '${CRISIS_TEST_NONE}' }],
    ['the secret path', { user: 'pacs', secret: 'x', pathSecret: '${CRISIS_TEST_NONE}' }],
    ['the licences', { user: 'pacs', secret: 'x', licences: '${CRISIS_TEST_NONE}' }],
  ] as const) {
    it(`does not open where a variable is not set: ${name}`, async () => {
      await load([service({ port, auth: 'basic', unguarded: false }), inNode()], {
        service: credentials,
      })
      const { code, message } = await flow.caught()
      assert.equal(code, 'SETTING_MISSING')
      assert.match(message, /CRISIS_TEST_NONE is not set/)
      await assert.rejects(post(url, 'x'))
    })
  }

  for (const name of ['licence', 'user', 'password']) {
    it(`calls nobody where a variable of the peer is not set: ${name}`, async () => {
      const remote = await TestPeer.open()
      try {
        remote.answer = body('')
        await load(
          [
            peer({ address: `${remote.origin}/pacs`, login: 'basic' }),
            out({ type: 'crisis feedback out' }),
          ],
          { peer: { user: 'u', password: 'p', [name]: '${CRISIS_TEST_NONE}' } },
        )
        flow.send('out', { payload: FEEDBACK })
        assert.equal((await flow.caught()).code, 'SETTING_MISSING')
        await flow.settle()
        assert.equal(remote.posts.length, 0)
      } finally {
        await remote.close()
      }
    })
  }

  it('is not guarded by a login of settings.js that nobody asks for', async () => {
    await load(
      [service({ mount: 'node-red', unguarded: false }), inNode()],
      {},
      { httpNodeAuth: { user: 'u', pass: 'p' } },
    )
    assert.equal((await flow.caught()).code, 'UNGUARDED')
    const reply = await post(`${await flow.httpNode()}/crisis`, 'x')
    assert.equal(reply.status, 404)
  })
})
