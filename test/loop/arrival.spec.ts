import assert from 'node:assert/strict'
import {
  alertFor,
  arrivalOf,
  otherPatients,
  type Alert,
  type AlertStage,
  type Arriving,
} from '../../src/loop/index.js'

const alert = (id: number, change: Partial<Alert> = {}): Alert => ({
  id,
  key: `k${id}`,
  finding: 'finding',
  sickNo: 'C1',
  stage: 'stored',
  revision: 1,
  content: `content ${id}`,
  setAt: '2026-01-01T10:00:00+08:00',
  openedAt: 0,
  processedAt: null,
  hold: null,
  target: null,
  crisis: {},
  ...change,
})

const arriving = (change: Partial<Arriving> = {}): Arriving => ({
  crisis: { CrisisName: '胎盘早剥', SickNo: 'C1' },
  content: 'new content',
  finding: 'finding',
  setAt: '2026-01-01T11:00:00+08:00',
  ...change,
})

const staged = (stage: AlertStage): Alert => alert(1, { stage })

describe('which alert a critical value belongs to (reading section 2)', () => {
  for (const [what, exam, byKey, item, wanted] of [
    ['the one that its key names', [alert(1), alert(2, { finding: 'x' })], 2, arriving(), 2],
    ['an open one of the same finding', [alert(1)], undefined, arriving(), 1],
    ['the last of several', [alert(1), alert(2)], undefined, arriving(), 2],
    ['none of another finding', [alert(1, { finding: 'x' })], undefined, arriving(), undefined],
    ['none that is processed', [staged('processed')], undefined, arriving(), undefined],
    ['none that is cancelled', [staged('cancelled')], undefined, arriving(), undefined],
    ['none when it names no finding', [alert(1)], undefined, arriving({ crisis: {} }), undefined],
    [
      'the one that says the same',
      [alert(1)],
      undefined,
      arriving({ crisis: {}, content: 'content 1' }),
      1,
    ],
  ] as const) {
    it(`is ${what}`, () => assert.equal(alertFor(exam, byKey, item)?.id, wanted))
  }
})

describe('what a critical value comes to', () => {
  const known = alert(1, { revision: 2 })
  for (const [what, alertKnown, contents, item, wanted] of [
    ['new', undefined, { last: 0, same: null }, arriving(), { kind: 'new' }],
    [
      'a revision, with the next number',
      known,
      { last: 3, same: null },
      arriving(),
      { kind: 'revision', revision: 4 },
    ],
    [
      'out of order when it was set earlier',
      known,
      { last: 3, same: null },
      arriving({ setAt: '2026-01-01T09:00:00+08:00' }),
      { kind: 'outOfOrder', revision: 4 },
    ],
    [
      'a revision when it does not say when it was set',
      known,
      { last: 3, same: null },
      arriving({ setAt: null }),
      { kind: 'revision', revision: 4 },
    ],
    [
      'a re-send',
      known,
      { last: 3, same: 2 },
      arriving(),
      { kind: 'resend', revision: 2, late: false, earlier: false },
    ],
    [
      'a re-send of what was corrected',
      known,
      { last: 3, same: 1 },
      arriving(),
      { kind: 'resend', revision: 1, late: false, earlier: true },
    ],
    [
      'a late re-send',
      staged('processed'),
      { last: 1, same: 1 },
      arriving(),
      { kind: 'resend', revision: 1, late: true, earlier: false },
    ],
  ] as const) {
    it(`is ${what}`, () => {
      const arrival = arrivalOf(alertKnown, contents, item)
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
