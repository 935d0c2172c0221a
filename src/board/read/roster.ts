import {
  beganOn,
  channelsFor,
  GAP_REASONS,
  isSamePerson,
  normalised,
  onCall,
  wallOf,
  wantedOf,
  type OnCallPerson,
  type Roster,
  type Wanted,
} from '../../loop/index.js'
import type { DutyView, RosterView } from '../api.js'
import { personView } from './masks.js'
import type { BoardSources, RosterNow } from './sources.js'

/** The people on call at this moment, for each role and department of the rosters; no address is shown. */
export async function rosterView({
  rosterNow,
}: Pick<BoardSources, 'rosterNow'>): Promise<RosterView> {
  const now = Date.now()
  const rosters = await rosterNow()
  return {
    now,
    rosters: rosters.map(({ name, readAt, problem, ...one }) => ({
      name,
      readAt,
      problem,
      duties: dutiesOf(one, now),
    })),
  }
}

function dutiesOf(
  { roster, zone }: Pick<RosterNow, 'roster' | 'zone'>,
  now: number,
): readonly DutyView[] {
  if (!roster) return []
  return wantedOf(roster).map((wanted): DutyView => {
    const { people, gap } = onCall(roster, wanted, now, zone)
    return {
      role: wanted.role,
      department: wanted.department,
      shift: shiftOf(roster, wanted, people, now, zone),
      people: people.map((person) => ({
        ...personView(person),
        channels: channelsFor(person, []),
      })),
      gap: gap && GAP_REASONS[gap],
    }
  })
}

/** As in `08:00–16:00`; '' = the whole day, or nobody is on call. */
function shiftOf(
  { duties }: Roster,
  { role, department }: Wanted,
  [person]: readonly OnCallPerson[],
  now: number,
  zone: string,
): string {
  if (!person) return ''
  const wall = wallOf(now, zone)
  const duty = duties.find(
    (one) =>
      normalised(one.role) === role &&
      normalised(one.department) === department &&
      isSamePerson(one.person, person) &&
      (one.shift === null || beganOn(one.shift, wall) !== null),
  )
  return duty?.shift ? `${clock(duty.shift.from)}–${clock(duty.shift.to)}` : ''
}

const clock = (minute: number): string =>
  `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`
