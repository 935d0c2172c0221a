import {
  CLOSED_STAGES,
  normalised,
  OPEN_ALERT_STAGES,
  type AlertStage,
} from '../../../loop/index.js'
import type { Crisis, Person } from '../../../messages/index.js'
import type { Row, SqlValue, Step } from '../../../store/index.js'
import { personIn } from '../acknowledge/acknowledge.js'
import { listed, number, sql, text } from '../sql.js'
import { byAlert } from './open.js'

/** The facts that are known of the alerts that are looked for; all of it must hold. Times are epoch ms. */
export interface BoardSearch {
  readonly ExamNo?: string | undefined
  readonly ApplyNo?: string | undefined
  readonly SickNo?: string | undefined
  /** Staff number or name of whoever set, received or processed it. */
  readonly doctor?: string | undefined
  readonly department?: string | undefined
  readonly stage?: AlertStage | 'open' | 'closed' | undefined
  /** When they came in: not before, and before. */
  readonly from?: number | undefined
  readonly until?: number | undefined
  /** The last number of the part before; absent = the beginning. */
  readonly after?: number | undefined
  readonly limit: number
}

export interface FoundAlert {
  readonly alert: number
  readonly id: string
  readonly ExamNo: string
  readonly ApplyNo: string
  readonly SickNo: string
  readonly crisis: Crisis
  readonly department: string
  readonly stage: AlertStage
  readonly openedAt: number
  readonly closedAt: number | null
  readonly startedAt: number
  readonly receivedAt: number | null
  readonly processedAt: number | null
  readonly receivedBy: Person | null
  readonly processedBy: Person | null
}

export interface FoundAlerts {
  readonly rows: readonly FoundAlert[]
  /** Asks for the next part; null = there is none. */
  readonly next: number | null
}

/** A condition, with its place for a value. */
interface Condition {
  readonly column: string
  /** The same as an expression, by which no index is chosen. */
  readonly beside: string
  readonly is: string
  readonly values: readonly SqlValue[]
}

/**
 * Alerts that meet all of what is given, the latest first. Each way in has an index in the order of the numbers, so that
 * a part of a million costs what its rows cost; the way is chosen here, for the database does not know what is rare.
 */
export function* searchAlerts(args: BoardSearch): Step<FoundAlerts> {
  const bounds = yield* boundsOf(args)
  if (!bounds) return { rows: [], next: null }
  const { least, most } = bounds
  const doctor = (args.doctor ?? '').trim()
  const conditions = conditionsOf(args)
  const params: SqlValue[] = [least, most, args.limit]
  const where = conditions.map(({ column, beside, is, values }, n) => {
    params.push(...values)
    const shown = doctor === '' && n === 0 ? column : beside
    return ` and ${shown} ${is.replace('?', `$${params.length}`)}`
  })
  if (doctor !== '') params.push(doctor)
  const way = doctor === '' ? ALL : ofDoctor(`$${params.length}`)
  const ids = `select id from (${way.replaceAll('{where}', where.join(''))}) c order by id desc limit $3`
  const rows = yield sql(
    `select a.*, r.document from (${ids}) d join alert a on a.id = d.id
       join revision r on r.alert = a.id and r.n = a.revision order by a.id desc`,
    ...params,
  )
  const milestones = byAlert(yield sql(`${MILESTONES} from (${ids}) d ${OF_FOUND}`, ...params))
  return {
    rows: rows.map((row) => foundOf(row, milestones.get(number(row, 'id')) ?? [])),
    next: rows.length < args.limit ? null : number(rows.at(-1), 'id'),
  }
}

const MILESTONES = 'select s.alert, s.stage, s.at, s.code, s.name'
const OF_FOUND =
  "join stage s on s.alert = d.id where s.stage in ('stored', 'received', 'processed') order by s.id"

interface Bounds {
  readonly least: number
  readonly most: number
}

/** The numbers between which all alerts of a period are; null = there are none. */
function* boundsOf({ from, until, after }: BoardSearch): Step<Bounds | null> {
  const last = after === undefined ? Number.MAX_SAFE_INTEGER : after - 1
  if (from === undefined && until === undefined) return { least: 0, most: last }
  // The clock may have been set back, so that numbers and times need not go together.
  const [row] = yield sql(
    'select min(id) as least, max(id) as most from alert where opened_at >= $1 and opened_at < $2',
    from ?? 0,
    until ?? Number.MAX_SAFE_INTEGER,
  )
  if (typeof row?.['least'] !== 'number') return null
  return { least: number(row, 'least'), most: Math.min(last, number(row, 'most')) }
}

/** The one that leads to the fewest alerts comes first. */
function conditionsOf(args: BoardSearch): readonly Condition[] {
  const stage = stageOf(args.stage)
  const { department } = args
  const ofDepartment = equal(
    'a.department',
    department === undefined ? undefined : normalised(department),
    " and a.department <> ''",
  )
  return [
    ...equal('a.exam_no', args.ExamNo),
    ...equal('a.apply_no', args.ApplyNo),
    ...equal('a.sick_no', args.SickNo),
    ...(isRare(args.stage) ? [...stage, ...ofDepartment] : [...ofDepartment, ...stage]),
    // A period is found by its numbers, among which the clock may have put others.
    ...time('>= ?', args.from),
    ...time('< ?', args.until),
  ]
}

const equal = (column: string, value: string | undefined, also = ''): readonly Condition[] =>
  value === undefined
    ? []
    : [{ column, beside: `(${column} || '')`, is: `= ?${also}`, values: [value] }]

const time = (is: string, value: number | undefined): readonly Condition[] =>
  value === undefined
    ? []
    : [{ column: '+a.opened_at', beside: '+a.opened_at', is, values: [value] }]

const isRare = (stage: BoardSearch['stage']): boolean =>
  stage === 'open' || stage === 'cancelled' || OPEN_ALERT_STAGES.some((one) => one === stage)

const OPEN = listed(OPEN_ALERT_STAGES)

/** Partial indexes want the stages in the statement. */
function stageOf(stage: BoardSearch['stage']): readonly Condition[] {
  if (stage === undefined) return []
  const byId = (is: string) => [{ column: 'a.id', beside: '+a.id', is, values: [] }]
  if (stage === 'closed') return byId(`not in (select id from alert where stage in ${OPEN})`)
  if (stage === 'open') return byId(`in (select id from alert where stage in ${OPEN})`)
  if (OPEN_ALERT_STAGES.includes(stage)) {
    return byId(`in (select id from alert where stage in ${OPEN} and stage = '${stage}')`)
  }
  const is = `= '${stage}' and a.stage in ${listed(CLOSED_STAGES)}`
  return [{ column: 'a.stage', beside: "(a.stage || '')", is, values: [] }]
}

const BETWEEN = 'a.id >= $1 and a.id <= $2'
const ALL = `select a.id from alert a where ${BETWEEN}{where} order by a.id desc limit $3`

/** Each way to a doctor by itself, with as many alerts as are wanted. */
function ofDoctor(param: string): string {
  const settor = (column: string) => `select * from (select a.id from alert a
    where ${column} = ${param} and ${column} <> '' and ${BETWEEN}{where} order by a.id desc limit $3) d`
  const acted = (column: string) => `select * from (select distinct s.alert as id
    from stage s join alert a on a.id = s.alert where ${column} = ${param} and ${column} <> ''
      and s.alert >= $1 and s.alert <= $2{where} order by s.alert desc limit $3) d`
  return [settor('a.settor_code'), settor('a.settor_name'), acted('s.code'), acted('s.name')].join(
    ' union ',
  )
}

function foundOf(row: Row, milestones: readonly Row[]): FoundAlert {
  const from = milestones.findLastIndex((one) => one['stage'] === 'stored')
  const own = milestones.slice(from + 1)
  const by = (stage: string): Person | null => {
    const found = own.find((one) => one['stage'] === stage)
    return found ? personIn(found, '') : null
  }
  const openedAt = number(row, 'opened_at')
  const processedAt = row['processed_at'] as number | null
  return {
    alert: number(row, 'id'),
    id: text(row, 'key'),
    ExamNo: text(row, 'exam_no'),
    ApplyNo: text(row, 'apply_no'),
    SickNo: text(row, 'sick_no'),
    crisis: JSON.parse(text(row, 'document')) as Crisis,
    department: text(row, 'department'),
    stage: text(row, 'stage') as AlertStage,
    openedAt,
    closedAt: processedAt ?? (row['cancelled_at'] as number | null),
    startedAt: from < 0 ? openedAt : number(milestones[from], 'at'),
    receivedAt: row['received_at'] as number | null,
    processedAt,
    receivedBy: by('received'),
    processedBy: by('processed'),
  }
}
