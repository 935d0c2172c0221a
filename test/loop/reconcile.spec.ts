import assert from 'node:assert/strict'
import type { CrisisFeedback } from '../../src/messages/index.js'
import {
  saidBefore,
  stillHolding,
  reconcile,
  unasked,
  withdrawal,
  type Alert,
  type Exam,
  type KeptReport,
  type Report,
  type ReportDocument,
  type ToldParts,
} from '../../src/loop/index.js'
import { alertOf } from './exams.js'

const RECEIVED: CrisisFeedback = {
  CrisisReceiver: { code: '1', name: '甲' },
  CrisisReceiveDate: '2026-01-01',
  CrisisReceiveTime: '10:00:00',
}
const BY_ANOTHER: CrisisFeedback = { ...RECEIVED, CrisisReceiver: { code: '2', name: '乙' } }
const PROCESS: CrisisFeedback = {
  ProcessStaff: { code: '3', name: '丙' },
  ProcessDate: '2026-01-01',
  ProcessTime: '10:10:00',
  ProcessResult: '已处理',
}

const first = alertOf(1)
const second = alertOf(2, { finding: 'another' })
const at = (alert: Alert, stage: Alert['stage']): Alert => ({ ...alert, stage })

const exam = (alerts: readonly Alert[], ...told: readonly ToldParts[]): Exam => ({
  system: 'pacs',
  key: 'exam',
  alerts,
  told: told.map((parts, n) => ({ alert: n + 1, parts })),
})

const kept = (id: number, change: Partial<Report> = {}, row: Partial<KeptReport> = {}) => ({
  id,
  peer: 'pacs',
  waits: null,
  outbox: null,
  isOver: false,
  ...row,
  report: {
    feedback: RECEIVED,
    stage: 'received',
    alerts: [1],
    application: 'HIS',
    extra: [],
    omitEmpty: true,
    omitEmptyProcess: false,
    perAlert: false,
    combinedOnly: false,
    ...change,
  } as const satisfies Report,
})

const document = (
  id: number,
  says: CrisisFeedback | null,
  change: Partial<ReportDocument> = {},
) => ({
  id,
  peer: 'pacs',
  state: 'ready' as const,
  attempts: 0,
  at: 0,
  isBlocked: false,
  isWithdrawn: false,
  says,
  tellsProcess: says?.ProcessResult !== undefined,
  extra: [],
  ...change,
})

const processed = { stage: 'processed', feedback: { ...RECEIVED, ...PROCESS } } as const

describe('what waits, and for what (reading A19, A20, section 2)', () => {
  for (const [what, one, report, code] of [
    ['nothing when the exam has come as far', exam([at(first, 'received')]), kept(9), null],
    ['another finding', exam([at(first, 'received'), second]), kept(9), 'otherFinding'],
    [
      'no finding that it does not speak of, where each is told by itself',
      exam([at(first, 'received'), second]),
      kept(9, { perAlert: true }),
      null,
    ],
    [
      'the processing, where both are told together',
      exam([at(first, 'received')], { received: RECEIVED }),
      kept(9, { combinedOnly: true }),
      'process',
    ],
    [
      'two people, while the patient is in doubt',
      exam([{ ...at(first, 'received'), hold: 'wrongPatient' }]),
      kept(9),
      'wrongPatient',
    ],
    ['nothing of an exam that is not known', exam([]), kept(9, { alerts: [0] }), null],
  ] as const) {
    it(`is ${what}`, () => {
      const { sayings, waits } = reconcile(one, { reports: [report], documents: [] })
      assert.deepEqual(waits, code === null ? [] : [{ id: 9, code }])
      assert.equal(sayings.length, code === null ? 1 : 0)
    })
  }

  it('is noted once', () => {
    const reports = [kept(9, {}, { waits: 'otherFinding' })]
    const { waits } = reconcile(exam([at(first, 'received'), second]), { reports, documents: [] })
    assert.deepEqual(waits, [])
  })
})

describe('the documents that say what was told', () => {
  const received = exam([at(first, 'received')], { received: RECEIVED })
  const done = exam([at(first, 'processed')], { received: RECEIVED, processed: PROCESS })

  it('are one for all that is said by it, with the words of each part', () => {
    const reports = [kept(8), kept(9, processed)]
    const { sayings } = reconcile(done, { reports, documents: [] })
    assert.deepEqual(
      sayings.map(({ says, reports: said }) => [says, said]),
      [[{ ...RECEIVED, ...PROCESS }, [8, 9]]],
    )
  })

  it('are one for each peer', () => {
    const reports = [kept(8, {}, { peer: 'another' }), kept(9, processed)]
    const { sayings } = reconcile(done, { reports, documents: [] })
    assert.deepEqual(
      sayings.map(({ by }) => by.peer),
      ['another', 'pacs'],
    )
  })

  for (const [what, before, replaces] of [
    ['take the place of one that was not tried and says no more', document(5, RECEIVED), [5]],
    ['leave one that a peer may have seen', document(5, RECEIVED, { attempts: 1 }), []],
    ['leave one that is being sent', document(5, RECEIVED, { state: 'leased', attempts: 1 }), []],
    ['leave one that is held back', document(5, RECEIVED, { isBlocked: true }), []],
    ['leave one that says what they do not', document(5, BY_ANOTHER), []],
    ['leave one of another peer', document(5, RECEIVED, { peer: 'another' }), []],
    ['leave the words of a person', document(5, null), []],
    [
      'leave one with elements that a site has added',
      document(5, RECEIVED, { extra: [{ name: 'x' } as never] }),
      [],
    ],
  ] as const) {
    it(what, () => {
      const reports = [kept(8, {}, { outbox: 5 }), kept(9, processed)]
      const { sayings } = reconcile(done, { reports, documents: [before] })
      assert.deepEqual(sayings[0]?.replaces, replaces)
    })
  }

  it('say nothing of what has ended', () => {
    const reports = [kept(9, {}, { isOver: true })]
    assert.deepEqual(reconcile(received, { reports, documents: [] }), { sayings: [], waits: [] })
  })
})

describe('what is said again', () => {
  const both = exam([at(first, 'processed')], { received: RECEIVED, processed: PROCESS })
  const said = kept(8, processed, { outbox: 5, isOver: true })
  const less = kept(9, { feedback: BY_ANOTHER, alerts: [2] }, { outbox: 6, isOver: true })
  const documents = [
    document(5, { ...RECEIVED, ...PROCESS }, { state: 'done' }),
    document(6, BY_ANOTHER, { state: 'done' }),
  ]

  it('is what the peer was told less of last', () => {
    const again = unasked(both, { reports: [said, less], documents })
    assert.deepEqual([again?.id, again?.report.alerts], [8, [1]])
  })

  it('is nothing when it was told all, or something waits, or people have to decide', () => {
    const own = { reports: [said], documents: documents.slice(0, 1) }
    assert.equal(unasked(both, own), null)
    const waiting = { reports: [said, less, kept(10)], documents }
    assert.equal(unasked(both, waiting), null)
    const held = { ...both, alerts: both.alerts.map((one) => ({ ...one, hold: 'wrongPatient' })) }
    assert.equal(unasked(held, { reports: [said, less], documents }), null)
  })

  it('is the reception, while only the processing waits', () => {
    const half = exam([at(first, 'processed'), at(second, 'received')], {
      received: RECEIVED,
      processed: PROCESS,
    })
    const waiting = kept(8, processed)
    const step = unasked(half, { reports: [waiting], documents: [] })
    assert.deepEqual([step?.id, step?.report.stage], [8, 'received'])
    const told = {
      reports: [kept(7, {}, { outbox: 5 }), waiting],
      documents: [document(5, RECEIVED)],
    }
    assert.equal(unasked(half, told), null, 'it is told already')
    assert.equal(unasked(exam([at(first, 'processed'), second]), told), null, 'nobody has it')
    const reports = [kept(8, { ...processed, combinedOnly: true })]
    assert.equal(unasked(half, { reports, documents: [] }), null, 'combined only')
  })

  it('is nothing of what was forgotten', () => {
    assert.equal(unasked(exam([first]), { reports: [said, less], documents }), null)
  })
})

describe('an alert that is no longer what was told of', () => {
  const own = kept(8, {}, { outbox: 5 })
  const shared = kept(9, { alerts: [1, 2] }, { outbox: 5 })

  it('ends what waits for it alone, and leaves the rest to the others', () => {
    const reports = [kept(8), kept(9, { alerts: [1, 2] }), kept(10, { alerts: [2] })]
    const { ended, kept: rest } = withdrawal({ reports, documents: [] }, 1, false)
    assert.deepEqual(ended, [8])
    assert.deepEqual(
      rest.map(({ id, report }) => [id, report.alerts]),
      [[9, [2]]],
    )
  })

  it('leaves what is on its way when it was only corrected, and says nothing anew of it', () => {
    for (const state of ['ready', 'leased', 'dead'] as const) {
      const documents = [document(5, RECEIVED, { state })]
      const { kept: rest, ...found } = withdrawal({ reports: [own], documents }, 1, false)
      assert.deepEqual(found, { ended: [], dissolved: [], stopped: [] })
      const [report] = rest.map((one) => one.report)
      assert.deepEqual([report?.alerts, report?.corrected], [[], [1]])
    }
  })

  it('ends what was corrected in one part when the other part is void', () => {
    const before = kept(9, { alerts: [1], corrected: [2] }, { outbox: 5 })
    const one = document(5, RECEIVED)
    const found = withdrawal({ reports: [before], documents: [one] }, 1, true)
    assert.deepEqual([found.ended, found.dissolved], [[9], [5]])
    const seen = { ...one, attempts: 1 }
    assert.deepEqual(withdrawal({ reports: [before], documents: [seen] }, 1, true).stopped, [5])
  })

  it('writes anew what speaks of others, because it may repeat what was said of the void one', () => {
    const others = kept(9, { alerts: [2] }, { outbox: 5 })
    const found = withdrawal({ reports: [others], documents: [document(5, RECEIVED)] }, 1, true)
    assert.deepEqual(found, { ended: [], kept: [others], dissolved: [5], stopped: [] })
  })

  it('is not looked for in what was withdrawn from the wire already', () => {
    const documents = [document(5, RECEIVED, { isBlocked: true, isWithdrawn: true })]
    const found = withdrawal({ reports: [own], documents }, 1, true)
    assert.deepEqual(found, { ended: [], kept: [], dissolved: [], stopped: [] })
  })

  for (const [what, reports, one, wanted] of [
    ['takes apart what was not tried', [own, shared], document(5, RECEIVED), [[8], [9], [5], []]],
    [
      'takes apart what is held back',
      [own, shared],
      document(5, RECEIVED, { isBlocked: true }),
      [[8], [9], [5], []],
    ],
    [
      'lets what was tried go on for others',
      [own, shared],
      document(5, RECEIVED, { attempts: 1 }),
      [[], [8, 9], [], []],
    ],
    [
      'ends what was tried for it alone',
      [own],
      document(5, RECEIVED, { attempts: 1 }),
      [[], [], [], [5]],
    ],
    [
      'ends a dead letter of it alone',
      [own],
      document(5, RECEIVED, { state: 'dead', attempts: 1 }),
      [[], [], [], [5]],
    ],
    [
      'leaves what was delivered',
      [own],
      document(5, RECEIVED, { state: 'done', attempts: 1 }),
      [[], [], [], []],
    ],
  ] as const) {
    it(`of another patient ${what}`, () => {
      const {
        ended,
        kept: rest,
        dissolved,
        stopped,
      } = withdrawal({ reports, documents: [one] }, 1, true)
      assert.deepEqual([ended, rest.map(({ id }) => id), dissolved, stopped], wanted)
    })
  }
})

describe('what a flow says again', () => {
  const own = { feedback: RECEIVED, about: { key: 'k1' }, extra: [] }
  const before = (change: Partial<Report> = {}, row: Partial<KeptReport> = {}) =>
    saidBefore([kept(5, { ...own, ...change }, row)], [document(9, RECEIVED)], own)?.id
  for (const [rule, actual, right] of [
    ['is known while it waits', before(), 5],
    ['and while its document is ready', before({}, { outbox: 9 }), 5],
    [
      'or delivered',
      saidBefore([kept(5, own, { outbox: 9 })], [document(9, RECEIVED, { state: 'done' })], own)
        ?.id,
      5,
    ],
    [
      'not when that needs a person',
      saidBefore([kept(5, own, { outbox: 9 })], [document(9, RECEIVED, { state: 'dead' })], own)
        ?.id,
      undefined,
    ],
    ['not when it has ended', before({}, { isOver: true }), undefined],
    ['not of another alert', before({ about: { key: 'k2' } }), undefined],
    ['not of another revision', before({ about: { key: 'k1', revision: 2 } }), undefined],
    ['not in other words', before({ feedback: BY_ANOTHER }), undefined],
  ] as const) {
    it(rule, () => assert.equal(actual, right))
  }
})

describe('a dead letter of feedback', () => {
  it('is said again as far as it holds, with what is kept of its alerts', () => {
    const two = exam([first, second], { received: RECEIVED })
    const [only, ...others] = stillHolding(two, [
      kept(5, { alerts: [1, 2] }),
      kept(6, { alerts: [2] }),
    ])
    assert.deepEqual([only?.id, only?.report.alerts, only?.report.isRetold], [5, [1], true])
    assert.equal(others.length, 0)
  })
})
