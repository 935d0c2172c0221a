import type { CrisisFeedback } from '../../messages/index.js'
import type { Row, Step } from '../engine/types.js'
import { audit, type Actor } from './audit.js'
import { now, number, sql, text } from './sql.js'
import { advance, alertsOf, isCancelled, saidBy } from './stages.js'

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
}

/**
 * Why nothing was noted, and nothing is to be sent.
 * - `unknownAlert`: the alert that is named is none of this exam, so it is not known which one is meant
 * - `cancelled`: the alert was cancelled
 * - `revised`: it speaks of a content that has been corrected since
 */
export type NotTold = 'unknownAlert' | 'cancelled' | 'revised'

export interface Told {
  readonly refused: NotTold | null
  /** The first of the alerts that are spoken of; null for an exam that is not known here. */
  readonly alert: number | null
  /** The alerts that it was noted with; `UNKNOWN` for an exam that is not known here. */
  readonly alerts: readonly number[]
  /** How far the whole exam had come before. */
  readonly before: number
  readonly flags: readonly string[]
}

/** What was told of one alert. A part is whole: a name of one is never put beside a time of another. */
interface Parts {
  readonly received?: CrisisFeedback
  readonly processed?: CrisisFeedback
  /** The alert was closed when another finding came, of which nothing of this may be told. */
  readonly past?: true
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

/** Notes a clinician's feedback that is on its way to the PACS with each alert that it speaks of. */
export function* tell(args: Tell): Step<Told> {
  const at = yield* now()
  yield sql('{lock:$1}', `${args.system}/${args.pair}`)
  const all = yield* alertsOf(args.system, args.pair)
  const [meant] = yield sql(
    'select alert from alert_key where system = $1 and key = $2',
    args.system,
    args.key,
  )
  const named = all.filter((row) => row['id'] === meant?.['alert'])
  const current = all.filter((row) => !isCancelled(row))
  const speaksOf = named.length > 0 ? named : current
  const alert = speaksOf[0] ? number(speaksOf[0], 'id') : null
  const before = lowest(current)
  const refused = (because: NotTold): Told => ({
    refused: because,
    alert,
    alerts: [],
    before,
    flags: [],
  })
  // One acknowledgement must not close two findings.
  if (args.key !== '' && all.length > 0 && named.length === 0) return refused('unknownAlert')
  if (named.some(isCancelled) || (all.length > 0 && current.length === 0)) {
    return refused('cancelled')
  }
  const flags = new Set<string>()
  const heard = yield* note(args, speaksOf, flags, at)
  if (heard.length === 0 && all.length > 0) return refused('revised')
  const alerts = all.length > 0 ? heard : [UNKNOWN]
  yield* keepTold(args, alerts, at)
  return { refused: null, alert, alerts, before, flags: [...flags] }
}

/** Notes it with each alert that it speaks of; returns those for which it counts. */
function* note(
  args: Tell,
  speaksOf: readonly Row[],
  allFlags: Set<string>,
  at: number,
): Step<readonly number[]> {
  const heard: number[] = []
  for (const row of speaksOf) {
    // A later number may be that of an earlier content, which came late.
    if (args.revision !== undefined && args.revision !== number(row, 'revision')) continue
    const alert = number(row, 'id')
    const { stage, flags, news } = yield* advance(row, saidBy(args.feedback, args, null), at)
    if (flags.includes('beforeRevision') && levelOf(stage) < levelOf(args.stage)) continue
    heard.push(alert)
    for (const flag of flags) allFlags.add(flag)
    if (news) yield* audit(args.actor, at, { kind: `told:${args.stage}`, alert })
  }
  return heard
}

/** 0 nobody has it, 1 received, 2 processed. */
export function levelOf(stage: string): number {
  if (stage === 'received') return 1
  return stage === 'processed' || stage === 'fedBack' ? 2 : 0
}

/** How far all of some alerts have come. */
export const lowest = (rows: readonly Row[]): number =>
  Math.min(...rows.map((row) => levelOf(text(row, 'stage'))))

/** Adds to what was told of the alerts. */
function* keepTold(args: Tell, alerts: readonly number[], at: number): Step<void> {
  const { system, pair, feedback } = args
  const told = new Map((yield* toldOf(system, pair)).map(({ alert, parts }) => [alert, parts]))
  const { received, processed } = saidBy(feedback, args, null)
  for (const alert of alerts) {
    const parts: Parts = {
      ...told.get(alert),
      ...(received && { received: pick(feedback, RECEIVED) }),
      ...(processed && { processed: pick(feedback, PROCESSED) }),
    }
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
}

export interface ToldOfAlert {
  readonly alert: number
  readonly parts: Parts
}

/** All that was told of an exam. */
export function* toldOf(system: string, pair: string): Step<readonly ToldOfAlert[]> {
  const rows = yield sql(
    'select alert, document from told where system = $1 and pair = $2 order by alert',
    system,
    pair,
  )
  return rows.map((row) => ({
    alert: number(row, 'alert'),
    parts: JSON.parse(text(row, 'document')) as Parts,
  }))
}

/**
 * What to send: all that was told of the exam (A20), but no more than it has come to as a whole, whatever is
 * known of one finding (A19), and nothing that was not told to us.
 * @param told what counts last stands last
 */
export function compose(
  feedback: CrisisFeedback,
  stage: Tell['stage'],
  told: readonly ToldOfAlert[],
  level: number,
): CrisisFeedback {
  const received = told.findLast(({ parts }) => parts.received)?.parts.received
  const processed = told.findLast(({ parts }) => parts.processed)?.parts.processed
  const fragment = stage === 'received' ? pick(feedback, PROCESSED) : {}
  return {
    ...pick(feedback, ['ExamNo', 'ApplyNo']),
    ...(received ?? pick(feedback, RECEIVED)),
    ...(level === 2 ? (processed ?? pick(feedback, PROCESSED)) : fragment),
  }
}

export const tellsProcess = ({ ProcessResult = '' }: CrisisFeedback): boolean =>
  ProcessResult.trim() !== ''

export const tellsReception = (feedback: CrisisFeedback): boolean =>
  RECEIVED.some((name) => isFilled(feedback[name]))

function pick(feedback: CrisisFeedback, names: readonly (keyof CrisisFeedback)[]): CrisisFeedback {
  const entries = names.map((name) => [name, feedback[name]] as const)
  return Object.fromEntries(entries.filter(([, value]) => isFilled(value)))
}

const isFilled = (value: unknown): boolean =>
  typeof value === 'string'
    ? value.trim() !== ''
    : typeof value === 'object' && value !== null && Object.values(value).some(isFilled)

/** What was told of a content that has been corrected, or cancelled, must not be told any more. */
export function* forgetTold(system: string, pair: string, alert: number): Step<void> {
  yield sql('delete from told where system = $1 and pair = $2 and alert = $3', system, pair, alert)
}

/** A finding comes when all others are closed: what was told of those must not be told of this one. */
export function* closeTold(system: string, pair: string): Step<void> {
  for (const { alert, parts } of yield* toldOf(system, pair)) {
    yield sql(
      'update told set document = $4 where system = $1 and pair = $2 and alert = $3',
      system,
      pair,
      alert,
      JSON.stringify({ ...parts, past: true } satisfies Parts),
    )
  }
}
