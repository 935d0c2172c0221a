import type {
  ActKind,
  AlertStage,
  Cell,
  Counts,
  ListedAlert,
  Milestone,
  RegisteredAct,
  RegisteredDecision,
  RegisteredPage,
  RegisterEntry,
  TallyRow,
} from '../../loop/index.js'
import type { Crisis, CrisisFeedback } from '../../messages/index.js'
import type { Row, Statement, Step } from '../../store/index.js'
import type { PageContent } from './pages/rows.js'
import { number, sql, text } from './sql.js'

/** The place of an alert among all, by the time at which it came in. */
export interface RegisterPlace {
  readonly at: number
  readonly id: number
}

/** A part of the alerts of a period. */
export interface RegisterPage {
  /** When they came in, in epoch ms: not before, and before. */
  readonly from: number
  readonly until: number
  /** The end of the part before; null = the beginning. */
  readonly after: RegisterPlace | null
  readonly limit: number
}

interface Paged<T> {
  readonly rows: readonly T[]
  /** The beginning of the next part; null = there is none. */
  readonly next: RegisterPlace | null
}

/** An entry with its number, and the counters with which it stands in the tally; null = it is not counted yet. */
export interface CountedEntry extends RegisterEntry {
  readonly alert: number
  readonly counted: TallyRow | null
}

export type RegisterRows = Paged<CountedEntry>
export type ListedAlerts = Paged<ListedAlert>

const PAGE = 'where (a.opened_at, a.id) > ($1, $2) and a.opened_at < $3'
const OF_PAGE = '(a.opened_at, a.id) > ($1, $2) and (a.opened_at, a.id) <= ($3, $4)'

const beginning = ({ from, after }: RegisterPage): RegisterPlace =>
  after ?? { at: from - 1, id: Number.MAX_SAFE_INTEGER }

function placeOf(row: Row | undefined): RegisterPlace | null {
  return row ? { at: number(row, 'opened_at'), id: number(row, 'id') } : null
}

/** The rows of the register, the oldest first. */
export function* registerRows(args: RegisterPage): Step<RegisterRows> {
  const begin = beginning(args)
  const rows = yield sql(
    `select a.*, r.document, c.cell, c.counts from alert a join revision r on r.alert = a.id and r.n = a.revision
       left join counted c on c.alert = a.id ${PAGE} order by a.opened_at, a.id limit $4`,
    begin.at,
    begin.id,
    args.until,
    args.limit,
  )
  const end = placeOf(rows.at(-1))
  if (!end) return { rows: [], next: null }
  const ofPage = (statement: string): Statement =>
    sql(statement, begin.at, begin.id, end.at, end.id)
  const milestones = byAlert(
    yield ofPage(
      `select s.alert, s.stage, s.at, s.said_at, s.code, s.name, f.document
       from alert a join stage s on s.alert = a.id left join feedback f on f.id = s.feedback
       where ${OF_PAGE} order by s.id`,
    ),
  )
  const told = byAlert(
    yield ofPage(
      `select t.alert, t.document from alert a
       join told t on t.system = a.system and t.pair = a.pair and t.alert = a.id where ${OF_PAGE}`,
    ),
  )
  const decisions = byAlert(
    yield ofPage(
      `select d.alert, d.kind, d.at, d.person, d.second, d.reason
       from alert a join decision d on d.alert = a.id where ${OF_PAGE} order by d.id`,
    ),
  )
  const acts = byAlert(
    yield ofPage(
      `select k.alert, k.kind, k.at, k.code, k.name, k.role, k.read_back
       from alert a join acknowledgement k on k.alert = a.id where ${OF_PAGE} order by k.id`,
    ),
  )
  const pages = byAlert(
    yield ofPage(
      `select p.alert, p.content, p.ended_at
       from alert a join page p on p.alert = a.id where p.state = 'accepted' and ${OF_PAGE} order by p.id`,
    ),
  )
  return {
    rows: rows.map((row) => {
      const id = number(row, 'id')
      const of = (all: ReadonlyMap<number, readonly Row[]>): readonly Row[] => all.get(id) ?? []
      const beside = { acts: of(acts).map(actOf), pages: of(pages).map(pagedOf) }
      return { ...entryOf(row, of(milestones), of(told)[0], of(decisions)), ...beside }
    }),
    next: rows.length < args.limit ? null : end,
  }
}

const byAlert = (rows: readonly Row[]): ReadonlyMap<number, readonly Row[]> =>
  Map.groupBy(rows, (row) => number(row, 'alert'))

function entryOf(
  row: Row,
  milestones: readonly Row[],
  told: Row | undefined,
  decisions: readonly Row[],
): Omit<CountedEntry, 'acts' | 'pages'> {
  const counted = countedIn(row)
  const processed = milestones.findLast((one) => one['stage'] === 'processed')
  return {
    alert: number(row, 'id'),
    counted,
    key: text(row, 'key'),
    sickNo: text(row, 'sick_no'),
    stage: text(row, 'stage') as AlertStage,
    setAt: row['set_at'] as string | null,
    openedAt: number(row, 'opened_at'),
    receivedAt: row['received_at'] as number | null,
    processedAt: row['processed_at'] as number | null,
    cancelledAt: row['cancelled_at'] as number | null,
    crisis: JSON.parse(text(row, 'document')) as Crisis,
    department: counted?.cell.department ?? '',
    milestones: milestones.map(milestoneOf),
    said: saidIn(processed, told),
    decisions: decisions.map(decisionOf),
  }
}

function countedIn(row: Row): TallyRow | null {
  if (row['cell'] === null) return null
  const counts = JSON.parse(text(row, 'counts')) as Counts
  return { cell: JSON.parse(text(row, 'cell')) as Cell, counts }
}

const milestoneOf = (row: Row): Milestone => ({
  stage: text(row, 'stage') as AlertStage,
  at: number(row, 'at'),
  saidAt: row['said_at'] as string | null,
  code: text(row, 'code'),
  name: text(row, 'name'),
})

/** The feedback that came in; else what a flow of ours had told. */
function saidIn(processed: Row | undefined, told: Row | undefined): CrisisFeedback | null {
  if (typeof processed?.['document'] === 'string') {
    return JSON.parse(processed['document']) as CrisisFeedback
  }
  if (!told) return null
  const parts = JSON.parse(text(told, 'document')) as { readonly processed?: CrisisFeedback }
  return parts.processed ?? null
}

const decisionOf = (row: Row): RegisteredDecision => ({
  kind: text(row, 'kind'),
  at: number(row, 'at'),
  by: text(row, 'person'),
  second: text(row, 'second'),
  reason: text(row, 'reason'),
})

const actOf = (row: Row): RegisteredAct => ({
  kind: text(row, 'kind') as ActKind,
  at: number(row, 'at'),
  person: { code: text(row, 'code'), name: text(row, 'name') },
  role: text(row, 'role'),
  readBack: row['read_back'] === null ? null : number(row, 'read_back') === 1,
})

function pagedOf(row: Row): RegisteredPage {
  const { person } = JSON.parse(text(row, 'content')) as Pick<PageContent, 'person'>
  return { person, at: number(row, 'ended_at') }
}

const LISTED = `select a.id, a.key, a.system, a.exam_no, a.apply_no, a.set_at, a.opened_at, a.stage, r.document
  from alert a join revision r on r.alert = a.id and r.n = a.revision`

const listedOf = (row: Row): ListedAlert => ({
  id: text(row, 'key'),
  system: text(row, 'system'),
  ExamNo: text(row, 'exam_no'),
  ApplyNo: text(row, 'apply_no'),
  code: (JSON.parse(text(row, 'document')) as Crisis).CrisisCode ?? '',
  setAt: row['set_at'] === null ? null : Date.parse(text(row, 'set_at')),
  openedAt: number(row, 'opened_at'),
  stage: text(row, 'stage') as AlertStage,
})

/** The alerts of a period, to be compared with a list, the oldest first. */
export function* alertsOfPeriod(args: RegisterPage): Step<ListedAlerts> {
  const begin = beginning(args)
  const rows = yield sql(
    `${LISTED} ${PAGE} order by a.opened_at, a.id limit $4`,
    begin.at,
    begin.id,
    args.until,
    args.limit,
  )
  return { rows: rows.map(listedOf), next: rows.length < args.limit ? null : placeOf(rows.at(-1)) }
}

/** The numbers of an exam as a list names it; one may be blank. */
export interface NamedExam {
  readonly ExamNo: string
  readonly ApplyNo: string
}

/** The alerts of exams that a list names, whenever they came in. */
export function* alertsOfExams(args: {
  readonly exams: readonly NamedExam[]
}): Step<readonly ListedAlert[]> {
  const found = new Map<string, ListedAlert>()
  for (const { ExamNo, ApplyNo } of args.exams) {
    const rows = yield ExamNo === ''
      ? sql(`${LISTED} where a.apply_no = $1 order by a.id`, ApplyNo)
      : sql(`${LISTED} where a.exam_no = $1 order by a.id`, ExamNo)
    for (const row of rows) found.set(String(number(row, 'id')), listedOf(row))
  }
  return [...found.values()]
}
