import assert from 'node:assert/strict'
import { wecomApp, type Channel, type PageClass } from '../../../src/delivery/channels/index.js'
import { badAnswers } from './bad-answers.js'
import { going, HttpRig, json, page, raw, shown, type Answer } from './http-rig.js'

const SECRET = 'Zx9-secret_of/the+corp=='

/** WeCom as documents 91039 and 90236 describe it: tokens that end, and messages to users, departments and tags. */
class FakeWecom {
  tokens: string[] = []
  /** Tokens that are taken no more. */
  readonly ended = new Set<string>()
  livesS = 7200
  gettoken: Answer | undefined
  send: Answer = json({ errcode: 0, errmsg: 'ok', msgid: 'm1' })

  readonly answer: Answer = (seen, response) => {
    const { pathname, searchParams } = seen.url
    if (pathname === '/cgi-bin/gettoken') {
      if (this.gettoken) return this.gettoken(seen, response)
      if (searchParams.get('corpsecret') !== SECRET) {
        return json({ errcode: 40_001, errmsg: 'invalid credential' })(seen, response)
      }
      const token = `token-${this.tokens.length + 1}-of-this-application`
      this.tokens.push(token)
      return json({ errcode: 0, errmsg: 'ok', access_token: token, expires_in: this.livesS })(
        seen,
        response,
      )
    }
    const token = searchParams.get('access_token') ?? ''
    if (this.ended.has(token)) return json({ errcode: 42_001, errmsg: 'expired' })(seen, response)
    if (!this.tokens.includes(token))
      return json({ errcode: 40_014, errmsg: 'invalid' })(seen, response)
    return this.send(seen, response)
  }
}

describe('an application of WeCom', () => {
  let rig: HttpRig
  let wecom: FakeWecom
  let channel: Channel
  let now: number

  const open = (corpSecret = SECRET) =>
    wecomApp({
      door: rig.poster,
      origin: rig.origin,
      corpId: 'ww1',
      corpSecret,
      agentId: 1_000_002,
      now: () => now,
    })

  beforeEach(async () => {
    now = 1_000_000
    rig = new HttpRig()
    wecom = new FakeWecom()
    rig.answer = wecom.answer
    await rig.open()
    channel = open()
  })
  afterEach(() => rig.close())

  const send = (over = {}) => channel.send(page(over), going())
  const paths = () => rig.seen.map(({ url }) => url.pathname.split('/').at(-1))

  it('writes to users, departments and tags', async () => {
    const result = await send({ to: ['Zhang3', 'party:7', 'tag:9', 'li4'] })
    assert.equal(result.class, 'accepted')
    assert.deepEqual(rig.body, {
      touser: 'Zhang3|li4',
      toparty: '7',
      totag: '9',
      msgtype: 'text',
      agentid: 1_000_002,
      text: { content: page().text },
      enable_duplicate_check: 0,
    })
    assert.equal(result.perAddress?.length, 4)
  })

  it('refuses a page to nobody, which everybody might get', async () => {
    const result = await send({ to: ['', ' '] })
    assert.deepEqual([result.class, result.code], ['refused', 'PAGE_ADDRESS_MISSING'])
    assert.equal(rig.seen.length, 0)
  })

  const partial: [string, unknown, PageClass, Record<string, PageClass>][] = [
    ['nobody', {}, 'accepted', { Zhang3: 'accepted', li4: 'accepted' }],
    [
      'nobody by empty texts',
      { invaliduser: '', unlicenseduser: '' },
      'accepted',
      { li4: 'accepted' },
    ],
    [
      'one in lower case',
      { invaliduser: 'zhang3' },
      'refused',
      { Zhang3: 'refused', li4: 'accepted' },
    ],
    [
      'one in upper case',
      { invaliduser: 'ZHANG3' },
      'refused',
      { Zhang3: 'refused', li4: 'accepted' },
    ],
    ['both', { invaliduser: 'zhang3|li4' }, 'refused', { Zhang3: 'refused', li4: 'refused' }],
    [
      'one without a licence',
      { unlicenseduser: 'li4' },
      'refused',
      { Zhang3: 'accepted', li4: 'refused' },
    ],
    ['a department', { invalidparty: '7' }, 'refused', { 'party:7': 'refused', li4: 'accepted' }],
    ['a tag', { invalidtag: '9' }, 'refused', { 'tag:9': 'refused', 'party:7': 'accepted' }],
    ['somebody who was not written to', { invaliduser: 'wang5' }, 'unknown', {}],
    ['a user who is a department', { invaliduser: '7' }, 'unknown', {}],
    ['them as a list', { invaliduser: ['zhang3'] }, 'unknown', {}],
    ['them as a number', { invalidparty: 7 }, 'unknown', {}],
  ]
  for (const [title, answer, expected, each] of partial) {
    it(`that says 0 and names ${title} has ${expected} it`, async () => {
      wecom.send = json({ errcode: 0, errmsg: 'ok', ...(answer as object) })
      const result = await send({ to: ['Zhang3', 'li4', 'party:7', 'tag:9'] })
      assert.equal(result.class, expected)
      const found = new Map(result.perAddress?.map((one) => [one.address, one.class]))
      for (const [address, name] of Object.entries(each))
        assert.equal(found.get(address), name, address)
    })
  }

  it('says how many were not reached', async () => {
    wecom.send = json({ errcode: 0, errmsg: 'ok', invaliduser: 'zhang3' })
    const result = await send({ to: ['Zhang3', 'li4', 'wang5'] })
    assert.equal(result.code, 'PARTLY_ACCEPTED')
    assert.match(result.reason.zh, /3 个地址中有 1 个/)
    assert.equal(result.perAddress?.[0]?.code, 'WECOM_INVALIDUSER')
  })

  it('takes 81013 for a refusal of all', async () => {
    wecom.send = json({
      errcode: 81_013,
      errmsg: 'user & party & tag all invalid',
      invaliduser: 'zhang3',
    })
    const result = await send()
    assert.deepEqual([result.class, result.code], ['refused', 'WECOM_81013'])
  })

  it('waits a minute after 45009', async () => {
    wecom.send = json({ errcode: 45_009, errmsg: 'api freq out of limit' })
    const result = await send()
    assert.deepEqual([result.class, result.retryAfterMs], ['retry', 60_000])
  })

  it('fetches one token for all messages, until shortly before its end', async () => {
    await send()
    await Promise.all([send(), send()])
    assert.deepEqual(paths(), ['gettoken', 'send', 'send', 'send'])
    now += (7200 - 121) * 1000
    await send()
    assert.equal(wecom.tokens.length, 1)
    now += 2_000
    await send()
    assert.equal(wecom.tokens.length, 2)
  })

  it('fetches one token for messages at the same moment', async () => {
    await Promise.all([send(), send(), send()])
    assert.equal(wecom.tokens.length, 1)
  })

  it('fetches a token anew for each message when it has no life', async () => {
    wecom.livesS = 0
    await send()
    await send()
    assert.equal(wecom.tokens.length, 2)
  })

  for (const title of ['expired', 'invalid']) {
    it(`fetches an ${title} token anew, once`, async () => {
      await send()
      if (title === 'expired') wecom.ended.add(wecom.tokens[0] ?? '')
      else wecom.tokens = []
      const result = await send()
      assert.equal(result.class, 'accepted')
      assert.deepEqual(paths(), ['gettoken', 'send', 'send', 'gettoken', 'send'])
    })
  }

  it('does not go on fetching tokens that are refused at once', async () => {
    wecom.send = json({ errcode: 40_014, errmsg: 'invalid' })
    const result = await send()
    assert.deepEqual([result.class, result.code], ['refused', 'WECOM_40014'])
    assert.deepEqual(paths(), ['gettoken', 'send', 'gettoken', 'send'])
  })

  it('refuses with a wrong secret', async () => {
    channel = open('another secret altogether')
    const result = await send()
    assert.deepEqual([result.class, result.code], ['refused', 'WECOM_40001'])
    assert.ok(!shown(result).includes('another secret'))
    assert.deepEqual(paths(), ['gettoken'])
  })

  for (const [title, answer] of badAnswers('errcode')) {
    it(`takes ${title} to a message for unknown`, async () => {
      wecom.send = answer
      const result = await send()
      assert.equal(result.class, 'unknown', result.code)
      assert.deepEqual(paths(), ['gettoken', 'send'])
    })

    it(`sends nothing after ${title} for a token, and may try again`, async () => {
      wecom.gettoken = answer
      const result = await send()
      assert.equal(result.class, 'retry', result.code)
      // A fetch that finds its connection stale is made again.
      assert.ok(paths().every((path) => path === 'gettoken'))
    })
  }

  for (const token of [undefined, '', 5, null, {}]) {
    it(`sends nothing with a token that is ${JSON.stringify(token)}`, async () => {
      wecom.gettoken = json({ errcode: 0, errmsg: 'ok', access_token: token, expires_in: 7200 })
      const result = await send()
      assert.equal(result.class, 'retry')
      assert.deepEqual(paths(), ['gettoken'])
    })
  }

  it('shows neither its secret nor a token', async () => {
    const answers: Answer[] = [
      json({ errcode: 0, errmsg: SECRET }),
      (seen, response) => json({ errcode: 60_020, errmsg: `${seen.url}` })(seen, response),
      (seen, response) => raw(`<html>${seen.url} ${SECRET}</html>`)(seen, response),
    ]
    for (const answer of answers) {
      wecom.send = answer
      const result = await send()
      for (const secret of [SECRET, encodeURIComponent(SECRET), ...wecom.tokens]) {
        assert.ok(!shown(result).includes(secret), secret)
      }
    }
    for (const answer of answers) {
      channel = open()
      wecom.gettoken = answer
      assert.ok(!shown(await send()).includes(SECRET))
    }
    channel = open()
    wecom.gettoken = json({ errcode: 0, access_token: 7, token: 'token-under-another-name' })
    assert.ok(!shown(await send()).includes('another-name'))
  })
})
