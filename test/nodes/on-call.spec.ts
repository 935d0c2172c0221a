import assert from 'node:assert/strict'
import { rmSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import helper from 'node-red-node-test-helper'
import { Runtime, type FlowMessage } from '../../nodes/face/index.js'
import { isLateAnswer } from '../../nodes/handout/index.js'
import { ROSTER } from '../../nodes/roster/index.js'
import { useStore } from '../../nodes/store/index.js'
import { encodeText } from '../../src/messages/index.js'
import { callWith, crisisXml, feedbackXml } from '../support/calls.js'
import {
  Flow,
  inNode,
  out,
  peer,
  plan,
  roster,
  service,
  step,
  watch,
  type Settings,
} from '../support/flow.js'
import { freePort } from '../support/node-red.js'
import { catalogueOf, LANGUAGES } from './editor-half.js'

const duty = (role: string, name: string, sms = '', more: Settings = {}): object => ({
  ...{ role, department: '', shift: '', days: '', code: '', name, addresses: { sms, wecom: '' } },
  ...more,
})

const HEADINGS = '角色,科室,姓名,sms'

/** A file of a roster, as WPS saves it; written some seconds ago, so that it counts as whole. */
function writeTable(folder: string, secondsAgo: number, ...rows: readonly string[]): void {
  const file = join(folder, 'roster.csv')
  writeFileSync(file, encodeText([HEADINGS, ...rows].join('\r\n'), 'GBK'))
  const at = new Date(Date.now() - secondsAgo * 1000)
  utimesSync(file, at, at)
}

describe('a crisis watch with a roster', () => {
  let flow: Flow
  let url: string

  before(async () => {
    const port = await freePort()
    url = `http://127.0.0.1:${port}/crisis`
    const last = step('120', '总值班', { until: 'processed', repeat: '10' })
    flow = await Flow.load(
      [
        service({ port: String(port) }),
        inNode({ wires: [[]] }),
        inNode({ id: 'in2', type: 'crisis feedback in', wires: [[]] }),
        peer({ address: 'http://127.0.0.1:9/' }),
        out({ wires: [[], []] }),
        plan({
          steps: [step('0', '护士'), step('60', '值班医师', { channels: 'wecom, sms' }), last],
        }),
        plan({ id: 'quick', steps: [step('0', '值班医师'), last] }),
        roster({
          rows: [
            duty('值班医师', '甲', '', { department: '产科' }),
            duty('值班医师', '乙', '13800000002', { department: '产科' }),
            duty('总值班', '丙', '13800000003'),
          ],
        }),
        roster({ id: 'file', source: 'file', file: 'roster.csv' }),
        watch({ roster: 'roster', rows: [OBSTETRICS], wires: [['due'], []] }),
        watch({
          ...{ id: 'asking', plan: 'quick', roster: 'roster', ask: true, askSeconds: '1' },
          ...{ rows: [OBSTETRICS], wires: [['asked'], []] },
        }),
        watch({ id: 'fromFile', plan: 'quick', roster: 'file', wires: [['filed'], []] }),
        watch({ id: 'lost', plan: 'quick', roster: 'gone', wires: [['lone'], []] }),
      ],
      { prepare: (folder) => writeTable(folder, 60, '值班医师,,丁,13800000004') },
    )
    await flow.shows('in', 'listening')
  })

  after(() => flow.unload())

  const crisis = async (ExamNo: string): Promise<void> => {
    const { code } = await callWith(url, 'SynCrisisInfo', crisisXml({ ExamNo, ApplyNo: ExamNo }))
    assert.equal(code, '0')
  }
  const next = async (inbox: string): Promise<NonNullable<FlowMessage['crisis']>> =>
    (await flow.inbox(inbox).next()).crisis!
  /** What Catch nodes were told of a node, by a code. */
  const told = (id: string, code: string): readonly string[] =>
    flow
      .inbox('caught')
      .all.map(({ error }) => error as { source: { id: string }; code: string; message: string })
      .filter(({ source, code: one }) => source.id === id && one === code)
      .map(({ message }) => message)

  it('tells a day before who cannot be called, and not at night (oncall #1326)', async () => {
    await flow.shows('watch', 'watching')
    const gaps = told('watch', 'ROSTER_GAP')
    assert.equal(gaps.length, 2, gaps.join('\n'))
    assert.match(gaps.join('\n'), /for 护士 nobody can be called from .* no such role/)
    assert.match(gaps.join('\n'), /甲 has no address at all/)
  })

  it('passes over at once a step that resolves to nobody, and tells (goalert #4548)', async () => {
    const at = Date.now()
    await crisis('1')
    await crisis('acknowledged')
    const { step: due, person, passed, flags } = await next('due')
    assert.ok(Date.now() - at < 5_000, 'nobody waits out the delay')
    assert.deepEqual(person, { code: '', name: '乙', addresses: { sms: '13800000002' } })
    assert.deepEqual([due?.number, due?.channels, flags], [2, ['sms'], []])
    assert.deepEqual(
      passed?.map(({ step: number, code, person: who }) => [number, code, who?.name]),
      [
        [1, 'roleUnknown', undefined],
        [2, 'noAddress', '甲'],
      ],
    )
    assert.match(told('watch', 'ROSTER_GAP').at(-1)!, /for 护士 · 产科 .* passed over/)
    const { messages = 0 } =
      (await flow.ledger((ledger) => ledger.run('handoutsByNode', undefined))).find(
        ({ node }) => node === 'watch',
      ) ?? {}
    assert.equal(messages, 2, 'the step that was passed over is owed to nobody')
  })

  it('asks the flow who is called, and takes its answer', async () => {
    const asked = await next('asked')
    await next('asked')
    const exam = { ExamNo: 'acknowledged', ApplyNo: 'acknowledged' }
    await callWith(url, 'SynCrisisResponseInfo', feedbackXml('', exam))
    assert.deepEqual([asked.ask, asked.person], [true, undefined])
    const person = { code: '9', name: '戊', addresses: { sms: '139' } }
    flow.send('out', { ...flow.inbox('asked').all[0], crisis: { ...asked, person } })
  })

  it('calls the person of the table when the flow does not answer in time', async () => {
    // What the next scene is about happens meanwhile.
    writeTable(flow.folder, 50, '值班医师,,己,13800000005', ',,庚,13800000006')
    await crisis('2')
    const asked = await next('asked')
    const fallback = await next('asked')
    // Neither the one that was answered comes again, nor the one that somebody has processed.
    assert.equal(fallback.id, asked.id)
    assert.deepEqual([fallback.ask, fallback.person?.name], [undefined, '乙'])
    assert.deepEqual(fallback.flags, ['rosterFallback'])
    assert.equal(flow.inbox('asked').all.length, 4)
    const { store, release } = useStore(Runtime.of(flow.RED), '')
    await release()
    assert.deepEqual([isLateAnswer(store, asked), isLateAnswer(store, fallback)], [true, false])
  })

  it('goes on with the last good file while the one that is there is wrong', async () => {
    const called = async (): Promise<string | undefined> => (await next('filed')).person?.name
    for (let exam = 0; exam < 3; exam++) assert.equal(await called(), '丁')
    const [wrong] = told('file', 'ROSTER_INVALID')
    assert.match(wrong!, /Row 3, column 角色: the role is blank/)
    writeTable(flow.folder, 40, '值班医师,,己,13800000005')
    await crisis('3')
    assert.equal(await called(), '己')
    assert.equal(told('file', 'ROSTER_INVALID').length, 1)
    rmSync(join(flow.folder, 'roster.csv'))
    const saved = Runtime.of(flow.RED).config(ROSTER, 'file')!
    for (let use = 0; use < 2; use++) {
      assert.equal((await saved.current()).duties[0]?.person.name, '己')
    }
    await flow.settle()
    assert.match(told('file', 'ROSTER_FILE').join('\n'), /^.*\(ENOENT\).*$/, 'told once')
  })

  it('is red without its roster, and reminds all the same', async () => {
    assert.equal(flow.status('lost'), 'red noRoster')
    const { step: due, person } = await next('lone')
    assert.deepEqual([due?.role, person], ['值班医师', undefined])
    assert.match(told('lost', 'SETTING_MISSING')[0]!, /roster that was chosen was deleted/)
  })

  it('says in the dialog what is wrong, who is silent, and when nobody is there', async () => {
    const ask = async (path: string, question: object): Promise<Answer> =>
      (await helper.request().post(`/hospital-flows-crisis/${path}`).send(question)).body as Answer
    const rows = [
      { role: '值班医师', name: '甲', code: '01', addresses: {} },
      { role: '总值班', shift: '日班', name: '丙', addresses: { sms: '0138' } },
    ]
    const steps = [{ role: '总值班', channels: '' }]
    const question = { zone: '+08:00', channels: 'sms', shifts: '日班 08:00-08:00', rows, steps }
    const { faults, week } = await ask('roster-check', question)
    assert.deepEqual([faults, week?.silent], [[], ['甲 01']])
    assert.deepEqual(
      week?.roles.map(({ role, people, holes }) => [role, people, holes]),
      [['总值班', ['丙'], []]],
    )
    for (const language of LANGUAGES) {
      const shifts = catalogueOf('crisis-roster', language).get('crisis-roster.ready.shifts')
      const ready = { ...question, shifts, rows: rows.slice(0, 1) }
      assert.deepEqual((await ask('roster-check', ready)).faults, [], language)
    }
    const bad = { ...question, shifts: '日班 8', holidays: '国庆' }
    assert.deepEqual(
      (await ask('roster-check', bad)).faults.map(({ column, typed }) => [column, typed]),
      [
        ['shifts', '日班 8'],
        ['holidays', '国庆'],
      ],
    )
    const { csv = '' } = await ask('roster-csv', { ...question, language: 'zh' })
    const bytes = Buffer.from(csv).toString('base64')
    const loaded = await ask('roster-check', { ...question, rows: [], bytes })
    assert.deepEqual(
      loaded.rows?.map(({ name, shift, addresses }) => [name, shift, addresses['sms']?.trim()]),
      [
        ['甲', '', ''],
        ['丙', '日班', '0138'],
      ],
    )
    const cut = await ask('roster-check', { ...question, rows: [], csv: '角色,姓名,tel\n护士,,1' })
    assert.deepEqual(
      [cut.rows, cut.faults.map(({ row, column }) => [row, column])],
      [undefined, [[1, 'tel']]],
    )
  })
})

const OBSTETRICS = { codes: '1', types: '', names: '', department: '产科', plan: '' }

interface Answer {
  readonly faults: readonly { row: number | null; column: string; typed: string }[]
  readonly week: {
    readonly silent: readonly string[]
    readonly roles: readonly { role: string; people: string[]; holes: object[] }[]
  } | null
  readonly rows?: readonly { name: string; shift: string; addresses: Record<string, string> }[]
  readonly csv?: string
}
