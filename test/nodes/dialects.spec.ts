import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import path from 'node:path'
import helper from 'node-red-node-test-helper'
import type { PeerConfig } from '../../nodes/settings/peer.js'
import { body, escape, returning, SUCCESS, TestPeer } from '../soap/remote-peer.js'
import { CRISIS, crisisXml, FEEDBACK } from '../support/calls.js'
import { COUNTERPARTS } from '../support/counterparts.js'
import { Flow, out, peer } from '../support/flow.js'
import { ROOT } from '../support/node-red.js'

const WRAPPER = '<Esb at="{{time:iso}}"><Msg>{{document:cdata}}</Msg><No>{{msg:ward}}</No></Esb>'

const REFUSAL = '<response><code>9</code><desc>no such operation</desc></response>'

describe('dialect files', () => {
  let remote: TestPeer
  let flow: Flow

  before(async () => {
    remote = await TestPeer.open()
  })
  afterEach(() => flow.unload())
  after(() => remote.close())

  const post = (endpoint: string, question: object) =>
    helper.request().post(`/hospital-flows-crisis/${endpoint}`).send(question)

  const FIELDS: Readonly<Record<string, string>> = {
    'dhc-msgsend':
      'ActionTypeCode=1000|BizObjId=00000001|Context=胎盘早剥 加急处理。|FromUserCode=040002|FromUserName=管理员|EpisodeId=C0001|OrdItemId=123415',
    'dhc-msgexec':
      'ActionTypeCode=1000|BizObjId=00000001|ExecUserCode=040002|ExecDate=2014-06-16|ExecTime=16:43:27',
  }

  it('that come with the package are each understood by a counterpart of its kind', async () => {
    const files = readdirSync(path.join(ROOT, 'dialects')).map((file) => file.replace('.json', ''))
    assert.deepEqual(files.toSorted(), Object.keys(COUNTERPARTS).toSorted())
    flow = await Flow.load([peer(), out()])
    const nodes = await Promise.all(
      files.map(async (file) => {
        const { status, body: read } = await post('dialect-read', { file: `${file}.json` })
        assert.equal(status, 200, JSON.stringify(read))
        const { settings, answer } = read as Record<'settings' | 'answer', Partial<PeerConfig>>
        const address = `${remote.origin}${COUNTERPARTS[file]!.address}`
        const type = file === 'dhc-msgexec' ? 'crisis feedback out' : 'crisis out'
        return [
          peer({ id: `to-${file}`, ...settings, ...answer, address }),
          out({ id: file, type, peer: `to-${file}` }),
        ]
      }),
    )
    await flow.unload()
    const login = {
      user: 'someone',
      password: 'Pw-7#x <&>',
      secrets: 'FID=BS20001&CERTIFICATE=C<%26>1',
    }
    const query = 'CacheUserName=someone&CachePassword=Pw-7%23x'
    flow = await Flow.load(nodes.flat(), {
      credentials: Object.fromEntries(
        files.map((file) => [
          `to-${file}`,
          { ...login, ...(file === 'cache-query-login' && { query }) },
        ]),
      ),
    })
    for (const file of files) {
      const { find, answers = [SUCCESS, REFUSAL] } = COUNTERPARTS[file]!
      for (const [exit, said] of [
        ['one', answers[0]],
        ['two', answers[1]],
      ] as const) {
        let found: unknown
        remote.answer = (received, response) => {
          try {
            found = find(received)
          } catch (error) {
            found = error
          }
          body(returning(`<return>${escape(said)}</return>`))(received, response)
        }
        const ExamNo = exit === 'one' ? CRISIS.ExamNo : '00000002'
        const payload = file === 'dhc-msgexec' ? FEEDBACK : CRISIS
        flow.send(file, { payload: { ...payload, ExamNo } })
        const { crisis } = await flow.inbox(exit).next()
        assert.equal(crisis?.outcome?.class, exit === 'one' ? 'delivered' : 'rejected', file)
        if (exit === 'one') assert.equal(found, FIELDS[file] ?? crisisXml(), file)
      }
    }
  })

  it('are written and read by the dialog, and refused with the place', async () => {
    flow = await Flow.load([peer(), out()])
    const config = {
      wrapper: WRAPPER,
      style: 'qualified',
      cdata: true,
      parameters: [{ name: 'a', from: 'document', value: '' }],
    }
    const { body: written } = await post('dialect-write', { name: 'ESB', config })
    const { text } = written as { text: string }
    assert.ok(text.includes('"crisis-dialect"') && !text.includes('soapHeader'))
    const { body: read } = await post('dialect-read', { text })
    const { settings } = read as { settings: Partial<PeerConfig> }
    assert.deepEqual(
      { ...config, soapHeader: '' },
      {
        wrapper: settings.wrapper,
        style: settings.style,
        cdata: settings.cdata,
        parameters: settings.parameters,
        soapHeader: settings.soapHeader,
      },
    )
    const file = JSON.parse(text) as Record<string, unknown>
    for (const [change, words] of [
      [{ version: 2 }, /^\/version: .*later version/],
      [{ format: 'x' }, /^\/format/],
      [{ tomorrow: {} }, /^\/tomorrow: /],
      [{ note: { zh: '' } }, /^\/note\/en/],
      [{ request: { wrapper: '<a>{{no}}</a>' } }, /^\/request\/wrapper: .*line 1, column 4/],
      [{ request: { 'a/b': '' } }, /^\/request\/a~1b/],
      [{ request: { login: 'ntlm' } }, /^\/request\/login/],
      [{ request: { parameters: [{ name: 'pwd', from: 'fixed', value: 'x' }] } }, /credential/],
      [{ request: { query: ['a=b'] } }, /^\/request\/query/],
    ] as const) {
      const { status, body: refused } = await post('dialect-read', {
        text: JSON.stringify({ ...file, ...change }),
      })
      assert.equal(status, 422, JSON.stringify(change))
      assert.match((refused as { reason: { en: string } }).reason.en, words)
    }
    assert.equal((await post('dialect-read', { text: '{' })).status, 422)
    assert.equal((await post('dialect-read', { file: '../package.json' })).status, 422)
    const { body: list } = await post('dialects', {})
    const { dialects } = list as { dialects: { note: { zh: string } }[] }
    assert.equal(dialects.length, Object.keys(COUNTERPARTS).length)
    for (const { note } of dialects) assert.match(note.zh, /厂商/)
  })
})
