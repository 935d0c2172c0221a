import assert from 'node:assert/strict'
import { boardReads, type BoardReads, type SessionFacts } from '../../src/board/index.js'
import type {
  ExamView,
  FiguresView,
  OpenUpdate,
  OpenView,
  PhoneCallsView,
  RawView,
  RegisterView,
  RosterView,
  SearchView,
  StuckView,
} from '../../src/board/api.js'
import type { Duty } from '../../src/loop/index.js'
import { CrisisError } from '../../src/messages/index.js'
import { later, PROCESSED, Site } from '../ledger/site.js'
import { MemoryEngine } from '../support/memory-engine.js'

const MINUTE = 60_000
const ACTS: SessionFacts = {
  person: { code: '040002', name: '李医生' },
  role: 'act',
  seesPatients: true,
  language: 'zh-CN',
}
const LOOKS: SessionFacts = { ...ACTS, role: 'look', seesPatients: false }

const SHIFT = { name: '白班', from: 8 * 60, to: 20 * 60 }
const DUTY: Duty = {
  ...{ role: '值班医师', department: '', shift: null },
  days: { kind: 'every' },
  person: { code: '1', name: '张三', addresses: { 短信: '13800000000' } },
}

interface Rig {
  readonly site: Site
  readonly reads: BoardReads
  readonly engine: MemoryEngine
  /** Questions that the ledger was asked, by name. */
  readonly asked: string[]
  readonly view: <T>(
    name: keyof BoardReads['views'],
    query?: object,
    facts?: SessionFacts,
  ) => Promise<T>
}

function rig(): Rig {
  const engine = new MemoryEngine({ now: Date.now() })
  const site = new Site(engine, 'pacs')
  const asked: string[] = []
  const { ledger } = site
  const reads = boardReads(
    {
      ledger: {
        ask: (name, args) => {
          asked.push(name)
          return ledger.ask(name, args)
        },
        onHint: (listener) => ledger.onHint(listener),
      },
      names: () => ({
        ...{ node: (id) => id, peer: (id) => `对方 ${id}`, system: (id) => id },
        ...{ hasNode: (id) => id === 'here', hasPeer: () => true },
        takersOf: () => [{ id: 'here', name: '此处' }],
      }),
      rosterNow: () =>
        Promise.resolve([
          {
            ...{ name: '值班表', zone: '+08:00', readAt: null, problem: null },
            roster: {
              calendar: { shifts: [SHIFT], holidays: [], workdays: [] },
              duties: [DUTY, { ...DUTY, role: '二线', person: { ...DUTY.person, addresses: {} } }],
            },
          },
        ]),
      count: async () => {
        while ((await ledger.run('countAlerts', { limit: 50 })).isMore);
      },
      zone: '+08:00',
      limits: { receivedMs: 10 * MINUTE, processedMs: 30 * MINUTE },
    },
    { lookMs: 5, quietMs: 10, limit: 3 },
  )
  return {
    ...{ site, reads, engine, asked },
    view: <T>(name: keyof BoardReads['views'], query = {}, facts = ACTS) =>
      reads.views[name](facts, new URLSearchParams({ ...query })) as Promise<T>,
  }
}

/** Waits until something is so; what never becomes so ends the test by its time limit. */
async function until(is: () => boolean): Promise<void> {
  while (!is()) await new Promise((resolve) => setTimeout(resolve, 2))
}

describe('the read model of the board', () => {
  it('shows what is open, and of patients only what a session may see', async () => {
    const { site, view } = rig()
    const { alert } = await site.send({ CrisisMemo: '备注' })
    const { rows, counts, isCut } = await view<OpenView>('open')
    const [row] = rows
    assert.deepEqual([rows.length, row?.alert, row?.text], [1, alert, '胎盘早剥 备注'])
    assert.deepEqual([row?.SickNo, row?.due?.until, row?.isOverdue], ['C0001', 'received', false])
    assert.equal(row?.due?.at, row!.openedAt + 10 * MINUTE)
    assert.deepEqual([counts.open, counts.stuck, isCut], [1, 1, false])
    const [masked] = (await view<OpenView>('open', {}, LOOKS)).rows
    assert.deepEqual([masked?.SickNo, masked?.text, masked?.ExamNo], ['****01', '', '00000001'])
  })

  it('tells each stream the whole once and then differences, of one snapshot', async () => {
    const { site, reads, asked } = rig()
    await site.send()
    const told: OpenUpdate[] = []
    const masked: OpenUpdate[] = []
    const broken = (thrown: unknown) => assert.fail(String(thrown))
    const stops = [
      reads.follow({ seesPatients: true }, (update) => told.push(update), broken),
      reads.follow({ seesPatients: false }, (update) => masked.push(update), broken),
    ]
    await until(() => told.length === 1 && masked.length === 1)
    assert.deepEqual([told[0]?.isWhole, told[0]?.changed.length], [true, 1])
    assert.equal(masked[0]?.changed[0]?.text, '')
    // Nothing changes: it is looked at, and neither read nor told.
    const before = asked.filter((name) => name === 'boardMark').length
    await until(() => asked.filter((name) => name === 'boardMark').length > before + 2)
    assert.deepEqual([told.length, asked.filter((name) => name === 'boardOpen').length], [1, 1])

    const { alert } = await site.send({ ExamNo: 'next' })
    await until(() => told.length === 2 && masked.length === 2)
    assert.deepEqual(
      [told[1]?.isWhole, told[1]?.changed.map((row) => row.alert), told[1]?.counts.open],
      [false, [alert], 2],
    )
    await site.feedBack({ ...later(PROCESSED), ExamNo: 'next' })
    await until(() => told.length === 3)
    assert.deepEqual([told[2]?.changed, told[2]?.gone], [[], [alert]])
    assert.equal(asked.filter((name) => name === 'boardOpen').length, 3)
    for (const stop of stops) stop()
    const after = asked.length
    await new Promise((resolve) => setTimeout(resolve, 30))
    assert.equal(asked.length, after)
  })

  it('tells a stream of a ledger that fails, and goes on afterwards', async () => {
    const { site, reads, engine } = rig()
    await site.send()
    const failures: unknown[] = []
    const told: OpenUpdate[] = []
    const stop = reads.follow(
      { seesPatients: true },
      (update) => told.push(update),
      (thrown) => failures.push(thrown),
    )
    await until(() => told.length === 1)
    engine.failing = () => new CrisisError('LEDGER_SLOW', { zh: '', en: '' })
    await until(() => failures.length > 1)
    engine.failing = () => undefined
    await until(() => told.length === 2)
    assert.deepEqual([told[1]?.isWhole, told[1]?.changed, told[1]?.gone], [false, [], []])
    stop()
  })

  it('shows an exam with its whole way and its bytes, masked where they must be', async () => {
    const { site, view } = rig()
    const { alert } = await site.send({ CrisisMemo: '家属：赵六' })
    await site.send({ CrisisMemo: '更正' })
    await site.feedBack(later(PROCESSED))
    const exam = await view<ExamView>('exam', { alert })
    assert.deepEqual([exam.row.stage, exam.row.due, exam.revisions.length], ['processed', null, 2])
    const kinds = exam.timeline.map(({ kind }) => kind)
    for (const kind of ['arrived', 'revision', 'feedback', 'stage'])
      assert.ok(kinds.includes(kind), kind)
    assert.deepEqual(exam.acts, ['processed', 'cancelAlert'])
    assert.ok(exam.audit.length > 0)
    const [first] = exam.timeline
    const [part] = first?.raw ?? []
    assert.equal((await view<RawView>('raw', { alert, ...part })).text, '<raw></raw>')
    const masked = await view<ExamView>('exam', { alert }, LOOKS)
    assert.deepEqual([masked.acts, JSON.stringify(masked).includes('赵六')], [[], false])
    assert.equal(await view('exam', { alert: 99 }), null)
    assert.equal(await view('raw', { alert, n: 99, name: 'request' }), null)
  })

  it('masks the words of raw texts, whatever they are in', async () => {
    const { site, view } = rig()
    const bodies = [
      '<a x="赵六"><Crisis><ExamNo>1</ExamNo><CrisisName>赵六</CrisisName></Crisis><![CDATA[赵六]]></a>',
      '{"ExamNo":"1","patient":{"name":"赵六"},"list":["赵六"]}',
      '赵六',
    ]
    for (const body of bodies) {
      const raw = Buffer.from(body)
      const origin = { ...site.origin, raw }
      const [stored] = await site.ledger.run('storeCrises', {
        ...{ actor: site.actor, origin, emitResends: false, target: 'here' },
        crises: [site.crisisOf({ ExamNo: body.slice(0, 9) })],
      })
      const { alert = 0 } = stored ?? {}
      const { timeline } = await view<ExamView>('exam', { alert })
      const query = { alert, ...timeline[0]?.raw[0] }
      assert.ok((await view<RawView>('raw', query)).text.includes('赵六'))
      const { text, isMasked } = await view<RawView>('raw', query, LOOKS)
      assert.ok(isMasked && text !== '' && !text.includes('赵六'), text)
      assert.equal(text.includes('ExamNo'), body.includes('ExamNo'))
    }
  })

  it('lists what needs a person, with what may be done', async () => {
    const { site, view } = rig()
    await site.send()
    await site.send({ CrisisName: '另一项', SickNo: 'C0002' })
    await site.tell(later(PROCESSED))
    const outbox = await site.ledger.run('enqueue', {
      actor: site.actor,
      item: {
        ...{ peer: 'his', operation: 'SynCrisisInfo', lane: 'x', document: '<a/>', alert: null },
        ...{ node: 'here', message: '{}', expiresAfterMs: null },
      },
    })
    await site.engine.run('statement', {
      sql: "update outbox set state = 'dead', reason_zh = '被拒', reason_en = 'no' where id = $1",
      params: [outbox],
    })
    await site.feedBack({ ...PROCESSED, ExamNo: 'nobody', ApplyNo: 'nobody' })
    const { rows } = await view<StuckView>('stuck')
    const of = (kind: string) => rows.filter((row) => row.kind === kind)
    assert.deepEqual(
      of('dead').map(({ id, where, acts }) => [id, where, acts]),
      [[String(outbox), '对方 his', ['replay', 'editAndSend', 'giveUp']]],
    )
    assert.deepEqual(
      of('hold').map(({ acts }) => acts[0]),
      ['liftHold'],
    )
    assert.deepEqual(
      of('orphan').map(({ ExamNo }) => ExamNo),
      ['nobody'],
    )
    assert.equal(of('waiting').length, 1)
    const [unclaimed] = of('unclaimed')
    assert.deepEqual(
      [unclaimed?.id, unclaimed?.targets],
      [`node:${site.target}`, [{ id: 'here', name: '此处' }]],
    )
    const looked = await view<StuckView>('stuck', {}, LOOKS)
    assert.ok(looked.rows.every(({ acts }) => acts.length === 0))
  })

  it('refuses questions that make no sense', async () => {
    const { view } = rig()
    const cases: readonly (readonly [keyof BoardReads['views'], object, string])[] = [
      ['exam', { alert: '1 or 1=1' }, 'QUERY_NUMBER'],
      ['exam', {}, 'QUERY_NUMBER'],
      ['search', { from: '2026-02-30' }, 'QUERY_DAY'],
      ['search', { from: '2026-02-02', until: '2026-02-01' }, 'QUERY_PERIOD'],
      ['search', { stage: "'" }, 'QUERY_STAGE'],
      ['search', { doctor: 'x'.repeat(201) }, 'QUERY_LONG'],
      ['register', { after: '1' }, 'QUERY_NUMBER'],
      ['register', { missed: 'x' }, 'QUERY_FIGURE'],
      ['figures', { by: 'patient' }, 'QUERY_GROUP'],
    ]
    for (const [name, query, code] of cases) {
      await assert.rejects(view(name, query), { code, answer: '422' }, JSON.stringify(query))
    }
  })

  it('leads from figures to their rows, and from a search to an exam', async () => {
    const { site, reads, view, engine } = rig()
    const sick = { SickNo: 'C0009' }
    for (let n = 0; n < 3; n++) await site.send({ ...sick, ExamNo: `=${n}`, CrisisMemo: '赵六' })
    await site.feedBack({ ...later(PROCESSED), ExamNo: '=0' })
    engine.clock.now += 60 * MINUTE
    await site.feedBack({ ...later(PROCESSED), ExamNo: '=1' })
    const figures = await view<FiguresView>('figures', { by: 'department' })
    const figure = figures.whole.find(({ code }) => code === 'processedOnTime')
    assert.deepEqual([figure?.numerator, figure?.denominator, figures.uncounted], [1, 3, 0])
    assert.deepEqual(
      figures.groups.map(({ label }) => label),
      [''],
    )
    const day = new Date(engine.clock.now + 8 * 60 * MINUTE - 60 * MINUTE)
      .toISOString()
      .slice(0, 10)
    const period = { from: day, until: day }
    const all = await view<RegisterView>('register', period)
    assert.equal(all.rows.length, 3)
    assert.ok(JSON.stringify(all.rows).includes('赵六'))
    const masked = await view<RegisterView>('register', period, LOOKS)
    assert.ok(!/赵六|C0009/.test(JSON.stringify(masked.rows)))
    const missed = await view<RegisterView>('register', { ...period, missed: 'processedOnTime' })
    assert.ok(missed.rows.length > 0 && missed.rows.length < 3)

    const { name, parts } = await reads.registerCsv(ACTS, new URLSearchParams(period))
    let csv = ''
    for await (const part of parts) csv += part
    const lines = csv.split('\r\n')
    assert.equal(name, `register-${day}.csv`)
    assert.equal(lines.length, 5)
    assert.ok(lines[1]?.includes(`'=0`), lines[1])
    const found = await view<SearchView>('search', sick)
    assert.deepEqual([found.rows.length, found.next], [3, null])
    assert.ok(found.rows.every(({ text }) => text.includes('赵六')))
  })

  it('shows who is on call, and no address', async () => {
    const { view } = rig()
    const { rosters } = await view<RosterView>('roster')
    const [first, second] = rosters[0]?.duties ?? []
    assert.deepEqual(first?.people, [{ code: '1', name: '张三', channels: ['短信'] }])
    assert.ok(second?.gap)
    assert.ok(!JSON.stringify(rosters).includes('13800000000'))
  })

  it('lists calls by telephone', async () => {
    const { site, view } = rig()
    const call = {
      ...{
        calledAt: 1,
        caller: ACTS.person,
        called: ACTS.person,
        ExamNo: '00000001',
        SickNo: 'C0001',
      },
      ...{ finding: '胎盘早剥', isReadBack: true, note: '' },
    }
    const id = await site.ledger.run('notePhoneCall', { actor: site.actor, call, by: ACTS.person })
    const { alert } = await site.send()
    const { rows, candidates } = await view<PhoneCallsView>('phone-calls')
    assert.deepEqual([rows[0]?.text, rows[0]?.alert], ['胎盘早剥', null])
    assert.deepEqual(candidates[String(id)], [{ alert, ExamNo: '00000001' }])
    const masked = await view<PhoneCallsView>('phone-calls', {}, LOOKS)
    assert.deepEqual([masked.rows[0]?.text, masked.rows[0]?.SickNo], ['●●●●', '****01'])
  })
})
