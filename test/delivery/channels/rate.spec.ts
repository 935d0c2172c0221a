import assert from 'node:assert/strict'
import { digest, Rate, RATES, rateWaitMs, type Page } from '../../../src/delivery/channels/index.js'
import { page } from './http-rig.js'

const minutes = (count: number) => count * 60_000
/** A quarter past: far from the edges of half hours. */
const QUARTER = Date.parse('2026-03-04T05:15:00.000Z')

describe('the limits of robots', () => {
  it('are those that the services document', () => {
    assert.deepEqual(RATES.wecomRobot.limits, [{ most: 20, withinMs: 60_000 }])
    assert.deepEqual(RATES.dingtalk.limits, [{ most: 20, withinMs: 60_000 }])
    assert.deepEqual(RATES.wecomApp.limits, [{ most: 30, withinMs: 60_000 }])
    assert.deepEqual(RATES.feishu.limits, [
      { most: 100, withinMs: 60_000 },
      { most: 5, withinMs: 1_000 },
    ])
  })

  for (const [name, rule] of Object.entries(RATES)) {
    it(`are kept in every stretch of time, whatever comes: ${name}`, () => {
      const rate = new Rate(rule)
      const sent: number[] = []
      let now = QUARTER
      let seed = 7
      const random = () => (seed = (seed * 16_807) % 2_147_483_647) / 2_147_483_647
      while (sent.length < 500) {
        now += Math.floor(random() * 300)
        const wait = rate.waitMs(now, page())
        // Some wait as long as they are told, some ask again sooner.
        if (wait > 0 && random() < 0.7) now += wait
        if (rate.waitMs(now, page()) > 0) continue
        rate.note(now)
        sent.push(now)
      }
      for (const { most, withinMs } of rule.limits) {
        for (const [i, at] of sent.entries()) {
          const within = sent.slice(i).filter((other) => other < at + withinMs).length
          assert.ok(within <= most, `${within} of ${most} within ${withinMs} ms`)
        }
      }
      // It is a limit, and no stop: all went in no more than half as much time again as they need.
      const least = Math.max(...rule.limits.map(({ most, withinMs }) => (500 / most) * withinMs))
      assert.ok((sent.at(-1) ?? 0) - QUARTER < least * 1.5 + minutes(3))
    })
  }

  it('let a burst of twenty go at once, and the next one a minute later', () => {
    const rate = new Rate(RATES.dingtalk)
    for (let i = 0; i < 20; i++) {
      assert.equal(rate.waitMs(QUARTER + i, page()), 0)
      rate.note(QUARTER + i)
    }
    assert.equal(rate.waitMs(QUARTER + 20, page()), 62_000 - 20)
    // They may arrive closer together than they were sent.
    assert.equal(rate.waitMs(QUARTER + 60_500, page()), 1_500)
    assert.equal(rate.waitMs(QUARTER + 62_000, page()), 0)
  })

  it('do not stop a channel whose clock was set back', () => {
    const rate = new Rate(RATES.dingtalk)
    for (let i = 0; i < 20; i++) rate.note(QUARTER)
    rate.pause(QUARTER, 600_000)
    assert.ok(rate.waitMs(QUARTER - minutes(60 * 24), page()) <= 3_600_000)
    assert.equal(rateWaitMs(RATES.dingtalk, Array(20).fill(QUARTER), QUARTER - 1, true), 0)
  })

  it('wait as long as a service has said', () => {
    const rate = new Rate(RATES.dingtalk)
    rate.pause(QUARTER, 600_000)
    assert.equal(rate.waitMs(QUARTER + 1, page()), 599_999)
    rate.pause(QUARTER + 1, 1_000)
    assert.equal(rate.waitMs(QUARTER + 2, page()), 599_998)
    assert.equal(rate.waitMs(QUARTER + 600_000, page()), 0)
  })

  const edges: [string, string, number][] = [
    ['05:00:00.000', 'the full hour', 20_000],
    ['05:00:19.999', 'just behind it', 1],
    ['05:00:20.000', 'past it', 0],
    ['05:29:54.000', 'before the half hour', 0],
    ['05:29:56.000', 'just before the half hour', 24_000],
    ['05:30:05.000', 'behind the half hour', 15_000],
    ['05:45:00.000', 'a quarter', 0],
  ]
  for (const [time, title, wait] of edges) {
    it(`let what can wait keep away from ${title}`, () => {
      const now = Date.parse(`2026-03-04T${time}Z`)
      assert.equal(rateWaitMs(RATES.feishu, [], now, false), wait)
      assert.equal(rateWaitMs(RATES.wecomApp, [], now, false), wait)
      assert.equal(rateWaitMs(RATES.dingtalk, [], now, false), 0)
      assert.equal(rateWaitMs(RATES.feishu, [], now, true), 0, 'an urgent page goes at once')
    })
  }

  it('let no wait end on an edge', () => {
    const sent = Array<number>(20).fill(Date.parse('2026-03-04T05:28:59.000Z'))
    const now = Date.parse('2026-03-04T05:29:00.000Z')
    assert.equal(
      now + rateWaitMs(RATES.wecomRobot, sent, now, false),
      Date.parse('2026-03-04T05:30:20.000Z'),
    )
  })
})

describe('a digest', () => {
  const pages = (count: number, over: (i: number) => Partial<Page> = () => ({})) =>
    Array.from({ length: count }, (_, i) =>
      page({ id: `p${i}`, title: `危急值 #${i}`, to: ['a', `b${i % 2}`], ...over(i) }),
    )

  it('of one page is that page', () => {
    const [one] = pages(1)
    assert.ok(one)
    assert.deepEqual(digest([one], 'zh-CN'), { ...one, of: ['p0'] })
    assert.throws(() => digest([], 'zh-CN'), RangeError)
  })

  it('names each page once, in order, and all who are to have it', () => {
    const whole = digest(pages(3), 'zh-CN')
    assert.deepEqual(whole.of, ['p0', 'p1', 'p2'])
    assert.deepEqual(whole.to, ['a', 'b0', 'b1'])
    assert.equal(
      whole.text,
      '3 条危急值通知\n1. 危急值 #0\n2. 危急值 #1\n3. 危急值 #2\n请立即登录系统逐条处理。',
    )
    const english = digest(pages(2), 'en-US')
    assert.match(english.text, /^2 critical value notices\n1\. .*\n2\. .*\nLog in and act/)
  })

  it('loses nobody in a flood: those that it does not name it counts', () => {
    const whole = digest(pages(57), 'zh-CN')
    assert.equal(whole.of.length, 57)
    assert.match(whole.text, /^57 条/)
    assert.match(whole.text, /另有 37 条/)
    // WeCom takes 2 048 bytes.
    assert.ok(Buffer.byteLength(whole.text) < 2048)
  })

  it('is urgent when one is, and has a level or link only when all have the same', () => {
    const mixed = digest(
      pages(2, (i) => ({ urgent: i === 1, level: `${i}`, link: `https://x/${i}` })),
      'zh-CN',
    )
    assert.deepEqual([mixed.urgent, mixed.level, mixed.link], [true, '', undefined])
    assert.ok(!mixed.text.includes('https'))
    const same = digest(
      pages(2, () => ({ urgent: false, link: 'https://x' })),
      'zh-CN',
    )
    assert.deepEqual([same.urgent, same.level, same.link], [false, '1', 'https://x'])
    assert.ok(same.text.endsWith('https://x'))
  })

  it('holds the titles of its pages and not their texts', () => {
    const whole = digest(
      pages(3, (i) => ({ text: `text-of-${i}` })),
      'zh-CN',
    )
    assert.ok(!whole.text.includes('text-of'))
  })
})
