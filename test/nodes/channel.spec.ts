import assert from 'node:assert/strict'
import helper from 'node-red-node-test-helper'
import { CHANNEL, meansOf, openChannel, rateOf } from '../../nodes/channel/index.js'
import { Runtime } from '../../nodes/face/index.js'
import {
  CHANNEL_DEFAULTS,
  MOST_PER_MINUTE,
  type ChannelConfig,
  type ChannelCredentials,
  type ChannelKind,
} from '../../nodes/settings/index.js'
import { RATES } from '../../src/delivery/channels/index.js'
import { EspaStation } from '../delivery/channels/espa-station.js'
import { HttpRig, json } from '../delivery/channels/http-rig.js'
import { LineRig, type Device } from '../delivery/channels/line-rig.js'
import { SnppGateway } from '../delivery/channels/snpp-gateway.js'
import { TapTerminal } from '../delivery/channels/tap-terminal.js'
import { channel, Flow } from '../support/flow.js'
import { verdict } from './dialog-list.js'

const SECRET = 'never-to-be-shown-0009'
const ACCEPTED = { verdict: 'accepted', status: '', pointer: '/code', equals: '0' } as const

const config = (settings: Partial<ChannelConfig>): ChannelConfig => ({
  ...CHANNEL_DEFAULTS,
  ...settings,
})

/** The kind, settings and credentials that cannot be used, and the words of the reason. */
const WRONG: readonly (readonly [
  ChannelKind,
  Partial<ChannelConfig>,
  ChannelCredentials,
  'SETTING_MISSING' | 'SETTING_INVALID',
  RegExp,
])[] = [
  ['wecomRobot', {}, {}, 'SETTING_MISSING', /webhook/],
  ['dingtalk', {}, { webhook: `robot?key=${SECRET}` }, 'SETTING_INVALID', /webhook.*http/],
  ['feishu', {}, { webhook: `https：//a/${SECRET}` }, 'SETTING_INVALID', /full-width/],
  ['wecomApp', { corpId: 'ww1', agentId: '7' }, {}, 'SETTING_MISSING', /secret/],
  [
    'wecomApp',
    { corpId: 'ww1', agentId: 'seven' },
    { corpSecret: SECRET },
    'SETTING_INVALID',
    /agentId/,
  ],
  ['ntfy', {}, {}, 'SETTING_MISSING', /server/],
  ['ntfy', { server: 'ntfy.example' }, {}, 'SETTING_INVALID', /http/],
  ['ntfy', { server: 'https://n.example', login: 'token' }, {}, 'SETTING_MISSING', /token/],
  [
    'ntfy',
    { server: 'https://n.example', login: 'basic' },
    { user: 'u' },
    'SETTING_MISSING',
    /login/,
  ],
  ['gateway', {}, {}, 'SETTING_MISSING', /gateway/],
  ['gateway', { url: 'sms.example', rules: [ACCEPTED] }, {}, 'SETTING_INVALID', /http/],
  ['gateway', { url: 'http://sms.example' }, {}, 'SETTING_INVALID', /No rule/],
  [
    'gateway',
    { url: 'http://sms.example', rules: [ACCEPTED, { ...ACCEPTED, equals: 'OK' }] },
    {},
    'SETTING_INVALID',
    /Rule 2.*JSON/,
  ],
  [
    'gateway',
    { url: 'http://sms.example', rules: [{ ...ACCEPTED, pointer: 'code' }] },
    {},
    'SETTING_INVALID',
    /Rule 1.*slash/,
  ],
  [
    'gateway',
    { url: 'http://sms.example', rules: [ACCEPTED], body: '{"to": "{{phone}}"}' },
    {},
    'SETTING_INVALID',
    /\{\{phone\}\}/,
  ],
  [
    'gateway',
    { url: 'http://sms.example?k={{secret:key}}', rules: [ACCEPTED] },
    { secrets: `other=${SECRET}` },
    'SETTING_INVALID',
    /secret:key/,
  ],
  [
    'gateway',
    { url: 'http://sms.example', rules: [ACCEPTED], body: '{"to": {{to}}' },
    {},
    'SETTING_INVALID',
    /well-formed/,
  ],
  [
    'gateway',
    { url: 'http://sms.example', rules: [ACCEPTED], headers: '["a"]' },
    {},
    'SETTING_INVALID',
    /headers/,
  ],
  ['snpp', { host: 'pager.example' }, {}, 'SETTING_MISSING', /port/],
  ['tap', { host: 'http://10.0.0.1', port: '1' }, {}, 'SETTING_INVALID', /host/],
  ['espa', { host: '10.0.0.1', port: '70000' }, {}, 'SETTING_INVALID', /port/],
  ['espa', { host: 'h', port: '1', pagingAddress: '1' }, {}, 'SETTING_INVALID', /ESPA/],
  ['espa', { host: 'h', port: '1', beepUrgent: '0' }, {}, 'SETTING_INVALID', /beepUrgent/],
  ['fax' as ChannelKind, {}, {}, 'SETTING_INVALID', /kind/],
  ['' as ChannelKind, {}, {}, 'SETTING_MISSING', /kind/i],
  ['flow', { tls: 'gone' }, {}, 'SETTING_MISSING', /TLS/],
  ['flow', { totalSeconds: '121' }, {}, 'SETTING_INVALID', /totalSeconds/],
]

describe('a channel whose settings cannot be used', () => {
  it('says so, and shows none of its secrets', () => {
    for (const [kind, settings, credentials, code, words] of WRONG) {
      const whole = config({ kind, ...settings })
      let thrown: { code: string; reason: { zh: string; en: string } } | undefined
      try {
        openChannel(whole, credentials, meansOf({ tls: () => undefined }, whole))
      } catch (error) {
        thrown = error as typeof thrown
      }
      const row = JSON.stringify([kind, settings])
      assert.equal(thrown?.code, code, row)
      assert.match(thrown?.reason.en ?? '', words, row)
      assert.match(thrown?.reason.zh ?? '', /[\u4e00-\u9fff]/, row)
      assert.ok(!JSON.stringify(thrown).includes(SECRET), row)
    }
  })
})

describe('the limit of a channel', () => {
  it('is that of its kind, and can only be lowered', () => {
    const most = (most: number) => ({ most, withinMs: 60_000 })
    const [, perSecond] = RATES.feishu.limits
    for (const [kind, perMinute, expected] of [
      ['wecomRobot', '', RATES.wecomRobot],
      ['wecomRobot', '5', { limits: [most(5)], avoidsHalfHours: true }],
      ['feishu', '100', { limits: [most(100), perSecond], avoidsHalfHours: true }],
      ['gateway', '', null],
      ['gateway', '600', { limits: [most(600)], avoidsHalfHours: false }],
    ] as const) {
      assert.deepEqual(rateOf({ kind, perMinute }), expected, `${kind} ${perMinute}`)
      assert.equal(verdict('crisis-channel', 'perMinute', perMinute, { kind }), true)
    }
    // The dialog has them beside the rules that the channels go by.
    const own = Object.entries(RATES).map(([kind, { limits }]) => [
      kind,
      limits.find(({ withinMs }) => withinMs === 60_000)?.most,
    ])
    assert.deepEqual(MOST_PER_MINUTE, Object.fromEntries(own))
    for (const [kind, perMinute] of [
      ['dingtalk', '21'],
      ['wecomApp', '0'],
      ['snpp', '2.5'],
    ] as const) {
      assert.throws(() => rateOf({ kind, perMinute }), /perMinute/)
      const said = verdict('crisis-channel', 'perMinute', perMinute, { kind })
      assert.equal(said, 'crisis-store.error.whole')
    }
  })
})

describe('the dialog of a channel', () => {
  it('asks only for what its kind has', () => {
    const said = (name: string, value: unknown, settings: object) =>
      verdict('crisis-channel', name, value, settings)
    for (const [name, value, settings, expected] of [
      ['host', '', { kind: 'wecomRobot' }, true],
      ['host', '', { kind: 'tap' }, 'crisis-store.error.blank'],
      ['host', '10.0.0.1:4001/', { kind: 'tap' }, 'crisis-channel.error.host'],
      ['port', '', { kind: 'snpp' }, 'crisis-store.error.whole'],
      ['server', '', { kind: 'wecomApp' }, true],
      ['server', '', { kind: 'ntfy' }, 'crisis-store.error.blank'],
      ['corpId', '', { kind: 'wecomApp' }, 'crisis-store.error.blank'],
      ['url', 'https://a/{{to}}?token={{secret:t}}', { kind: 'gateway' }, true],
      ['url', 'https://a/?token=abc', { kind: 'gateway' }, 'crisis-channel.error.login'],
      ['url', '{{secret:url}}', { kind: 'gateway' }, 'crisis-store.error.address'],
      ['rules', [], { kind: 'gateway' }, 'crisis-channel.error.noRule'],
      ['rules', [ACCEPTED], { kind: 'gateway' }, true],
      ['rules', [{ ...ACCEPTED, equals: '{}' }], { kind: 'gateway' }, 'crisis-channel.error.value'],
      ['ownAddress', '2', { kind: 'espa', ownAddress: '2' }, 'crisis-channel.error.station'],
    ] as const) {
      assert.equal(said(name, value, settings), expected, `${name} ${JSON.stringify(value)}`)
    }
  })
})

describe('a crisis channel in a flow', () => {
  let flow: Flow
  let rig: HttpRig
  const lines: LineRig[] = []

  before(async () => {
    rig = new HttpRig()
    await rig.open()
    flow = await Flow.load(
      [
        channel({ name: '企业微信' }),
        channel({ id: 'mute', kind: 'flow', name: '本流程', perMinute: '6' }),
        channel({ id: 'broken', kind: 'ntfy' }),
      ],
      { credentials: { channel: { webhook: `${rig.origin}/robot?key=${SECRET}` } } },
    )
  })

  after(async () => {
    await flow.unload()
    rig.close()
    for (const line of lines) line.close()
  })

  const ask = async (path: string, question: object) => {
    const reply = await helper.request().post(`/hospital-flows-crisis/${path}`).send(question)
    assert.ok(!reply.text.includes(SECRET), reply.text)
    return { status: reply.status, body: reply.body as Record<string, unknown> }
  }

  it('is there for the nodes that send by it, or says why it is not', async () => {
    const savedOf = (id: string) => Runtime.of(flow.RED).config(CHANNEL, id)
    const good = savedOf('channel')
    assert.ok(good && !('problem' in good))
    const { id, name, kind, pages, rate } = good
    const { wecomRobot } = RATES
    assert.deepEqual(
      { id, name, kind, pages, rate },
      { id: 'channel', name: '企业微信', kind: 'wecomRobot', pages: 'channel', rate: wecomRobot },
    )
    assert.ok(good.channel)
    good.wake()
    const mute = savedOf('mute')
    assert.ok(mute && !('problem' in mute))
    assert.deepEqual([mute.pages, mute.channel, mute.rate?.limits[0]?.most], ['flow', null, 6])
    const broken = savedOf('broken')
    assert.ok(broken && 'problem' in broken)
    assert.equal((broken.problem as { code: string }).code, 'SETTING_MISSING')
    const { code, source } = await flow.caught()
    assert.deepEqual([code, source.id], ['SETTING_MISSING', 'broken'])
  })

  it('sends a test page by the saved secret, and shows what the channel said', async () => {
    rig.answer = json({ errcode: 93000, errmsg: `invalid webhook ${SECRET}` })
    const settings = { name: '企业微信', kind: 'wecomRobot' }
    const refused = await ask('channel-test', { id: 'channel', config: settings, to: '' })
    assert.equal(refused.status, 200)
    assert.deepEqual([refused.body['class'], refused.body['code']], ['refused', 'WECOM_93000'])
    assert.equal(rig.seen.at(-1)?.url.searchParams.get('key'), SECRET)
    const { text } = rig.body as { text: { content: string; mentioned_list: readonly string[] } }
    assert.match(text.content, /测试，请忽略.*TEST, PLEASE IGNORE/)

    rig.answer = json({ errcode: 0, errmsg: 'ok' })
    const accepted = await ask('channel-test', {
      id: 'channel',
      config: settings,
      to: 'zhang3，li4',
    })
    assert.equal(accepted.body['class'], 'accepted')
    assert.match(String(accepted.body['request']), /mentioned_list.*zhang3.*li4/)
    assert.match(String(accepted.body['answer']), /errcode/)
    const shown = flow.everythingShown()
    assert.match(shown, /test page.*accepted ACCEPTED/)
    assert.doesNotMatch(shown, new RegExp(`${SECRET}|zhang3`))
  })

  it('speaks to each kind of service as it is set', async () => {
    const open = async (device: Device): Promise<object> => {
      const line = new LineRig()
      lines.push(line)
      await line.open(device)
      return { host: '127.0.0.1', port: `${line.port}` }
    }
    const snpp = new SnppGateway()
    snpp.login = { id: 'ward', password: SECRET }
    const terminal = new TapTerminal()
    const station = new EspaStation()
    const robot = `${rig.origin}/hook/${SECRET}`
    const { origin } = rig
    const url = `${origin}/sms/{{to}}`
    const code0 = json({ errcode: 0, code: 0, access_token: 'token-1', expires_in: 7200 })
    const published = json({ id: 'm1', event: 'message', topic: 'ward-7' })
    for (const [settings, credentials, to, answer] of [
      [{ kind: 'dingtalk' }, { webhook: `${robot}?access_token=1`, signSecret: 'S' }, '', code0],
      [{ kind: 'feishu' }, { webhook: robot, signSecret: 'S' }, '', code0],
      [
        { kind: 'wecomApp', server: `${origin}/`, corpId: 'ww1', agentId: '7' },
        { corpSecret: SECRET },
        'zhang3',
        code0,
      ],
      [{ kind: 'ntfy', server: origin, login: 'token' }, { token: SECRET }, 'ward-7', published],
      [
        { kind: 'gateway', url, headers: '{"X-Key": "{{secret:key}}"}', rules: [ACCEPTED] },
        { secrets: `key=${SECRET}` },
        '13800000000',
        code0,
      ],
      [{ kind: 'snpp', ...(await open(snpp)) }, { user: 'ward', password: SECRET }, '5551', code0],
      [{ kind: 'tap', ...(await open(terminal)) }, {}, '123', code0],
      [{ kind: 'espa', ...(await open(station)) }, {}, '4567', code0],
    ] as const) {
      rig.answer = answer
      const tested = await ask('channel-test', { config: settings, credentials, to })
      assert.equal(tested.body['code'], 'ACCEPTED', JSON.stringify([settings, tested.body]))
    }
    assert.equal(rig.seen.at(-1)?.headers['x-key'], SECRET)
    assert.equal(rig.seen.at(-1)?.headers['content-type'], 'application/json; charset=utf-8')
    assert.equal(rig.seen.at(-1)?.url.pathname, '/sms/13800000000')
    assert.equal(rig.seen.at(-2)?.headers.authorization, `Bearer ${SECRET}`)
    assert.match(snpp.sent[0]?.message ?? '', /^TEST, PLEASE IGNORE/)
    const [dingtalk, feishu] = rig.seen.slice(-6)
    assert.ok(dingtalk?.url.searchParams.has('sign'))
    assert.match(feishu?.body ?? '', /"sign":/)
    assert.equal(terminal.pages.length, 1)

    const unset = { id: 'channel', config: { kind: 'ntfy', server: '${CRISIS_NOT_SET}' } }
    const flowOnly = { config: { kind: 'flow' }, to: '1' }
    for (const [question, expected] of [
      [unset, 'SETTING_MISSING'],
      [flowOnly, 'CHANNEL_IS_FLOW'],
      [{ config: { kind: 'wecomRobot' }, credentials: { webhook: '' } }, 'SETTING_MISSING'],
    ] as const) {
      const reply = await ask('channel-test', question)
      assert.deepEqual([reply.status, reply.body['code']], [422, expected])
    }
  })

  it('says what is wrong with the dialog as it stands, and shows the request to a gateway', async () => {
    const settings = {
      kind: 'gateway',
      url: 'https://sms.example/{{secret:key}}',
      body: '{"to": {{to}}, "text": "{{text}}"}',
      together: true,
      perMinute: '0',
      rules: [{ ...ACCEPTED, equals: 'OK' }],
    }
    const credentials = { secrets: `key=${SECRET}` }
    const { body } = await ask('channel-check', { config: settings, credentials })
    const { problems, preview } = body as { problems: { en: string }[]; preview: string }
    assert.deepEqual(
      problems.map(({ en }) => /perMinute|Rule 1/.exec(en)?.[0]),
      ['perMinute', 'Rule 1'],
    )
    assert.match(preview, /^POST https:\/\/sms\.example\/\*\*\*\*\n/)
    assert.match(preview, /\{"to": \["13800000000","13900000000"\], "text": "危急值 \\"1级\\"\\n/)
    // The credentials that are saved stand for those that were not typed.
    const saved = await ask('channel-check', { id: 'channel', config: { kind: 'wecomRobot' } })
    assert.deepEqual(saved.body, { problems: [], preview: '' })
    const cleared = await ask('channel-check', {
      id: 'channel',
      config: { kind: 'wecomRobot', rules: 'none' },
      credentials: { webhook: '' },
    })
    assert.match(JSON.stringify(cleared.body), /webhook address/)
  })
})
