import type { Owed, StepContent } from '../../src/ledger/index.js'
import {
  departmentOf,
  GAP_REASONS,
  onCall,
  timeFacts,
  ownerOf,
  siteDepartment,
  type Departments,
  type OnCall,
  type Owner,
  type Plan,
  type PlanStep,
  type Roster,
} from '../../src/loop/index.js'
import type { Face, PassedOver } from '../face/index.js'
import type { ReadyHandout } from '../handout/index.js'
import { departmentsOf, numberSetting, WATCH_NUMBERS, type WatchConfig } from '../settings/index.js'
import type { Store } from '../store/index.js'
import { stepGap, tellGap } from './gaps.js'
import type { RosterUse } from './roster-use.js'

/** The person whom a step calls, as its message says it. */
export interface Call {
  /** null = nobody is known. */
  readonly owner: Owner | null
  readonly passed: readonly PassedOver[]
  /** The flow is asked who is called. */
  readonly ask: boolean
  /** The flow was asked and has not answered in time. */
  readonly isFallback: boolean
}

export interface CalledStep extends StepContent {
  readonly call?: Call
}

export interface CallingOptions {
  readonly face: Face
  readonly store: Store
  readonly roster: RosterUse
  readonly plans: readonly Plan[]
  readonly settings: Pick<WatchConfig, 'rows'>
  /** By which the department of a critical value is known. */
  readonly departments: Departments
  /** Time in which the flow answers who is called, in ms; null = it is not asked. */
  readonly askMs: number | null
  /** Called when a step was passed over: the next one is due. */
  readonly passedOver: () => void
}

/** @throws SettingError SETTING_INVALID */
export function askMsOf({
  ask,
  askSeconds,
}: Pick<WatchConfig, 'ask' | 'askSeconds'>): number | null {
  const seconds = numberSetting('askSeconds', askSeconds, WATCH_NUMBERS.askSeconds)
  return ask ? seconds * 1000 : null
}

/** Alerts of which is remembered that steps were passed over. */
const MOST_REMEMBERED = 1_000

/** Finds out whom a step calls, anew each time that it is handed out: people change shifts, and rosters. */
export class Calling {
  readonly #options: CallingOptions
  readonly #departments: ReturnType<typeof departmentsOf>
  /** Steps that were passed over just before the one that is handed out next, by alert and content. */
  readonly #passed = new Map<string, readonly PassedOver[]>()

  constructor(options: CallingOptions) {
    this.#options = options
    this.#departments = departmentsOf(options.settings)
  }

  /** Makes a step ready for its flow; null = nobody can be called for it, and the next one is due. Never rejects. */
  async prepare(owed: Owed): Promise<ReadyHandout | null> {
    if (owed.kind !== 'step') return { owed }
    const step = owed.content as StepContent
    const withCall = (call: Call): Owed => ({ ...owed, content: { ...step, call } })
    const { askMs, roster: rosterUse } = this.#options
    if (askMs !== null && owed.handed === 0) {
      const call = { owner: null, passed: this.#takePassed(step), ask: true, isFallback: false }
      return { owed: withCall(call), answerMs: askMs }
    }
    // Nobody is called after somebody has reacted, be it because a flow has not answered or a message was lost.
    if (owed.handed > 0 && (await this.#dropVoid(owed.id))) return null
    const isFallback = askMs !== null
    const roster = await rosterUse.current()
    if (!roster) {
      return { owed: withCall({ owner: null, passed: [], ask: false, isFallback }) }
    }
    const { owner, passed } = this.#find(roster, step)
    if (!owner && !step.due.isLast && (await this.#passOver(owed.id))) {
      this.#remember(step, passed)
      this.#options.passedOver()
      return null
    }
    const all = [...this.#takePassed(step), ...passed]
    return { owed: withCall({ owner, passed: all, ask: false, isFallback }) }
  }

  #find(roster: Roster, step: StepContent): Pick<Call, 'owner' | 'passed'> {
    const { due } = step
    const { zone } = this.#options.roster
    const facts = timeFacts(roster.calendar, Date.now(), zone)
    const { crisis } = step
    const site = siteDepartment(this.#options.departments, crisis)
    const department = departmentOf(this.#departments, { crisis, department: site, ...facts })
    const steps = this.#stepsOf(step)
    const silent: PassedOver[] = []
    const callable = (wanted: Pick<PlanStep, 'role' | 'channels'>): OnCall => {
      const found = onCall(roster, { ...wanted, department }, Date.now(), zone)
      const number = steps.indexOf(wanted as PlanStep) + 1 || due.step + 1
      // Of a step that calls nobody the gap says as much.
      const unreachable = found.gap === null ? found.unreachable : []
      for (const { code, name } of unreachable) {
        const own = { step: number, role: wanted.role, person: { code, name } }
        silent.push({ ...own, code: 'noAddress', reason: this.#words('noAddress') })
      }
      return found
    }
    const { owner, passed } = ownerOf({ steps }, due, callable)
    const after = owner ? 'standIn' : due.isLast ? 'nobody' : 'next'
    const gaps = passed.map(({ step: n, role, gap }): PassedOver => {
      const key = `step/${JSON.stringify([step.id, step.revision, due.step, role])}`
      const reason = stepGap([role, department], gap, after)
      tellGap(this.#options.face, { key, reason, msg: aboutOf(step) })
      return { step: n + 1, role, code: gap, reason: this.#words(gap) }
    })
    return { owner, passed: [...gaps, ...silent] }
  }

  /** The steps of the plan, unless that was changed after this one had fired: then its own role has no stand-ins. */
  #stepsOf({ plan, due, step }: StepContent): readonly PlanStep[] {
    const { steps = [] } = this.#options.plans.find(({ id }) => id === plan.id) ?? {}
    const isSame =
      steps.length === plan.steps && JSON.stringify(steps[due.step]) === JSON.stringify(step)
    if (isSame) return steps
    const own: PlanStep[] = Array.from({ length: plan.steps })
    own[due.step] = step
    return own
  }

  #words(gap: keyof typeof GAP_REASONS): string {
    return this.#options.face.runtime.words(GAP_REASONS[gap])
  }

  /** False where the ledger did not take it: then the flow has the step without a person. */
  async #passOver(owed: number): Promise<boolean> {
    const { face, store } = this.#options
    const who = { actor: store.actor(face), target: face.id }
    return store.ledger.run('passOverHandout', { ...who, owed }).then(
      () => true,
      () => false,
    )
  }

  #dropVoid(owed: number): Promise<boolean> {
    return this.#options.store.ledger.run('dropVoidStep', { owed }).catch(() => false)
  }

  #remember(step: StepContent, passed: readonly PassedOver[]): void {
    const key = keyOf(step)
    const all = [...this.#takePassed(step), ...passed]
    const [oldest] = this.#passed.keys()
    if (this.#passed.size >= MOST_REMEMBERED && oldest !== undefined) this.#passed.delete(oldest)
    this.#passed.set(key, all)
  }

  #takePassed(step: StepContent): readonly PassedOver[] {
    const key = keyOf(step)
    const before = this.#passed.get(key) ?? []
    this.#passed.delete(key)
    return before
  }
}

const keyOf = ({ id, revision }: StepContent): string => `${id}/${revision}`

const aboutOf = ({ id, examKey: key, revision, stage }: StepContent) => ({
  crisis: { id, key, revision, stage },
})
