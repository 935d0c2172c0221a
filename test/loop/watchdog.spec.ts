import assert from 'node:assert/strict'
import { HOUR_MS, isBacklog, isSilent, type HourCount } from '../../src/loop/index.js'

const ZONE = '+08:00'
const WEEK = 168
/** A Monday, 0 o'clock in China. */
const START = Date.UTC(2026, 0, 4, 16) / HOUR_MS

/** Random numbers that are the same each time. */
function randomBy(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

/** Critical values an hour: busy by day, quiet by night and at the weekend. */
function rateAt(hour: number): number {
  const sinceMonday = (hour - START) % WEEK
  const [day, time] = [Math.floor(sinceMonday / 24), sinceMonday % 24]
  const isDay = time >= 8 && time < 18
  return (day < 5 ? 1 : 0.4) * (isDay ? 2 : 0.25)
}

/** The times of arrivals, in epoch ms. */
function arrivals(weeks: number, random: () => number): readonly number[] {
  const found: number[] = []
  for (let hour = START; hour < START + weeks * WEEK; hour++) {
    for (let at = 0; ;) {
      at -= Math.log(1 - random()) / rateAt(hour)
      if (at >= 1) break
      found.push((hour + at) * HOUR_MS)
    }
  }
  return found
}

function countsOf(times: readonly number[]): readonly HourCount[] {
  const byHour = new Map<number, number>()
  for (const at of times) {
    const hour = Math.floor(at / HOUR_MS)
    byHour.set(hour, (byHour.get(hour) ?? 0) + 1)
  }
  return [...byHour].map(([hour, alerts]) => ({ hour, alerts }))
}

const intakeOf = (times: readonly number[], from = START) => {
  const lastAt = times.at(-1) ?? null
  const counts = countsOf(times)
  return { counts, from, to: Math.floor((lastAt ?? 0) / HOUR_MS), lastAt }
}

/** The hours after which a silence that begins at a time is found. */
function foundAfter(times: readonly number[], at: number): number {
  const before = times.filter((time) => time <= at)
  const intake = { ...intakeOf(before), lastAt: at, to: Math.floor(at / HOUR_MS) }
  for (let hours = 0; hours < 3 * WEEK; hours += 0.5) {
    if (isSilent(intake, at + hours * HOUR_MS, ZONE)) return hours
  }
  return Infinity
}

describe('the watchdog', () => {
  const all = arrivals(12, randomBy(1))

  it('finds a silence sooner by day than by night', () => {
    const monday = (START + 9 * WEEK + 9) * HOUR_MS
    const night = (START + 9 * WEEK + 20) * HOUR_MS
    const byDay = foundAfter(all, monday)
    const byNight = foundAfter(all, night)
    assert.ok(byDay > 3 && byDay < 9, `by day after ${byDay} h`)
    assert.ok(byNight > 12 && byNight < 22, `by night after ${byNight} h`)
  })

  it('is wrong about hardly any gap of ordinary weeks', () => {
    let alarms = 0
    let gaps = 0
    for (let place = Math.floor(all.length / 2); place < all.length - 1; place += 4) {
      gaps++
      const intake = intakeOf(all.slice(0, place + 1))
      if (isSilent(intake, all[place + 1]!, ZONE)) alarms++
    }
    assert.ok(gaps > 150)
    assert.equal(alarms, 0)
  })

  it('expects no more than in the quietest of the weeks', () => {
    const at = (START + 9 * WEEK + 9) * HOUR_MS
    const holiday = START + 6 * WEEK
    const quieter = all.filter((time, n) => {
      const hour = time / HOUR_MS
      return hour < holiday || hour >= holiday + WEEK || n % 3 === 0
    })
    assert.ok(foundAfter(quieter, at) > 1.5 * foundAfter(all, at))
  })

  it('says nothing before it knows three weeks', () => {
    const [second, fourth] = [2, 4].map((weeks) => {
      const times = all.filter((time) => time < (START + weeks * WEEK) * HOUR_MS)
      return isSilent(intakeOf(times), (START + (weeks + 1) * WEEK) * HOUR_MS, ZONE)
    })
    assert.deepEqual([second, fourth], [false, true])
  })

  it('goes by the hours that were counted where nothing came since', () => {
    const intake = { ...intakeOf(all), lastAt: null }
    assert.equal(isSilent(intake, all.at(-1)! + WEEK * HOUR_MS, ZONE), true)
    assert.equal(isSilent(intake, all.at(-1)! + HOUR_MS / 4, ZONE), false)
    assert.equal(isSilent({ ...intake, counts: [] }, Date.now(), ZONE), false)
  })

  it('knows a backlog by its number and by its age', () => {
    const rules = { silenceMs: null, backlogGraceMs: 0, backlogDocuments: 2, oldestMs: 10 }
    const backlog = (documents: number, oldestAt: number | null, changes = {}) =>
      isBacklog({ documents, oldestAt }, { ...rules, ...changes }, 100)
    assert.deepEqual(
      [
        backlog(0, null),
        backlog(2, 90),
        backlog(3, 90),
        backlog(1, 89),
        backlog(3, 89, { backlogDocuments: null, oldestMs: null }),
      ],
      [false, false, true, true, false],
    )
  })
})
