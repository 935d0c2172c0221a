import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { succeeding, TestPeer } from '../soap/remote-peer.js'
import { callWith, CRISIS, crisisXml, FEEDBACK } from '../support/calls.js'
import {
  Flow,
  inNode,
  out,
  parser,
  peer,
  response,
  service,
  settle,
  type Settings,
} from '../support/flow.js'
import { freePort } from '../support/node-red.js'

const NOBODY = 'http://127.0.0.1:9/pacs'

describe('settings that cannot be used', () => {
  let flow: Flow

  afterEach(() => flow.unload())

  const PEERS: Readonly<Record<string, readonly [Settings, string]>> = {
    'no address and no WSDL': [{}, 'SETTING_MISSING'],
    'nothing but blanks': [{ address: ' ', wsdl: '\t' }, 'SETTING_MISSING'],
    'an environment variable that is not set': [
      { address: '${CRISIS_TEST_NOT_SET}' },
      'SETTING_MISSING',
    ],
    'a zone that nobody knows': [{ address: NOBODY, zone: 'Mars/Phobos' }, 'SETTING_INVALID'],
    'no zone': [{ address: NOBODY, zone: '' }, 'SETTING_INVALID'],
    'seconds that are no number': [{ address: NOBODY, totalSeconds: 'ten' }, 'SETTING_INVALID'],
    'no seconds at all': [{ address: NOBODY, totalSeconds: '0' }, 'SETTING_INVALID'],
    'seconds without end': [{ address: NOBODY, connectSeconds: '1e9' }, 'SETTING_INVALID'],
    'a size below one': [{ address: NOBODY, maxKilobytes: '-1' }, 'SETTING_INVALID'],
    'a later version': [{ address: NOBODY, version: 99 }, 'SETTING_INVALID'],
    'a TLS configuration that is gone': [{ address: NOBODY, tls: 'gone' }, 'SETTING_MISSING'],
  }
  for (const [name, [settings, code]] of Object.entries(PEERS)) {
    for (const [type, payload] of [
      ['crisis out', CRISIS],
      ['crisis feedback out', FEEDBACK],
    ] as const) {
      it(`make ${type} red, and each message goes to output 2: ${name}`, async () => {
        flow = await Flow.load([peer(settings), out({ type })])
        assert.deepEqual(flow.statuses('out'), ['red badSetting'])
        assert.equal((await flow.caught()).code, code, 'at the start')
        flow.send('out', { payload })
        const msg = await flow.inbox('two').next()
        assert.equal(msg.payload, payload)
        assert.equal(msg.crisis?.outcome?.code, code)
        assert.equal(msg.crisis?.outcome?.class, 'rejected')
        assert.equal((await flow.caught()).code, code)
        assert.equal(flow.status('out'), 'red badSetting')
      })
    }
  }

  it('say that no peer is chosen', async () => {
    for (const id of ['', 'gone']) {
      flow = await Flow.load([out({ peer: id })])
      assert.deepEqual(flow.statuses('out'), ['red noPeer'])
      assert.equal((await flow.caught()).code, 'SETTING_MISSING')
      flow.send('out', { payload: CRISIS })
      const msg = await flow.inbox('two').next()
      assert.equal(msg.crisis?.outcome?.code, 'SETTING_MISSING')
      assert.equal((await flow.caught()).code, 'SETTING_MISSING')
      await flow.unload()
    }
  })

  it('say that no service is chosen', async () => {
    for (const id of ['', 'gone']) {
      flow = await Flow.load([inNode({ service: id })])
      assert.deepEqual(flow.statuses('in'), ['red noService'])
      assert.equal((await flow.caught()).code, 'SETTING_MISSING')
      await flow.unload()
    }
  })

  const SERVICES: Readonly<Record<string, readonly [Settings, string]>> = {
    'a port that is no number': [{ port: 'x' }, 'SETTING_INVALID'],
    'port 0': [{ port: '0' }, 'SETTING_INVALID'],
    'a port that does not exist': [{ port: '65536' }, 'SETTING_INVALID'],
    'a port that is not whole': [{ port: '80.5' }, 'SETTING_INVALID'],
    'a zone that nobody knows': [{ zone: '+25:00' }, 'SETTING_INVALID'],
    'an answer limit that is no number': [{ answerSeconds: 'soon' }, 'SETTING_INVALID'],
    'a size limit that is too big': [{ maxKilobytes: '1e9' }, 'SETTING_INVALID'],
    'a later version': [{ version: 99 }, 'SETTING_INVALID'],
  }
  for (const [name, [settings, code]] of Object.entries(SERVICES)) {
    it(`make crisis in red and reach Catch: ${name}`, async () => {
      const port = await freePort()
      flow = await Flow.load([service({ port: String(port), ...settings }), inNode()])
      assert.equal((await flow.caught()).code, code)
      assert.equal(flow.status('in'), 'red badSetting')
    })
  }

  for (const [name, licences, code] of [
    ['no licence', '', 'LICENCE_MISSING'],
    ['only blank licences', '[{"application":"HIS","licence":" "}]', 'LICENCE_MISSING'],
    ['a list that is no JSON', '[{"application":"HIS","licence":"s3cret"', 'SETTING_INVALID'],
    ['a list of something else', '["s3cret"]', 'SETTING_INVALID'],
  ] as const) {
    it(`make crisis feedback in red: ${name}`, async () => {
      const port = String(await freePort())
      const nodes = [service({ port, licenceCheck: true }), inNode({ type: 'crisis feedback in' })]
      flow = await Flow.load(nodes, { credentials: { service: { licences } } })
      assert.equal((await flow.caught()).code, code)
      assert.equal(
        flow.status('in'),
        code === 'LICENCE_MISSING' ? 'red noLicence' : 'red badSetting',
      )
      assert.doesNotMatch(flow.everythingShown(), /s3cret/)
    })
  }

  it('say that a port is in use', async () => {
    const server = createServer()
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const port = String((server.address() as AddressInfo).port)
    flow = await Flow.load([service({ port }), inNode()])
    assert.equal((await flow.caught()).code, 'PORT_IN_USE')
    assert.equal(flow.status('in'), 'red portInUse')
    server.close()
  })

  it('say that another node hosts the operation there', async () => {
    const port = String(await freePort())
    flow = await Flow.load([
      service({ port }),
      inNode(),
      inNode({ id: 'in2', wires: [['two']] }),
      response(),
    ])
    const { code, source } = await flow.caught()
    assert.equal(code, 'ADDRESS_TAKEN')
    const [loser, winner] = source.id === 'in' ? ['in', 'in2'] : ['in2', 'in']
    assert.equal(flow.status(loser), 'red error')
    await flow.shows(winner, 'listening')
  })

  it('say that Node-RED serves no HTTP nodes', async () => {
    const settings = { httpNodeRoot: false }
    flow = await Flow.load([service({ mount: 'node-red' }), inNode()], { settings })
    assert.equal((await flow.caught()).code, 'SETTING_INVALID')
    assert.equal(flow.status('in'), 'red badSetting')
  })

  it('make the parser fail with a reason', async () => {
    for (const settings of [{ zone: 'Mars/Phobos' }, { version: 99 }]) {
      flow = await Flow.load([parser({ action: 'read', ...settings })])
      flow.send('parser', { payload: crisisXml() })
      assert.equal((await flow.caught()).code, 'SETTING_INVALID')
      assert.equal(flow.status('parser'), 'red error')
      await settle()
      assert.equal(flow.inbox('one').all.length, 0)
      await flow.unload()
    }
  })

  it('make a response of a later version fail with a reason', async () => {
    flow = await Flow.load([response({ version: 99 })])
    flow.send('response', { payload: 'x' })
    assert.equal((await flow.caught()).code, 'SETTING_INVALID')
  })
})

describe('settings that a flow leaves out', () => {
  it('have their defaults, so that a flow written by hand works', async () => {
    const remote = await TestPeer.open()
    remote.answer = succeeding
    const port = String(await freePort())
    const flow = await Flow.load([
      { id: 'peer', type: 'crisis peer', address: `${remote.origin}/pacs` },
      {
        id: 'service',
        type: 'crisis service',
        mount: 'port',
        host: '127.0.0.1',
        port,
        allow: '127.0.0.1',
      },
      { id: 'out', type: 'crisis out', peer: 'peer', wires: [['one'], ['two']] },
      { id: 'in', type: 'crisis in', service: 'service', wires: [['response']] },
      { id: 'response', type: 'generic response', wires: [['answered']] },
      { id: 'parser', type: 'crisis parser', wires: [['parsed']] },
    ])
    try {
      flow.send('out', { payload: CRISIS })
      assert.equal((await flow.inbox('one').next()).crisis?.outcome?.class, 'delivered')
      flow.send('parser', { payload: crisisXml() })
      assert.deepEqual((await flow.inbox('parsed').next()).payload, CRISIS)
      await flow.shows('in', 'listening')
      const url = `http://127.0.0.1:${port}/pushService/services/pacs`
      assert.equal((await callWith(url, 'SynCrisisInfo', crisisXml())).code, '0')
    } finally {
      await flow.unload()
      await remote.close()
    }
  })
})

describe('settings out of the environment', () => {
  const names = ['ADDRESS', 'SECONDS', 'PORT', 'PATH', 'ZONE', 'LICENCE'] as const
  afterEach(() => {
    for (const name of names) delete process.env[`CRISIS_TEST_${name}`]
  })

  it('are read when the flow starts, secrets too', async () => {
    const remote = await TestPeer.open()
    remote.answer = succeeding
    const port = String(await freePort())
    Object.assign(process.env, {
      CRISIS_TEST_ADDRESS: `${remote.origin}/pacs`,
      CRISIS_TEST_SECONDS: '7',
      CRISIS_TEST_PORT: port,
      CRISIS_TEST_PATH: '/from/env',
      CRISIS_TEST_ZONE: 'Asia/Shanghai',
      CRISIS_TEST_LICENCE: 'L-env',
    })
    const flow = await Flow.load(
      [
        peer({
          address: '${CRISIS_TEST_ADDRESS}',
          totalSeconds: '${CRISIS_TEST_SECONDS}',
          zone: '${CRISIS_TEST_ZONE}',
        }),
        service({ port: '${CRISIS_TEST_PORT}', path: '${CRISIS_TEST_PATH}' }),
        out({ type: 'crisis feedback out' }),
        inNode({ wires: [['response']] }),
        response(),
      ],
      { credentials: { peer: { licence: '${CRISIS_TEST_LICENCE}' } } },
    )
    try {
      await flow.shows('in', 'listening')
      const url = `http://127.0.0.1:${port}/from/env`
      assert.equal((await callWith(url, 'SynCrisisInfo', crisisXml())).code, '0')
      flow.send('out', { payload: FEEDBACK })
      const msg = await flow.inbox('one').next()
      assert.equal(msg.crisis?.outcome?.class, 'delivered')
      assert.match(remote.posts[0]!.body, /License&gt;L-env&lt;/)
    } finally {
      await flow.unload()
      await remote.close()
    }
  })
})
