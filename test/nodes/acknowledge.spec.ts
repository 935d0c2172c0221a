import assert from 'node:assert/strict'
import type { FlowMessage } from '../../nodes/face/index.js'
import { Runtime } from '../../nodes/face/index.js'
import { LINKS } from '../../nodes/acknowledge/index.js'
import { succeeding, TestPeer } from '../soap/remote-peer.js'
import { callWith, crisisXml } from '../support/calls.js'
import {
  acknowledge,
  channel,
  Flow,
  inNode,
  out,
  page,
  peer,
  plan,
  roster,
  service,
  step,
  watch,
  type FlowNode,
} from '../support/flow.js'
import { freePort } from '../support/node-red.js'
import { Visitor } from '../support/visitor.js'

const DOCTOR = { code: '040007', name: '李医生' }
const NURSE = { code: '040008', name: '王护士' }

/** What the PACS was told last. */
const documentOf = ({ posts }: TestPeer): string =>
  (posts.at(-1)?.body ?? '').replaceAll('&lt;', '<').replaceAll('&gt;', '>')

describe('a crisis acknowledge', function () {
  this.timeout(20_000)
  let flow: Flow
  let pacs: TestPeer
  let url: string
  let nodes: readonly FlowNode[]
  let base: string
  let exams = 0

  const setting = { hospital: '<市一院>', people: '040008 王护士' }
  before(async () => {
    pacs = await TestPeer.open()
    pacs.answer = succeeding
    const port = await freePort()
    url = `http://127.0.0.1:${port}/crisis`
    nodes = [
      service({ port: String(port) }),
      inNode({ wires: [['one']] }),
      plan({
        steps: [step('0', '值班医师'), step('60', '总值班', { until: 'processed', repeat: '10' })],
      }),
      watch(),
      peer({ address: `${pacs.origin}/pacs` }),
      out({ id: 'back', type: 'crisis feedback out', wires: [['sent'], ['unsent']] }),
      roster({
        channels: 'own',
        rows: [{ role: '病区护士', ...NURSE, addresses: { own: '13800000002' } }],
      }),
      acknowledge({
        ...setting,
        roster: 'roster',
        publicUrl: 'https://crisis.example/nr/',
        wires: [['back', 'counted'], ['other']],
      }),
      channel({ kind: 'flow', name: 'own' }),
      page({
        acknowledge: 'acknowledge',
        outputs: 3,
        wires: [['paged'], ['unpaged'], ['to send']],
      }),
    ]
    flow = await Flow.load(nodes)
    await flow.shows('in', 'listening')
    await flow.shows('watch', 'watching')
    base = `${await flow.httpNode()}/crisis/link`
  })
  after(async () => {
    await flow.unload()
    await pacs.close()
  })

  /** A critical value of an exam of its own, as it comes in. */
  const came = async (): Promise<FlowMessage> => {
    const ExamNo = `8000${++exams}`
    assert.equal((await callWith(url, 'SynCrisisInfo', crisisXml({ ExamNo }))).code, '0')
    return flow.inbox('one').next()
  }
  /** The next step that is due for it. */
  const due = async (about: FlowMessage): Promise<FlowMessage> => {
    const found = await flow.inbox('due').next()
    return found.crisis?.id === about.crisis?.id ? found : due(about)
  }
  const say = (about: FlowMessage, payload: unknown, person: object = DOCTOR): void =>
    flow.send('acknowledge', { payload, crisis: { ...about.crisis, person }, topic: 'kept' })
  const trace = async ({ crisis }: FlowMessage) => {
    const [found] = await flow.ledger((ledger) => ledger.run('trace', { id: crisis!.id! }))
    return found!
  }
  const stageOf = async (about: FlowMessage) => (await trace(about)).summary.stage
  const linkOf = async (about: FlowMessage, more: object = {}): Promise<Visitor> => {
    const { alert } = (await trace(about)).summary
    const link = { alert, revision: 1, step: 1, person: DOCTOR, expiresMs: 60_000, ...more }
    const token = await flow.ledger((ledger) => ledger.run('mintLink', link))
    return new Visitor(`${base}/${token}`)
  }

  it('takes a reply, has the reminders stop, and tells the PACS in two steps', async () => {
    const about = await due(await came())
    say(about, '１')
    const counted = await flow.inbox('counted').next()
    assert.deepEqual(
      [counted.topic, counted.crisis?.stage, counted.crisis?.flags],
      ['kept', 'received', []],
    )
    assert.equal((await flow.inbox('sent').next()).crisis?.outcome?.class, 'delivered')
    assert.match(documentOf(pacs), /<CrisisReceiver code="040007">李医生<.*<ProcessResult><\//)
    say(about, { action: '已处理', note: '手术', readBack: true }, NURSE)
    await flow.inbox('counted').next()
    await flow.inbox('sent').next()
    assert.match(
      documentOf(pacs),
      /<CrisisReceiver code="040007">李医生<.*<ProcessStaff code="040008">王护士<.*<ProcessResult>手术</,
    )
    assert.equal(await stageOf(about), 'fedBack')
    const { timers } = await flow.ledger(async (ledger) => ({
      timers: await ledger.run('dueTimers', { target: 'watch', limit: 9 }),
    }))
    assert.deepEqual([timers.alerts, timers.nextAt], [[], null])
  })

  it('tells of what does not count, and why; nothing is changed', async () => {
    const about = await came()
    const other = flow.inbox('other')
    for (const [payload, person, code, extra] of [
      ['没收到', DOCTOR, 'ACK_WORD', {}],
      ['1', {}, 'ACK_PERSON', {}],
      ['1', DOCTOR, 'ACK_UNKNOWN', { id: 'nobody' }],
      ['1', DOCTOR, 'ACK_UNKNOWN', { id: undefined }],
      ['1', DOCTOR, 'ACK_REVISED', { revision: 2 }],
      [{ action: 'passedOn' }, DOCTOR, 'ACK_TO', {}],
      [{ action: '1', time: '2026-01-01 10:00' }, DOCTOR, 'ACK_FIELD', {}],
      [{ action: '1', readBack: {} }, DOCTOR, 'ACK_FIELD', {}],
      ['1', DOCTOR, 'ACK_FIELD', { id: {} }],
      ['1', DOCTOR, 'ACK_FIELD', { revision: 'x' }],
      ['1', { code: [] }, 'ACK_FIELD', {}],
    ] as const) {
      say({ crisis: { ...about.crisis, ...extra } as never }, payload, person)
      const told = await other.next()
      assert.deepEqual([told.crisis?.acknowledged?.code, told.payload], [code, payload])
      assert.equal((await flow.caught()).code, code)
    }
    flow.send('acknowledge', { payload: '1', crisis: 'nonsense' })
    assert.equal((await other.next()).crisis?.acknowledged?.code, 'CONTEXT_INVALID')
    assert.equal((await flow.caught()).code, 'CONTEXT_INVALID')
    assert.equal(await stageOf(about), 'stored')
    say(about, 'received')
    await flow.inbox('counted').next()
    await flow.inbox('sent').next()
    say(about, 'received')
    assert.equal((await other.next()).crisis?.acknowledged?.code, 'ACK_KNOWN')
    await flow.settle()
    assert.equal(flow.inbox('caught').all.length, 12, 'of what was recorded before nobody is told')
  })

  it('takes a refusal and a passing on, which leave by the other output', async () => {
    const about = await due(await came())
    say(about, { action: 'passedOn', to: NURSE })
    const passed = await flow.inbox('other').next()
    assert.deepEqual(passed.crisis?.person, { ...NURSE, addresses: { own: '13800000002' } })
    assert.deepEqual(passed.crisis?.acknowledged?.to, NURSE)
    flow.send('page', passed)
    assert.deepEqual((await flow.inbox('to send').next()).to, '13800000002')
    assert.equal((passed.payload as { CrisisName: string }).CrisisName, '胎盘早剥')
    say(about, '3')
    const refused = await flow.inbox('other').next()
    assert.equal(refused.crisis?.acknowledged?.counted, true)
    assert.equal((await due(about)).crisis?.step?.number, 2)
    assert.equal(await stageOf(about), 'stored')
  })

  it('issues links at its public address', () => {
    const issuer = Runtime.of(flow.RED).config(LINKS, 'acknowledge')
    assert.equal(issuer?.url('x'), 'https://crisis.example/nr/crisis/link/x')
    assert.equal(issuer?.expiresMs, 24 * 3_600_000)
  })

  it('shows a link without acknowledging, and the critical value to its person only', async () => {
    const about = await came()
    const visit = await linkOf(about)
    for (const method of ['HEAD', 'GET']) {
      await visit.request({ method, headers: { 'Accept-Language': 'en-GB,en;q=0.9,zh;q=0.5' } })
      assert.equal(visit.status, 200)
      assert.equal(visit.html === '', method === 'HEAD')
    }
    assert.match(visit.html, /lang="en".*&#60;市一院&#62;.*First say who you are/s)
    const { headers } = visit
    assert.match(headers.get('content-security-policy')!, /^default-src 'none'; style-src 'sha256-/)
    assert.equal(headers.get('cache-control'), 'no-store')
    assert.equal(headers.get('referrer-policy'), 'no-referrer')
    assert.doesNotMatch(visit.html, /胎盘|C0001|加急|<script|src=|https?:/)
    await visit.submit({ step: 'who', typed: '诊断员' })
    assert.match(visit.html, /does not match this link. Tries left: 4/)
    assert.doesNotMatch(visit.html, /胎盘/)
    await visit.submit({ step: 'who', typed: DOCTOR.code })
    assert.match(visit.html, /胎盘早剥.*C0001.*read the value back/s)
    await visit.submit({ step: 'show', lang: 'zh' })
    assert.match(visit.html, /胎盘早剥.*已复述/s)
    assert.equal(await stageOf(about), 'stored')
  })

  it('records by a link once, tells the flow, and offers a link for the processing', async () => {
    const about = await came()
    const visit = await linkOf(about)
    const second = new Visitor(visit.url)
    for (const one of [visit, second]) {
      await one.request()
      await one.submit({ step: 'who', typed: DOCTOR.name })
    }
    await Promise.all(
      [visit, second].map((one) =>
        one.submit({ step: 'act', action: 'received', readBack: 'yes' }),
      ),
    )
    const [used, done] = [visit, second].toSorted((a, b) => b.status - a.status)
    assert.deepEqual([done?.status, used?.status], [200, 410])
    assert.match(used!.html, /只能使用一次.*已接收/s)
    const counted = await flow.inbox('counted').next()
    const { how, readBack, person } = counted.crisis!.acknowledged!
    assert.deepEqual([how, readBack, person], ['link', true, DOCTOR])
    await flow.inbox('sent').next()
    const next = /href="([\w-]{54})\?lang=zh"/.exec(done!.html)?.[1]
    const after = await new Visitor(`${base}/${next}`).request()
    await after.submit({ step: 'who', typed: DOCTOR.code })
    await after.submit({ step: 'act', action: 'processed', note: '<b>手术</b>' })
    assert.equal((await flow.inbox('counted').next()).crisis?.stage, 'processed')
    await flow.inbox('sent').next()
    assert.match(documentOf(pacs), /<ProcessResult>&amp;lt;b&amp;gt;手术/)
    assert.equal(await stageOf(about), 'fedBack')
    const { acknowledgements } = await trace(about)
    assert.deepEqual(
      acknowledgements.map(({ kind, how: by, step: called }) => [kind, by, called]),
      [
        ['received', 'link', 1],
        ['processed', 'link', null],
      ],
    )
  })

  it('is what a page leads to: its person answers by the link in it, and the ledger knows only its hash', async () => {
    const about = await due(await came())
    const person = { ...DOCTOR, addresses: { own: '13800000001' } }
    flow.send('page', { ...about, crisis: { ...about.crisis, person } })
    const sent = await flow.inbox('to send').next()
    const [address = '', token] =
      /https:\/\/crisis\.example\/nr\/crisis\/link\/([\w-]{54})/.exec(String(sent.payload)) ?? []
    assert.ok(address, String(sent.payload))
    flow.send('page', { ...sent })
    await flow.inbox('paged').next()
    const visit = await new Visitor(`${base}/${token}`).request()
    await visit.submit({ step: 'who', typed: DOCTOR.code })
    await visit.submit({ step: 'act', action: 'received', readBack: 'yes' })
    const counted = await flow.inbox('counted').next()
    assert.deepEqual(
      [counted.crisis?.acknowledged?.how, counted.crisis?.acknowledged?.person],
      ['link', DOCTOR],
    )
    assert.equal(await stageOf(about), 'received')
    assert.ok(!JSON.stringify(await trace(about)).includes(token!))
    await flow.inbox('sent').next()
  })

  it('answers links that cannot be used, and forms that are none of its pages', async () => {
    const about = await came()
    const open = await linkOf(about)
    const expired = await linkOf(about, { expiresMs: -1 })
    const forged = `${open.url.slice(0, -2)}${open.url.endsWith('AA') ? 'BA' : 'AA'}`
    const foreign = `${base}/AAAA${open.url.slice(base.length + 5)}`
    for (const [address, status, said] of [
      [expired.url, 410, /已过期/],
      [forged, 404, /链接无效/],
      [foreign, 404, /不是由本系统发出/],
      [base, 404, /链接无效/],
    ] as const) {
      for (const method of ['GET', 'POST']) {
        const { status: found, html } = await new Visitor(address).request({ method })
        assert.equal(found, status, address)
        assert.match(html, said)
      }
    }
    assert.equal((await open.request({ method: 'DELETE' })).status, 405)
    await open.request()
    const bodies = [
      new URLSearchParams({ step: 'act', action: 'received' }),
      new URLSearchParams({ step: 'who', typed: DOCTOR.code }),
      // The proof of the first page says who nobody is.
      new URLSearchParams({
        ...{ step: 'act', action: 'received', who: JSON.stringify([DOCTOR.code, DOCTOR.name]) },
        proof: open.hidden('proof'),
      }),
    ]
    for (const body of bodies) {
      const { status, html } = await new Visitor(open.url).request({ method: 'POST', body })
      assert.deepEqual([status, /页面已过期/.test(html)], [200, true])
      assert.doesNotMatch(html, /胎盘/)
    }
    const other = await open.submit(
      { step: 'who', typed: DOCTOR.code },
      { 'Sec-Fetch-Site': 'cross-site' },
    )
    assert.equal(other.status, 403)
    for (let n = 0; n < 6; n++) await new Visitor(forged).request()
    const flooded = await new Visitor(forged).request()
    assert.deepEqual([flooded.status, Number(flooded.headers.get('retry-after')) > 0], [429, true])
    assert.equal((await open.request()).status, 200, 'a right link always gets in')
    assert.equal(await stageOf(about), 'stored')
    const audited = (await trace(about)).audit.map(({ kind }) => kind)
    assert.equal(audited.filter((kind) => kind === 'linkRefused').length, 1, 'the expired one')
  })

  it('says that another person has taken over, and where it was corrected', async () => {
    const about = await came()
    const visit = await linkOf(about)
    const { ExamNo } = about.payload as { ExamNo: string }
    await visit.request()
    await visit.submit({ step: 'who', typed: '王护士' })
    assert.match(visit.html, /由您接手/)
    assert.equal(
      (await callWith(url, 'SynCrisisInfo', crisisXml({ ExamNo, CrisisMemo: '更正' }))).code,
      '0',
    )
    await flow.inbox('one').next()
    await visit.submit({ step: 'act', action: 'received' })
    assert.deepEqual([visit.status, /更正之前/.test(visit.html)], [409, true])
    await visit.request()
    await visit.submit({ step: 'who', typed: '王护士' })
    assert.doesNotMatch(visit.html, /name="action"/)
    assert.equal(await stageOf(about), 'stored')
  })

  it('hands out again what its flow may have lost, and keeps its page through a deploy', async () => {
    const about = await came()
    const visit = await linkOf(about)
    const only = nodes.map((node) =>
      node.id === 'acknowledge' ? { ...node, wires: [['counted'], ['other']] } : node,
    )
    await flow.deploy(only)
    await visit.request()
    await visit.submit({ step: 'who', typed: DOCTOR.code })
    await visit.submit({ step: 'act', action: 'received' })
    // With it come those of the tests before, which their flow may have lost too.
    const own = async (): Promise<FlowMessage> => {
      const found = await flow.inbox('counted').next()
      return found.crisis?.id === about.crisis?.id ? found : own()
    }
    assert.deepEqual((await own()).crisis?.flags, [])
    await flow.deploy(nodes)
    assert.deepEqual((await own()).crisis?.flags, ['redelivered'])
    await flow.settle()
    const { ExamNo } = about.payload as { ExamNo: string }
    assert.equal(pacs.posts.filter(({ body }) => body.includes(ExamNo)).length, 1)
  })

  it('warns of a public address that is not encrypted', async () => {
    await flow.deploy([acknowledge({ publicUrl: 'http://crisis.example' })])
    await flow.settle()
    assert.match(flow.everythingShown(), /so that nothing is encrypted/)
  })

  for (const [what, settings, said] of [
    ['a word for two acts', { words: [{ words: '1,1', action: 'received' }] }, /stands for more/],
    ['no address', { publicUrl: 'crisis.example' }, /public address of the link page/],
    ['a path that is none', { publicUrl: 'https://x.example', path: '/a b' }, /The path/],
    ['a zone that is none', { zone: 'Beijing time' }, /time zone/],
  ] as const) {
    it(`is red and records nothing with ${what}`, async () => {
      await flow.deploy([acknowledge(settings)])
      await flow.shows('acknowledge', 'badSetting')
      assert.match((await flow.caught()).message, said)
      flow.send('acknowledge', { payload: '1' })
      assert.match(String((await flow.inbox('other').next()).crisis?.acknowledged?.reason), said)
    })
  }
})
