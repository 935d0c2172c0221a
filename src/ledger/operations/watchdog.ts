import {
  HOUR_MS,
  isBacklog,
  isSilent,
  lastArrival,
  LEARNED_WEEKS,
  type HourCount,
  type WatchdogRules,
} from '../../loop/index.js'
import type { Step } from '../../store/index.js'
import type { Actor } from './audit.js'
import { noteTrouble } from './note-trouble.js'
import { now, number, sql, text } from './sql.js'

/** Hours that are counted in one transaction, so that nobody who wants to store something waits for long. */
const PORTION_HOURS = 24
const WEEK_HOURS = 168
/** The hours that are kept: those that are learned from, and the longest silence that is judged. */
const KEPT_HOURS = (LEARNED_WEEKS + 2) * WEEK_HOURS

export interface WatchOver {
  readonly actor: Actor
  /** The watch whose rules these are, and that is told. */
  readonly target: string
  readonly rules: WatchdogRules
  /** Of the hospital, whose weekdays and hours count. */
  readonly zone: string
}

export interface Watchover {
  /** False = hours are left that were not counted yet: to be asked again. */
  readonly isCounted: boolean
}

/**
 * Looks for a backlog and for a silence, and notes what has begun or ended. All that it remembers is in the ledger, so
 * that any number of instances may do so.
 */
export function* watchOver({ actor, target, rules, zone }: WatchOver): Step<Watchover> {
  const at = yield* now()
  const note = { actor, target }
  if (rules.backlogDocuments !== null || rules.oldestMs !== null) {
    for (const [peer, isOn] of yield* backlogs(target, rules, at)) {
      yield* noteTrouble({ ...note, kind: 'backlog', key: peer, on: isOn })
    }
  }
  yield* endOthers(note, rules)
  if (rules.silenceMs === null) return { isCounted: true }
  const counted = yield* countHours(at)
  if (!counted) return { isCounted: false }
  const then = at - rules.silenceMs
  for (const [service, isOn] of yield* silences(target, counted, then, zone)) {
    yield* noteTrouble({ ...note, kind: 'silence', key: service, on: isOn })
  }
  return { isCounted: true }
}

/** A trouble that was told of, and is looked for no more, is over. */
function* endOthers(note: Pick<WatchOver, 'actor' | 'target'>, rules: WatchdogRules): Step<void> {
  const isBacklogOff = rules.backlogDocuments === null && rules.oldestMs === null
  if (!isBacklogOff && rules.silenceMs !== null) return
  const rows = yield sql('select kind, key from trouble where target = $1', note.target)
  for (const row of rows) {
    const kind = text(row, 'kind')
    const isOff = kind === 'backlog' ? isBacklogOff : kind === 'silence' && rules.silenceMs === null
    if (!isOff) continue
    yield* noteTrouble({
      ...note,
      kind: kind === 'backlog' ? 'backlog' : 'silence',
      key: text(row, 'key'),
      on: false,
    })
  }
}

/** The peers that documents wait for, or that were told of, each with whether they pile up. */
function* backlogs(
  target: string,
  rules: WatchdogRules,
  at: number,
): Step<readonly (readonly [string, boolean])[]> {
  const rows = yield sql(
    `select peer, min(at) as oldest, sum(case when at <= $1 then 1 else 0 end) as documents
     from outbox where state in ('ready', 'leased') and blocked is null group by peer`,
    at - rules.backlogGraceMs,
  )
  const found = new Map(
    rows.map((row) => {
      const backlog = { documents: Number(row['documents']), oldestAt: number(row, 'oldest') }
      return [text(row, 'peer'), isBacklog(backlog, rules, at)] as const
    }),
  )
  const told = yield sql("select key from trouble where target = $1 and kind = 'backlog'", target)
  for (const row of told) {
    const peer = text(row, 'key')
    if (!found.has(peer)) found.set(peer, false)
  }
  return [...found]
}

/** The hours that were counted: from the first, up to and without the last. */
interface Counted {
  readonly from: number
  readonly to: number
}

/** Counts the hours that are over. @returns null while hours are left */
function* countHours(at: number): Step<Counted | null> {
  const present = Math.floor(at / HOUR_MS)
  const [known] = yield sql(
    "select min(hour) as first, max(hour) as last from volume where service = ''",
  )
  const first = known?.['first'] as number | null
  const from = first === null ? yield* firstHour(present) : number(known, 'last') + 1
  const to = Math.min(present, from + PORTION_HOURS)
  if (from < to) yield* countBetween(from, to)
  yield sql('delete from volume where hour < $1', present - KEPT_HOURS)
  return to < present ? null : { from: Math.max(first ?? from, present - KEPT_HOURS), to: present }
}

function* firstHour(present: number): Step<number> {
  const earliest = present - LEARNED_WEEKS * WEEK_HOURS
  const [row] = yield sql(
    'select min(opened_at) as first from alert where opened_at >= $1',
    earliest * HOUR_MS,
  )
  const first = row?.['first']
  return typeof first === 'number' ? Math.floor(first / HOUR_MS) : present
}

function* countBetween(from: number, to: number): Step<void> {
  // Instances that count at the same moment count the same.
  yield sql(
    `insert into volume (service, hour, alerts)
     select target, opened_at / ${HOUR_MS} as hour, count(*) from alert
     where opened_at >= $1 and opened_at < $2 and target is not null group by target, hour
     on conflict (service, hour) do update set alerts = excluded.alerts`,
    from * HOUR_MS,
    to * HOUR_MS,
  )
  for (let hour = from; hour < to; hour++) {
    yield sql(
      "insert into volume (service, hour, alerts) values ('', $1, 0) on conflict do nothing",
      hour,
    )
  }
}

/** @param then epoch ms at which a silence must have been one already */
function* silences(
  target: string,
  { from, to }: Counted,
  then: number,
  zone: string,
): Step<readonly (readonly [string, boolean])[]> {
  const rows = yield sql("select service, hour, alerts from volume where service <> ''")
  const latest = yield sql(
    `select target, max(opened_at) as last from alert
     where opened_at >= $1 and target is not null group by target`,
    to * HOUR_MS,
  )
  const last = new Map(latest.map((row) => [text(row, 'target'), number(row, 'last')]))
  const services = new Map<string, HourCount[]>()
  for (const row of rows) {
    const service = text(row, 'service')
    const counts = services.get(service) ?? []
    counts.push({ hour: number(row, 'hour'), alerts: number(row, 'alerts') })
    services.set(service, counts)
  }
  const told = yield sql(
    "select key, since from trouble where target = $1 and kind = 'silence'",
    target,
  )
  const since = new Map(told.map((row) => [text(row, 'key'), number(row, 'since')]))
  return [...services].map(([service, counts]) => {
    const intake = { counts, from, to, lastAt: last.get(service) ?? null }
    // A silence ends with a critical value, and not with the weeks by which it was known. Of an hour that was counted
    // only its beginning is sure to lie before the silence.
    const arrival = intake.lastAt ?? (lastArrival(intake) ?? 0) - HOUR_MS
    const isTold = arrival <= (since.get(service) ?? -1)
    return [service, isTold || isSilent(intake, then, zone)] as const
  })
}
