import assert from 'node:assert/strict'
import {
  ACT_KINDS,
  actIn,
  afterRefusal,
  fire,
  tell,
  timerOf,
  weigh,
  wordTwice,
  type Act,
  type ActWords,
  type Alert,
  type EarlierAct,
  type Exam,
  type WeighBy,
} from '../../src/loop/index.js'
import { alertOf } from './exams.js'
import { last, MINUTE, PLAN, planOf, revisedAt, step } from './plan-rig.js'

const AT = Date.UTC(2026, 0, 5, 12)
const DOCTOR = { code: '040002', name: '李医生' }
const NURSE = { code: '040003', name: '王护士' }
const SETTOR = { code: '040001', name: '诊断员' }

const alert = (change: Partial<Alert> = {}): Alert =>
  alertOf(1, {
    setAt: '2026-01-05T19:50:00+08:00',
    openedAt: AT - 10 * MINUTE,
    crisis: { ExamNo: '00000001', ApplyNo: '00000002', CrisisSettor: SETTOR },
    milestones: [{ stage: 'stored', at: AT - 10 * MINUTE, saidAt: null, code: '', name: '' }],
    ...change,
  })

const act = (change: Partial<Act> = {}): Act => ({
  kind: 'received',
  person: DOCTOR,
  role: '',
  at: AT,
  how: 'reply',
  readBack: null,
  note: '',
  to: null,
  ...change,
})

const by = (change: Partial<WeighBy> = {}): WeighBy => ({
  system: null,
  zone: '+08:00',
  result: '已处理',
  earlier: [],
  at: AT,
  ...change,
})

const examOf = (...alerts: readonly Alert[]): Exam => ({
  system: 'pacs',
  key: 'x',
  alerts,
  told: [],
})

const earlier = (change: Partial<Act> = {}, minutesAgo = 1): EarlierAct => ({
  ...act(change),
  countedAt: AT - minutesAgo * MINUTE,
})

/** The alert after acts, each a minute after the one before. */
function afterActs(...acts: readonly Partial<Act>[]): { exam: Exam; earlier: EarlierAct[] } {
  let exam = examOf(alert())
  const done: EarlierAct[] = []
  for (const [n, change] of acts.entries()) {
    const at = AT - (acts.length - n) * MINUTE
    const one = act({ at, ...change })
    const weighed = weigh(exam, 1, one, by({ at, earlier: done }))
    if (!weighed.counts) throw new Error(weighed.why)
    exam = weighed.exam
    done.push({ ...one, countedAt: at })
  }
  return { exam, earlier: done }
}

const held = { hold: 'wrongPatient' }

describe('an act of a person that does not count', () => {
  for (const [why, exam, change, more] of [
    ['unknownAlert', examOf(), {}, {}],
    ['otherSystem', examOf(alert()), {}, { system: 'other' }],
    ['cancelled', examOf(alert({ stage: 'cancelled' })), {}, {}],
    ['personMissing', examOf(alert()), { person: { code: ' ', name: '' } }, {}],
    ['nobodyNamed', examOf(alert()), { kind: 'passedOn' }, {}],
    ['nobodyNamed', examOf(alert()), { kind: 'passedOn', to: DOCTOR }, {}],
    ['revised', examOf(revisedAt(alert(), 2, AT)), { revision: 1 }, {}],
    ['revised', examOf(revisedAt(alert(), 2, AT)), { at: AT - 6 * MINUTE }, {}],
    ['closed', examOf(alert({ stage: 'processed' })), {}, {}],
    ['closed', examOf(alert({ stage: 'fedBack' })), { kind: 'refused' }, {}],
    ['closed', examOf(alert({ stage: 'processed' })), { kind: 'passedOn', to: NURSE }, {}],
    ['known', examOf(alert()), { kind: 'refused' }, { earlier: [earlier({ kind: 'refused' })] }],
  ] as const satisfies readonly (readonly [string, Exam, Partial<Act>, Partial<WeighBy>])[]) {
    it(`${why}: ${change && 'kind' in change ? change.kind : 'received'}`, () => {
      assert.deepEqual(weigh(exam, 1, act(change), by(more)), { counts: false, why })
    })
  }

  it('known: the same person receives, or processes with the same result, once more', () => {
    const received = afterActs({})
    assert.deepEqual(weigh(received.exam, 1, act(), by(received)), { counts: false, why: 'known' })
    const done = { kind: 'processed', note: '手术' } as const
    const processed = afterActs({}, done)
    const again = weigh(processed.exam, 1, act(done), by(processed))
    assert.deepEqual(again, { counts: false, why: 'known' })
  })
})

describe('an act of a person that counts', () => {
  const flagsOf = (exam: Exam, change: Partial<Act>, more: Partial<WeighBy> = {}) => {
    const weighed = weigh(exam, 1, act(change), by(more))
    assert.ok(weighed.counts)
    return weighed.flags
  }

  const first = afterActs({})
  const processed = afterActs({}, { kind: 'processed', note: '手术' })
  for (const [what, exam, change, more, flags] of [
    ['plain', examOf(alert()), {}, {}, []],
    ['of the PACS that is asked for', examOf(alert()), {}, { system: 'pacs' }, []],
    ['held: possibly of another patient', examOf(alert(held)), {}, {}, ['possibleWrongPatient']],
    ['before it was set', examOf(alert()), { at: AT - 16 * MINUTE }, {}, ['clockSkew']],
    ['in the future', examOf(alert()), { at: AT + 6 * MINUTE }, {}, ['clockSkew']],
    ['the same person on both ends', examOf(alert()), { person: SETTOR }, {}, ['selfAck']],
    ['another receiver', first.exam, { person: NURSE }, first, ['otherReceiver']],
    [
      'processed before received',
      examOf(alert()),
      { kind: 'processed' },
      {},
      ['processWithoutReceive'],
    ],
    ['processed after received', first.exam, { kind: 'processed' }, first, []],
    [
      'another result',
      processed.exam,
      { kind: 'processed', note: '观察', person: NURSE },
      processed,
      ['processedAgain'],
    ],
    ['refused after received', first.exam, { kind: 'refused' }, first, ['otherAnswer']],
    ['of the present content', examOf(revisedAt(alert(), 2, AT)), { revision: 2 }, {}, []],
  ] as const satisfies readonly (readonly [
    string,
    Exam,
    Partial<Act>,
    Partial<WeighBy>,
    readonly string[],
  ])[]) {
    it(`${what}: ${flags.join(' ') || 'no flag'}`, () => {
      assert.deepEqual(flagsOf(exam, change, { ...more, at: AT }), flags)
    })
  }

  it('keeps a second, different answer beside the first', () => {
    const weighed = weigh(
      processed.exam,
      1,
      act({ kind: 'processed', note: '观察', person: NURSE }),
      by(processed),
    )
    assert.ok(weighed.counts)
    const { milestones } = weighed.exam.alerts[0]!
    assert.deepEqual(
      milestones.map(({ stage, code }) => `${stage} ${code}`),
      ['stored ', 'received 040002', 'processed 040002', 'processed 040003'],
    )
  })

  it('makes a feedback in two steps, the second with what the first has said', () => {
    const one = weigh(examOf(alert()), 1, act(), by())
    assert.ok(one.counts)
    const RECEIVED = {
      ExamNo: '00000001',
      ApplyNo: '00000002',
      CrisisReceiver: DOCTOR,
      CrisisReceiveDate: '2026-01-05',
      CrisisReceiveTime: '20:00:00',
    }
    assert.deepEqual(one.feedback, RECEIVED)
    const at = AT + 7 * MINUTE
    const two = weigh(one.exam, 1, act({ kind: 'processed', person: NURSE, at }), by({ at }))
    assert.ok(two.counts)
    assert.deepEqual(two.feedback, {
      ...RECEIVED,
      ProcessStaff: NURSE,
      ProcessDate: '2026-01-05',
      ProcessTime: '20:07:00',
      ProcessResult: '已处理',
    })
    assert.deepEqual(
      two.exam.alerts.map(({ stage, receivedAt, processedAt }) => [stage, receivedAt, processedAt]),
      [['processed', AT, at]],
    )
  })

  it('is told to the PACS as what is known already, and not as said twice', () => {
    const { exam } = processed
    const feedback = {
      ExamNo: '00000001',
      ProcessStaff: DOCTOR,
      ProcessResult: '手术',
    }
    const { milestones } = exam.alerts[0]!
    const [, , { saidAt } = { saidAt: null }] = milestones
    const told = tell(
      exam,
      { key: 'k1', feedback, stage: 'processed', receiveAt: null, processAt: saidAt },
      AT,
    )
    assert.deepEqual([told.refused, told.applied, told.flags], [null, [], []])
    assert.equal(told.exam.alerts[0]?.milestones.length, milestones.length)
  })

  it('refuses and passes on without bringing the alert further, and has no feedback', () => {
    for (const change of [{ kind: 'refused' }, { kind: 'passedOn', to: NURSE }] as const) {
      const exam = examOf(alert())
      const weighed = weigh(exam, 1, act(change), by())
      assert.ok(weighed.counts)
      assert.equal(weighed.exam, exam)
      assert.equal(weighed.feedback, null)
    }
  })

  it('counts for an alert whose plan has moved on a step meanwhile (goalert #2775)', () => {
    const exam = examOf(alert())
    const { timer } = fire(exam.alerts[0]!, PLAN, null, AT + 5 * MINUTE)
    assert.ok(timer && timer.level === 3)
    const weighed = weigh(exam, 1, act({ step: 1, revision: 1 }), by())
    assert.ok(weighed.counts)
    const next = timerOf(weighed.exam.alerts[0]!, PLAN, timer)
    assert.equal(next?.step, 3, 'only the step that asks for the processing is left')
  })
})

describe('a refusal', () => {
  const plan = planOf([step(0), step(10), last(30)])
  const fired = (minutes: number) => {
    const { timer } = fire(alert(), plan, null, AT - 10 * MINUTE + minutes * MINUTE)
    assert.ok(timer)
    return timer
  }

  it('makes the next step due at once', () => {
    const timer = fired(0)
    const next = afterRefusal(alert(), plan, timer, 1, AT - 9 * MINUTE)
    assert.deepEqual([next?.step, next?.dueAt], [1, AT - 9 * MINUTE])
  })

  it('changes nothing before a step has fired, after its step, and behind the last one', () => {
    const waiting = timerOf(alert(), planOf([step(5), last(30)]), null)!
    assert.equal(afterRefusal(alert(), plan, waiting, undefined, AT), waiting)
    const second = fired(10)
    assert.equal(afterRefusal(alert(), plan, second, 1, AT), second)
    const third = fired(30)
    assert.deepEqual(afterRefusal(alert(), plan, third, undefined, AT), third)
  })
})

describe('the words of a reply', () => {
  const TABLE: readonly ActWords[] = [
    { words: '1，收到, received', action: 'received' },
    { words: '2、已处理', action: 'processed' },
    { words: '3;拒绝', action: 'refused' },
  ]
  for (const [said, wanted] of [
    ['1', 'received'],
    [1, 'received'],
    ['１', 'received'],
    [' 收到。', 'received'],
    ['Received!', 'received'],
    ['1#', 'received'],
    ['已处理', 'processed'],
    ['3', 'refused'],
    ['passedOn', 'passedOn'],
    ['没收到', null],
    ['12', null],
    ['', null],
    [null, null],
    [{}, null],
  ] as const) {
    it(`${JSON.stringify(said)} is ${wanted}`, () => assert.equal(actIn(TABLE, said), wanted))
  }

  it('stand for one act each', () => {
    assert.equal(wordTwice(TABLE), undefined)
    assert.equal(wordTwice([...TABLE, { words: '收到', action: 'refused' }]), '收到')
    assert.equal(ACT_KINDS.length, 4)
  })
})
