import assert from 'node:assert/strict'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { closeStores } from '../../nodes/store/store.js'
import type {
  DeadLetter,
  HeldExam,
  ParkedDocument,
  Replayed,
  Trace,
} from '../../src/ledger/index.js'
import { body, escape, returning, succeeding, type Answer } from '../soap/remote-peer.js'
import { callWith, CRISIS, FEEDBACK, feedbackXml } from '../support/calls.js'
import { Flow, register } from '../support/flow.js'
import { DOWN, ExamFlow, PAIR, processed, received } from './exam-flow.js'

const TWO = { by: '张三', second: '李四', reason: '已核对腕带' }

const answering = (code: string, desc: string): Answer =>
  body(
    returning(
      `<return>${escape(`<response><code>${code}</code><desc>${desc}</desc></response>`)}</return>`,
    ),
  )

describe('what people decide', function () {
  this.timeout(20_000)
  let exam: ExamFlow

  beforeEach(async () => {
    exam = await ExamFlow.open()
  })

  afterEach(() => exam.close())

  it('lifts a hold: what was parked goes out as one document, and each message has its outcome', async () => {
    const [right, wrong] = await exam.holdTwo()
    await exam.tellHeld('received', received())
    await exam.tellHeld('processed', processed())
    assert.ok(exam.flow.statuses('out').includes('red held'))
    assert.equal(exam.flow.inbox('two').all[0]?.crisis?.outcome?.class, 'rejected')
    await exam.flow.settle()
    assert.equal(exam.remote.posts.length, 0)

    const [held, ...others] = await exam.ask<readonly HeldExam[]>('holds')
    assert.deepEqual(others, [])
    assert.deepEqual(
      held?.alerts.map(({ id, SickNo }) => [id, SickNo]),
      [
        [right, 'C0001'],
        [wrong, 'C0002'],
      ],
    )
    assert.equal(held?.waiting.length, 2)
    const parked = await exam.ask<readonly ParkedDocument[]>('parked')
    assert.deepEqual(
      parked.map(({ parked: why, peer: to, ExamNo }) => [why, to, ExamNo]),
      [1, 2].map(() => ['wrongPatient', 'peer', CRISIS.ExamNo]),
    )

    const lifted = await exam.ask<object>('lift', { id: right, ...TWO })
    assert.deepEqual(lifted, { alerts: [right, wrong], cancelled: null })
    const outcomes = [await exam.flow.inbox('one').next(), await exam.flow.inbox('one').next()]
    assert.deepEqual(exam.topics('one'), ['processed', 'received'])
    for (const msg of outcomes) assert.equal(msg.crisis?.outcome?.class, 'delivered')
    const [document, ...more] = exam.sent()
    assert.deepEqual(more, [])
    assert.equal(document?.CrisisReceiver?.name, '医生')
    assert.equal(document?.ProcessResult, FEEDBACK.ProcessResult)
    assert.deepEqual(await exam.ask('holds'), [])
    assert.deepEqual(await exam.ask('parked'), [])
    assert.doesNotMatch(exam.flow.everythingShown(), /张三|李四|腕带|C000|胎盘/)
  })

  it('refuses to lift a hold for one person, the same person twice, or no reason', async () => {
    const [id] = await exam.holdTwo()
    await exam.tellHeld('received', received())
    for (const [changes, code] of [
      [{ second: undefined }, 'REGISTER_PEOPLE'],
      [{ by: ' \u3000' }, 'REGISTER_PEOPLE'],
      [{ by: 'zhang', second: ' ＺＨＡＮＧ ' }, 'REGISTER_PEOPLE'],
      [{ by: 7, second: 8 }, 'REGISTER_PEOPLE'],
      [{ reason: ' ' }, 'REGISTER_REASON'],
      [{ id: undefined }, 'REGISTER_ID'],
      [{ id: 'unknown' }, 'REGISTER_NONE'],
      [{ alert: 'unknown' }, 'REGISTER_NONE'],
    ] as const) {
      assert.equal(
        await exam.refusal('lift', { id, ...TWO, ...changes }),
        code,
        JSON.stringify(changes),
      )
    }
    assert.equal(
      await exam.refusal('cancelAlert', { id, ...TWO, second: TWO.by }),
      'REGISTER_PEOPLE',
    )
    assert.equal(await exam.refusal('cancelAlert', { ...PAIR, ...TWO }), 'REGISTER_SEVERAL')
    assert.equal((await exam.ask<readonly HeldExam[]>('holds')).length, 1)
    await exam.flow.settle()
    assert.equal(exam.remote.posts.length, 0)
    assert.equal(exam.flow.inbox('liftFound').all.length, 0)
  })

  it('lifts a hold with the alert that was wrong: that is void, and the right one goes on', async () => {
    const [right, wrong] = await exam.holdTwo()
    await exam.tellHeld('right', received(), right)
    await exam.tellHeld('wrong', received('040009'), wrong)
    const lifted = await exam.ask<object>('lift', { ...PAIR, ...TWO, alert: wrong })
    assert.deepEqual(lifted, { alerts: [right], cancelled: wrong })

    const notice = await exam.came()
    assert.deepEqual([notice.crisis?.id, notice.crisis?.stage], [wrong, 'cancelled'])
    assert.ok(notice.crisis?.flags?.includes('cancelled'))
    assert.equal((notice.payload as { SickNo: string }).SickNo, 'C0002')
    assert.equal((await exam.flow.inbox('one').next())['topic'], 'right')
    const ended = await exam.flow.inbox('two').next()
    assert.deepEqual([ended['topic'], ended.crisis?.outcome?.code], ['wrong', 'FEEDBACK_CANCELLED'])
    assert.deepEqual(
      exam.sent().map(({ CrisisReceiver }) => CrisisReceiver?.code),
      ['040002'],
    )
  })

  it('cancels a critical value: its flows are told, and later feedback changes nothing', async () => {
    await exam.crisis()
    const { crisis: context } = await exam.came()
    const id = context!.id!
    const cancelled = await exam.ask<object>('cancelAlert', { id, ...TWO })
    assert.deepEqual(cancelled, { id, told: ['in'] })
    const notice = await exam.came()
    assert.deepEqual([notice.crisis?.id, notice.crisis?.flags?.at(-1)], [id, 'cancelled'])
    assert.deepEqual(await exam.ask('open'), [])
    assert.equal(await exam.refusal('cancelAlert', { id, ...TWO }), 'REGISTER_NONE')

    const { code } = await callWith(exam.url, 'SynCrisisResponseInfo', feedbackXml(''))
    assert.equal(code, '0')
    assert.ok((await exam.flow.inbox('told').next()).crisis?.flags?.includes('afterCancel'))
    exam.flow.send('out', { payload: received(), crisis: { id } })
    assert.equal((await exam.flow.inbox('two').next()).crisis?.outcome?.code, 'FEEDBACK_CANCELLED')
    assert.equal((await exam.flow.caught()).code, 'FEEDBACK_CANCELLED')

    const [trace] = await exam.ask<readonly Trace[]>('trace', { id })
    assert.equal(trace?.summary.stage, 'cancelled')
    const [decision] = trace!.decisions
    assert.deepEqual([decision?.by, decision?.reason], [TWO.by, TWO.reason])
    assert.doesNotMatch(JSON.stringify(trace?.audit), /张三|李四|腕带/)
    assert.equal(exam.remote.posts.length, 0)
  })

  it('cancels a critical value that is on its way: it is not sent again', async () => {
    exam.remote.answer = DOWN
    exam.flow.send('send', { payload: CRISIS, topic: 'mine' })
    await exam.flow.completed()
    while (exam.remote.posts.length === 0) await exam.flow.settle()
    const [alert] = await exam.ask<readonly { id: string }[]>('open')
    await exam.ask('cancelAlert', { id: alert!.id, ...TWO })
    const msg = await exam.flow.inbox('unsent').next()
    assert.deepEqual([msg['topic'], msg.crisis?.outcome?.code], ['mine', 'ALERT_CANCELLED'])
    const posts = exam.remote.posts.length
    exam.remote.answer = succeeding
    await exam.flow.hasten()
    await exam.flow.settle()
    assert.equal(exam.remote.posts.length, posts)
  })

  it('gives up a parked document, whose message then has its outcome', async () => {
    await exam.holdTwo()
    await exam.tellHeld('received', received())
    const [parked] = await exam.ask<readonly ParkedDocument[]>('parked')
    assert.equal(await exam.ask('cancel', { id: parked!.id, reason: '电话已告知' }), true)
    const msg = await exam.flow.inbox('two').next()
    assert.deepEqual([msg['topic'], msg.crisis?.outcome?.code], ['received', 'CANCELLED'])
    assert.deepEqual(await exam.ask('parked'), [])
  })

  for (const [name, answer] of [['ambiguous', answering('0', '保存失败')]] as const) {
    it(`sends again what ended ${name}`, async () => {
      exam.remote.answer = answer
      exam.flow.send('send', { payload: CRISIS, topic: 'kept' })
      assert.equal((await exam.flow.inbox('unsent').next()).crisis?.outcome?.class, name)
      const [dead, ...others] = await exam.ask<readonly DeadLetter[]>('dead')
      assert.deepEqual([dead?.class, dead?.state, others], [name, 'held', []])
      exam.remote.answer = succeeding
      const { documents } = await exam.ask<Replayed>('replay', { id: dead!.id })
      const [again] = documents
      const msg = await exam.flow.inbox('sent').next()
      assert.deepEqual([msg['topic'], msg.crisis?.outbox], ['kept', again])
      assert.deepEqual(await exam.ask('dead'), [])
    }).timeout(60_000)
  }

  it('finds an entry of the audit that was changed while nothing ran', async () => {
    await exam.crisis()
    await exam.came()
    assert.deepEqual((await exam.ask<{ broken: unknown }>('verify')).broken, [])
    await exam.flow.deploy([])
    await closeStores()
    const database = new DatabaseSync(path.join(exam.flow.folder, 'crisis', 'ledger.db'))
    const { changes } = database
      .prepare("update audit set detail = '{\"findings\":2}' where kind = 'stored'")
      .run()
    const [entry] = database.prepare("select chain, seq from audit where kind = 'stored'").all()
    database.close()
    assert.equal(changes, 1)
    await exam.flow.deploy(exam.nodes)
    const { broken } = await exam.ask<{ broken: readonly object[] }>('verify')
    assert.deepEqual(broken, [{ ...entry }])
  })
})

describe('a register whose store is gone', () => {
  let flow: Flow

  afterEach(() => flow.unload())

  it('says so, and answers nothing from another ledger', async () => {
    flow = await Flow.load([register('open', { store: 'gone' })])
    await flow.shows('register', 'badSetting')
    flow.send('register', { payload: {} })
    assert.equal((await flow.caught()).code, 'SETTING_MISSING')
    assert.equal(flow.inbox('found').all.length, 0)
  })
})
