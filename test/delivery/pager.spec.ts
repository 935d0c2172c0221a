import assert from 'node:assert/strict'
import { setImmediate } from 'node:timers/promises'
import { Pager, type PagerOptions, type PageTrouble } from '../../src/delivery/index.js'
import type { Page, PageResult } from '../../src/delivery/channels/index.js'
import { Ledger, type PagedContent } from '../../src/ledger/index.js'
import { MemoryEngine } from '../support/memory-engine.js'
import { Clock, MINUTE, SECOND } from './courier-rig.js'

const said = (kind: PageResult['class'], code = kind.toUpperCase()): PageResult => ({
  class: kind,
  code,
  reason: { zh: kind, en: kind },
  answer: Buffer.from(kind),
})

/** A service that answers as a test says, and remembers what it was given. */
class FakeChannel {
  readonly pages: Page[] = []
  answer: (page: Page) => PageResult | Promise<PageResult> = () => said('accepted')

  async send(page: Page): Promise<PageResult> {
    this.pages.push(page)
    return this.answer(page)
  }

  get titles(): readonly string[] {
    return this.pages.map(({ title }) => title)
  }
}

const HANGING = (): Promise<PageResult> => new Promise(() => {})

describe('a pager', () => {
  let clock: Clock
  let engine: MemoryEngine
  let ledger: Ledger
  let troubles: PageTrouble[]
  let app: FakeChannel
  let sms: FakeChannel
  let pagers: Pager[]

  beforeEach(() => {
    clock = new Clock()
    engine = new MemoryEngine(clock)
    ledger = new Ledger(engine)
    troubles = []
    app = new FakeChannel()
    sms = new FakeChannel()
    pagers = []
  })

  afterEach(async () => {
    const closing = pagers.map((pager) => pager.close())
    await clock.pass(2 * SECOND)
    await Promise.all(closing)
  })

  const start = (channel: string, transport: FakeChannel, more: Partial<PagerOptions> = {}) => {
    const instance = `instance ${pagers.length + 1}`
    const pager = new Pager({
      ...{ ledger, channel, transport, instance, chain: instance, actor: instance },
      onTrouble: (trouble) => troubles.push(trouble),
      startTimer: clock.start,
      now: () => clock.now,
      ...more,
    })
    pagers.push(pager)
    pager.start()
    return pager
  }
  const page = (title: string, to = '张三', ways = ['app', 'sms']) =>
    ledger.run('sendPage', {
      actor: { chain: 'node', actor: 'node' },
      ...{ node: 'page', message: '{}', alert: null, revision: null, step: null },
      ...{ redelivered: false, lifeMs: 30 * MINUTE, noWay: 'X' },
      content: {
        person: { code: to, name: to },
        ways: ways.map((name) => ({ channel: name, name, to: [to] })),
        ...{ title, text: title, level: '', link: null, oneTime: null, urgent: true },
        language: 'zh-CN',
      },
    })
  /** Lets things happen that take no time. */
  const settle = async () => {
    for (let turn = 0; turn < 60; turn++) await setImmediate()
  }
  const pass = async (ms: number) => {
    for (let left = ms; left > 0; left -= SECOND) {
      await clock.pass(Math.min(SECOND, left))
      await settle()
    }
  }
  const outcomes = () =>
    engine.query("select content from owed where kind = 'paged' order by id").map((row) => {
      const { state, code, channel, attempts } = JSON.parse(String(row['content'])) as PagedContent
      return `${state} ${code} ${channel} ${attempts}`
    })

  it('sends what is owed, keeps what was said, and tells', async () => {
    start('app', app)
    await page('one')
    await settle()
    assert.deepEqual([app.titles, outcomes()], [['one'], ['accepted ACCEPTED app 1']])
    const [row] = engine.query('select class, answer from page_attempt')
    assert.deepEqual(Buffer.from(row?.['answer'] as Uint8Array).toString(), 'accepted')
    assert.deepEqual(troubles, [])
  })

  it('goes on to the next channel of the person, which another pager sends', async () => {
    app.answer = () => said('refused')
    start('app', app)
    start('sms', sms)
    await page('one')
    await settle()
    assert.deepEqual([sms.titles, outcomes()], [['one'], ['accepted ACCEPTED sms 2']])
  })

  it('tries again what is not taken just now, ever later, then goes on', async () => {
    app.answer = () => said('retry')
    start('app', app)
    start('sms', sms)
    await page('one')
    await settle()
    const counts: number[] = []
    for (const wait of [2, 5, 15, 30]) {
      await pass(wait * SECOND)
      counts.push(app.pages.length)
    }
    assert.deepEqual(counts, [2, 3, 4, 5])
    assert.deepEqual(sms.titles, ['one'])
  })

  it('pages the next person although one person’s channel hangs, or is broken (oncall #1503)', async () => {
    app.answer = ({ to }) => (to[0] === '张三' ? HANGING() : said('accepted'))
    start('app', app)
    await page('hangs')
    await page('goes', '李四')
    await settle()
    assert.deepEqual(outcomes(), ['accepted ACCEPTED app 1'])
    // A channel that takes nothing at all keeps none of another from going.
    sms.answer = () => said('retry')
    start('sms', sms)
    for (let n = 0; n < 3; n++) await page(`broken ${n}`, '王五', ['sms'])
    await page('goes too', '李四')
    await settle()
    assert.equal(outcomes().length, 2)
  })

  it('lets nobody wait behind a channel that hangs, where there is another one', async () => {
    app.answer = HANGING
    start('app', app, { parallel: 1, timeoutMs: 5 * MINUTE })
    start('sms', sms)
    await page('hangs')
    await settle()
    for (const to of ['李四', '王五']) await page(to, to)
    await page('has no other', '赵六', ['app'])
    await pass(25 * SECOND)
    assert.deepEqual([app.titles, sms.titles], [['hangs'], ['李四', '王五']])
  })

  it('tells once that a channel is down, and once that it is up again', async () => {
    app.answer = () => said('retry', 'BUSY')
    const pager = start('app', app)
    for (let n = 0; n < 5; n++) await page(`page ${n}`, '张三', ['app'])
    await pass(20 * SECOND)
    assert.deepEqual(
      troubles.map(({ kind, code }) => [kind, code]),
      [['channelDown', 'BUSY']],
    )
    assert.equal(pager.state.down?.code, 'BUSY')
    app.answer = () => said('accepted')
    await pass(40 * SECOND)
    assert.deepEqual(
      troubles.map(({ kind }) => kind),
      ['channelDown', 'channelUp'],
    )
    assert.equal(outcomes().length, 5)
  })

  it('takes people with a wrong address for no fault of their channel', async () => {
    const refused = said('refused', 'WECOM_81013')
    app.answer = ({ to }) => {
      const perAddress = to.map((address) => ({ ...refused, address }))
      return { ...refused, perAddress }
    }
    const pager = start('app', app)
    for (let n = 0; n < 5; n++) await page(`page ${n}`, '张三', ['app'])
    await settle()
    assert.deepEqual([app.pages.length, troubles, pager.state.down], [5, [], null])
  })

  it('ends the trouble of a channel that is up again after a restart', async () => {
    app.answer = () => said('retry', 'BUSY')
    const before = start('app', app)
    for (let n = 0; n < 3; n++) await page(`page ${n}`, '张三', ['app'])
    await settle()
    const lasting = () => engine.query("select key from trouble where kind = 'channelDown'")
    assert.equal(lasting().length, 1)
    const closing = before.close()
    await clock.pass(2 * SECOND)
    await closing
    app.answer = () => said('accepted')
    start('app', app)
    await pass(5 * SECOND)
    assert.deepEqual(lasting(), [])
  })

  it('loses nothing with an instance that is killed while it is sending: another one sends it (grafana/alerting #156)', async () => {
    app.answer = HANGING
    start('app', app, { timeoutMs: MINUTE })
    await page('one')
    await settle()
    assert.deepEqual(app.titles, ['one'])
    // As if its process were gone: it neither records nor gives back.
    const isKilled = (args: unknown) =>
      (args as { actor?: { actor: string } } | undefined)?.actor?.actor === 'instance 1'
    engine.failing = (_name, args) => (isKilled(args) ? 'before' : undefined)
    const other = new FakeChannel()
    start('app', other)
    await pass(MINUTE)
    assert.deepEqual(other.titles, [])
    await pass(MINUTE / 2)
    assert.deepEqual([other.titles, outcomes()], [['【重复】one'], ['accepted ACCEPTED app 2']])
  })

  it('is sent by one of two instances', async () => {
    start('app', app)
    start('app', app)
    for (let n = 0; n < 30; n++) await page(`page ${n}`)
    await pass(3 * SECOND)
    assert.equal(new Set(app.titles).size, 30)
    assert.equal(app.pages.length, 30)
  })

  it('closes within 2 s, and whoever follows sends what was broken off, as a repeat', async () => {
    app.answer = HANGING
    const pager = start('app', app)
    await page('one')
    await settle()
    let closed = false
    const closing = pager.close().then(() => (closed = true))
    await pass(2 * SECOND)
    assert.ok(closed)
    await closing
    const other = new FakeChannel()
    start('app', other)
    await pass(3 * SECOND)
    assert.deepEqual(other.titles, ['【重复】one'])
  })

  it('ends an attempt that a channel does not end', async () => {
    app.answer = HANGING
    start('app', app, { timeoutMs: 5 * SECOND })
    start('sms', sms)
    await page('one')
    await pass(15 * SECOND)
    assert.deepEqual(app.titles, ['one', '【重复】one'])
    assert.deepEqual(sms.titles, ['【重复】one'])
    assert.deepEqual(outcomes(), ['accepted ACCEPTED sms 3'])
  })

  it('puts a flood into one message once the limit lets no more go', async () => {
    const rule = { limits: [{ most: 2, withinMs: MINUTE }], avoidsHalfHours: false }
    for (let n = 0; n < 4; n++) await page(`page ${n}`, `person ${n}`)
    start('app', app, { rate: { rule, per: 'channel' }, isShared: true })
    await settle()
    assert.deepEqual(app.titles, ['page 0', '3 条危急值通知'])
    assert.deepEqual(app.pages[1]?.to, ['person 1', 'person 2', 'person 3'])
    assert.equal(outcomes().length, 4)
  })

  it('of a digest believes each address by itself', async () => {
    const rule = { limits: [{ most: 1, withinMs: MINUTE }], avoidsHalfHours: false }
    app.answer = ({ to }) => {
      const of = (address: string) => ({
        ...said(address === '张三' ? 'refused' : 'accepted'),
        address,
      })
      return { ...said('refused', 'PARTLY_ACCEPTED'), perAddress: to.map(of) }
    }
    for (const to of ['张三', '李四']) await page(to, to, ['app'])
    start('app', app, { rate: { rule, per: 'channel' }, isShared: true })
    await settle()
    assert.deepEqual(outcomes().toSorted(), ['accepted ACCEPTED app 1', 'failed REFUSED app 1'])
  })

  it('sends nothing more while what was sent cannot be recorded, and records it then', async () => {
    engine.failing = (name) => (name === 'concludePage' ? 'before' : undefined)
    start('app', app)
    await page('one')
    await settle()
    await page('two')
    await pass(5 * SECOND)
    assert.deepEqual(app.titles, ['one'])
    assert.deepEqual(
      troubles.map(({ kind }) => kind),
      ['ledger'],
    )
    engine.failing = () => undefined
    await pass(15 * SECOND)
    assert.deepEqual([app.titles, outcomes().length], [['one', 'two'], 2])
  })

  it('takes a fault of a channel for a page that may have gone', async () => {
    app.answer = () => {
      throw new TypeError('a fault of the channel')
    }
    start('app', app)
    start('sms', sms)
    await page('one')
    await pass(10 * SECOND)
    assert.deepEqual(outcomes(), ['accepted ACCEPTED sms 3'])
  })
})
