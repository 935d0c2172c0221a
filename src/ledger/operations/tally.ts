import { isDeepStrictEqual } from 'node:util'
import {
  cellBy,
  COUNTERS,
  NO_TALLY_RULES,
  PERIODS,
  readTallyRules,
  tallied,
  tallyChanges,
  type Alert,
  type Cell,
  type Counts,
  type TallyChange,
  type TallyRow,
  type TallyRules,
} from '../../loop/index.js'
import type { Row, Step } from '../../store/index.js'
import { audit, type Actor } from './audit.js'
import { loadExam, type ExamKey } from './exam/load.js'
import { noteCounted } from './exam/save.js'
import { now, number, sql, text } from './sql.js'

/*
 * The tally is brought into line in the background. Whoever saves an exam only marks the alerts that have changed, so
 * that nobody who stores waits for a cell that others count in. What a marked alert was counted with is kept beside it,
 * so that counting it once more, after a crash or of a ledger from before the tally, counts nothing twice.
 */

export interface CountedPortion {
  /** Number of alerts that were counted. */
  readonly counted: number
  /** True when there are more that can be counted now. */
  readonly isMore: boolean
}

/** Counts the oldest alerts that have changed since they were counted last. One instance at a time does. */
export function* countAlerts({ limit }: { readonly limit: number }): Step<CountedPortion> {
  if (!(yield* isFree('tally'))) return { counted: 0, isMore: false }
  const rows = yield sql(
    'select id, system, pair from alert where uncounted = 1 order by id limit $1',
    limit,
  )
  const exams = new Map(rows.map((row) => [text(row, 'pair'), text(row, 'system')]))
  const rules = yield* rulesOfSite()
  const changes: Recount[] = []
  for (const [examKey, system] of exams) {
    // Somebody who saves this exam just now is not to wait for the others; the exam stays marked.
    if (yield* isFree(`exam/${examKey}`))
      changes.push(...(yield* recount({ system, examKey }, rules)))
  }
  yield* writeRecounts(changes)
  return { counted: changes.length, isMore: changes.length > 0 && rows.length === limit }
}

/** Counts what has changed of an exam before something of it is removed. Its figures stay. */
export function* countExam(exam: ExamKey): Step<void> {
  yield* writeRecounts(yield* recount(exam, yield* rulesOfSite()))
}

/** A truth value: nobody else has this lock, which is held from now on until the transaction ends. */
function* isFree(lock: string): Step<boolean> {
  const [turn] = yield sql('select {try:$1} as mine', lock)
  return number(turn, 'mine') === 1
}

interface Recount {
  readonly alert: number
  readonly before: TallyRow | null
  readonly after: TallyRow
}

function* recount(key: ExamKey, rules: TallyRules): Step<readonly Recount[]> {
  const exam = yield* loadExam(key)
  const rows = yield sql(
    `select a.id, a.pages, c.cell, c.counts from alert a left join counted c on c.alert = a.id
     where a.system = $1 and a.pair = $2 and a.uncounted = 1 order by a.id`,
    key.system,
    key.examKey,
  )
  return rows.flatMap((row) => {
    const alert = exam.alerts.find(({ id }) => id === number(row, 'id'))
    return alert ? [recountOf(alert, row, rules)] : []
  })
}

function recountOf(alert: Alert, row: Row, rules: TallyRules): Recount {
  const before =
    row['cell'] === null
      ? null
      : {
          cell: JSON.parse(text(row, 'cell')) as Cell,
          counts: JSON.parse(text(row, 'counts')) as Counts,
        }
  const cell = before?.cell ?? cellBy(rules, alert)
  return { alert: alert.id, before, after: tallied({ alert, cell, pages: number(row, 'pages') }) }
}

function* writeRecounts(all: readonly Recount[]): Step<void> {
  for (const { alert, after } of all) {
    yield sql(
      `insert into counted (alert, cell, counts) values ($1, $2, $3)
       on conflict (alert) do update set counts = excluded.counts`,
      alert,
      JSON.stringify(after.cell),
      JSON.stringify(after.counts),
    )
    yield* noteCounted(alert, after.cell.department)
  }
  const before = all.flatMap((one) => one.before ?? [])
  for (const change of tallyChanges(
    before,
    all.map(({ after }) => after),
  )) {
    yield* addToTally(change)
  }
}

const FACTS = ['department', 'shift', 'code', 'discipline'] as const

/** `notifiedInTime` is kept as `notified_in_time`. */
export const COUNTER_COLUMNS: readonly string[] = COUNTERS.map((name) =>
  name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
)

/** Adds counters to those of a day, or of a month. */
function addTo(table: 'tally' | 'tally_month', period: 'day' | 'month'): string {
  const cell = [period, ...FACTS]
  const columns = [...cell, ...COUNTER_COLUMNS]
  return `insert into ${table} (${columns.join(', ')}) values (${columns.map((_, n) => `$${n + 1}`).join(', ')})
    on conflict (${cell.join(', ')}) do update set
      ${COUNTER_COLUMNS.map((name) => `${name} = ${table}.${name} + excluded.${name}`).join(', ')}`
}

const ADD_TO_DAY = addTo('tally', 'day')
const ADD_TO_MONTH = addTo('tally_month', 'month')

function* addToTally({ cell, by }: TallyChange): Step<void> {
  const values = [...FACTS.map((name) => cell[name]), ...COUNTERS.map((name) => by[name] ?? 0)]
  yield sql(ADD_TO_DAY, cell.day, ...values)
  yield sql(ADD_TO_MONTH, PERIODS.month(cell.day), ...values)
}

/** The rules of a ledger's site, read once for each text. */
const known = new Map<string, TallyRules>()
const MOST_KNOWN = 50

/** The rules by which the site of a ledger names departments and shifts. */
export function* rulesOfSite(): Step<TallyRules> {
  const [row] = yield sql('select rules from tally_rules where id = 1')
  if (!row) return NO_TALLY_RULES
  const stored = text(row, 'rules')
  const before = known.get(stored)
  if (before) return before
  const rules = readTallyRules(JSON.parse(stored))
  if (!rules) throw new TypeError('the rules of a tally cannot be read')
  if (known.size >= MOST_KNOWN) known.clear()
  known.set(stored, rules)
  return rules
}

/**
 * Notes the rules by which alerts are counted from now on.
 * @param rules as JSON, for `readTallyRules`
 * @throws TypeError for rules that cannot be read
 */
export function* keepTallyRules(args: {
  readonly actor: Actor
  readonly rules: string
}): Step<void> {
  const rules = readTallyRules(JSON.parse(args.rules))
  if (!rules) throw new TypeError('the rules of a tally cannot be read')
  const [row] = yield sql('select rules from tally_rules where id = 1')
  if (row ? row['rules'] === args.rules : isDeepStrictEqual(rules, NO_TALLY_RULES)) return
  const at = yield* now()
  yield sql(
    `insert into tally_rules (id, rules, at) values (1, $1, $2)
     on conflict (id) do update set rules = excluded.rules, at = excluded.at`,
    args.rules,
    at,
  )
  yield* audit(args.actor, at, { kind: 'tallyRules', detail: {} })
}
