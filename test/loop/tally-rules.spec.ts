import assert from 'node:assert/strict'
import { cellBy, NO_TALLY_RULES, readTallyRules } from '../../src/loop/index.js'

const RULES = {
  zone: 'America/New_York',
  shifts: [
    { name: 'Day', times: '07:00-19:00' },
    { name: 'Night', times: '19:00-07:00' },
  ],
  radiology: ['CT', 'MR'],
  ultrasound: ['*'],
  departments: { CT: 'Radiology', '*': 'Others' },
}

describe('the rules of a tally', () => {
  for (const [title, type, at, right] of [
    ['name what is said', ' CT ', '2026-01-05T17:00Z', 'Radiology Day radiology 2026-01-05'],
    ['take the rest together', 'US', '2026-01-06T02:00Z', 'Others Night ultrasound 2026-01-05'],
    [
      'take a blank type with the rest',
      '',
      '2026-07-06T10:59Z',
      'Others Night ultrasound 2026-07-06',
    ],
    [
      'follow the wall clock of the zone',
      '',
      '2026-07-06T11:00Z',
      'Others Day ultrasound 2026-07-06',
    ],
  ] as const) {
    it(title, () => {
      const rules = readTallyRules(RULES)
      assert.ok(rules)
      const crisis = { CrisisType: type, CrisisCode: ' 1' }
      const cell = cellBy(rules, { openedAt: Date.parse(at), crisis })
      assert.equal(`${cell.department} ${cell.shift} ${cell.discipline} ${cell.day}`, right)
      assert.equal(cell.code, '1')
    })
  }

  it('say nothing where a site says nothing', () => {
    const cell = cellBy(NO_TALLY_RULES, { openedAt: Date.parse('2026-01-05T17:00Z'), crisis: {} })
    assert.deepEqual(cell, {
      day: '2026-01-06',
      department: '',
      shift: '',
      code: '',
      discipline: 'other',
    })
  })

  for (const wrong of [
    null,
    { ...RULES, zone: 'Mars' },
    { ...RULES, shifts: [{ name: 'Day', times: '25:00-26:00' }] },
    { ...RULES, shifts: null },
    { ...RULES, radiology: 'CT' },
    { ...RULES, departments: { CT: '' } },
  ]) {
    it(`are refused as a whole: ${JSON.stringify(wrong)}`, () => {
      assert.equal(readTallyRules(wrong), null)
    })
  }
})
