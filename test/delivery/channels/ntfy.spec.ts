import assert from 'node:assert/strict'
import { ntfy, type Channel, type PageClass } from '../../../src/delivery/channels/index.js'
import { badAnswers } from './bad-answers.js'
import { going, HttpRig, json, page, raw, shown, type Answer } from './http-rig.js'

const TOKEN = 'tk_AgQdq7mVBoFD37zQVN29RhuMzNIz2'
const PASSWORD = 'pass/word+of=ward'

/** A message that is published comes back (docs.ntfy.sh/publish and /subscribe/api). */
const published: Answer = (seen, response) => {
  const { topic, message, title } = JSON.parse(seen.body) as Record<string, string>
  const answer = { id: 'xE73Iyuabi', time: 1_673_542_291, event: 'message', topic, title, message }
  json(answer)(seen, response)
}

describe('a server of ntfy', () => {
  let rig: HttpRig
  let channel: Channel
  beforeEach(async () => {
    rig = new HttpRig()
    rig.answer = published
    await rig.open()
    channel = ntfy({ door: rig.poster, origin: rig.origin, login: { token: TOKEN } })
  })
  afterEach(() => rig.close())

  const send = (over = {}) => channel.send(page({ to: ['ward-7'], ...over }), going())

  it('gets a message for each topic', async () => {
    const result = await send({ to: ['ward-7', 'ward-8'], link: 'https://pacs.example/x' })
    assert.equal(result.class, 'accepted')
    assert.deepEqual(
      result.perAddress?.map((one) => one.address),
      ['ward-7', 'ward-8'],
    )
    assert.equal(rig.seen[0]?.url.pathname, '/')
    assert.equal(rig.seen[0]?.headers.authorization, `Bearer ${TOKEN}`)
    assert.deepEqual(JSON.parse(rig.seen[0]?.body ?? ''), {
      topic: 'ward-7',
      title: page().title,
      message: page().text,
      priority: 5,
      click: 'https://pacs.example/x',
    })
    await send({ urgent: false })
    assert.equal((rig.body as { priority: number }).priority, 4)
  })

  it('logs in with a user', async () => {
    const login = { user: 'ward', password: PASSWORD }
    channel = ntfy({ door: rig.poster, origin: rig.origin, login })
    await send()
    const basic = Buffer.from(`ward:${PASSWORD}`).toString('base64')
    assert.equal(rig.seen[0]?.headers.authorization, `Basic ${basic}`)
    rig.answer = (seen, response) =>
      json({ code: 40_301, http: 403, error: `${seen.headers.authorization} ${PASSWORD}` }, 403)(
        seen,
        response,
      )
    const result = await send()
    assert.equal(result.class, 'refused')
    for (const secret of [PASSWORD, basic]) assert.ok(!shown(result).includes(secret))
  })

  it('refuses a page without a topic', async () => {
    assert.equal((await send({ to: [] })).code, 'PAGE_ADDRESS_MISSING')
  })

  // server/errors.go of ntfy
  const errors: [code: number, status: number, expected: PageClass][] = [
    [40_009, 400, 'refused'],
    [40_024, 400, 'refused'],
    [40_101, 401, 'refused'],
    [40_301, 403, 'refused'],
    [40_401, 404, 'refused'],
    [41_303, 413, 'refused'],
    [42_901, 429, 'retry'],
    [42_908, 429, 'refused'],
    [42_909, 429, 'refused'],
    [50_001, 500, 'retry'],
    [50_701, 507, 'retry'],
  ]
  for (const [code, status, expected] of errors) {
    it(`takes ${code} for ${expected}`, async () => {
      rig.answer = json({ code, http: status, error: TOKEN }, status)
      const result = await send()
      assert.deepEqual([result.class, result.code], [expected, `NTFY_${code}`])
      assert.ok(!shown(result).includes(TOKEN))
    })
  }

  const message = { id: 'x', event: 'message', topic: 'ward-7' }
  const others: [string, Answer, PageClass][] = [
    ['a message of another topic', json({ ...message, topic: 'ward-8' }), 'unknown'],
    ['a message without a topic', json({ id: 'x', event: 'message' }), 'unknown'],
    ['a keepalive', json({ ...message, event: 'keepalive' }), 'unknown'],
    ['no id', json({ ...message, id: '' }), 'unknown'],
    ['a number for an id', json({ ...message, id: 5 }), 'unknown'],
    ['a message and an error', json({ ...message, code: 40_301 }), 'unknown'],
    ['a message with HTTP 500', json(message, 500), 'unknown'],
    ['an error with HTTP 200', json({ code: 40_101, http: 401, error: 'no' }), 'unknown'],
    ['an error of another status', json({ code: 40_101, http: 401, error: 'no' }, 500), 'unknown'],
    ['an error as text', json({ code: '40101', http: 401 }, 401), 'unknown'],
    ['HTTP 429 in HTML', raw('<html>', 429), 'retry'],
    ['HTTP 503 in HTML', raw('<html>', 503), 'unknown'],
  ]
  for (const [title, answer, expected] of others) {
    it(`takes ${title} for ${expected}`, async () => {
      rig.answer = answer
      assert.equal((await send()).class, expected)
    })
  }
  for (const [title, answer] of badAnswers('id')) {
    it(`takes ${title} for unknown`, async () => {
      rig.answer = answer
      assert.equal((await send()).class, 'unknown')
    })
  }

  it('tells its topics apart, and sends no more once cancelled', async () => {
    const cancelling = new AbortController()
    rig.answer = (seen, response) => {
      const { topic } = JSON.parse(seen.body) as { topic: string }
      if (topic === 'b')
        return json({ code: 40_301, http: 403, error: 'forbidden' }, 403)(seen, response)
      if (topic === 'c') response.on('finish', () => cancelling.abort())
      published(seen, response)
    }
    const pages = page({ to: ['a', 'b', 'c', 'd'] })
    const result = await channel.send(pages, cancelling.signal)
    assert.deepEqual(
      result.perAddress?.slice(0, 2).map((one) => one.class),
      ['accepted', 'refused'],
    )
    assert.equal(result.perAddress?.[3]?.class, 'retry')
    assert.notEqual(result.class, 'accepted')
    assert.equal(rig.seen.length, 3)
  })
})
