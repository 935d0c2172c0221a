import assert from 'node:assert/strict'
import helper from 'node-red-node-test-helper'
import type { Proposed, WsdlReport } from '../../src/soap/wsdl-report.js'
import { layOut } from '../../src/messages/index.js'
import { OPERATIONS, ourWsdl } from '../../src/soap/index.js'
import { body, serve, TestPeer, wsdl } from '../soap/remote-peer.js'
import { CRISIS, crisisXml, FEEDBACK, feedbackXml } from '../support/calls.js'
import { Flow, peer } from '../support/flow.js'

const LICENCE = 'L-5e5e-preview'

/** What the dialogs ask the runtime for. */
describe('the editor’s requests', () => {
  let flow: Flow

  before(async () => {
    flow = await Flow.load([peer({ address: 'http://127.0.0.1:9/', zone: '+09:00' })], {
      credentials: { peer: { licence: LICENCE, password: 'saved' } },
    })
  })

  after(() => flow.unload())

  const ask = async (path: string, question: object): Promise<{ status: number; body: never }> => {
    const reply = await helper.request().post(`/hospital-flows-crisis/${path}`).send(question)
    return { status: reply.status, body: reply.body as never }
  }

  it('show the document that a payload would become', async () => {
    const config = { source: 'payload', peer: 'peer' }
    const reply = await ask('preview', { config, msg: { payload: CRISIS } })
    const shown = await layOut(crisisXml())
    assert.deepEqual(reply, { status: 200, body: { xml: crisisXml(), shown } })
    assert.match(shown, /\n {4}<CrisisName>/)
  })

  it('show feedback with a mask for the licence', async () => {
    const config = { source: 'payload', peer: 'peer' }
    const operation = 'SynCrisisResponseInfo'
    const reply = await ask('preview', { operation, config, msg: { payload: FEEDBACK } })
    const xml = feedbackXml('●●●●')
    assert.deepEqual(reply, { status: 200, body: { xml, shown: await layOut(xml) } })
  })

  it('show a reception without the process elements where these are left out', async () => {
    const operation = 'SynCrisisResponseInfo'
    const config = { source: 'payload', peer: 'peer', omitEmptyProcess: true }
    const reply = await ask('preview', { operation, config, msg: { payload: { ExamNo: '1' } } })
    const { xml } = reply.body as { xml: string }
    assert.match(xml, /<CrisisReceiveTime><\/CrisisReceiveTime><\/CrisisResponse>/)
  })

  it('show what a mapping makes of a sample, or what is wrong with it', async () => {
    const rows = [
      { field: 'ExamNo', at: 'R/n', required: true },
      { field: 'setAt', at: 'R/t', time: 'yyyyMMddHHmmss' },
    ]
    const mapping = { document: 'crisis', format: 'xml', rows }
    const preview = async (action: string, sample: string, table: object = mapping) => {
      const question = { action, sample, mapping: table, zone: '+08:00', application: 'HIS' }
      const { status, body: answer } = await ask('mapping-preview', question)
      const { shown, reason } = answer as { shown?: string; reason?: { en: string } }
      return [status, shown ?? reason?.en ?? '']
    }
    const document = { ExamNo: '007', CrisisSetDate: '2026-01-31', CrisisSetTime: '08:30:00' }
    const xml = '<R><n>007</n><t>20260131083000</t></R>'
    assert.deepEqual(await preview('mapIn', xml), [200, JSON.stringify(document, null, 2)])
    const [, written] = await preview('mapOut', JSON.stringify(document))
    assert.equal(String(written).replaceAll(/<\?.*\?>|\n */g, ''), xml)
    for (const [action, sample, table, said] of [
      ['mapIn', '<R/>', mapping, /R\/n is missing/],
      ['mapIn', 'x', mapping, /not well-formed/],
      ['mapOut', '{', mapping, /not valid JSON/],
      ['mapOut', '{}', { ...mapping, rows: [{ field: 'X', at: 'R' }] }, /^\/rows\/0\/field: /],
    ] as const) {
      const [status, reason] = await preview(action, sample, table)
      assert.equal(status, 422)
      assert.match(String(reason), said)
    }
  })

  it('say what is wrong with the rules of a service', async () => {
    const pointers = async (inbound: unknown): Promise<readonly string[]> => {
      const { body: answer } = await ask('inbound-check', { inbound, zone: '+08:00' })
      return (answer as { problems: { pointer: string }[] }).problems.map(({ pointer }) => pointer)
    }
    const rule = { elements: ['A'], operation: 'SynCrisisInfo' }
    assert.deepEqual(await pointers([rule]), [])
    assert.deepEqual(await pointers([{ ...rule, mapping: 'x' }, rule]), [
      '/0/mapping',
      '/1/elements',
    ])
    assert.deepEqual(await pointers('x'), [''])
  })

  it('show field rows in the zone of the peer, also before there is one', async () => {
    const fields = [
      { name: 'ExamNo', type: 'msg', value: 'no' },
      { name: 'setAt', type: 'str', value: '2026-01-01T00:00:00Z' },
    ]
    for (const [id, time] of [
      ['peer', '09:00:00'],
      ['', '08:00:00'],
    ] as const) {
      const config = { source: 'fields', fields, peer: id, omitEmpty: true }
      const { body: answer } = await ask('preview', { config, msg: { no: '007' } })
      const { xml } = answer as { xml: string }
      assert.match(xml, new RegExp(`<ExamNo>007</ExamNo>.*<CrisisSetTime>${time}<`))
      assert.doesNotMatch(xml, /SickNo/)
    }
  })

  it('tell what is wrong with a code and a reason', async () => {
    for (const [question, code] of [
      [{ config: { source: 'payload' }, msg: { payload: 7 } }, 'DOCUMENT_UNKNOWN'],
      [{ config: { source: 'payload' }, msg: { payload: { ExamNo: 7 } } }, 'VALUE_NOT_TEXT'],
      [{ config: { source: 'fields', fields: [] } }, 'KEY_MISSING'],
      [
        {
          config: {
            source: 'fields',
            fields: [{ name: 'ExamNo', type: 'flow', value: 'x' }],
          },
        },
        'KEY_MISSING',
      ],
      [{}, 'DOCUMENT_UNKNOWN'],
      [{ config: 'x', msg: null }, 'DOCUMENT_UNKNOWN'],
    ] as const) {
      const reply = await ask('preview', question)
      assert.equal(reply.status, 422, JSON.stringify(question))
      const answer = reply.body as { code: string; reason: { zh: string; en: string } }
      assert.equal(answer.code, code, JSON.stringify(question))
      assert.ok(answer.reason.zh && answer.reason.en)
    }
  })

  it('name a variable that is not set, wherever it stands', async () => {
    for (const name of ['wsdl', 'address', 'user', 'password', 'query', 'totalSeconds']) {
      for (const written of ['${CRISIS_NOT_SET}', '$(CRISIS_NOT_SET)']) {
        const login = { login: 'basic', user: 'u', password: 'p' }
        const question = { wsdl: 'http://127.0.0.1:9/?wsdl', ...login, [name]: written }
        const reply = await ask('wsdl', question)
        const { code, reason } = reply.body as { code: string; reason: { zh: string } }
        assert.equal(code, 'SETTING_MISSING', name)
        assert.match(reason.zh, /CRISIS_NOT_SET/)
      }
    }
  })

  const report = async (files: Record<string, string>, question: object = {}) => {
    const remote = await TestPeer.open()
    try {
      remote.answer = serve(files, body(''))
      const reply = await ask('wsdl', { wsdl: `${remote.origin}/pacs?wsdl`, ...question })
      assert.equal(remote.posts.length, 0, 'no document is sent')
      const answer = JSON.stringify(reply.body).replaceAll(remote.origin, 'http://pacs')
      return { reply, remote, answer: JSON.parse(answer) as WsdlReport }
    } finally {
      await remote.close()
    }
  }

  it('list what a WSDL offers, with the settings that call it', async () => {
    const { reply, answer } = await report({
      '/pacs?wsdl': wsdl({ parameter: 'in0', form: 'qualified', soapAction: 'urn:a' }),
    })
    assert.equal(reply.status, 200)
    assert.deepEqual(answer.warnings, [])
    const [port, ...others] = answer.services
    assert.deepEqual(others, [])
    assert.ok(port)
    const { warnings, ...rest } = port
    const said = { style: 'qualified', namespace: 'http://pacs.example/', soapAction: 'urn:a' }
    assert.deepEqual(rest, {
      service: 'Pacs',
      port: 'P1.1',
      soapVersion: '1.1',
      address: 'http://127.0.0.1:9/wrong',
      operations: [{ name: 'SynCrisisInfo', parameters: ['in0: string'], ...said }],
      proposed: {
        ...said,
        element: '',
        parameter: 'in0',
        soapVersion: '1.1',
        address: 'http://pacs/wrong',
      },
      choices: [],
      needsWsdl: false,
    })
    assert.equal(warnings.length, 1)
    assert.match(warnings[0]!.zh, /NAT.*http:\/\/pacs\/wrong/)
    assert.match(warnings[0]!.en, /NAT.*http:\/\/pacs\/wrong/)
  })

  const other = wsdl().replace(
    '<xs:element minOccurs="0" name="arg0" type="xs:string"/>',
    '<xs:element name="kind" type="xs:int"/><xs:element name="msg" type="xs:string"/>',
  )
  const nothing = wsdl().replace(/<xs:element minOccurs[^>]*>/, '')
  for (const [name, description, words, proposed] of [
    ['no operation of ours', wsdl({ operation: 'Other' }), /neither SynCrisisInfo/, undefined],
    ['SOAP 1.2 only', wsdl({ versions: ['1.2'] }), /SOAP 1.2 only/, { soapVersion: '1.2' }],
    ['no single string', other, /Ask the vendor for these values.*: kind/, { parameter: 'msg' }],
    ['no parameter at all', nothing, /would not hold the document/, { parameter: '' }],
    ['no address', wsdl({ address: ' ' }), /names no service address/, { address: '' }],
    ['rpc/encoded', wsdl({ style: 'rpc', use: 'encoded' }), /NAT/, { style: 'encoded' }],
    ['bare', wsdl({ style: 'bare' }), /NAT/, { style: 'bare', parameter: '' }],
  ] as const) {
    it(`warn of a WSDL with ${name}`, async () => {
      const { answer } = await report({ '/pacs?wsdl': description })
      const [port] = answer.services
      const all = [...answer.warnings, ...(port?.warnings ?? [])]
      assert.match(all.map(({ en }) => en).join('\n'), words)
      for (const { zh } of all) assert.match(zh, /[\u4e00-\u9fff]{4}/)
      const wanted = Object.entries(proposed ?? {})
      for (const [setting, value] of wanted) {
        assert.equal(port?.proposed?.[setting as keyof Proposed], value, setting)
      }
      assert.equal(port?.proposed === undefined, proposed === undefined)
    })
  }

  it('propose only what both operations have in common', async () => {
    const { answer } = await report({
      '/pacs?wsdl': ourWsdl({ operations: OPERATIONS, address: 'http://127.0.0.1:9/pacs' }),
    })
    assert.equal(answer.services.length, 2)
    const [first, second] = answer.services
    assert.equal(first?.proposed?.parameter, '', 'inputString and req')
    assert.equal(first?.needsWsdl, true)
    assert.equal(first?.proposed?.namespace, 'urn:hospital-flows:crisis')
    assert.deepEqual([first?.proposed?.soapVersion, second?.proposed?.soapVersion], ['1.1', '1.2'])
    assert.deepEqual(answer.warnings, [])
  })

  it('fetch a WSDL with the login of the dialog, or the password that was saved', async () => {
    const files = { '/pacs?wsdl': wsdl() }
    for (const [question, expected] of [
      [{ login: 'basic', user: 'u', password: 'typed' }, 'u:typed'],
      [{ login: 'basic', user: 'u', password: '', id: 'peer' }, 'u:saved'],
      [{ login: 'token-text', user: 'u', password: 'typed' }, undefined],
      [{ login: '', user: 'u', password: 'typed' }, undefined],
    ] as const) {
      const { remote, reply } = await report(files, question)
      assert.equal(reply.status, 200)
      const sent = remote.received[0]!.headers.authorization?.replace('Basic ', '')
      assert.equal(sent && Buffer.from(sent, 'base64').toString(), expected)
    }
    const { reply, remote } = await report(files, { login: 'basic', user: 'u', id: 'nobody' })
    assert.equal(reply.status, 422)
    assert.equal(remote.received.length, 0)
  })

  it('go nowhere else: no redirect, no file, nothing that is too big', async () => {
    for (const wrong of ['file:///etc/hosts', '/etc/hosts', 'C:\\x.wsdl', 'gopher://127.0.0.1/']) {
      const { reply } = await report({}, { wsdl: wrong })
      assert.equal((reply.body as { code: string }).code, 'PEER_ADDRESS', wrong)
    }
    const imports = wsdl().replace(
      '<wsdl:types>',
      '<wsdl:import namespace="urn:x" location="file:///etc/hosts"/><wsdl:types>',
    )
    const { reply } = await report({ '/pacs?wsdl': imports })
    assert.equal((reply.body as { code: string }).code, 'WSDL_UNREADABLE')
    const big = await report({ '/pacs?wsdl': ' '.repeat(5 << 20) })
    assert.equal((big.reply.body as { code: string }).code, 'PEER_TOO_BIG')

    const remote = await TestPeer.open()
    try {
      remote.answer = body('', { location: '/elsewhere?wsdl' }, 302)
      const moved = await ask('wsdl', { wsdl: `${remote.origin}/pacs?wsdl` })
      assert.equal((moved.body as { code: string }).code, 'PEER_REDIRECT')
      assert.equal(remote.received.length, 1)
    } finally {
      await remote.close()
    }
  })

  it('tell why a WSDL cannot be had', async () => {
    for (const question of [
      { wsdl: 'http://127.0.0.1:9/?wsdl' },
      { wsdl: '' },
      { wsdl: 7 },
      { wsdl: 'ftp://127.0.0.1/x' },
      { wsdl: 'http://127.0.0.1:9/?wsdl', totalSeconds: 'x' },
    ]) {
      const reply = await ask('wsdl', question)
      assert.equal(reply.status, 422, JSON.stringify(question))
      assert.match((reply.body as { code: string }).code, /^[A-Z_]+$/)
    }
  })

  it('never give a licence away', async () => {
    assert.doesNotMatch(flow.everythingShown(), new RegExp(LICENCE))
  })
})
