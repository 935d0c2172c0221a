import { isSamePerson } from '../../loop/index.js'
import type { PersonView } from '../api.js'
import type { SessionFacts } from '../server/reads.js'
import { Refused } from './fields.js'
import { SECOND_MISSING, SECOND_SAME } from './words.js'

/** A person as decisions name them: by name and number. */
export const byOf = ({ code, name }: PersonView): string =>
  [name, code].filter((part) => part.trim() !== '').join(' ')

/** Two people who have both signed in. @throws Refused where the second one is missing, or the first one */
export function bothOf({ person, second }: SessionFacts): {
  readonly by: string
  readonly second: string
} {
  if (!second) throw new Refused(SECOND_MISSING)
  if (isSamePerson(person, second)) throw new Refused(SECOND_SAME)
  return { by: byOf(person), second: byOf(second) }
}
