import { HOLE_NOTICE_MS, holesOf, type Roster, type RosterHole, type Wanted } from './roster.js'

/** A hole of which people are to be told. */
export interface ToldHole extends RosterHole {
  /** The same hole has the same key whenever it is looked for. */
  readonly key: string
}

/** Time before now in which the beginning of a hole is looked for, in ms: a weekly roster shows each of its holes in it. */
const LOOK_BACK_MS = 8 * 24 * 60 * 60_000

/** The holes of a roster that are there or that begin within `HOLE_NOTICE_MS`, in the order of their beginnings. */
export function holesToTell(
  roster: Roster,
  wanted: readonly Wanted[],
  now: number,
  zone: string,
): readonly ToldHole[] {
  const since = now - LOOK_BACK_MS
  return holesOf(roster, wanted, since, now + HOLE_NOTICE_MS, zone)
    .filter(({ to }) => to > now)
    .map((hole) => {
      const { role, department, from } = hole
      // One that goes back further has always been there.
      const begun = from === since ? null : from
      return { ...hole, key: JSON.stringify([role, department, begun]) }
    })
}
