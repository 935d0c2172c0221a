import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import {
  DINGTALK_CODES,
  dingtalkRobot,
  FEISHU_CODES,
  feishuRobot,
  WECOM_CODES,
  wecomRobot,
  type Channel,
  type PageClass,
} from '../../../src/delivery/channels/index.js'
import { badAnswers } from './bad-answers.js'
import { going, HttpRig, json, page, raw, shown, type Answer } from './http-rig.js'

const WECOM_KEY = '693a91f6-0000-4bc4-97a0-0ec2sifa5aaa'
const DINGTALK_TOKEN = '566cc69da782ec33c1b4a1d5f0e7b2c9d8a6f4e3b1c0d9e8f7a6b5c4d3e2f1a0'
const DINGTALK_SECRET = 'SEC0123456789abcdef+/secret='
const FEISHU_KEY = 'b9c1a6f2-7d3e-4e55-9f00-1c2d3e4f5a6b'
const FEISHU_SECRET = 'hAPxXbYc/Zq+12=='
const NOW = Date.parse('2026-03-04T05:06:07.890Z')

/** Class of each number that the services document, written by hand beside the tables of the code. */
const CLASSES: Readonly<Record<string, Readonly<Record<PageClass, readonly number[]>>>> = {
  wecom: {
    accepted: [0],
    retry: [-1, 6000, 45_009, 45_033],
    refused: [
      40_001, 40_003, 40_008, 40_013, 40_014, 40_031, 40_032, 40_056, 40_058, 41_001, 42_001,
      44_004, 45_002, 48_002, 60_011, 60_020, 60_111, 81_013, 93_000, 93_008, 301_002,
      // Not in the table: a number but 0 is a refusal all the same.
      1, 99, 200, 41_044, 999_999,
    ],
    unknown: [],
  },
  dingtalk: {
    accepted: [0],
    retry: [-1, 130_101, 410_100],
    refused: [
      88, 40_035, 43_004, 90_030, 300_001, 300_005, 310_000, 400_013, 400_101, 400_102, 400_105,
      400_106, 430_101, 430_102, 430_103, 430_104, 1, 460_101,
    ],
    unknown: [],
  },
  feishu: {
    accepted: [0],
    retry: [11_232, 99_991_400],
    refused: [9_499, 19_001, 19_002, 19_021, 19_022, 19_024, 1, 10_003],
    unknown: [],
  },
}

interface Robot {
  readonly field: 'errcode' | 'code'
  readonly codes: ReadonlyMap<number, unknown>
  readonly secrets: readonly string[]
  readonly open: (rig: HttpRig) => Channel
}

const ROBOTS: Readonly<Record<string, Robot>> = {
  wecom: {
    field: 'errcode',
    codes: WECOM_CODES,
    secrets: [WECOM_KEY],
    open: ({ poster: door, origin }) =>
      wecomRobot({ door, webhook: `${origin}/cgi-bin/webhook/send?key=${WECOM_KEY}` }),
  },
  dingtalk: {
    field: 'errcode',
    codes: DINGTALK_CODES,
    secrets: [DINGTALK_TOKEN, DINGTALK_SECRET],
    open: ({ poster: door, origin }) =>
      dingtalkRobot({
        door,
        webhook: `${origin}/robot/send?access_token=${DINGTALK_TOKEN}`,
        signSecret: DINGTALK_SECRET,
        now: () => NOW,
      }),
  },
  feishu: {
    field: 'code',
    codes: FEISHU_CODES,
    secrets: [FEISHU_KEY, FEISHU_SECRET],
    open: ({ poster: door, origin }) =>
      feishuRobot({
        door,
        webhook: `${origin}/open-apis/bot/v2/hook/${FEISHU_KEY}`,
        signSecret: FEISHU_SECRET,
        now: () => NOW,
      }),
  },
}

for (const [name, robot] of Object.entries(ROBOTS)) {
  describe(`a robot of ${name}`, () => {
    let rig: HttpRig
    let channel: Channel

    beforeEach(async () => {
      rig = new HttpRig()
      await rig.open()
      channel = robot.open(rig)
    })
    afterEach(() => rig.close())

    const send = (answer: Answer, over = {}) => {
      rig.answer = answer
      return channel.send(page(over), going())
    }

    for (const [expected, codes] of Object.entries(CLASSES[name] ?? {})) {
      for (const code of codes) {
        it(`takes ${code} for ${expected}`, async () => {
          const result = await send(json({ [robot.field]: code, errmsg: 'words', msg: 'words' }))
          assert.equal(result.class, expected, result.code)
          const prefix = name.toUpperCase()
          assert.equal(result.code, code === 0 ? 'ACCEPTED' : `${prefix}_${code}`)
          if (code !== 0) assert.match(result.reason.zh, /words/)
          assert.equal(rig.seen.length, 1)
        })
      }
    }

    it('has no number in its table that is missing here', () => {
      const here = Object.values(CLASSES[name] ?? {}).flat()
      for (const code of robot.codes.keys()) assert.ok(here.includes(code), `${code}`)
    })

    for (const [title, answer] of badAnswers(robot.field)) {
      it(`takes ${title} for unknown`, async () => {
        const result = await send(answer)
        assert.equal(result.class, 'unknown', result.code)
        assert.ok(result.reason.zh.length > 5 && result.reason.en.length > 5)
        assert.equal(rig.seen.length, 1)
      })
    }

    it('takes HTTP 429 for a try later, at the time it names', async () => {
      const result = await send(raw('<html>slow down</html>', 429, { 'retry-after': '7' }))
      assert.deepEqual(
        [result.class, result.code, result.retryAfterMs],
        ['retry', 'HTTP_429', 7000],
      )
    })

    it('tries later when nobody is there, and refuses an address that is none', async () => {
      rig.close()
      const gone = await channel.send(page(), going())
      assert.notEqual(gone.class, 'accepted')
      const { poster: door } = new HttpRig()
      const closed = { poster: door, origin: 'http://127.0.0.1:9' } as HttpRig
      const nobody = await robot.open(closed).send(page(), going())
      assert.deepEqual([nobody.class, nobody.code], ['retry', 'PEER_UNREACHABLE'])
      const none = await robot
        .open({ poster: door, origin: 'nonsense' } as HttpRig)
        .send(page(), going())
      assert.deepEqual([none.class, none.code], ['refused', 'PEER_ADDRESS'])
      for (const secret of robot.secrets) assert.ok(!shown(none).includes(secret))
      door.close()
    })

    it('sends nothing once it is cancelled', async () => {
      const result = await channel.send(page(), AbortSignal.abort())
      assert.deepEqual([result.class, result.code, rig.seen.length], ['retry', 'ABORTED', 0])
    })

    it('does not know what became of a page that is cancelled on its way', async () => {
      const cancelling = new AbortController()
      rig.answer = () => cancelling.abort()
      const result = await channel.send(page(), cancelling.signal)
      assert.equal(result.class, 'unknown')
    })

    it('shows no secret, whatever the robot quotes', async () => {
      const echoes = robot.secrets.flatMap((secret) => [
        secret,
        encodeURIComponent(secret),
        JSON.stringify(secret),
        `x${secret}x`,
        Buffer.from(secret).toString('utf16le'),
      ])
      for (const echo of echoes) {
        for (const code of [0, 310_000, 'x']) {
          const answer: Answer = (seen, response) =>
            json({ [robot.field]: code, errmsg: echo, msg: echo, url: `${seen.url}` })(
              seen,
              response,
            )
          const result = await send(answer)
          for (const secret of [...robot.secrets, ...robot.secrets.map(encodeURIComponent)]) {
            assert.ok(!shown(result).includes(secret), `${code}: ${secret}`)
          }
          assert.ok(result.request && result.answer)
        }
      }
      const html = await send((seen, response) =>
        raw(`<html>${seen.url}${seen.body}</html>`)(seen, response),
      )
      for (const secret of robot.secrets) assert.ok(!shown(html).includes(secret))
    })

    it('keeps what went and came', async () => {
      const result = await send(json({ [robot.field]: 0, note: 'kept' }))
      assert.match(
        result.request?.toString() ?? '',
        /^POST http:\/\/127\.0\.0\.1:\d+\/.*\n\n\{.*危急值/s,
      )
      assert.match(result.answer?.toString() ?? '', /kept/)
    })

    it('cuts a text that is too long at a character', async () => {
      await send(json({ [robot.field]: 0 }), { text: '危'.repeat(50_000), to: [] })
      const sent = JSON.stringify(rig.body)
      assert.match(sent, /危…"/)
      assert.ok(Buffer.byteLength(sent) < 20_000)
      assert.ok(!sent.includes('\ufffd'))
    })
  })
}

describe('what robots are sent', () => {
  let rig: HttpRig
  beforeEach(async () => {
    rig = new HttpRig()
    rig.answer = json({ errcode: 0, code: 0 })
    await rig.open()
  })
  afterEach(() => rig.close())

  const to = ['zhang3', '13800000000', '@all', 'zhang3', ' ']
  const text = 'Critical value "#1"'
  const last = () => rig.seen.at(-1)

  it('names user ids, mobiles and everybody to WeCom', async () => {
    await ROBOTS['wecom']?.open(rig).send(page({ to, text }), going())
    assert.equal(last()?.url.searchParams.get('key'), WECOM_KEY)
    assert.deepEqual(rig.body, {
      msgtype: 'text',
      text: {
        content: text,
        mentioned_list: ['zhang3', '@all'],
        mentioned_mobile_list: ['13800000000'],
      },
    })
    await ROBOTS['wecom']?.open(rig).send(page({ to: [], text }), going())
    assert.deepEqual(rig.body, { msgtype: 'text', text: { content: text } })
  })

  it('signs for DingTalk as its documentation says', async () => {
    const result = await ROBOTS['dingtalk']?.open(rig).send(page({ to, text }), going())
    const query = last()?.url.searchParams
    assert.equal(query?.get('access_token'), DINGTALK_TOKEN)
    assert.equal(query?.get('timestamp'), `${NOW}`)
    const expected = createHmac('sha256', DINGTALK_SECRET)
      .update(`${NOW}\n${DINGTALK_SECRET}`)
      .digest('base64')
    assert.equal(query?.get('sign'), expected)
    // It opens the robot for an hour.
    assert.ok(result && !shown(result).includes(encodeURIComponent(expected)))
    assert.deepEqual(rig.body, {
      msgtype: 'text',
      text: { content: `${text} @13800000000 @zhang3` },
      at: { atMobiles: ['13800000000'], atUserIds: ['zhang3'], isAtAll: true },
    })
  })

  it('signs for Feishu as its documentation says', async () => {
    const result = await ROBOTS['feishu']?.open(rig).send(page({ to, text }), going())
    const seconds = '1772600767'
    const sign = createHmac('sha256', `${seconds}\n${FEISHU_SECRET}`).update('').digest('base64')
    assert.ok(result && !shown(result).includes(sign))
    assert.deepEqual(rig.body, {
      timestamp: seconds,
      sign,
      msg_type: 'text',
      content: {
        text: `${text} <at user_id="zhang3"></at> <at user_id="13800000000"></at> <at user_id="all"></at>`,
      },
    })
  })

  it('signs nothing without a secret', async () => {
    const { poster: door, origin } = rig
    await dingtalkRobot({ door, webhook: `${origin}/robot/send?access_token=t` }).send(
      page(),
      going(),
    )
    assert.equal(last()?.url.search, '?access_token=t')
    await feishuRobot({ door, webhook: `${origin}/hook/k` }).send(page(), going())
    assert.deepEqual(Object.keys(rig.body as object), ['msg_type', 'content'])
  })

  it('waits ten minutes for a DingTalk robot that was sent too much, as the field has seen it', async () => {
    // csdn 118615052
    rig.answer = json({
      status: 1111,
      wait: 5,
      source: 'x5',
      punish: 'deny',
      errcode: 130_101,
      errmsg: 'send too fast, exceed 20 times per minute',
    })
    const result = await ROBOTS['dingtalk']?.open(rig).send(page(), going())
    assert.deepEqual([result?.class, result?.retryAfterMs], ['retry', 600_000])
  })

  it('waits as long as Feishu says', async () => {
    const headers = { 'x-ogw-ratelimit-reset': '52' }
    rig.answer = json({ code: 99_991_400, msg: 'request trigger frequency limit' }, 429, headers)
    const result = await ROBOTS['feishu']?.open(rig).send(page(), going())
    assert.deepEqual(
      [result?.class, result?.code, result?.retryAfterMs],
      ['retry', 'FEISHU_99991400', 52_000],
    )
  })

  it('reads both forms of Feishu, and believes neither when they differ', async () => {
    const both = {
      Extra: null,
      StatusCode: 0,
      StatusMessage: 'success',
      code: 0,
      data: {},
      msg: 'success',
    }
    const cases: [unknown, PageClass][] = [
      [both, 'accepted'],
      [{ StatusCode: 0, StatusMessage: 'success' }, 'accepted'],
      [{ StatusCode: 19_001, StatusMessage: 'bad' }, 'refused'],
      [{ ...both, StatusCode: 9_499 }, 'unknown'],
      [{ ...both, StatusCode: '0' }, 'unknown'],
      [{ ...both, code: 19_024 }, 'refused'],
      [{ ...both, code: '0' }, 'unknown'],
    ]
    for (const [answer, expected] of cases) {
      rig.answer = json(answer)
      const result = await ROBOTS['feishu']?.open(rig).send(page(), going())
      assert.equal(result?.class, expected, JSON.stringify(answer))
    }
  })
})
