import { wallOf, weekdayOf } from './calendar.js'

/*
 * Finds that nothing comes in although it should, and that what should go out piles up. What is to be expected is learned
 * from the weeks before, by weekday and hour.
 */

export const HOUR_MS = 3_600_000
const WEEK_HOURS = 168

/** Weeks that are learned from: more would hide that a hospital has changed. */
export const LEARNED_WEEKS = 8
/** Fewest weeks that must be known. */
export const LEAST_WEEKS = 3

/** The probability below which a silence is told of. With 20 critical values a day it is told of wrongly once in a year or two. */
const FALSE_ALARM = 1e-4

/** The critical values of an hour, which is counted from 1970. */
export interface HourCount {
  readonly hour: number
  readonly alerts: number
}

export interface Intake {
  /** Those of one service; an hour without one is left out. */
  readonly counts: readonly HourCount[]
  /** The hours that were counted, from the first up to, but without, the last. */
  readonly from: number
  readonly to: number
  /** When the last critical value came in, in epoch ms; null = none since the hours that were counted. */
  readonly lastAt: number | null
}

/**
 * True for a silence that is improbable: the weeks before had so many critical values at these hours that a silence of
 * this length, by chance, is rarer than 1 in 10 000. So few weeks are not taken for more than they are (the counts of an
 * hour are taken as Poisson, its rate as unknown), and a quiet week such as a holiday counts as one that may come again.
 * @param now epoch ms
 */
export function isSilent(intake: Intake, now: number, zone: string): boolean {
  const since = lastArrival(intake)
  if (since === null || since >= now) return false
  const last = Math.floor(since / HOUR_MS)
  const from = Math.max(intake.from, last - LEARNED_WEEKS * WEEK_HOURS)
  if (last - from < LEAST_WEEKS * WEEK_HOURS) return false
  const learned = learn(intake.counts, from, last, zone)
  const least = Math.log(1 / FALSE_ALARM)
  let surprise = 0
  for (let hour = last; hour * HOUR_MS < now && surprise < least; hour++) {
    const part = Math.min(now, (hour + 1) * HOUR_MS) - Math.max(since, hour * HOUR_MS)
    const slot = learned.slots.get(slotOf(hour, zone))
    if (slot) surprise += learned.quietest * (part / HOUR_MS) * improbability(slot)
  }
  return surprise >= least
}

/** When the last critical value came in, as far as the hours tell it, in epoch ms; null = none is known. */
export function lastArrival({ counts, lastAt }: Intake): number | null {
  if (lastAt !== null) return lastAt
  const hours = counts.filter(({ alerts }) => alerts > 0).map(({ hour }) => hour)
  return hours.length === 0 ? null : (Math.max(...hours) + 1) * HOUR_MS
}

/** An hour of the week. */
interface Slot {
  alerts: number
  weeks: number
}

/** The surprise at an hour without any, in nats: a Poisson count whose rate is known from so many weeks alone. */
const improbability = ({ alerts, weeks }: Slot): number => alerts * Math.log1p(1 / weeks)

interface Learned {
  readonly slots: ReadonlyMap<number, Slot>
  /** The part of the usual number that the quietest week had; a week with none was one in which nothing worked. */
  readonly quietest: number
}

function learn(counts: readonly HourCount[], from: number, to: number, zone: string): Learned {
  const byHour = new Map(counts.map(({ hour, alerts }) => [hour, alerts]))
  const slots = new Map<number, Slot>()
  const weeks: number[] = []
  for (let hour = from; hour < to; hour++) {
    const alerts = byHour.get(hour) ?? 0
    const name = slotOf(hour, zone)
    const slot = slots.get(name) ?? { alerts: 0, weeks: 0 }
    slot.alerts += alerts
    slot.weeks++
    slots.set(name, slot)
    // Counted back from the end, so that the oldest may be no whole week.
    const week = Math.floor((to - 1 - hour) / WEEK_HOURS)
    weeks[week] = (weeks[week] ?? 0) + alerts
  }
  const whole = weeks.slice(0, Math.floor((to - from) / WEEK_HOURS)).filter((sum) => sum > 0)
  const mean = whole.reduce((sum, one) => sum + one, 0) / Math.max(1, whole.length)
  return { slots, quietest: whole.length === 0 ? 0 : Math.min(...whole) / mean }
}

/** The slots of hours that were asked for: each look asks for the same ones again. */
const slotsOf = new Map<string, Map<number, number>>()
const MOST_SLOTS = 4 * LEARNED_WEEKS * WEEK_HOURS

/** The hour of the week on the wall of a zone. */
function slotOf(hour: number, zone: string): number {
  const known = slotsOf.get(zone) ?? new Map<number, number>()
  slotsOf.set(zone, known)
  const before = known.get(hour)
  if (before !== undefined) return before
  const { date, minute } = wallOf(hour * HOUR_MS, zone)
  const slot = weekdayOf(date) * 24 + Math.floor(minute / 60)
  if (known.size >= MOST_SLOTS) known.clear()
  known.set(hour, slot)
  return slot
}

/** The limits of a watch, each null where it is off. */
export interface WatchdogRules {
  /** A silence must have been improbable for so long, in ms. */
  readonly silenceMs: number | null
  /** More documents than this may not have waited longer than the grace, in ms. */
  readonly backlogDocuments: number | null
  readonly backlogGraceMs: number
  /** The oldest document may have waited so long, in ms. */
  readonly oldestMs: number | null
}

/** The documents that are still to be sent to a peer. */
export interface Backlog {
  /** Those that have waited longer than the grace. */
  readonly documents: number
  /** Epoch ms; null = there is none. */
  readonly oldestAt: number | null
}

export function isBacklog(
  { documents, oldestAt }: Backlog,
  rules: WatchdogRules,
  now: number,
): boolean {
  const { backlogDocuments, oldestMs } = rules
  const isMany = backlogDocuments !== null && documents > backlogDocuments
  return isMany || (oldestMs !== null && oldestAt !== null && now - oldestAt > oldestMs)
}
