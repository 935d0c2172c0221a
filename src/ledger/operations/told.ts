import {
  acknowledge,
  isCancelled,
  levelOf,
  lowestLevel,
  partsOf,
  saidBy,
  spokenOf,
  UNKNOWN_ALERT,
  type Said,
  type SpokenOf,
  type ToldOfAlert,
  type ToldParts,
  type ToldStage,
} from '../../loop/index.js'
import type { CrisisFeedback } from '../../messages/index.js'
import type { Step } from '../engine/types.js'
import { audit, type Actor } from './audit.js'
import { alertsOf, alertWithKey, lockExam, milestonesOf } from './exam/load.js'
import { advanceAlert } from './exam/save.js'
import { now, number, sql, text } from './sql.js'

export interface Tell {
  readonly actor: Actor
  readonly system: string
  readonly pair: string
  /** The alert that the flow speaks of (K); '' = all of the exam. */
  readonly key: string
  /** The revision that the flow speaks of; absent = the current one. */
  readonly revision?: number | undefined
  readonly feedback: CrisisFeedback
  readonly stage: ToldStage
  readonly receiveAt: string | null
  readonly processAt: string | null
}

/**
 * Why nothing was noted, and nothing is to be sent.
 * - `unknownAlert`: it is not known which alert is meant: the one that is named is none of this exam, or all of
 *   the exam were set after what was said
 * - `cancelled`: the alert was cancelled
 * - `revised`: it speaks of a content that has been corrected since
 */
export type NotTold = 'unknownAlert' | 'cancelled' | 'revised'

export interface Told {
  readonly refused: NotTold | null
  /** The first of the alerts that are spoken of; null for an exam that is not known here. */
  readonly alert: number | null
  /** The alerts that it was noted with; `UNKNOWN_ALERT` for an exam that is not known here. */
  readonly alerts: readonly number[]
  /** How far the whole exam had come before. */
  readonly before: number
  readonly flags: readonly string[]
}

/** Notes a clinician's feedback that is on its way to the PACS with each alert that it speaks of. */
export function* tell(args: Tell): Step<Told> {
  const at = yield* now()
  yield* lockExam(args.system, args.pair)
  const all = yield* alertsOf(args.system, args.pair)
  const meant = yield* alertWithKey(args.system, args.key)
  const named = all.find(({ id }) => id === meant)
  const current = all.filter((alert) => !isCancelled(alert))
  const said = saidBy(args.feedback, args)
  // What a flow says of one alert is of that one, whatever its clock says.
  const speaksOf = named ? [{ alert: named, said }] : spokenOf(current, said)
  const alert = (named ?? speaksOf[0]?.alert ?? current[0])?.id ?? null
  const before = lowestLevel(current)
  const refused = (because: NotTold): Told => ({
    refused: because,
    alert,
    alerts: [],
    before,
    flags: [],
  })
  // One acknowledgement must not close two findings.
  if (args.key !== '' && all.length > 0 && !named) return refused('unknownAlert')
  if ((named && isCancelled(named)) || (all.length > 0 && current.length === 0)) {
    return refused('cancelled')
  }
  if (all.length > 0 && speaksOf.length === 0) return refused('unknownAlert')
  const flags = new Set<string>()
  const heard = yield* note(args, speaksOf, flags, at)
  if (heard.length === 0 && all.length > 0) return refused('revised')
  const told = all.length > 0 ? heard : [{ alert: UNKNOWN_ALERT, said }]
  yield* keepTold(args, told, at)
  return { refused: null, alert, alerts: told.map((one) => one.alert), before, flags: [...flags] }
}

interface Heard {
  readonly alert: number
  readonly said: Said
}

/** Notes it with each alert that it speaks of; returns those for which it counts. */
function* note(
  args: Tell,
  speaksOf: readonly SpokenOf[],
  allFlags: Set<string>,
  at: number,
): Step<readonly Heard[]> {
  const heard: Heard[] = []
  for (const { alert, said } of speaksOf) {
    // A later number may be that of an earlier content, which came late.
    if (args.revision !== undefined && args.revision !== alert.revision) continue
    const milestones = yield* milestonesOf(alert.id)
    const acknowledged = acknowledge(alert, milestones, said, at)
    yield* advanceAlert(alert.id, acknowledged, null, at)
    const { flags, stage, counts } = acknowledged
    // Not of what others have acknowledged since, either: the PACS would be told that it was this person.
    if (!counts) continue
    if (flags.includes('beforeRevision') && levelOf(stage) < levelOf(args.stage)) continue
    heard.push({ alert: alert.id, said })
    for (const flag of flags) allFlags.add(flag)
    if (acknowledged.milestones.length > 0) {
      yield* audit(args.actor, at, { kind: `told:${args.stage}`, alert: alert.id })
    }
  }
  return heard
}

/** Adds to what was told of the alerts. */
function* keepTold(args: Tell, heard: readonly Heard[], at: number): Step<void> {
  const { system, pair, feedback } = args
  const told = new Map((yield* toldOf(system, pair)).map(({ alert, parts }) => [alert, parts]))
  for (const { alert, said } of heard) {
    const parts: ToldParts = { ...told.get(alert), ...partsOf(feedback, said) }
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

/** All that was told of an exam. */
export function* toldOf(system: string, pair: string): Step<readonly ToldOfAlert[]> {
  const rows = yield sql(
    'select alert, document from told where system = $1 and pair = $2 order by alert',
    system,
    pair,
  )
  return rows.map((row) => ({
    alert: number(row, 'alert'),
    parts: JSON.parse(text(row, 'document')) as ToldParts,
  }))
}

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
      JSON.stringify({ ...parts, past: true } satisfies ToldParts),
    )
  }
}
