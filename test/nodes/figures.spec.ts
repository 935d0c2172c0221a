import assert from 'node:assert/strict'
import { DEFAULTS } from '../../nodes/settings/index.js'
import { CSV_MARK } from '../../src/bridges/index.js'
import { readCsv } from '../../src/loop/csv.js'
import { splitInstant } from '../../src/messages/index.js'
import { callWith, crisisXml, feedbackXml } from '../support/calls.js'
import { coreNode, Flow, inNode, register, service } from '../support/flow.js'
import { freePort } from '../support/node-red.js'
import { catalogueOf, LANGUAGES, readRoot } from './editor-half.js'
import { received } from './exam-flow.js'

type Row = Readonly<Record<string, unknown>>

interface Answered {
  readonly uncounted: number
  readonly groups: readonly {
    readonly of: Row
    readonly figures: readonly { readonly code: string; readonly rate: number | null }[]
    readonly receive: { readonly n: number; readonly median: Row | null }
  }[]
}

const STORE = {
  ...DEFAULTS.store,
  id: 'store',
  type: 'crisis store',
  shifts: '白班 08:00-20:00，夜班 20:00-08:00',
  radiologyTypes: 'CT, MR',
  ultrasoundTypes: '*',
  departments: 'CT=放射科，US=超声科',
}
const own = { store: 'store', period: 'today', limit: '2' }

describe('figures, register and reconciling', function () {
  this.timeout(20_000)
  let flow: Flow
  let url: string

  before(async () => {
    const port = await freePort()
    url = `http://127.0.0.1:${port}/crisis`
    flow = await Flow.load(
      [
        STORE,
        service({ port: String(port) }),
        inNode({ store: 'store', wires: [['came']] }),
        inNode({ id: 'in2', type: 'crisis feedback in', store: 'store', wires: [['told']] }),
        register('figures', { ...own, id: 'figures', by: 'department', wires: [['figuresFound']] }),
        register('register', { ...own, id: 'rows', wires: [['part', 'joinRows']] }),
        register('register', { ...own, id: 'csv', format: 'csv', wires: [['joinCsv']] }),
        register('reconcile', { ...own, id: 'reconcile', wires: [['reconcileFound']] }),
        ...['joinRows', 'joinCsv'].map((id) => ({
          id,
          type: 'join',
          mode: 'auto',
          wires: [[`${id}ed`]],
        })),
      ],
      { core: [coreNode('sequence/17-split')], language: 'zh-CN' },
    )
    await flow.shows('in', 'listening')
    await flow.shows('in2', 'listening')
    const { date, time } = splitInstant(Date.now() - 60_000)
    const set = { CrisisSetDate: date, CrisisSetTime: time }
    for (const [ExamNo, CrisisType] of [
      ['0001', 'CT'],
      ['0002', 'CT'],
      ['0003', 'US'],
    ] as const) {
      const about = { ...set, ExamNo, ApplyNo: `A${ExamNo}`, CrisisType, CrisisName: '=脑出血' }
      assert.equal((await callWith(url, 'SynCrisisInfo', crisisXml(about))).code, '0')
      await flow.inbox('came').next()
    }
    const said = { ...received('040009'), ExamNo: '0001', ApplyNo: 'A0001' }
    assert.equal(
      (await callWith(url, 'SynCrisisResponseInfo', feedbackXml('', { ...BLANK, ...said }))).code,
      '0',
    )
    await flow.inbox('told').next()
  })
  after(() => flow.unload())

  const ask = async (id: string, payload: unknown, found = `${id}Found`) => {
    flow.send(id, { payload, topic: 'kept' })
    return flow.inbox(found).next()
  }

  it('gives the figures of a period by department', async () => {
    const { payload, topic } = await ask('figures', {})
    const { groups, uncounted } = payload as Answered
    assert.deepEqual([uncounted, topic], [0, 'kept'])
    const rates = groups.map(({ of, figures, receive }) => [
      of['department'],
      ...figures.map(({ rate }) => rate),
      receive.n,
    ])
    assert.deepEqual(rates, [
      ['放射科', 0.5, null, 0.5, 0, 0, 0, 1],
      ['超声科', null, 0, 0, 0, 0, 0, 0],
    ])
    const { payload: other } = await ask('figures', {
      from: '2026-01-01',
      by: ['shift', 'code'],
      department: '放射科',
    })
    assert.equal((other as Answered).groups.length, 1)
    const { payload: none } = await ask('figures', { until: '2020-01-31', by: [] })
    assert.deepEqual((none as Answered).groups[0]?.receive, { n: 0, median: null, p90: null })
  })

  it('gives the register in parts, which join puts together', async () => {
    flow.send('rows', { payload: {} })
    const { payload } = await flow.inbox('joinRowsed').next()
    const rows = payload as readonly Row[]
    assert.deepEqual(
      rows.map((row) => [
        row['number'],
        row['examNo'],
        row['sickNo'],
        row['receivedAt'] !== '未接收',
      ]),
      [
        ['1', '0001', '****01', true],
        ['2', '0002', '****01', false],
        ['3', '0003', '****01', false],
      ],
    )
    const parts = flow.inbox('part').all.map((msg) => msg['parts'] as Row)
    assert.deepEqual(
      parts.map(({ index, count }) => [index, count]),
      [
        [0, undefined],
        [1, 2],
      ],
    )
    assert.deepEqual(
      flow.inbox('part').all.map(({ crisis }) => crisis?.count),
      [2, 1],
    )
  })

  it('gives it as a table for Excel and WPS', async () => {
    flow.send('csv', { payload: {} })
    const text = String((await flow.inbox('joinCsved').next()).payload)
    assert.ok(text.startsWith(`${CSV_MARK}序号,`) && text.endsWith('\r\n'))
    const [headings, first, ...rest] = readCsv(text)
    assert.equal(rest.length, 2)
    const cell = (heading: string) => first?.[headings?.indexOf(heading) ?? -1]
    assert.deepEqual(['检查流水号', '危急值内容', '接收人（工号/职务）', '复述确认'].map(cell), [
      '0001\t',
      "'=脑出血 加急处理。",
      '医生（040009）',
      '缺',
    ])
    flow.send('csv', { payload: { until: '2020-01-31' } })
    assert.equal(readCsv(String((await flow.inbox('joinCsved').next()).payload)).length, 1)
  })

  it('compares a list of the source with the ledger', async () => {
    const list = '检查号,时间\r\n0001,\r\n0009,\r\n0003,2020-01-01 08:00\r\n0004,gestern\r\n'
    const { payload } = await ask('reconcile', Buffer.from(list))
    const { listed, matched, missingInLedger, missingInSource, different, unreadable } =
      payload as Record<string, readonly Row[]>
    assert.deepEqual([listed, matched], [3, 1])
    assert.deepEqual(
      [missingInLedger, missingInSource].map((rows) => rows?.map((row) => row['ExamNo'])),
      [['0009'], ['0002']],
    )
    assert.deepEqual(
      different?.map((one) => one['in']),
      [['time']],
    )
    assert.deepEqual(
      unreadable?.map(({ row, column }) => [row, column]),
      [[5, '时间']],
    )
  })

  it('refuses what it cannot work with', async () => {
    for (const [id, payload, code] of [
      ['figures', { by: 'weather' }, 'REGISTER_BY'],
      ['figures', { from: 'gestern' }, 'REGISTER_TIME'],
      ['reconcile', {}, 'REGISTER_LIST'],
      ['reconcile', '姓名\r\n张三', 'REGISTER_LIST'],
      ['reconcile', Buffer.from([0xff, 0xff, 0xff]), 'REGISTER_LIST'],
    ] as const) {
      flow.send(id, { payload })
      assert.equal((await flow.caught()).code, code, code)
    }
  })

  it('has the properties that the help lists, and no others', async () => {
    const figures = keysOf((await ask('figures', {})).payload)
    const row = keysOf(flow.inbox('joinRowsed').all[0]?.payload)
    const list = keysOf(
      (await ask('reconcile', [{ ExamNo: '0003', time: '2020-01-01 08:00' }, { ExamNo: 'x' }, {}]))
        .payload,
    )
    for (const language of LANGUAGES) {
      const help = readRoot('nodes', 'locales', language, 'crisis-register.html')
      for (const [query, keys] of Object.entries({ figures, register: row, reconcile: list })) {
        const label = catalogueOf('crisis-register', language).get(
          `crisis-register.option.${query}`,
        )
        const line = help.split('\n').find((one) => one.startsWith(`- **${label}**`)) ?? ''
        const said = new Set([...line.matchAll(/`(\w+)`/g)].map(([, name]) => name))
        assert.deepEqual(
          [...keys].filter((key) => !said.has(key)),
          [],
          `${language} ${query}`,
        )
      }
    }
  })
})

const BLANK = {
  ProcessStaff: { code: '', name: '' },
  ProcessDate: '',
  ProcessTime: '',
  ProcessSuggest: '',
  ProcessResult: '',
}

/** The names of all properties, but for facts that are named by data. */
function keysOf(value: unknown, keys = new Set<string>()): Set<string> {
  if (Array.isArray(value)) for (const one of value) keysOf(one, keys)
  else if (typeof value === 'object' && value !== null) {
    for (const [key, part] of Object.entries(value)) {
      keys.add(key)
      if (key !== 'of' && key !== 'excluded') keysOf(part, keys)
    }
  }
  return keys
}
