import assert from 'node:assert/strict'
import { createServer, request, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import {
  METRICS,
  Meters,
  Observer,
  OperationsPages,
  type HealthFacts,
  type NotReady,
} from '../../src/board/index.js'
import { AddressList, Guard } from '../../src/http/hosting/index.js'
import { MemoryEngine } from '../support/memory-engine.js'
import { CRISIS, Site } from '../ledger/site.js'

const NAMES: Readonly<Record<string, string>> = { his: 'HIS', his2: 'HIS', sms: '短信 "1"\n' }
const READY: HealthFacts = {
  ledgers: [{ state: 'ready', trouble: undefined, space: 'enough' }],
  services: [{ name: 'PACS', state: 'listening' }],
}
const { CrisisName: FINDING = '', SickNo, CrisisSettor } = CRISIS
const TOKEN = 'a token that is long enough'

const clock = { now: Date.UTC(2026, 0, 15) }
const engine = new MemoryEngine(clock)
const site = new Site(engine, 'pacs')
const meters = new Meters()
let facts = READY
let server: Server
let pages: OperationsPages

/** A time at which nothing is remembered any more. */
const later = (): void => void (clock.now += 60_000)

interface Reply {
  readonly status: number
  readonly type: string
  readonly text: string
}

async function ask(path: string, headers: Record<string, string> = {}, method = 'GET') {
  const { port } = server.address() as AddressInfo
  const { promise, resolve, reject } = Promise.withResolvers<Reply>()
  const call = request({ port, path, method, headers, agent: false }, (res) => {
    const chunks: Buffer[] = []
    res.on('data', (chunk: Buffer) => chunks.push(chunk))
    res.on('end', () =>
      resolve({
        status: res.statusCode ?? 0,
        type: res.headers['content-type'] ?? '',
        text: Buffer.concat(chunks).toString(),
      }),
    )
  })
  call.on('error', reject)
  call.end()
  return promise
}

const metrics = async (): Promise<string> => {
  later()
  const { status, text } = await ask('/metrics', { authorization: `Bearer ${TOKEN}` })
  assert.equal(status, 200)
  return text
}

const valueIn = (text: string, series: string): number | undefined => {
  const line = text.split('\n').find((one) => one.startsWith(`${series} `))
  return line === undefined ? undefined : Number(line.slice(series.length))
}

before(async () => {
  const observer = new Observer({
    ledger: site.ledger,
    facts: () => facts,
    sizes: () => Promise.resolve({ disk: null, backupAt: null }),
    meters,
    names: () => (id) => NAMES[id],
    instance: 'here-1',
    zone: '+08:00',
    startedAt: clock.now,
    now: () => clock.now,
  })
  pages = new OperationsPages({
    healthGuard: new Guard({}),
    metricsGuard: new Guard({ credential: { scheme: 'bearer', token: TOKEN } }),
    health: () => observer.health(),
    metrics: () => observer.metrics(),
  })
  server = createServer((req, res) => pages.handle(req, res, (req.url ?? '').slice(1)))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
})
after(() => server.close())
beforeEach(() => {
  facts = READY
  engine.failing = () => undefined
  later()
})

describe('the pages for load balancers', () => {
  const failing = (code: string) => ({ code, reason: { zh: '原因', en: 'a cause' } })
  const NOT_READY: readonly (readonly [
    title: string,
    facts: Partial<HealthFacts>,
    code: string,
  ])[] = [
    [
      'the ledger is being opened',
      { ledgers: [{ state: 'opening', trouble: undefined, space: 'enough' }] },
      'LEDGER_OPENING',
    ],
    [
      'the ledger is brought up to date',
      {
        ledgers: [
          ...READY.ledgers,
          { state: 'failing', trouble: failing('LEDGER_MIGRATING') as never, space: 'enough' },
        ],
      },
      'LEDGER_MIGRATING',
    ],
    [
      'only the reserve of the disk is left',
      { ledgers: [{ state: 'ready', trouble: undefined, space: 'spent' }] },
      'LEDGER_NEARLY_FULL',
    ],
    [
      'a service is being started',
      { services: [...READY.services, { name: 'HIS', state: 'starting' }] },
      'SERVICE_STARTING',
    ],
    [
      'a port is in use',
      { services: [{ name: 'PACS', state: failing('PORT_IN_USE') }] },
      'PORT_IN_USE',
    ],
  ]
  for (const [title, changes, code] of NOT_READY) {
    it(`say no while ${title}, and that the process lives`, async () => {
      facts = { ...READY, ...changes }
      const { status, text } = await ask('/readyz')
      assert.equal(status, 503)
      assert.ok(text.startsWith(`[${code}]`), text)
      assert.equal((await ask('/livez')).status, 200)
    })
  }

  it('say yes, as text and as JSON, to GET and HEAD only', async () => {
    assert.deepEqual(await ask('/readyz'), {
      status: 200,
      type: 'text/plain; charset=utf-8',
      text: 'ok\n',
    })
    const json = await ask('/readyz', { accept: 'application/json' })
    assert.deepEqual(JSON.parse(json.text), { isReady: true, reasons: [] })
    assert.deepEqual((await ask('/readyz', {}, 'HEAD')).text, '')
    assert.equal((await ask('/readyz', {}, 'POST')).status, 405)
    assert.equal((await ask('/readyz/')).status, 404)
    assert.equal(pages.handles('__proto__'), false)
  })

  it('find a ledger that went without anybody having used it', async () => {
    engine.failing = () => 'before'
    const { status, text } = await ask('/readyz', { accept: 'application/json' })
    assert.equal(status, 503)
    const { reasons } = JSON.parse(text) as { reasons: readonly NotReady[] }
    assert.deepEqual(Object.keys(reasons[0]?.reason ?? {}), ['zh', 'en'])
  })

  it('answer only whoever may ask', async () => {
    assert.equal((await ask('/metrics')).status, 401)
    assert.equal((await ask('/metrics', { authorization: 'Bearer another' })).status, 401)
    const options = { health: () => Promise.reject(new Error('not asked')) }
    const shut = new OperationsPages({
      healthGuard: new Guard({ allow: new AddressList('10.0.0.0/8') }),
      metricsGuard: new Guard({}),
      health: options.health,
      metrics: () => Promise.reject(new Error('out of order')),
    })
    const own = pages
    pages = shut
    assert.equal((await ask('/readyz')).status, 403)
    assert.equal((await ask('/metrics')).status, 500)
    pages = own
  })
})

describe('the metrics', () => {
  it('say what the ledger holds and what this process did, without a word of a patient', async () => {
    await site.send({ ExamNo: 'm1' })
    const { actor, ledger } = site
    for (const peer of ['his', 'his2', 'gone']) {
      const to = { peer, operation: 'SynCrisisInfo', lane: peer, document: '<Crisis/>' } as const
      const item = { ...to, alert: null, node: 'out', message: '{}', expiresAfterMs: null }
      await ledger.run('enqueue', { actor, item })
      later()
    }
    meters.answered('PACS', 'SynCrisisInfo', '0', 3)
    meters.answered('PACS', 'SynCrisisInfo', FINDING, 40_000)
    meters.refused('PACS', 'XML_TOO_BIG')
    const times = { startedAt: clock.now - 20, endedAt: clock.now }
    meters.tried('HIS', { operation: 'SynCrisisInfo', class: 'delivered', ...times })
    meters.paged('短信 "1"\n', 'accepted')
    const text = await metrics()
    const expected: Readonly<Record<string, number>> = {
      crisis_ready: 1,
      crisis_ledger_accepts: 1,
      'crisis_alerts_open{stage="stored"}': 1,
      'crisis_alerts_open{stage="received"}': 0,
      'crisis_alerts_overdue{until="received"}': 0,
      // Two nodes of one name are one series, with the worst of their ages.
      'crisis_documents_waiting{peer="HIS",operation="SynCrisisInfo"}': 2,
      'crisis_documents_oldest_age_seconds{peer="HIS",operation="SynCrisisInfo"}': 240,
      'crisis_documents_waiting{peer="gone",operation="SynCrisisInfo"}': 1,
      // What a flow answers is no label.
      'crisis_answers_total{service="PACS",operation="SynCrisisInfo",code="0"}': 1,
      'crisis_answers_total{service="PACS",operation="SynCrisisInfo",code="other"}': 1,
      'crisis_answer_duration_seconds_bucket{service="PACS",operation="SynCrisisInfo",le="0.005"}': 1,
      'crisis_answer_duration_seconds_bucket{service="PACS",operation="SynCrisisInfo",le="+Inf"}': 2,
      'crisis_answer_duration_seconds_count{service="PACS",operation="SynCrisisInfo"}': 2,
      'crisis_refused_calls_total{service="PACS",code="XML_TOO_BIG"}': 1,
      'crisis_deliveries_total{peer="HIS",operation="SynCrisisInfo",class="delivered"}': 1,
      'crisis_page_attempts_total{channel="短信 \\"1\\"\\n",class="accepted"}': 1,
      'crisis_peer_last_success_timestamp_seconds{peer="HIS"}': times.endedAt / 1000,
      // The critical value of a node that is in no flow, and the document of a peer that is gone.
      'crisis_stuck{kind="unclaimed"}': 2,
    }
    const found = Object.keys(expected).map((series) => [series, valueIn(text, series)])
    assert.deepEqual(Object.fromEntries(found), expected)
    for (const value of [FINDING, SickNo, CrisisSettor?.name, 'm1']) {
      assert.ok(!text.includes(String(value)), value)
    }
  })

  it('have a help and a type each, and only names that stand in the list', async () => {
    const text = await metrics()
    const typed = [...text.matchAll(/^# TYPE (\w+) (\w+)$/gm)].map(([, name, type]) => [name, type])
    assert.deepEqual(
      typed,
      Object.entries(METRICS).map(([name, { type }]) => [name, type]),
    )
    for (const [name, { type, help }] of Object.entries(METRICS)) {
      assert.match(name, type === 'counter' ? /^crisis_\w+_total$/ : /^crisis_\w+(?<!_total)$/)
      assert.ok(help.length > 10, name)
    }
  })

  it('leave out what nobody knows while the ledger is away: none of it is 0', async () => {
    engine.failing = () => 'before'
    const text = await metrics()
    assert.equal(valueIn(text, 'crisis_ready'), 0)
    assert.doesNotMatch(text, /^crisis_(?:alerts|documents|stuck|measure)_?\w*[{ ]/m)
    assert.match(text, /^crisis_answers_total\{/m)
  })

  it('look at the ledger once for all who ask in the same seconds', async () => {
    later()
    let looks = 0
    engine.failing = (name) => {
      if (name === 'monitor') looks++
      return undefined
    }
    const headers = { authorization: `Bearer ${TOKEN}` }
    await Promise.all(Array.from({ length: 20 }, () => ask('/metrics', headers)))
    assert.equal(looks, 1)
  })

  it('never grow without end, whatever codes come', () => {
    const flooded = new Meters()
    for (let n = 0; n < 2_000; n++) flooded.refused('PACS', `CODE_${'A'.repeat(n)}`)
    const { entries } = flooded.refusals
    assert.equal(entries.length, 501)
    assert.equal(entries.find(([labels]) => labels[0] === 'other')?.[1], 1_500)
  })
})
