import assert from 'node:assert/strict'
import {
  isHandedOut,
  alertFor,
  arrivalOf,
  otherPatients,
  type Alert,
  type AlertStage,
  type Arriving,
} from '../../src/loop/index.js'
import { alertOf as alert, contentOf } from './exams.js'

const arriving = (change: Partial<Arriving> = {}): Arriving => ({
  crisis: { CrisisName: '胎盘早剥', SickNo: 'C1' },
  extra: [],
  flags: [],
  key: 'new key',
  documentHash: 'new hash',
  content: 'new content',
  finding: 'finding',
  setAt: '2026-01-01T11:00:00+08:00',
  ...change,
})

const staged = (stage: AlertStage): Alert => alert(1, { stage })

describe('which alert a critical value belongs to (reading section 2)', () => {
  for (const [what, exam, item, wanted] of [
    [
      'the one that its key names',
      [alert(1), alert(2, { finding: 'x' })],
      arriving({ key: 'k2' }),
      2,
    ],
    ['an open one of the same finding', [alert(1)], arriving(), 1],
    ['the last of several', [alert(1), alert(2)], arriving(), 2],
    ['none of another finding', [alert(1, { finding: 'x' })], arriving(), undefined],
    ['none that is processed', [staged('processed')], arriving(), undefined],
    ['none that is cancelled', [staged('cancelled')], arriving(), undefined],
    ['none when it names no finding', [alert(1)], arriving({ crisis: {} }), undefined],
    ['the one that says the same', [alert(1)], arriving({ crisis: {}, content: 'content 1' }), 1],
  ] as const) {
    it(`is ${what}`, () => assert.equal(alertFor(exam, item)?.id, wanted))
  }
})

describe('what a critical value comes to', () => {
  const contents = [1, 2, 3].map((revision) => contentOf(revision, `content ${revision}`))
  const known = alert(1, { revision: 2, contents })
  for (const [what, alertKnown, item, wanted] of [
    ['new', undefined, arriving(), { kind: 'new' }],
    ['a revision, with the next number', known, arriving(), { kind: 'revision', revision: 4 }],
    [
      'out of order when it was set earlier',
      known,
      arriving({ setAt: '2026-01-01T09:00:00+08:00' }),
      { kind: 'outOfOrder', revision: 4 },
    ],
    [
      'a revision when it does not say when it was set',
      known,
      arriving({ setAt: null }),
      { kind: 'revision', revision: 4 },
    ],
    [
      'a re-send',
      known,
      arriving({ content: 'content 2' }),
      { kind: 'resend', revision: 2, late: false, earlier: false },
    ],
    [
      'a re-send of what was corrected',
      known,
      arriving({ content: 'content 1' }),
      { kind: 'resend', revision: 1, late: false, earlier: true },
    ],
    [
      'a late re-send',
      staged('processed'),
      arriving({ content: 'content 1' }),
      { kind: 'resend', revision: 1, late: true, earlier: false },
    ],
  ] as const) {
    it(`is ${what}`, () => {
      const arrival = arrivalOf(alertKnown, item)
      const wantedArrival = alertKnown ? { ...wanted, alert: alertKnown } : wanted
      assert.deepEqual(arrival, wantedArrival)
    })
  }
})

describe('a possible wrong patient', () => {
  for (const [what, exam, sickNo, wanted] of [
    ['an alert with another number', [alert(1)], 'C2', [1]],
    ['none with the same one', [alert(1)], ' C1 ', []],
    ['none without a number', [alert(1, { sickNo: '' })], 'C2', []],
    ['none when the number is left out now', [alert(1)], '', []],
    ['none that is cancelled', [staged('cancelled')], 'C2', []],
  ] as const) {
    it(`is ${what}`, () => {
      const found = otherPatients(exam, arriving({ crisis: { SickNo: sickNo } }))
      assert.deepEqual(
        found.map(({ id }) => id),
        wanted,
      )
    })
  }
})

describe('whether the flow is given it', () => {
  const none = { emitResends: false, isForgotten: false }
  const resend = {
    kind: 'resend',
    alert: alert(1),
    revision: 1,
    late: false,
    earlier: false,
  } as const
  for (const [rule, actual, right] of [
    ['a new one is', isHandedOut({ kind: 'new' }, none), true],
    ['a re-send is no new page', isHandedOut(resend, none), false],
    ['unless a setting says so', isHandedOut(resend, { ...none, emitResends: true }), true],
    ['or no node has it any more', isHandedOut(resend, { ...none, isForgotten: true }), true],
    [
      'after it was closed it never is',
      isHandedOut({ ...resend, late: true }, { emitResends: true, isForgotten: true }),
      false,
    ],
  ] as const) {
    it(rule, () => assert.equal(actual, right))
  }
})
