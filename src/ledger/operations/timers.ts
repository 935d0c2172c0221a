import {
  changesOf,
  isStepWanted,
  readWatchRules,
  timerBy,
  type Alert,
  type DueStep,
  type Exam,
  type Plan,
  type PlanStep,
  type Timer,
  type WatchRules,
} from '../../loop/index.js'
import type { Step } from '../../store/index.js'
import { dropHandout, owe } from './handouts.js'
import { setLimit } from './limits.js'
import { supersedePages } from './pages/supersede.js'
import { number, sql, text } from './sql.js'
import { aboutAlert, type WatchedAlert } from './watched-alert.js'

/*
 * The timers of alerts, and the watches that they belong to. Whoever saves an exam brings its timers into line in the
 * same transaction, so that a restart, a takeover or a deploy finds them as they must be.
 */

/** A watch of a flow, by the id of its node. */
export interface Watch {
  readonly target: string
  readonly rules: WatchRules
}

/** The rules of a ledger's watches, read once for each text. */
const known = new Map<string, WatchRules>()
const MOST_KNOWN = 50

/** @throws TypeError for rules that nobody can have stored: a timer that is left out would be a page that never goes */
export function rulesOf(stored: string): WatchRules {
  const before = known.get(stored)
  if (before) return before
  const { rules } = readWatchRules(JSON.parse(stored))
  if (!rules) throw new TypeError('the rules of a watch cannot be read')
  if (known.size >= MOST_KNOWN) known.clear()
  known.set(stored, rules)
  return rules
}

/** Once for a batch: a watch that begins in the midst of one looks through all open alerts afterwards. */
export function* watches(): Step<readonly Watch[]> {
  const rows = yield {
    ...sql('select target, rules from watch order by target'),
    carried: { name: 'watches' },
  }
  return rows.map((row) => ({ target: text(row, 'target'), rules: rulesOf(text(row, 'rules')) }))
}

/** The timers of an alert by the ids of their watches. */
export function* timersOf(alert: number): Step<ReadonlyMap<string, Timer>> {
  const rows = yield sql('select target, state from timer where alert = $1', alert)
  return new Map(
    rows.map((row) => [text(row, 'target'), JSON.parse(text(row, 'state')) as Timer] as const),
  )
}

/**
 * Sets the timers that follow from what an exam has become, ends the pages that nobody needs any more, and owes the
 * flows the changes that they want to hear of.
 */
export function* followExam(before: Exam, after: Exam, at: number): Step<void> {
  const changes = changesOf(before, after)
  if (changes.length === 0) return
  for (const { alert } of changes) {
    if (before.alerts.some(({ id }) => id === alert.id)) yield* supersedePages(alert, at)
  }
  const all = yield* watches()
  if (all.length === 0) return
  for (const { alert, change } of changes) {
    const isNew = !before.alerts.some(({ id }) => id === alert.id)
    const timers = isNew ? NO_TIMERS : yield* timersOf(alert.id)
    if (!isNew) yield* dropSteps(alert)
    for (const watch of all) {
      const timer = yield* setTimer(watch, alert, timers.get(watch.target) ?? null)
      if (!watch.rules.changes) continue
      yield* setLimit(watch, alert, timer, isNew)
      yield* owe({
        kind: 'change',
        target: watch.target,
        alert: alert.id,
        isNew,
        at,
        content: { ...aboutAlert(after, alert), change },
      })
    }
  }
}

/** A step of which no flow has heard yet, and that somebody has reacted to meanwhile, calls nobody. */
function* dropSteps(alert: Alert): Step<void> {
  const rows = yield sql(
    "select id, content from owed where alert = $1 and kind = 'step' and handed = 0",
    alert.id,
  )
  for (const row of rows) {
    const { due, step } = JSON.parse(text(row, 'content')) as StepContent
    const { revision } = due
    if (isStepWanted(alert, { revision, until: step.until })) continue
    yield* dropHandout(number(row, 'id'))
  }
}

const NO_TIMERS: ReadonlyMap<string, Timer> = new Map()

/** Writes the timer that an alert must have, where it is not the one that it has. */
export function* setTimer(
  { target, rules }: Watch,
  alert: Alert,
  timer: Timer | null,
): Step<Timer | null> {
  const wanted = timerBy(rules, alert, timer)
  if (wanted !== timer) yield* writeTimer(alert.id, target, wanted)
  return wanted
}

export function* writeTimer(alert: number, target: string, timer: Timer | null): Step<void> {
  if (timer === null) {
    yield sql('delete from timer where alert = $1 and target = $2', alert, target)
    return
  }
  yield sql(
    `insert into timer (alert, target, due_at, level, since, state) values ($1, $2, $3, $4, $5, $6)
     on conflict (alert, target) do update set due_at = excluded.due_at, level = excluded.level,
       since = excluded.since, state = excluded.state`,
    alert,
    target,
    timer.dueAt,
    timer.level,
    timer.lastAt ?? timer.startedAt,
    JSON.stringify(timer),
  )
}

/** The timer of an alert for one watch; null = it has none. */
export function* timerFor(alert: number, target: string): Step<Timer | null> {
  const [row] = yield sql('select state from timer where alert = $1 and target = $2', alert, target)
  return row ? (JSON.parse(text(row, 'state')) as Timer) : null
}

/** A step of a plan that is due, as its flow is told of it. */
export interface StepContent extends WatchedAlert {
  readonly due: DueStep
  readonly plan: Pick<Plan, 'id' | 'name' | 'limits'> & { readonly steps: number }
  readonly step: PlanStep
}

/** The rules of a watch; null = there is no such watch. */
export function* rulesFor(target: string): Step<WatchRules | null> {
  const [row] = yield sql('select rules from watch where target = $1', target)
  return row ? rulesOf(text(row, 'rules')) : null
}

export interface DueTimers {
  /** Alerts whose timer or limit is due, or whose timer was set by a clock that has been set back since. */
  readonly alerts: readonly number[]
  /** When the next one is due, in epoch ms; null = there is none. */
  readonly nextAt: number | null
  /** The time of the ledger. */
  readonly now: number
  /** Number of alerts for which a step has fired and that nobody has reacted to since. */
  readonly escalated: number
  /** False = somebody has ended the watch. */
  readonly isWatching: boolean
}

/** Looks which timers of a watch are due. */
export function* dueTimers(args: {
  readonly target: string
  readonly limit: number
}): Step<DueTimers> {
  const [clock] = yield sql(
    `select {now} as now, (select count(*) from watch where target = $1) as watching,
       (select count(*) from timer where target = $1 and level > 0) as escalated`,
    args.target,
  )
  const at = number(clock, 'now')
  // One that has begun, or fired, later than now was set by a clock that has been set back since.
  const ahead = yield sql(
    'select alert from timer where target = $1 and since > $2 order by since limit $3',
    args.target,
    at,
    args.limit,
  )
  const rows = yield sql(
    'select alert, due_at from timer where target = $1 order by due_at, alert limit $2',
    args.target,
    args.limit,
  )
  const limits = yield sql(
    `select alert, due_at from limit_timer where target = $1 and due_at is not null
     order by due_at limit $2`,
    args.target,
    args.limit,
  )
  const all = [...rows, ...limits].map((row) => ({
    alert: number(row, 'alert'),
    dueAt: number(row, 'due_at'),
  }))
  const due = all.filter(({ dueAt }) => dueAt <= at).map(({ alert }) => alert)
  const later = all.filter(({ dueAt }) => dueAt > at).map(({ dueAt }) => dueAt)
  return {
    alerts: [...new Set([...ahead.map((row) => number(row, 'alert')), ...due])],
    nextAt: later.length > 0 ? Math.min(...later) : null,
    now: at,
    escalated: number(clock, 'escalated'),
    isWatching: number(clock, 'watching') > 0,
  }
}
