import type { CrisisFeedback } from '../../messages/index.js'
import type { Row, Step } from '../engine/types.js'
import { audit, type Actor } from './audit.js'
import { now, number, sql, text } from './sql.js'
import { advance, saidBy } from './stages.js'

export interface Tell {
  readonly actor: Actor
  readonly system: string
  readonly pair: string
  /** The alert that the flow speaks of (K); '' = all of the exam. */
  readonly key: string
  /** The revision that the flow speaks of; absent = the current one. */
  readonly revision?: number | undefined
  readonly feedback: CrisisFeedback
  readonly stage: 'received' | 'processed'
  readonly receiveAt: string | null
  readonly processAt: string | null
  /** Send a stage although other findings of the exam have not reached it (A19). */
  readonly perAlert: boolean
}

export interface Told {
  /** What to send: all that was told of this exam and what is new (A20); null when it must not be sent. */
  readonly feedback: CrisisFeedback | null
  /**
   * - `otherFinding`: another finding of the exam has not come as far (A19); it goes out with that one
   * - `held`: possibly the wrong patient; a person has to decide
   * - `revised`: it speaks of a content that has been corrected since, and was not noted
   */
  readonly because: 'otherFinding' | 'held' | 'revised' | null
  readonly alert: number | null
}

/** What was told of one alert. A part is whole: a name of one is never put beside a time of another. */
interface Parts {
  readonly received?: CrisisFeedback
  readonly processed?: CrisisFeedback
}

const RECEIVED = ['CrisisReceiver', 'CrisisReceiveDate', 'CrisisReceiveTime'] as const
const PROCESSED = [
  'ProcessStaff',
  'ProcessDate',
  'ProcessTime',
  'ProcessSuggest',
  'ProcessResult',
] as const

/** The alert of an exam that is not known here. */
const UNKNOWN = 0

/**
 * Notes a clinician's feedback that is on its way to the PACS and works out what to send: cumulative, in two
 * steps, and nothing that was not told to us.
 */
export function* tell(args: Tell): Step<Told> {
  const at = yield* now()
  yield sql('{lock:$1}', `${args.system}/${args.pair}`)
  const alerts = yield sql(
    'select * from alert where system = $1 and pair = $2 order by id',
    args.system,
    args.pair,
  )
  const [meant] = yield sql(
    'select alert from alert_key where system = $1 and key = $2',
    args.system,
    args.key,
  )
  const named = alerts.filter((row) => row['id'] === meant?.['alert'])
  const speaksOf = named.length > 0 ? named : alerts
  const alert = speaksOf[0] ? number(speaksOf[0], 'id') : null

  const levels = new Map(alerts.map((row) => [row, levelOf(text(row, 'stage'))]))
  const before = lowest(levels, alerts)
  const heard = yield* note(args, speaksOf, levels, at)
  if (heard.length === 0 && alerts.length > 0) return { feedback: null, because: 'revised', alert }
  const ids = alerts.length > 0 ? heard.map((row) => number(row, 'id')) : [UNKNOWN]
  const parts = yield* keepTold(args, ids, at)

  if (alerts.some((row) => row['hold'] !== null)) return { feedback: null, because: 'held', alert }
  const asked = levelOf(args.stage)
  const level = alerts.length > 0 ? lowest(levels, args.perAlert ? heard : alerts) : asked
  // Sent when it lets the whole exam come a step further, and when that step is known to the PACS already.
  if (level === 0 || (level < asked && level === before)) {
    return { feedback: null, because: 'otherFinding', alert }
  }
  const own = parts.filter(({ alert: id }) => ids.includes(id))
  const told = args.perAlert ? own : [...parts.filter((part) => !own.includes(part)), ...own]
  return { feedback: compose(args, told, level), because: null, alert }
}

/** Notes it with each alert that it speaks of; returns those for which it counts. */
function* note(
  args: Tell,
  speaksOf: readonly Row[],
  levels: Map<Row, number>,
  at: number,
): Step<readonly Row[]> {
  const heard: Row[] = []
  for (const row of speaksOf) {
    if (args.revision !== undefined && args.revision < number(row, 'revision')) continue
    const { stage, flags, news } = yield* advance(row, saidBy(args.feedback, args, null), at)
    const level = levelOf(stage)
    if (flags.includes('beforeRevision') && level < levelOf(args.stage)) continue
    heard.push(row)
    levels.set(row, level)
    if (news) {
      yield* audit(args.actor, at, { kind: `told:${args.stage}`, alert: number(row, 'id') })
    }
  }
  return heard
}

/** 0 nobody has it, 1 received, 2 processed. */
function levelOf(stage: string): number {
  if (stage === 'received') return 1
  return stage === 'processed' || stage === 'fedBack' ? 2 : 0
}

const lowest = (levels: ReadonlyMap<Row, number>, rows: readonly Row[]): number =>
  Math.min(...rows.map((row) => levels.get(row) ?? 0))

/** Adds to what was told of the alerts; returns all that was told of the exam. */
function* keepTold(
  args: Tell,
  ids: readonly number[],
  at: number,
): Step<readonly { readonly alert: number; readonly parts: Parts }[]> {
  const { system, pair, feedback } = args
  const rows = yield sql(
    'select alert, document from told where system = $1 and pair = $2 order by alert',
    system,
    pair,
  )
  const told = new Map(
    rows.map((row) => [number(row, 'alert'), JSON.parse(text(row, 'document')) as Parts]),
  )
  const { received, processed } = saidBy(feedback, args, null)
  for (const alert of ids) {
    const parts: Parts = {
      ...told.get(alert),
      ...(received && { received: pick(feedback, RECEIVED) }),
      ...(processed && { processed: pick(feedback, PROCESSED) }),
    }
    told.set(alert, parts)
    yield sql(
      `insert into told (system, pair, alert, document, at) values ($1, $2, $3, $4, $5)
       on conflict (system, pair, alert) do update set document = excluded.document, at = excluded.at`,
      system,
      pair,
      alert,
      JSON.stringify(parts),
      at,
    )
  }
  return [...told].map(([alert, parts]) => ({ alert, parts }))
}

/** No more than the whole exam has come to, whatever is known of one finding (A19). */
function compose(
  args: Tell,
  told: readonly { readonly parts: Parts }[],
  level: number,
): CrisisFeedback {
  const { feedback } = args
  const received = told.findLast(({ parts }) => parts.received)?.parts.received
  const processed = told.findLast(({ parts }) => parts.processed)?.parts.processed
  return {
    ...pick(feedback, ['ExamNo', 'ApplyNo']),
    ...(received ?? pick(feedback, RECEIVED)),
    ...(level === 2 && processed
      ? processed
      : args.stage === 'received' && pick(feedback, PROCESSED)),
  }
}

function pick(feedback: CrisisFeedback, names: readonly (keyof CrisisFeedback)[]): CrisisFeedback {
  const entries = names.map((name) => [name, feedback[name]] as const)
  return Object.fromEntries(entries.filter(([, value]) => isFilled(value)))
}

const isFilled = (value: unknown): boolean =>
  typeof value === 'string'
    ? value.trim() !== ''
    : typeof value === 'object' && value !== null && Object.values(value).some(isFilled)

/**
 * What was told of a content that has been corrected, or of findings that were closed before this one came,
 * must not be told of the new one. Null = of all alerts of the exam.
 */
export function* forgetTold(system: string, pair: string, alert: number | null): Step<void> {
  yield sql(
    'delete from told where system = $1 and pair = $2 and ($3 < 0 or alert = $3)',
    system,
    pair,
    alert ?? -1,
  )
}
