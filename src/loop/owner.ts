import type { Plan, PlanStep } from './plan.js'
import { channelsFor, type GapCode, type OnCall, type OnCallPerson, type Wanted } from './roster.js'
import type { FiredStep } from './timer.js'

/*
 * The owner of a critical value: one named person at a time, since with two each waits for the other. Who it is is
 * found out anew with every round of a step: people change shifts, and wards.
 */

export interface Owner {
  readonly person: OnCallPerson
  /** The step whose role the person has: another one than that which fired where its own people cannot be called. */
  readonly step: number
  /** In the order in which they are tried. */
  readonly channels: readonly string[]
}

/** A step for which nobody can be called; a person is to be told. */
export interface Passed {
  readonly step: number
  readonly role: string
  readonly gap: GapCode
}

export interface FoundOwner {
  /** null = nobody: the step is passed over at once (`passOver`), and waits for nothing. */
  readonly owner: Owner | null
  readonly passed: readonly Passed[]
}

/**
 * The owner for a step that has fired. People of the same duty take turns by round. Behind the last step nobody is left
 * to go to, so that whoever can be called for a step before stands in, the latest first.
 * @param callable the roster's answer for a step, asked now
 */
export function ownerOf(
  plan: Pick<Plan, 'steps'>,
  { step, round }: Pick<FiredStep, 'step' | 'round'>,
  callable: (wanted: Pick<Wanted, 'role' | 'channels'>) => OnCall,
): FoundOwner {
  const isLast = step === plan.steps.length - 1
  const order = isLast ? Array.from({ length: step + 1 }, (_, n) => step - n) : [step]
  const passed: Passed[] = []
  for (const n of order) {
    const own = plan.steps[n]
    if (!own) continue
    const { people, gap } = callable(own)
    const person = people[round % people.length]
    if (person) return { owner: ownerBy(own, n, person), passed }
    passed.push({ step: n, role: own.role, gap: gap ?? 'nobody' })
  }
  return { owner: null, passed }
}

const ownerBy = ({ channels }: PlanStep, step: number, person: OnCallPerson): Owner => ({
  person,
  step,
  channels: channelsFor(person, channels),
})

/** The next channel of a person after those that have failed; null = none is left, and the step is passed over. */
export const nextChannel = ({ channels }: Owner, failed: readonly string[]): string | null =>
  channels.find((channel) => !failed.includes(channel)) ?? null
