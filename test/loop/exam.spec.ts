import assert from 'node:assert/strict'
import {
  arrive,
  cancelled,
  contentHandedOver,
  delivered,
  fedBack,
  hear,
  NEW_ALERT,
  released,
  saidBy,
  spokenOf,
  tell,
  type Alert,
  type Arriving,
  type Exam,
  type FlowFeedback,
  type KeptReport,
  type Report,
  type SentValue,
  type ToldDocument,
} from '../../src/loop/index.js'
import { alertOf, contentOf } from './exams.js'
import { report } from './reading-rig.js'

const AT = Date.UTC(2026, 0, 1, 12)

const examOf = (...alerts: readonly Alert[]): Exam => ({
  system: 'pacs',
  key: 'exam',
  alerts,
  told: alerts.map(({ id }) => ({ alert: id, parts: { received: {} } })),
})

const arriving = (change: Partial<Arriving> = {}): Arriving => ({
  crisis: { CrisisName: '胎盘早剥', SickNo: 'C1' },
  extra: [],
  flags: [],
  key: 'new key',
  content: 'new content',
  documentHash: 'new hash',
  finding: 'finding',
  setAt: '2026-01-01T11:00:00+08:00',
  ...change,
})

const come = (exam: Exam, change: Partial<Arriving> = {}) =>
  arrive(exam, arriving(change), { target: 'node', isReceiver: false, at: AT })

describe('an exam to which a critical value comes', () => {
  it('has one finding more, of which nothing is told that was told of closed ones', () => {
    const { exam } = come(examOf(alertOf(1, { stage: 'processed' })), { finding: 'another' })
    const [, added] = exam.alerts
    assert.deepEqual([added?.id, added?.stage, added?.openedAt], [NEW_ALERT, 'stored', AT])
    assert.deepEqual(exam.told, [{ alert: 1, parts: { received: {}, past: true } }])
  })

  it('keeps what was told of open ones', () => {
    const before = examOf(alertOf(1))
    assert.equal(come(before, { finding: 'another' }).exam.told, before.told)
  })

  it('has a corrected finding that nobody has acknowledged', () => {
    const { exam } = come(examOf(alertOf(1, { stage: 'received', receivedAt: AT - 1 })))
    const [alert] = exam.alerts
    assert.deepEqual(
      [alert?.revision, alert?.stage, alert?.receivedAt, alert?.keys, exam.told],
      [2, 'stored', null, ['k1', 'new key'], []],
    )
  })

  it('keeps its content and what was said of it when an earlier one comes later', () => {
    const before = examOf(alertOf(1, { stage: 'received', receivedAt: AT - 1, sickNo: '' }))
    const { exam, arrival } = come(before, { setAt: '2026-01-01T09:00:00+08:00' })
    const [alert] = exam.alerts
    assert.equal(arrival.kind, 'outOfOrder')
    assert.deepEqual(
      [alert?.revision, alert?.stage, alert?.sickNo, alert?.contents.length],
      [1, 'received', 'C1', 2],
    )
    assert.equal(exam.told, before.told)
  })

  it('is held as a whole when the patient is another one, without what people have cancelled', () => {
    const before = examOf(alertOf(1), alertOf(2, { stage: 'cancelled', finding: 'x' }))
    const { exam, others } = come(before, { crisis: { CrisisName: 'x', SickNo: 'C2' } })
    assert.deepEqual(
      others.map(({ id }) => id),
      [1],
    )
    assert.deepEqual(
      exam.alerts.map(({ hold }) => hold),
      ['wrongPatient', null],
    )
    assert.ok(released(exam).alerts.every(({ hold }) => hold === null))
  })

  it('counts a re-send, and nothing else changes', () => {
    const before = examOf(alertOf(1))
    const { exam } = come(before, { content: 'content 1' })
    assert.deepEqual(exam.alerts, [{ ...before.alerts[0], resent: 1, keys: ['k1', 'new key'] }])
  })
})

describe('a content that a flow hands over', () => {
  const contents = [contentOf(1, 'a'), { ...contentOf(2, 'b'), documentHash: 'core' }]
  const alerts = [alertOf(1, { contents })]
  const found = (content: string, documentHash: string, revision?: number) =>
    contentHandedOver(alerts, { key: 'k1', content, documentHash }, revision)?.revision
  it('is known by all that it says, or by its own elements where the flow names it', () => {
    assert.equal(found('a', '', 2), 1)
    assert.equal(found('c', 'core', 2), 2)
    assert.equal(found('c', 'core', 1), undefined)
    assert.equal(found('c', 'core'), undefined)
  })
})

const feedback: FlowFeedback = {
  key: 'k1',
  feedback: { CrisisReceiver: { code: '5', name: '医生' } },
  stage: 'received',
  receiveAt: '2026-01-01T12:00:00+08:00',
  processAt: null,
}

describe('an exam of which a flow tells', () => {
  for (const [what, exam, change, refused, alerts] of [
    ['takes it for the one that is named', examOf(alertOf(1), alertOf(2)), {}, null, [1]],
    [
      'takes it for all that it can mean',
      examOf(alertOf(1), alertOf(2)),
      { key: '' },
      null,
      [1, 2],
    ],
    ['takes it when it is not known', examOf(), {}, null, [0]],
    [
      'refuses it for one that is not its own',
      examOf(alertOf(1)),
      { key: 'x' },
      'unknownAlert',
      [],
    ],
    [
      'refuses it for one that is void',
      examOf(alertOf(1, { stage: 'cancelled' })),
      {},
      'cancelled',
      [],
    ],
    [
      'refuses it for a content that was corrected',
      examOf(alertOf(1)),
      { revision: 2 },
      'revised',
      [],
    ],
  ] as const) {
    it(what, () => {
      const told = tell(exam, { ...feedback, ...change }, AT)
      assert.deepEqual([told.refused, told.alerts], [refused, alerts])
    })
  }

  it('has come further, with what was said beside it', () => {
    const { exam, applied } = tell(examOf(alertOf(1)), feedback, AT)
    const [alert] = exam.alerts
    assert.deepEqual([alert?.stage, alert?.receivedAt, applied], ['received', AT, [1]])
    assert.deepEqual(exam.told[0]?.parts.received, feedback.feedback)
  })
})

describe('an exam whose feedback comes in', () => {
  it('changes nothing of what is void, and says so', () => {
    const exam = examOf(alertOf(1, { stage: 'cancelled' }))
    const spoken = spokenOf(exam.alerts, saidBy(feedback.feedback, feedback))
    const heard = hear(exam, spoken, 'received', AT)
    assert.deepEqual([heard.exam, heard.flags, heard.counts], [exam, ['afterCancel'], true])
  })

  it('says when it came before all findings', () => {
    const heard = hear(examOf(alertOf(1)), [], 'received', AT)
    assert.deepEqual([heard.flags, heard.counts], [['beforeAlerts'], false])
  })
})

describe('an exam of which a document was delivered', () => {
  const pending = (change: Partial<SentValue>): SentValue => ({
    id: 8,
    alert: 1,
    peer: 'pacs',
    ...change,
  })
  for (const [what, alert, waiting, stage] of [
    ['is notified', alertOf(1), [], 'notified'],
    ['is not while a correction is behind it', alertOf(1), [pending({})], 'stored'],
    ['is when that goes to another peer', alertOf(1), [pending({ peer: 'x' })], 'notified'],
    ['is not by an earlier content', alertOf(1, { revision: 2 }), [], 'stored'],
  ] as const) {
    it(what, () => {
      const one = { id: 7, alert: 1, peer: 'pacs', revision: 1 }
      assert.equal(delivered(examOf(alert), one, waiting, AT).alerts[0]?.stage, stage)
    })
  }

  const done = alertOf(1, { stage: 'processed', processedAt: AT })
  const told = {
    id: 7,
    state: 'done',
    at: AT,
    tellsProcess: true,
    isWithdrawn: false,
  } as const satisfies ToldDocument
  const other = { ...told, id: 8 }
  const reportIn = (outbox: number | null, change: Partial<Report> = {}): KeptReport => ({
    id: 9,
    peer: 'pacs',
    report: report(change),
    waits: null,
    outbox,
    isOver: outbox !== null,
  })
  for (const [what, alert, reports, documents, stage] of [
    ['is fed back', done, [], [told], 'fedBack'],
    ['is not by a reception', done, [], [{ ...told, tellsProcess: false }], 'processed'],
    ['is not by what has not arrived', done, [], [{ ...told, state: 'dead' }], 'processed'],
    [
      'is not of what was processed after',
      { ...done, processedAt: AT + 1 },
      [],
      [told],
      'processed',
    ],
    ['is not while a report waits', done, [reportIn(null)], [told], 'processed'],
    ['is when that is another one', done, [reportIn(null, { alerts: [2] })], [told], 'fedBack'],
    [
      'is not before a person decides',
      done,
      [reportIn(8)],
      [told, { ...other, state: 'dead' }],
      'processed',
    ],
    [
      'is once that is given up',
      done,
      [reportIn(8)],
      [told, { ...other, state: 'cancelled' }],
      'fedBack',
    ],
    [
      'is while what was withdrawn comes back',
      done,
      [reportIn(8)],
      [told, { ...other, state: 'leased', isWithdrawn: true }],
      'fedBack',
    ],
    [
      'is although an earlier content needs a person',
      done,
      [reportIn(8, { alerts: [], corrected: [1] })],
      [told, { ...other, state: 'dead' }],
      'fedBack',
    ],
  ] as const) {
    it(what, () => {
      assert.equal(fedBack(examOf(alert), { reports, documents }, AT).alerts[0]?.stage, stage)
    })
  }
})

describe('an alert that people cancel', () => {
  it('is no longer held, and nothing is told of it', () => {
    const before = examOf(alertOf(1, { hold: 'wrongPatient' }), alertOf(2))
    const exam = cancelled(before, before.alerts[0]!, AT)
    const [alert] = exam.alerts
    assert.deepEqual([alert?.stage, alert?.hold, alert?.cancelledAt], ['cancelled', null, AT])
    assert.deepEqual(
      exam.told.map((one) => one.alert),
      [2],
    )
  })
})
