import { inOwnLanguage, line, text, type Reason } from './page.js'

/** A time in which nobody can be called, with its place in the week from 0 to 1. */
interface Hole {
  readonly from: number
  readonly to: number
  readonly since: string
  readonly until: string
  readonly gap: string
  readonly reason: Reason
  readonly people: readonly string[]
}

interface Role {
  readonly role: string
  readonly department: string
  readonly channels: readonly string[]
  /** Those who are on call now. */
  readonly people: readonly string[]
  readonly gap: Reason | null
  readonly holes: readonly Hole[]
}

/** The next seven days of a roster as the runtime has worked them out. */
export interface Week {
  readonly days: readonly { readonly at: number; readonly date: string; readonly weekday: number }[]
  readonly roles: readonly Role[]
  readonly silent: readonly string[]
}

/** More rows and lines than these are not read. */
const MOST_ROLES = 12
const MOST_HOLES = 8

const and = (): string => text('crisis-roster.week.and')

/** Draws a week: a strip a role with its holes marked, and the holes in words beside it. */
export function drawWeek(place: JQuery, week: Week | null): void {
  place.empty()
  if (!week) return
  const { days, silent } = week
  if (silent.length > 0) {
    place.append(line('bad', text('crisis-roster.week.silent', { people: silent.join(and()) })))
  }
  // Those with gaps are looked for.
  const roles = week.roles.toSorted((a, b) => b.holes.length - a.holes.length)
  const strips = $('<div class="hospital-crisis-week-strips">').append($('<span>'), scaleOf(days))
  for (const role of roles.slice(0, MOST_ROLES)) strips.append(labelOf(role), stripOf(role, days))
  const more = roles.length - MOST_ROLES
  if (more > 0) {
    strips.append(
      $('<span class="hospital-crisis-note">').text(
        text('crisis-roster.week.moreRoles', { count: more }),
      ),
    )
  }
  $('<div class="hospital-crisis-week">').append(strips, listOf(roles)).appendTo(place)
}

const titleOf = ({ role, department, channels }: Role): string =>
  [role, department, channels.join('/')].filter((part) => part !== '').join(' · ')

function labelOf(role: Role): JQuery {
  const now = role.gap ? inOwnLanguage(role.gap) : role.people.join(and())
  return $('<div class="hospital-crisis-week-role">').append(
    $('<div>').text(titleOf(role)).attr('title', titleOf(role)),
    $('<div>')
      .addClass(role.gap ? 'hospital-crisis-error' : 'hospital-crisis-note')
      .text(text('crisis-roster.week.now', { people: now }))
      .attr('title', now),
  )
}

const percent = (part: number): string => `${(part * 100).toFixed(2)}%`

function scaleOf(days: Week['days']): JQuery {
  const scale = $('<div class="hospital-crisis-week-scale">')
  days.forEach(({ at, date, weekday }, n) => {
    const width = (days[n + 1]?.at ?? 1) - at
    // A day that has nearly passed has no room for its name.
    if (width < 0.07) return
    $('<span>')
      .css({ left: percent(at), width: percent(width) })
      .attr('title', date)
      .text(text(`crisis-roster.weekday.${weekday}`))
      .appendTo(scale)
  })
  return scale
}

function stripOf({ holes }: Role, days: Week['days']): JQuery {
  const strip = $('<div class="hospital-crisis-week-strip">')
  for (const { at } of days.slice(1))
    $('<i>')
      .css({ left: percent(at) })
      .appendTo(strip)
  for (const hole of holes) {
    $('<b>')
      .css({ left: percent(hole.from), width: percent(hole.to - hole.from) })
      .attr('title', timesOf(hole))
      .appendTo(strip)
  }
  return strip
}

function timesOf({ since, until, gap, reason, people }: Hole): string {
  const times = text('crisis-roster.week.times', {
    since: since || text('crisis-roster.week.since'),
    until: until || text('crisis-roster.week.until'),
  })
  const who = people.length > 0 ? ` (${people.join(and())})` : ''
  // That nobody is there is what a gap means.
  return gap === 'nobody' ? times : `${times} ${inOwnLanguage(reason)}${who}`
}

function listOf(roles: readonly Role[]): JQuery {
  const list = $('<div class="hospital-crisis-week-list">')
  const all = roles.flatMap((role) => role.holes.map((hole) => ({ role, hole })))
  if (all.length === 0) return list.append(line('good', text('crisis-roster.week.none')))
  list.append(line('bad', text('crisis-roster.week.holes', { count: all.length })))
  const inOrder = all.toSorted((a, b) => a.hole.from - b.hole.from)
  for (const { role, hole } of inOrder.slice(0, MOST_HOLES)) {
    $('<div class="hospital-crisis-week-hole">')
      .append(
        $('<div>').text(titleOf(role)),
        $('<div class="hospital-crisis-note">').text(timesOf(hole)),
      )
      .appendTo(list)
  }
  const more = all.length - MOST_HOLES
  if (more > 0) {
    list.append(
      $('<div class="hospital-crisis-note">').text(
        text('crisis-roster.week.moreHoles', { count: more }),
      ),
    )
  }
  return list
}
