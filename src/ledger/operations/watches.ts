import {
  fire,
  isStepWanted,
  isWithinReach,
  OPEN_ALERT_STAGES,
  passOver,
  planFor,
  type DueStep,
  type FiredStep,
} from '../../loop/index.js'
import type { Step } from '../../store/index.js'
import { audit, type Actor } from './audit.js'
import { examOfAlert, loadExam } from './exam/load.js'
import { owe, takeOver } from './handouts.js'
import { dropLimit, setLimit } from './limits.js'
import { forgetTroubles, tellLasting } from './note-trouble.js'
import { oweOverdue, type Passing } from './overdue.js'
import { listed, now, number, sql, text } from './sql.js'
import { rulesFor, rulesOf, setTimer, timerFor, writeTimer, type StepContent } from './timers.js'
import { aboutAlert } from './watched-alert.js'

export interface BeginWatch {
  readonly actor: Actor
  /** The id of the node. */
  readonly target: string
  /** As JSON, for `readWatchRules`. */
  readonly rules: string
}

/**
 * Notes the rules of a watch. From the commit on every exam that is saved has its timers by them.
 * @returns true while the alerts that are open have to be brought into line with them (`armAlert`, then `endArming`)
 */
export function* beginWatch({ actor, target, rules }: BeginWatch): Step<boolean> {
  rulesOf(rules)
  yield sql('{lock:$1}', `watch/${target}`)
  const [row] = yield sql('select rules, armed from watch where target = $1', target)
  if (row?.['rules'] === rules) return number(row, 'armed') === 0
  const at = yield* now()
  yield sql(
    `insert into watch (target, rules, armed, at) values ($1, $2, 0, $3)
     on conflict (target) do update set rules = excluded.rules, armed = 0`,
    target,
    rules,
    at,
  )
  yield* audit(actor, at, { kind: 'watchBegun', detail: { target } })
  const told = row ? rulesOf(text(row, 'rules')).troubles : false
  if (!told) yield* tellLasting(target, at)
  return true
}

/** All open alerts are in line with these rules: a restart in the midst of it begins it anew. */
export function* endArming({ target, rules }: Omit<BeginWatch, 'actor'>): Step<void> {
  yield sql('update watch set armed = 1 where target = $1 and rules = $2', target, rules)
}

/**
 * Ends a watch, whose node is in no flow any more. Its timers stay as they are: should the node only have been disabled,
 * no step that has fired fires again.
 */
export function* endWatch({ actor, target }: Omit<BeginWatch, 'rules'>): Step<boolean> {
  yield sql('{lock:$1}', `watch/${target}`)
  const gone = yield sql('delete from watch where target = $1 returning target', target)
  if (gone.length === 0) return false
  yield* forgetTroubles(target)
  yield* audit(actor, yield* now(), { kind: 'watchEnded', detail: { target } })
  return true
}

const OPEN_PAGE = 500

/** The numbers of open alerts behind one of them, in their order; the last page is shorter than the others. */
export function* openAlertNumbers({ after }: { readonly after: number }): Step<readonly number[]> {
  const rows = yield sql(
    `select id from alert where stage in ${listed(OPEN_ALERT_STAGES)} and id > $1 order by id limit ${OPEN_PAGE}`,
    after,
  )
  return rows.map((row) => number(row, 'id'))
}

export type Armed = 'armed' | 'outOfReach' | 'none'

/** Brings the timer of one alert into line with the rules of a watch. */
export function* armAlert({
  target,
  alert,
}: {
  readonly target: string
  readonly alert: number
}): Step<Armed> {
  const found = yield* watched(target, alert)
  if (!found) return 'none'
  const { one, rules } = found
  const timer = yield* timerFor(alert, target)
  if (timer === null && !isWithinReach(one, yield* now())) return 'outOfReach'
  const armed = yield* setTimer({ target, rules }, one, timer)
  yield* setLimit({ target, rules }, one, armed, false)
  return armed ? 'armed' : 'none'
}

function* watched(target: string, alert: number) {
  const key = yield* examOfAlert(alert)
  if (!key) return null
  const exam = yield* loadExam(key)
  const one = exam.alerts.find(({ id }) => id === alert)
  const rules = yield* rulesFor(target)
  return one && rules ? { exam, one, rules } : null
}

export interface FireTimer {
  readonly actor: Actor
  readonly target: string
  readonly alert: number
}

/**
 * Owes the flow of a watch the steps of an alert that are due, and the limits that it has passed. The alert decides and not the timer: one that somebody
 * has received meanwhile is not escalated.
 * @returns how many steps
 */
export function* fireTimer({ actor, target, alert }: FireTimer): Step<number> {
  const found = yield* watched(target, alert)
  const timer = yield* timerFor(alert, target)
  if (!found) {
    if (timer) yield* writeTimer(alert, target, null)
    yield* dropLimit(alert, target)
    return 0
  }
  const { exam, one, rules } = found
  const plan = planFor(rules, one, timer)
  const at = yield* now()
  const firing = plan && { actor, target, exam, one, plan, at }
  if (firing) yield* oweOverdue(firing)
  if (!timer) return 0
  const fired = plan ? fire(one, plan, timer, at) : NOTHING
  yield* writeTimer(alert, target, fired.timer)
  if (firing) for (const due of fired.due) yield* oweStep(firing, due)
  return fired.due.length
}

const NOTHING = { due: [], timer: null }

function* oweStep({ actor, target, exam, one, plan, at }: Passing, due: DueStep): Step<void> {
  const step = plan.steps[due.step]
  if (!step) return
  const { id, name, limits, steps } = plan
  const content: StepContent = {
    ...aboutAlert(exam, one),
    due,
    plan: { id, name, limits, steps: steps.length },
    step,
  }
  yield* owe({ kind: 'step', target, alert: one.id, at, content })
  const { step: n, round, lateMs } = due
  yield* audit(actor, at, {
    kind: 'escalated',
    alert: one.id,
    detail: { plan: id, step: n + 1, round: round + 1, lateMs },
  })
}

export interface PassOver extends FireTimer {
  readonly fired: Pick<FiredStep, 'revision' | 'storedAt' | 'step'>
}

/** Nobody could be called for a step: the next one is due at once. @returns false where the alert has moved on since */
export function* passOverStep({ actor, target, alert, fired }: PassOver): Step<boolean> {
  const found = yield* watched(target, alert)
  const timer = yield* timerFor(alert, target)
  const plan = found && timer ? planFor(found.rules, found.one, timer) : null
  if (!found || !timer || !plan) return false
  const at = yield* now()
  const next = passOver(found.one, plan, timer, fired, at)
  if (next === timer) return false
  yield* writeTimer(alert, target, next)
  yield* audit(actor, at, { kind: 'passedOver', alert, detail: { step: fired.step + 1 } })
  return true
}

/** Nobody can be called for a step that a flow was about to be given: it is settled, and the next one is due at once. */
export function* passOverHandout({
  owed,
  ...watching
}: Omit<FireTimer, 'alert'> & { readonly owed: number }): Step<boolean> {
  const [row] = yield sql('select alert, content from owed where id = $1', owed)
  if (!row) return false
  yield* takeOver({ owed })
  const { due } = JSON.parse(text(row, 'content')) as StepContent
  return yield* passOverStep({ ...watching, alert: number(row, 'alert'), fired: due })
}

/** Settles a step that is about to be handed out once more, and that somebody has reacted to since. @returns true = it calls nobody */
export function* dropVoidStep({ owed }: { readonly owed: number }): Step<boolean> {
  const [row] = yield sql('select alert, content from owed where id = $1', owed)
  if (!row) return true
  const { due, step } = JSON.parse(text(row, 'content')) as StepContent
  const alert = number(row, 'alert')
  const key = yield* examOfAlert(alert)
  const one = key && (yield* loadExam(key)).alerts.find(({ id }) => id === alert)
  if (one && isStepWanted(one, { revision: due.revision, until: step.until })) return false
  yield* takeOver({ owed })
  return true
}
