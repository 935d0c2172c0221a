import {
  expectedOf,
  firstDue,
  holderOf,
  cellBy,
  OPEN_ALERT_STAGES,
  planFor,
  troubleOf,
  type ActKind,
  type AlertStage,
  type AskedLimits,
  type Expected,
  type Followed,
  type Holder,
  type HolderEvent,
  type PageState,
  type PageStep,
  type Plan,
  type TallyRules,
  type Timer,
} from '../../../loop/index.js'
import type { Crisis, Person, Reason } from '../../../messages/index.js'
import type { Row, Step } from '../../../store/index.js'
import { personIn } from '../acknowledge/acknowledge.js'
import type { PageContent } from '../pages/rows.js'
import { listed, now, number, sql, text } from '../sql.js'
import { rulesOfSite } from '../tally.js'
import { watches, type Watch } from '../timers.js'

/** A page as a board shows it. */
export interface BoardPage {
  readonly id: number
  readonly person: Person
  /** The role that its step calls; '' = the flow has paged of its own accord. */
  readonly role: string
  /** Name of the channel that has it, or had it last. */
  readonly channel: string
  readonly state: PageState
  readonly at: number
  readonly reason: Reason | null
}

/** The latest thing that went wrong with an alert and that nobody has put right. */
export interface BoardTrouble {
  readonly code: string
  readonly reason: Reason
  readonly at: number
}

/** An alert that somebody has to deal with, with all that its row on the board says. Times are epoch ms. */
export interface OpenAlert {
  readonly alert: number
  readonly id: string
  readonly system: string
  readonly ExamNo: string
  readonly ApplyNo: string
  readonly SickNo: string
  readonly stage: AlertStage
  readonly revision: number
  readonly openedAt: number
  /** When the content that counts came in. */
  readonly startedAt: number
  readonly hold: string | null
  /** A content that came later was set before the one that counts: people have to choose. */
  readonly isUndecided: boolean
  readonly crisis: Crisis
  readonly department: string
  readonly expected: Expected
  readonly holder: Holder | null
  readonly page: BoardPage | null
  readonly pages: number
  readonly trouble: BoardTrouble | null
}

export interface OpenBoard {
  /** The time of the ledger. */
  readonly now: number
  readonly alerts: readonly OpenAlert[]
  /** Number of all that are open. */
  readonly open: number
}

export interface BoardArgs {
  readonly limit: number
  /** For alerts that no plan follows. */
  readonly limits: AskedLimits
}

const OPEN = listed(OPEN_ALERT_STAGES)

/** The oldest open alerts with all that a board says of them, in few statements whatever their number. */
export function* boardOpen({ limit, limits }: BoardArgs): Step<OpenBoard> {
  const [count] = yield sql(`select count(*) as n from alert where stage in ${OPEN}`)
  const alerts = yield* alertsWith(
    `select id from alert where stage in ${OPEN} order by opened_at, id limit $1`,
    limit,
    limits,
  )
  return { now: yield* now(), alerts, open: number(count, 'n') }
}

/** The same of one alert, be it closed; null = there is no such alert. */
export function* boardAlert(id: number, limits: AskedLimits): Step<OpenAlert | null> {
  const [found = null] = yield* alertsWith('select id from alert where id = $1', id, limits)
  return found
}

/** @param which a statement that selects the ids, with one parameter */
function* alertsWith(
  which: string,
  param: number,
  limits: AskedLimits,
): Step<readonly OpenAlert[]> {
  const of = (statement: string) => sql(statement.replace('{which}', `(${which}) d`), param)
  const rows = yield of(ALERTS)
  if (rows.length === 0) return []
  const parts: Parts = {
    milestones: byAlert(yield of(MILESTONES)),
    timers: byAlert(yield of(TIMERS)),
    pages: byAlert(yield of(PAGES)),
    acts: byAlert(yield of(ACTS)),
    dead: byAlert(yield of(DEAD)),
    noted: byAlert(yield of(NOTED)),
    watches: yield* watches(),
    rules: yield* rulesOfSite(),
    limits,
  }
  return rows.map((row) => alertOf(row, parts))
}

const ALERTS = `select a.*, r.document, (select max(v.n) from revision v where v.alert = a.id) as last
  from {which} join alert a on a.id = d.id join revision r on r.alert = a.id and r.n = a.revision
  order by a.opened_at, a.id`
const MILESTONES = `select s.alert, s.stage, s.at, s.code, s.name from {which} join stage s on s.alert = d.id
  where s.stage in ('stored', 'received') order by s.id`
const TIMERS = `select t.alert, t.target, t.state from {which} join timer t on t.alert = d.id`
const PAGES = `select p.id, p.alert, p.state, p.way, p.content, p.step, p.at, p.reason_zh, p.reason_en, c.pages
  from (select p.alert, max(p.id) as last, count(*) as pages from {which} join page p on p.alert = d.id
    group by p.alert) c join page p on p.id = c.last`
const ACTS = `select k.* from {which} join acknowledgement k on k.alert = d.id order by k.id`
const DEAD = `select o.alert, o.operation, o.class, o.code, o.reason_zh, o.reason_en, coalesce(o.ended_at, o.at) as at
  from {which} join outbox o on o.alert = d.id where o.state in ('held', 'dead') order by o.id`
const NOTED = `select u.alert, u.kind, u.detail, u.at from {which} join audit u on u.alert = d.id
  where u.kind in ('wrongPatient', 'earlierContent', 'contradicted', 'passedOver') order by u.at`

type ByAlert = ReadonlyMap<number, readonly Row[]>

interface Parts {
  readonly milestones: ByAlert
  readonly timers: ByAlert
  readonly pages: ByAlert
  readonly acts: ByAlert
  readonly dead: ByAlert
  readonly noted: ByAlert
  readonly watches: readonly Watch[]
  readonly rules: TallyRules
  readonly limits: AskedLimits
}

export const byAlert = (rows: readonly Row[]): ByAlert =>
  Map.groupBy(rows, (row) => number(row, 'alert'))

function alertOf(row: Row, parts: Parts): OpenAlert {
  const alert = number(row, 'id')
  const of = (all: ByAlert): readonly Row[] => all.get(alert) ?? []
  const crisis = JSON.parse(text(row, 'document')) as Crisis
  const openedAt = number(row, 'opened_at')
  const stage = text(row, 'stage') as AlertStage
  const milestones = of(parts.milestones)
  const stored = milestones.findLast((one) => one['stage'] === 'stored')
  const startedAt = stored ? number(stored, 'at') : openedAt
  const revision = number(row, 'revision')
  const [paged] = of(parts.pages)
  const planned = followedBy(parts, of(parts.timers), { revision, crisis, openedAt, startedAt })
  const page = paged ? pageIn(paged, planned) : null
  const followed = firstDue(planned)
  const { receivedMs, processedMs } = parts.limits
  const limits = followed?.plan.limits ?? { receivedMs, processedMs }
  return {
    alert,
    id: text(row, 'key'),
    system: text(row, 'system'),
    ExamNo: text(row, 'exam_no'),
    ApplyNo: text(row, 'apply_no'),
    SickNo: text(row, 'sick_no'),
    stage,
    revision,
    openedAt,
    startedAt,
    hold: row['hold'] as string | null,
    isUndecided: row['last'] !== row['revision'],
    crisis,
    department: text(row, 'department') || cellBy(parts.rules, { openedAt, crisis }).department,
    expected: expectedOf(stage, startedAt, limits, followed?.timer ?? null),
    holder: holderOf(eventsOf(milestones, of(parts.acts), page), startedAt),
    page,
    pages: paged ? number(paged, 'pages') : 0,
    trouble: troubleIn(of(parts.dead), of(parts.noted), page, startedAt),
  }
}

function pageIn(row: Row, planned: readonly Planned[]): BoardPage {
  const { person, ways } = JSON.parse(text(row, 'content')) as PageContent
  const step = row['step'] === null ? null : (JSON.parse(text(row, 'step')) as PageStep)
  const plan = planned.find(({ target }) => target === step?.watch)?.plan
  const role = (step && plan?.steps[step.step]?.role) ?? ''
  const [zh, en] = [row['reason_zh'], row['reason_en']]
  return {
    id: number(row, 'id'),
    person,
    role,
    channel: ways[number(row, 'way')]?.name ?? '',
    state: text(row, 'state') as PageState,
    at: number(row, 'at'),
    reason: typeof zh === 'string' && typeof en === 'string' ? { zh, en } : null,
  }
}

interface PlannedAlert {
  readonly revision: number
  readonly crisis: Crisis
  readonly openedAt: number
  readonly startedAt: number
}

interface Planned extends Followed {
  /** The id of the watch. */
  readonly target: string
  readonly plan: Plan
}

function followedBy(
  parts: Parts,
  timers: readonly Row[],
  { revision, crisis, openedAt, startedAt }: PlannedAlert,
): readonly Planned[] {
  const nobody = { saidAt: null, code: '', name: '' }
  const milestones = [{ stage: 'stored' as const, at: startedAt, ...nobody }]
  return parts.watches.flatMap(({ target, rules }): readonly Planned[] => {
    const row = timers.find((one) => one['target'] === target)
    const timer = row ? (JSON.parse(text(row, 'state')) as Timer) : null
    const plan = planFor(rules, { revision, crisis, openedAt, milestones }, timer)
    return plan ? [{ target, plan, timer }] : []
  })
}

function eventsOf(
  milestones: readonly Row[],
  acts: readonly Row[],
  page: BoardPage | null,
): readonly HolderEvent[] {
  const received = milestones
    .filter((row) => row['stage'] === 'received')
    .map((row): HolderEvent => {
      return { at: number(row, 'at'), person: personIn(row, ''), by: RECEIVED, to: null }
    })
  const acted = acts.map((row): HolderEvent => {
    const act = text(row, 'kind') as ActKind
    return {
      at: number(row, 'at'),
      person: personIn(row, ''),
      by: { act },
      to: personIn(row, 'to_'),
    }
  })
  const paged: readonly HolderEvent[] = page
    ? [{ at: page.at, person: page.person, by: { page: page.state }, to: null }]
    : []
  return [...received, ...acted, ...paged]
}

const RECEIVED = { act: 'received' } as const

function troubleIn(
  dead: readonly Row[],
  noted: readonly Row[],
  page: BoardPage | null,
  startedAt: number,
): BoardTrouble | null {
  const troubles: BoardTrouble[] = []
  for (const row of dead) {
    const reason = { zh: String(row['reason_zh'] ?? ''), en: String(row['reason_en'] ?? '') }
    troubles.push({ code: String(row['code'] ?? ''), reason, at: number(row, 'at') })
  }
  for (const row of noted) {
    const detail = JSON.parse(text(row, 'detail')) as Readonly<Record<string, string | number>>
    const trouble = troubleOf({ kind: text(row, 'kind'), detail }, null)
    if (trouble) troubles.push({ ...trouble, at: number(row, 'at') })
  }
  if (page?.state === 'failed' && page.reason) {
    troubles.push({ code: 'PAGE_FAILED', reason: page.reason, at: page.at })
  }
  const [latest] = troubles
    .filter(({ at }) => at >= startedAt)
    .toSorted((a, b) => b.at - a.at)
    .map(({ code, reason, at }) => ({ code, reason, at }))
  return latest ?? null
}
