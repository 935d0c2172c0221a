import {
  GAP_REASONS,
  holesToTell,
  wantedBy,
  withoutAddress,
  type GapCode,
  type Plan,
  type ToldHole,
} from '../../src/loop/index.js'
import { CrisisError, splitInstant, type Person, type Reason } from '../../src/messages/index.js'
import type { Face, FlowMessage } from '../face/index.js'
import type { Store } from '../store/index.js'
import type { RosterUse } from './roster-use.js'

/** Interval at which holes that are to come are looked for. */
const LOOK_MS = 60 * 60_000

/** A gap of a roster, known by its key: the same one is told once. */
export interface Gap {
  readonly key: string
  readonly reason: Reason
  /** The critical value that it was found with. */
  readonly msg?: FlowMessage
}

/** The gaps that this process has told, by watch. */
const told = new Map<string, Set<string>>()
/** More than these are told anew. */
const MOST_TOLD = 5_000

/** Tells a person of a gap, once. */
export function tellGap(face: Face, { key, reason, msg }: Gap): void {
  const before = told.get(face.id) ?? new Set()
  if (before.has(key)) return
  if (before.size >= MOST_TOLD) before.clear()
  told.set(face.id, before.add(key))
  face.fail(new CrisisError('ROSTER_GAP', reason), msg)
}

/** A role, with its department where there is one. */
const namesOf = (role: string, department: string): string =>
  department === '' ? role : `${role} · ${department}`

/** The consequence of a step that calls none of its own people. */
export type AfterGap = 'next' | 'standIn' | 'nobody'
const AFTER: Readonly<Record<AfterGap, Reason>> = {
  next: {
    zh: '已跳过，下一步立即执行',
    en: 'it was passed over, and the next step is due at once',
  },
  standIn: { zh: '由前面步骤的人员接替', en: 'somebody of an earlier step stands in' },
  nobody: { zh: '也无人可以接替，请电话通知', en: 'and nobody can stand in, so telephone' },
}

/** A step that calls none of its own people. */
export const stepGap = (
  names: readonly [string, string],
  gap: GapCode,
  after: AfterGap,
): Reason => ({
  zh: `值班表缺口：“${namesOf(...names)}”无人可呼叫（${GAP_REASONS[gap].zh}），${AFTER[after].zh}`,
  en: `A gap of the roster: for ${namesOf(...names)} nobody can be called (${GAP_REASONS[gap].en}); ${AFTER[after].en}`,
})

/** Looks which holes begin within a day, and who has no address, so that people hear of them before it is night. */
export class GapLook {
  readonly #face: Face
  readonly #store: Store
  readonly #roster: RosterUse
  readonly #plans: readonly Plan[]
  #timer: NodeJS.Timeout | undefined
  #closed = false

  constructor(face: Face, store: Store, roster: RosterUse, plans: readonly Plan[]) {
    this.#face = face
    this.#store = store
    this.#roster = roster
    this.#plans = plans
  }

  start(): void {
    void this.look()
    this.#timer = setInterval(() => void this.look(), LOOK_MS).unref()
  }

  close(): void {
    this.#closed = true
    clearInterval(this.#timer)
  }

  /** Never rejects. */
  async look(): Promise<void> {
    const roster = await this.#roster.current()
    if (!roster || this.#closed) return
    const { zone } = this.#roster
    const wanted = wantedBy(this.#plans, roster)
    const holes = holesToTell(roster, wanted, Date.now(), zone).map((hole) => ({
      key: `hole/${hole.key}`,
      reason: holeReason(hole, zone),
    }))
    const silent = withoutAddress(roster).map((person) => ({
      key: `address/${JSON.stringify([person.code, person.name])}`,
      reason: silentReason(person),
    }))
    await this.#keep([...holes, ...silent])
  }

  /** Once each over restarts and instances; where the ledger does not work, with the next look. */
  async #keep(present: readonly Gap[]): Promise<void> {
    const { ledger } = this.#store
    const target = this.#face.id
    const about = { actor: this.#store.actor(this.#face), target, kind: 'rosterGap' } as const
    const begun = await ledger
      .run('keepTroubles', { ...about, present })
      .catch((): readonly string[] => [])
    if (this.#closed) return
    for (const gap of present) if (begun.includes(gap.key)) tellGap(this.#face, gap)
  }
}

function holeReason({ role, department, from, gap }: ToldHole, zone: string): Reason {
  const names = namesOf(role, department)
  const { date, time } = splitInstant(from, zone)
  const since = `${date} ${time.slice(0, 5)}`
  const why = GAP_REASONS[gap]
  return {
    zh: `值班表缺口：“${names}”自 ${since} 起无人可呼叫（${why.zh}）`,
    en: `A gap of the roster: for ${names} nobody can be called from ${since} on (${why.en})`,
  }
}

function silentReason({ code, name }: Person): Reason {
  const who = [name, code].filter((part) => part !== '').join(' ')
  return {
    zh: `值班表缺口：${who} 没有任何联系方式，轮到时无法呼叫`,
    en: `A gap of the roster: ${who} has no address at all and cannot be called`,
  }
}
