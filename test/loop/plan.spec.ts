import assert from 'node:assert/strict'
import {
  choosePlan,
  departmentOf,
  siteDepartment,
  fullestOf,
  READY_PLANS,
  readPlan,
  readPlanChoice,
  readyPlan,
  type PlanFacts,
  type PlanWhen,
  type ReadyPlanId,
} from '../../src/loop/index.js'
import { last, MINUTE, PLAN, planOf, step } from './plan-rig.js'

const limits = { receivedMs: 10 * MINUTE, processedMs: 30 * MINUTE }
const right = { id: 'p', name: 'p', limits, steps: [step(5), last(30)] }

describe('a plan', () => {
  it('is read as it was written', () => {
    const { plan, problems } = readPlan(JSON.parse(JSON.stringify(right)))
    assert.deepEqual(problems, [])
    assert.deepEqual(plan?.steps, right.steps)
    assert.deepEqual(plan?.limits, limits)
  })

  const steps = (...all: readonly object[]) => ({ ...right, steps: all })
  for (const [rule, value, problems] of [
    ['is an object', 'plan', ['PLAN_SHAPE ']],
    ['has an id', { ...right, id: ' ' }, ['PLAN_ID id']],
    ['has a name', { ...right, name: 1 }, ['PLAN_NAME name']],
    ['has limits', { ...right, limits: undefined }, ['PLAN_LIMIT limits.receivedMs']],
    [
      'takes no limit that is a text',
      { ...right, limits: { ...limits, receivedMs: '600000' } },
      ['PLAN_LIMIT limits.receivedMs'],
    ],
    [
      'has a limit for processing that is no shorter',
      { ...right, limits: { receivedMs: 2, processedMs: 1 } },
      ['PLAN_LIMIT limits.processedMs'],
    ],
    ['has steps', steps(), ['PLAN_EMPTY steps']],
    [
      'has a person at its end',
      steps(step(5), last(30, { role: ' ' })),
      ['PLAN_END_PERSON steps[1].role'],
    ],
    [
      'has a person at each step',
      steps(step(5, { role: '' }), last(30)),
      ['PLAN_ROLE steps[0].role'],
    ],
    [
      'reminds at its end',
      steps(step(5), last(30, { repeatMs: null })),
      ['PLAN_END_REPEAT steps[1].repeatMs'],
    ],
    ['has its steps in order', steps(step(10), last(5)), ['PLAN_STEP_ORDER steps[1].afterMs']],
    ['calls one after another', steps(step(5), last(5)), ['PLAN_STEP_ORDER steps[1].afterMs']],
    [
      'has the steps until received first',
      steps(last(5), step(10, { repeatMs: MINUTE })),
      ['PLAN_UNTIL_ORDER steps[1].until'],
    ],
    ['knows two stages', steps({ ...last(5), until: 'notified' }), ['PLAN_UNTIL steps[0].until']],
    ['has whole delays', steps(last(0.000_01)), ['PLAN_DELAY steps[0].afterMs']],
    ['has no delay in the past', steps(last(-1)), ['PLAN_DELAY steps[0].afterMs']],
    ['coerces no delay', steps({ ...last(5), afterMs: '5' }), ['PLAN_DELAY steps[0].afterMs']],
    ['has no delay of weeks', steps(last(8 * 24 * 60)), ['PLAN_DELAY steps[0].afterMs']],
    [
      'names each channel once',
      steps(last(5, { channels: ['a', 'a'] })),
      ['PLAN_CHANNELS steps[0].channels'],
    ],
    [
      'does not repeat every second',
      steps(last(5, { repeatMs: 1_000 })),
      ['PLAN_REPEAT steps[0].repeatMs'],
    ],
    ['has a cap of one at least', steps(last(5, { cap: 0 })), ['PLAN_CAP steps[0].cap']],
    [
      'has no cap without an interval',
      steps(step(5, { cap: 2 }), last(30)),
      ['PLAN_CAP steps[0].cap'],
    ],
    [
      'tells all of its problems',
      { ...steps(step(5, { role: '' }), last(30, { repeatMs: null })), id: '' },
      ['PLAN_ID id', 'PLAN_ROLE steps[0].role', 'PLAN_END_REPEAT steps[1].repeatMs'],
    ],
  ] as const) {
    it(rule, () => {
      const read = readPlan(value)
      assert.equal(read.plan, null)
      assert.deepEqual(
        read.problems.map(({ code, path }) => `${code} ${path}`),
        problems,
      )
      for (const { reason } of read.problems) assert.ok(reason.zh !== '' && reason.en !== '')
    })
  }

  it('has the version of its steps', () => {
    const other = planOf([step(5), step(10), step(15), last(30, { cap: 2 })])
    assert.equal(planOf(PLAN.steps, 'other').version, PLAN.version)
    assert.notEqual(other.version, PLAN.version)
  })

  it('comes ready in both languages', () => {
    const ids = Object.keys(READY_PLANS) as ReadyPlanId[]
    assert.equal(ids.length, 3)
    for (const id of ids) {
      for (const language of ['zh', 'en'] as const) {
        const { plan, problems } = readPlan(readyPlan(id, language))
        assert.deepEqual(problems, [], id)
        assert.ok(plan)
      }
    }
    const { plan } = readPlan(readyPlan('standard', 'zh'))
    assert.deepEqual(
      plan?.steps.map(({ afterMs, until }) => [afterMs / MINUTE, until]),
      [
        [5, 'received'],
        [10, 'received'],
        [15, 'received'],
        [30, 'processed'],
      ],
    )
  })
})

const FULL = PLAN
const MILD = planOf([last(60)], 'mild')
const NIGHT = planOf([step(2), last(30)], 'night')
const PLANS = [MILD, FULL, NIGHT]

const when = (change: Partial<PlanWhen> = {}): PlanWhen => ({
  codes: [],
  types: [],
  names: [],
  departments: [],
  shifts: [],
  days: [],
  ...change,
})

const chosen = (
  rows: readonly (readonly [PlanWhen, string])[],
  facts: Partial<PlanFacts> = {},
  highest: string | null = null,
): string | undefined =>
  choosePlan({ rows: rows.map(([one, plan]) => ({ when: one, plan })), highest }, PLANS, {
    crisis: { CrisisCode: '2', CrisisType: 'US', CrisisName: '胎盘早剥' },
    department: '产科',
    shifts: ['白班'],
    days: ['workday'],
    ...facts,
  })?.plan.id

describe('the plan of a critical value', () => {
  const byCode = [
    [when({ codes: ['1'] }), 'p'],
    [when({ codes: ['2', '3'] }), 'mild'],
  ] as const
  for (const [rule, actual, plan] of [
    ['is that of the first row that holds', chosen(byCode), 'mild'],
    ['is the fullest for a code in no row', chosen(byCode, { crisis: { CrisisCode: '9' } }), 'p'],
    ['is the fullest for a blank code', chosen(byCode, { crisis: { CrisisCode: ' ' } }), 'p'],
    [
      'is the fullest for a blank code, although a row for all follows',
      chosen([...byCode, [when(), 'mild']], { crisis: {} }),
      'p',
    ],
    [
      'is that of a row for all else',
      chosen([
        [when({ codes: ['1'] }), 'p'],
        [when(), 'mild'],
      ]),
      'mild',
    ],
    [
      'is not held up by what is not known where the row does not hold anyway',
      chosen(
        [
          [when({ codes: ['1'], departments: ['急诊'] }), 'p'],
          [when(), 'mild'],
        ],
        { department: '' },
      ),
      'mild',
    ],
    [
      'is the fullest where the department decides and is not known',
      chosen(
        [
          [when({ departments: ['急诊'] }), 'night'],
          [when(), 'mild'],
        ],
        { department: '' },
      ),
      'p',
    ],
    ['is the one that is set as the highest', chosen(byCode, { crisis: {} }, 'night'), 'night'],
    ['is the fullest where the highest is gone', chosen(byCode, { crisis: {} }, 'gone'), 'p'],
    ['is the fullest where the plan of the row is gone', chosen([[when(), 'gone']]), 'p'],
    ['goes by a part of the name', chosen([[when({ names: ['早剥'] }), 'night']]), 'night'],
    [
      'goes by the type',
      chosen([
        [when({ types: ['CT'] }), 'night'],
        [when(), 'mild'],
      ]),
      'mild',
    ],
    ['goes by the department', chosen([[when({ departments: ['产科 '] }), 'night']]), 'night'],
    [
      'goes by the shift',
      chosen([
        [when({ shifts: ['夜班'] }), 'night'],
        [when(), 'mild'],
      ]),
      'mild',
    ],
    [
      'goes by the day',
      chosen(
        [
          [when({ days: ['restday'] }), 'night'],
          [when(), 'mild'],
        ],
        { days: ['restday', 'holiday'] },
      ),
      'night',
    ],
    [
      'wants all conditions of a row',
      chosen([
        [when({ codes: ['2'], shifts: ['夜班'] }), 'night'],
        [when(), 'mild'],
      ]),
      'mild',
    ],
  ] as const) {
    it(rule, () => assert.equal(actual, plan))
  }

  it('is none where there are none', () => {
    assert.equal(
      choosePlan({ rows: [], highest: null }, [], {
        crisis: {},
        department: '',
        shifts: [],
        days: [],
      }),
      null,
    )
    assert.equal(fullestOf([]), null)
  })

  it('is chosen by rows that are read out of settings', () => {
    const value = { rows: [{ when: { codes: ['1'], days: ['holiday'] }, plan: 'p' }], highest: 'p' }
    const { choice, problems } = readPlanChoice(value, PLANS)
    assert.deepEqual(problems, [])
    assert.deepEqual(choice?.rows, [{ when: when({ codes: ['1'], days: ['holiday'] }), plan: 'p' }])
    const wrong = readPlanChoice(
      { rows: [{ when: { codes: [1], days: ['feast'] }, plan: 'gone' }, null], highest: 'gone' },
      PLANS,
    )
    assert.equal(wrong.choice, null)
    assert.deepEqual(
      [...new Set(wrong.problems.map(({ code, path }) => `${code} ${path}`))].slice(0, 5),
      [
        'PLAN_UNKNOWN highest',
        'PLAN_UNKNOWN rows[0].plan',
        'PLAN_WHEN rows[0].when.codes',
        'PLAN_WHEN rows[0].when.days',
        'PLAN_UNKNOWN rows[1].plan',
      ],
    )
  })
})

describe('the department of a critical value', () => {
  const rows = [
    { when: when({ codes: ['1'], names: ['胎'] }), department: '产科' },
    { when: when({ types: ['CT'] }), department: '急诊' },
  ]
  for (const [rule, crisis, department] of [
    ['is that of the first row that holds', { CrisisCode: '1', CrisisName: '胎盘早剥' }, '产科'],
    ['is that of a later one', { CrisisCode: '2', CrisisName: '气胸', CrisisType: 'CT' }, '急诊'],
    ['is not known where no row holds', { CrisisCode: '2', CrisisType: 'US' }, ''],
    [
      'is not guessed where a row cannot be judged',
      { CrisisName: '胎盘早剥', CrisisType: 'CT' },
      '',
    ],
  ] as const) {
    it(rule, () => {
      const facts = { crisis, department: '', shifts: [], days: [] }
      assert.equal(departmentOf(rows, facts), department)
    })
  }

  it('is its own where no row holds', () => {
    const facts = { crisis: { CrisisCode: '2', CrisisType: 'US' }, department: '产科' }
    assert.equal(departmentOf(rows, { ...facts, shifts: [], days: [] }), '产科')
  })

  const element = (name: string, text: string) => ({ name, text, attributes: {}, children: [] })
  for (const [rule, type, extra, department] of [
    ['is said by its type', 'CT', [], '放射科'],
    [
      'stands in the element that the site names',
      'US',
      [element('applydept', ' 急诊科 ')],
      '急诊科',
    ],
    ['is not known without it', 'US', [element('Ward', '急诊科')], ''],
    ['is not guessed of two', 'US', [element('ApplyDept', 'a'), element('ApplyDept', 'b')], ''],
    ['is no long text', 'US', [element('ApplyDept', 'x'.repeat(101))], ''],
  ] as const) {
    it(`by its site ${rule}`, () => {
      const crisis = { CrisisType: type, extra }
      const departments = { CT: '放射科', '*': '<ApplyDept>' }
      assert.equal(siteDepartment(departments, crisis), department)
    })
  }
})
