import assert from 'node:assert/strict'
import {
  arrive,
  cancelled,
  cellKey,
  cellOf,
  fire,
  hear,
  held,
  notified,
  passOver,
  spokenOf,
  tallied,
  tallyChanges,
  timerOf,
  type Alert,
  type Cell,
  type Counter,
  type Counts,
  type DueStep,
  type Exam,
  type Plan,
  type TallyRow,
  type Timer,
} from '../../src/loop/index.js'
import { between } from '../crash/random.js'
import { EscalationModel } from './escalation-model.js'
import type { LoggedAlert } from './figures-model.js'
import { MINUTE, planOf, step } from './plan-rig.js'
import { arriving } from './reading-rig.js'

/*
 * Weeks of a site on a fake clock: critical values that people receive, process, correct and cancel, or do not, while
 * nothing fires for hours, the clock jumps and the plan changes. Each alert is played beside the naive model.
 */

const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const BEGIN = Date.UTC(2026, 2, 20)
const WEEKS_MS = 21 * DAY

type WorldKind = 'stop' | 'start' | 'jump' | 'replan'
type AlertKind = 'receive' | 'process' | 'processAlone' | 'cancel' | 'revise' | 'hold' | 'notify'
interface Happening {
  readonly at: number
  readonly kind: WorldKind | AlertKind
}

/** The number of times that each thing has occurred, so that a test can see that it did. */
export type Seen = Partial<
  Record<WorldKind | AlertKind | 'passedOver' | 'missed' | 'atTheEnd', number>
>

export class Site {
  readonly seen: Seen = {}
  readonly logs: LoggedAlert[] = []
  readonly #random: () => number
  readonly #zone: string
  readonly #plans: readonly Plan[]
  readonly #world: readonly Happening[]
  readonly #jumps: ReadonlyMap<Happening, number>
  /** Nobody of a step can be called in these hours of the day. */
  readonly #empty: ReadonlySet<string>
  readonly #tally = new Map<string, { cell: Cell; counts: Counts }>()

  constructor(random: () => number, zone: string) {
    this.#random = random
    this.#zone = zone
    this.#plans = [this.#anyPlan('first'), this.#anyPlan('second')]
    const jumps = new Map<Happening, number>()
    const world: Happening[] = []
    for (let at = BEGIN; at < BEGIN + WEEKS_MS; at += this.#upTo(DAY)) {
      world.push({ at, kind: 'stop' })
      at += this.#upTo(this.#chance(0.2) ? 12 * HOUR : 20 * MINUTE)
      world.push({ at, kind: 'start' })
    }
    for (let n = 0; n < 6; n++) {
      const jump = { at: BEGIN + this.#upTo(WEEKS_MS), kind: 'jump' } as const
      jumps.set(
        jump,
        (this.#chance(0.5) ? 1 : -1) * this.#upTo(this.#chance(0.3) ? 10 * HOUR : 3 * MINUTE),
      )
      world.push(jump)
    }
    world.push({ at: BEGIN + this.#upTo(WEEKS_MS), kind: 'replan' })
    this.#world = world.toSorted((a, b) => a.at - b.at)
    this.#jumps = jumps
    this.#empty = new Set(
      Array.from({ length: 24 }, (_, hour) =>
        [0, 1, 2, 3].flatMap((n) => (this.#chance(0.15) ? [`${n} ${hour}`] : [])),
      ).flat(),
    )
  }

  get tally(): readonly TallyRow[] {
    return [...this.#tally.values()]
  }

  /** Plays one alert from its coming in to the end of the weeks. */
  play(): void {
    new Play(this, this.#random, this.#zone).run()
  }

  /** The events of the site after a time. */
  from(at: number): readonly Happening[] {
    return this.#world.filter((one) => one.at > at)
  }

  /** The state of the site at a time. */
  stateAt(at: number): { clock: number; isUp: boolean; plan: Plan } {
    let state = { clock: 0, isUp: true, plan: this.#plans[0]! }
    for (const one of this.#world) if (one.at <= at) state = this.changed(state, one)
    return state
  }

  changed<T extends { clock: number; isUp: boolean; plan: Plan }>(state: T, one: Happening): T {
    switch (one.kind) {
      case 'jump':
        return { ...state, clock: state.clock + (this.#jumps.get(one) ?? 0) }
      case 'replan':
        return { ...state, plan: this.#plans[1]! }
      default:
        return { ...state, isUp: one.kind === 'start' }
    }
  }

  isEmpty(n: number, now: number): boolean {
    return this.#empty.has(`${n} ${new Date(now).getUTCHours()}`)
  }

  saw(what: keyof Seen): void {
    this.seen[what] = (this.seen[what] ?? 0) + 1
  }

  count(
    before: { alert: Alert; pages: number } | null,
    after: { alert: Alert; pages: number },
    cell: Cell,
  ): void {
    const changes = tallyChanges(before ? [tallied({ ...before, cell })] : [], [
      tallied({ ...after, cell }),
    ])
    for (const { cell: own, by } of changes) {
      const row = this.#tally.get(cellKey(own)) ?? { cell: own, counts: {} }
      this.#tally.set(cellKey(own), row)
      for (const [name, n] of Object.entries(by) as [Counter, number][]) {
        row.counts[name] = (row.counts[name] ?? 0) + n
      }
    }
  }

  #upTo(ms: number): number {
    return between(this.#random, 1, ms)
  }

  #chance(share: number): boolean {
    return this.#random() < share
  }

  #anyPlan(id: string): Plan {
    const steps = []
    const n = between(this.#random, 1, 5)
    const received = between(this.#random, 0, n + 1)
    let minutes = between(this.#random, 0, 10)
    for (let i = 0; i < n; i++) {
      const isLast = i === n - 1
      const repeatMs = isLast || this.#chance(0.5) ? between(this.#random, 1, 40) * MINUTE : null
      const cap =
        repeatMs !== null && (isLast || this.#chance(0.5)) ? between(this.#random, 1, 6) : null
      steps.push(step(minutes, { until: i < received ? 'received' : 'processed', repeatMs, cap }))
      minutes += between(this.#random, 1, 30)
    }
    return planOf(steps, id)
  }
}

/** One alert of a site. */
class Play {
  readonly #site: Site
  readonly #random: () => number
  readonly #zone: string
  #state: { clock: number; isUp: boolean; plan: Plan }
  #exam: Exam = { system: '', key: 'x', alerts: [], told: [] }
  #timer: Timer | null = null
  #model: EscalationModel
  #log: LoggedAlert
  #cell: Cell
  /** The rounds of each step that have fired for the content that counts. */
  #fired: DueStep[] = []
  #at: number
  #contents = 1
  /** The pages that stand in the tally. */
  #counted = 0

  constructor(site: Site, random: () => number, zone: string) {
    this.#site = site
    this.#random = random
    this.#zone = zone
    this.#at = BEGIN + between(random, 0, WEEKS_MS - 2 * DAY)
    this.#state = site.stateAt(this.#at)
    const setAt = random() < 0.1 ? null : this.#now + between(random, -20, 5) * MINUTE
    const discipline = (['radiology', 'ultrasound', 'other'] as const)[between(random, 0, 3)]!
    this.#log = { setAt, discipline, contents: [this.#content()], isCancelled: false, pages: 0 }
    site.logs.push(this.#log)
    this.#exam = this.#arrived('content 1', setAt)
    this.#model = new EscalationModel(this.#state.plan, this.#now)
    const department = ['产科', '骨科'][between(random, 0, 2)]!
    this.#cell = cellOf(this.#alert, { department, shift: '', discipline }, this.#zone)
    site.count(null, { alert: this.#alert, pages: 0 }, this.#cell)
    this.#timer = timerOf(this.#alert, this.#state.plan, null)
  }

  run(): void {
    const happenings = [...this.#site.from(this.#at), ...this.#people()].toSorted(
      (a, b) => a.at - b.at,
    )
    for (const one of happenings) {
      this.#lookUntil(one.at)
      this.#at = one.at
      this.#happen(one)
    }
    this.#state = { ...this.#state, isUp: true }
    this.#lookUntil(BEGIN + WEEKS_MS + DAY)
    this.#save(this.#exam)
    const end = this.#state.plan.steps.length - 1
    if (this.#model.isOpen) {
      assert.ok(
        this.#fired.some((one) => one.isLast && one.step === end),
        'reached the last step',
      )
      this.#site.saw('atTheEnd')
    }
  }

  get #now(): number {
    return this.#at + this.#state.clock
  }

  get #alert(): Alert {
    return this.#exam.alerts[0]!
  }

  /** The acts of people, some of whom do nothing. */
  #people(): readonly Happening[] {
    const done: Happening[] = []
    const add = (kind: AlertKind, share: number, within: number): void => {
      if (this.#random() >= share) return
      done.push({ at: this.#at + between(this.#random, 1, within), kind })
    }
    if (this.#random() < 0.04) return done
    add('notify', 0.3, MINUTE)
    add('hold', 0.1, HOUR)
    add('receive', 0.8, this.#random() < 0.7 ? 15 * MINUTE : 3 * HOUR)
    add('receive', 0.1, 3 * HOUR)
    add('process', 0.9, this.#random() < 0.7 ? 40 * MINUTE : 8 * HOUR)
    add('processAlone', 0.1, 3 * HOUR)
    add('revise', 0.15, 4 * HOUR)
    add('revise', 0.1, 4 * HOUR)
    add('cancel', 0.05, 4 * HOUR)
    const isRevised = done.some(({ kind }) => kind === 'revise')
    if (isRevised) add('process', 0.9, DAY)
    return done
  }

  #lookUntil(end: number): void {
    while (this.#state.isUp && this.#timer) {
      const wake =
        Math.max(this.#at, this.#timer.dueAt - this.#state.clock) + between(this.#random, 0, 2_000)
      if (wake >= end) return
      this.#at = wake
      this.#look()
    }
  }

  /** The watch looks, and pages whom the steps call. */
  #look(): void {
    const { plan } = this.#state
    for (;;) {
      const now = this.#now
      const { due, timer } = fire(this.#alert, plan, this.#timer, now)
      const right = this.#model.looked(now)
      assert.deepEqual(
        due.map((one) => ({ step: one.step, round: one.round, rounds: one.rounds, at: one.dueAt })),
        right,
      )
      this.#timer = timer
      if (due.length > 1) this.#site.saw('missed')
      const empty = due.filter((one) => this.#site.isEmpty(one.step, now))
      for (const one of due) this.#fire(one, empty.includes(one))
      if (empty.length === 0) return
      for (const one of empty) {
        this.#timer = passOver(this.#alert, plan, this.#timer, one, now)
        this.#model.nobody(one.step, now)
        this.#site.saw('passedOver')
      }
    }
  }

  #fire(due: DueStep, isEmpty: boolean): void {
    const { until } = this.#state.plan.steps[due.step]!
    const { stage } = this.#alert
    // None is escalated after its acknowledgement.
    assert.ok(
      ['stored', 'notified'].includes(stage) || (stage === 'received' && until === 'processed'),
    )
    assert.ok(due.lateMs >= 0)
    const before = this.#fired.findLast((one) => one.step === due.step)
    // No step is doubled, and no round of it lost.
    assert.ok(!before || due.round - due.rounds === before.round)
    assert.ok(this.#fired.every((one) => one.step <= due.step))
    this.#fired.push(due)
    if (!isEmpty) this.#log.pages++
  }

  #happen(one: Happening): void {
    const { kind } = one
    this.#site.saw(kind)
    switch (kind) {
      case 'stop':
      case 'start':
      case 'jump':
      case 'replan':
        this.#state = this.#site.changed(this.#state, one)
        if (kind === 'start') this.#timer = JSON.parse(JSON.stringify(this.#timer)) as Timer | null
        if (kind === 'replan') {
          this.#fired = []
          this.#model.planned(this.#state.plan)
          this.#save(this.#exam)
        }
        if (this.#state.isUp) this.#look()
        return
      case 'receive':
      case 'process':
      case 'processAlone':
        return this.#save(this.#acknowledged(kind))
      case 'cancel':
        this.#save(cancelled(this.#exam, this.#alert, this.#now))
        this.#log.isCancelled = true
        return this.#model.cancelled()
      case 'revise':
        this.#contents++
        this.#log.contents.push(this.#content())
        this.#log.isCancelled = false
        this.#fired = []
        this.#model.stored(this.#now)
        return this.#save(this.#arrived(`content ${this.#contents}`, this.#log.setAt))
      case 'hold':
        return this.#save(held(this.#exam))
      default:
        kind satisfies 'notify'
        return this.#save(notified(this.#exam, 1, null, this.#now))
    }
  }

  #save(exam: Exam): void {
    const before = { alert: this.#alert, pages: this.#counted }
    this.#counted = this.#log.pages
    this.#site.count(before, { alert: exam.alerts[0]!, pages: this.#counted }, this.#cell)
    this.#exam = exam
    this.#timer = timerOf(this.#alert, this.#state.plan, this.#timer)
  }

  #content = () => ({ start: this.#now, received: null, processed: null })

  #arrived(content: string, setAt: number | null): Exam {
    const item = arriving({
      key: 'k',
      content,
      setAt: setAt === null ? null : new Date(setAt).toISOString(),
    })
    const { exam } = arrive(this.#exam, item, { target: null, isReceiver: false, at: this.#now })
    return { ...exam, alerts: exam.alerts.map((one) => ({ ...one, id: 1 })) }
  }

  #acknowledged(kind: 'receive' | 'process' | 'processAlone'): Exam {
    const content = this.#log.contents.at(-1)!
    const saidAt = Math.max(this.#now - between(this.#random, 0, 15) * MINUTE, content.start)
    const isOther = this.#random() < 0.9
    const person = { code: isOther ? '040002' : '040001', name: '医生' }
    const at = new Date(saidAt).toISOString()
    const said = {
      received: kind === 'processAlone' ? null : { at, person },
      processed: kind === 'receive' ? null : { at, person },
    }
    const stage = kind === 'receive' ? 'received' : 'processed'
    const { exam } = hear(this.#exam, spokenOf(this.#exam.alerts, said), stage, this.#now)
    if (this.#log.isCancelled) return exam
    if (said.received && content.processed === null) {
      content.received ??= { at: this.#now, saidAt, isOther }
      this.#model.received()
    }
    if (said.processed) {
      content.processed ??= this.#now
      this.#model.processed()
    }
    return exam
  }
}
