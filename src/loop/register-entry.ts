import type { CrisisFeedback, Person } from '../messages/index.js'
import type { ActKind } from './acknowledge.js'
import { isSamePerson, type Alert, type Milestone } from './exam.js'

/** An alert with all that the register of a hospital (登记本) says of it. */
export interface RegisterEntry extends Pick<
  Alert,
  | 'key'
  | 'sickNo'
  | 'stage'
  | 'setAt'
  | 'openedAt'
  | 'receivedAt'
  | 'processedAt'
  | 'cancelledAt'
  | 'crisis'
  | 'milestones'
> {
  /** '' = not known. */
  readonly department: string
  /** The feedback of its processing; null = none is kept. */
  readonly said: CrisisFeedback | null
  readonly decisions: readonly RegisteredDecision[]
  /** The acts of people that counted, the oldest first. */
  readonly acts: readonly RegisteredAct[]
  /** The pages that a channel has taken, the oldest first. */
  readonly pages: readonly RegisteredPage[]
}

export interface RegisteredAct {
  readonly kind: ActKind
  /** Epoch ms. */
  readonly at: number
  readonly person: Person
  /** '' = not said. */
  readonly role: string
  /** null = not said. */
  readonly readBack: boolean | null
}

export interface RegisteredPage {
  readonly person: Person
  /** Epoch ms. */
  readonly at: number
}

/** The act behind a milestone, which knows more than the interface says; null = it came by the interface alone. */
export function actBehind(
  { acts }: Pick<RegisterEntry, 'acts'>,
  milestone: Milestone | null,
): RegisteredAct | null {
  if (!milestone) return null
  const { stage } = milestone
  return (
    acts.findLast(({ kind, person }) => kind === stage && isSamePerson(person, milestone)) ?? null
  )
}

/** A decision of two people. */
export interface RegisteredDecision {
  readonly kind: string
  /** Epoch ms. */
  readonly at: number
  readonly by: string
  readonly second: string
  readonly reason: string
}

/** The people and the times that count for the content that counts. */
export interface Acted {
  readonly received: Milestone | null
  readonly processed: Milestone | null
  /** Milestones `stored`: the first content and its corrections. */
  readonly contents: readonly Milestone[]
}

/** An earlier acknowledgement does not carry over to a correction. */
export function actedOn({ milestones }: Pick<RegisterEntry, 'milestones'>): Acted {
  const contents = milestones.filter(({ stage }) => stage === 'stored')
  const own = milestones.slice(milestones.findLastIndex(({ stage }) => stage === 'stored') + 1)
  const done = own.findIndex(({ stage }) => stage === 'processed')
  const before = done < 0 ? own : own.slice(0, done)
  return {
    received: before.find(({ stage }) => stage === 'received') ?? null,
    processed: own[done] ?? null,
    contents,
  }
}
