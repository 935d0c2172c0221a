import assert from 'node:assert/strict'
import helper from 'node-red-node-test-helper'
import { body, serve, TestPeer, wsdl } from '../soap/remote-peer.js'
import { CRISIS, crisisXml, FEEDBACK, feedbackXml } from '../support/calls.js'
import { Flow, peer } from '../support/flow.js'

const LICENCE = 'L-5e5e-preview'

/** What the dialogs ask the runtime for. */
describe('the editor’s requests', () => {
  let flow: Flow

  before(async () => {
    flow = await Flow.load([peer({ address: 'http://127.0.0.1:9/', zone: '+09:00' })], {
      credentials: { peer: { licence: LICENCE } },
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
    assert.deepEqual(reply, { status: 200, body: { xml: crisisXml() } })
  })

  it('show feedback with a mask for the licence', async () => {
    const config = { source: 'payload', peer: 'peer' }
    const operation = 'SynCrisisResponseInfo'
    const reply = await ask('preview', { operation, config, msg: { payload: FEEDBACK } })
    assert.deepEqual(reply, { status: 200, body: { xml: feedbackXml('●●●●') } })
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

  it('list what a WSDL offers', async () => {
    const remote = await TestPeer.open()
    try {
      remote.answer = serve({ '/pacs?wsdl': wsdl({ parameter: 'in0' }) }, body(''))
      const reply = await ask('wsdl', { wsdl: `${remote.origin}/pacs?wsdl` })
      assert.equal(reply.status, 200)
      const { services } = reply.body as {
        services: { operations: { name: string; parameter: string }[] }[]
      }
      const [operation] = services[0]!.operations
      assert.equal(operation?.name, 'SynCrisisInfo')
      assert.equal(operation?.parameter, 'in0')
      assert.equal(remote.posts.length, 0, 'no document is sent')
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
