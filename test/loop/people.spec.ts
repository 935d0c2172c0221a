import assert from 'node:assert/strict'
import { choose, contentToChoose, lift, standingAlert, type Exam } from '../../src/loop/index.js'
import { alertOf, contentOf } from './exams.js'

const AT = Date.UTC(2026, 0, 1)
const HELD = { hold: 'wrongPatient' }
const exam = (...alerts: Exam['alerts']): Exam => ({ system: '', key: 'x', alerts, told: [] })
const ids = (alerts: readonly { readonly id: number }[] | undefined) => alerts?.map(({ id }) => id)

describe('people who decide on an exam', () => {
  it('end a hold for all of its alerts', () => {
    const lifted = lift(exam(alertOf(1, HELD), alertOf(2, HELD)), null, AT)
    assert.deepEqual(ids(lifted?.released), [1, 2])
    assert.ok(lifted?.exam.alerts.every(({ hold }) => hold === null))
  })

  it('cancel the alert of the wrong patient with it, which is not released', () => {
    const lifted = lift(exam(alertOf(1, HELD), alertOf(2, HELD)), 'k2', AT)
    assert.deepEqual([ids(lifted?.released), lifted?.wrong?.id], [[1], 2])
    assert.equal(lifted?.exam.alerts[1]?.stage, 'cancelled')
  })

  const NOTHING: readonly (readonly [why: string, exam: Exam, wrong: string | null])[] = [
    ['nothing is held', exam(alertOf(1)), null],
    ['the alert is none of the exam', exam(alertOf(1, HELD)), 'k9'],
    [
      'the alert is cancelled already',
      exam(alertOf(1, HELD), alertOf(2, { stage: 'cancelled' })),
      'k2',
    ],
  ]
  for (const [why, before, wrong] of NOTHING) {
    it(`cannot end a hold where ${why}`, () => assert.equal(lift(before, wrong, AT), null))
  }

  it('decide on no alert that is cancelled', () => {
    assert.equal(standingAlert(exam(alertOf(1, { stage: 'cancelled' })), 1), null)
    assert.equal(standingAlert(exam(alertOf(1)), 1)?.id, 1)
  })

  const TWO = alertOf(1, { contents: [contentOf(1, 'a'), contentOf(2, 'b')], stage: 'received' })

  it('choose any content but the one that counts', () => {
    assert.equal(contentToChoose(TWO, 2)?.content, 'b')
    assert.equal(contentToChoose(TWO, 1), null)
    assert.equal(contentToChoose(TWO, 3), null)
  })

  it('make it count like a correction: somebody has to see it, in the zone of the alert', () => {
    const crisis = { CrisisSetDate: '2026-01-01', CrisisSetTime: '09:00:00', SickNo: 'C1' }
    const inTokyo = { ...TWO, setAt: '2026-01-01T10:00:00+09:00' }
    const chosen = choose(exam(inTokyo), inTokyo, contentOf(2, 'b'), crisis, AT)
    const [alert] = chosen.exam.alerts
    assert.deepEqual([alert?.revision, alert?.content, alert?.stage], [2, 'b', 'stored'])
    assert.equal(chosen.setAt, '2026-01-01T09:00:00+09:00')
    assert.equal(chosen.isOtherPatient, false)
  })

  for (const [other, right] of [
    ['C2', true],
    [' C1 ', false],
    ['', false],
  ] as const) {
    it(`find another patient in "${other}": ${right}`, () => {
      const chosen = choose(exam(TWO), TWO, contentOf(2, 'b'), { SickNo: other }, AT)
      assert.equal(chosen.isOtherPatient, right)
    })
  }
})
