import assert from 'node:assert/strict'
import {
  afterPageAttempt,
  afterRefusal,
  cancelled,
  fire,
  isPageStanding,
  nextChannel,
  onCall,
  ownerOf,
  passOver,
  rosterOfRows,
  timerOf,
  weigh,
  type ActKind,
  type Alert,
  type DueStep,
  type EarlierAct,
  type Exam,
  type Owner,
  type PageClass,
  type PageProgress,
  type PageStep,
  type Plan,
  type Roster,
  type Timer,
} from '../../src/loop/index.js'
import { between } from '../crash/random.js'
import { EscalationModel } from './escalation-model.js'
import { PageModel } from './page-model.js'
import { last, MINUTE, openAt, planOf, step } from './plan-rig.js'
import { CALENDAR, CHANNELS, row } from './roster-rig.js'

/*
 * Weeks of pages on a fake clock: rosters with gaps, channels that fail at random, people whose one channel is broken,
 * restarts, and people who receive, process, refuse and pass on, or do nothing. Each alert is played beside the naive
 * models of its escalation and of its pages.
 */

const HOUR = 60 * MINUTE
const BEGIN = Date.UTC(2026, 2, 20)
const WEEKS_MS = 21 * 24 * HOUR
const PLAYED_MS = 4 * HOUR
/** Share of the attempts in whose midst the process ends. */
const BROKEN_OFF = 0.05

type Happening = ActKind | 'cancel' | 'stop'
export type Seen = Partial<
  Record<Happening | PageClass | 'gap' | 'standIn' | 'failed' | 'superseded' | 'atTheEnd', number>
>

interface OwnPage {
  readonly of: PageStep
  readonly owner: Owner
  readonly model: PageModel
  progress: PageProgress
  at: number
  state: 'waiting' | 'accepted' | 'failed' | 'superseded'
}

/** A roster has somebody, if only for what no plan asks for. */
const OTHER = '其他 | | | | 丁'

/** A site with its plan, its roster and the hours in which its channels do not work. */
export class PagingSite {
  readonly plan: Plan
  readonly roster: Roster
  readonly seen: Seen = {}
  readonly #random: () => number
  readonly #down: ReadonlySet<string>
  readonly #broken: ReadonlySet<string>

  constructor(random: () => number) {
    this.#random = random
    const n = between(random, 1, 5)
    const steps = Array.from({ length: n }, (_, i) => step(5 * (i + 1), { role: `r${i}` }))
    const repeatMs = between(random, 5, 20) * MINUTE
    this.plan = planOf([...steps, last(5 * (n + 1), { role: `r${n}`, repeatMs })])
    const people = [...this.plan.steps.flatMap(({ role }) => this.#duties(role)), OTHER]
    const rows = people.map((text) => {
      const { name, addresses, ...rest } = row(text)
      const both = addresses['sms'] === undefined ? {} : { wecom: name, sms: name }
      return { ...rest, name, addresses: this.#chance(0.3) ? addresses : both }
    })
    const { roster, errors } = rosterOfRows(rows, CALENDAR, CHANNELS)
    assert.ok(roster, JSON.stringify(errors))
    this.roster = roster
    const names = people.map((text) => row(text).name)
    this.#broken = new Set(
      names.flatMap((name) =>
        CHANNELS.map((channel) => `${channel} ${name}`).filter(() => this.#chance(0.2)),
      ),
    )
    this.#down = new Set(
      CHANNELS.flatMap((channel) =>
        Array.from({ length: 24 }, (_, hour) => `${channel} ${hour}`).filter(() =>
          this.#chance(0.15),
        ),
      ),
    )
  }

  /** Nobody, somebody for some hours, or two people who take turns; some without any address. */
  #duties(role: string): readonly string[] {
    const shift = ['', '白班', '夜班', '大夜'][between(this.#random, 0, 4)]!
    const people = ['甲', '乙-', '丙'].slice(0, between(this.#random, 0, 4))
    return people.map((name) => `${role} | | ${shift} | | ${role}${name}`)
  }

  answer(channel: string, person: string, now: number): PageClass {
    if (this.#broken.has(`${channel} ${person}`)) return 'refused'
    if (this.#down.has(`${channel} ${new Date(now).getUTCHours()}`)) return 'retry'
    if (this.#chance(0.8)) return 'accepted'
    return (['refused', 'retry', 'unknown'] as const)[between(this.#random, 0, 3)]!
  }

  saw(what: keyof Seen): void {
    this.seen[what] = (this.seen[what] ?? 0) + 1
  }

  play(): void {
    new PagedPlay(this, this.#random).run()
  }

  #chance(share: number): boolean {
    return this.#random() < share
  }
}

/** One alert with its pages. */
class PagedPlay {
  readonly #site: PagingSite
  readonly #random: () => number
  readonly #model: EscalationModel
  readonly #pages: OwnPage[] = []
  readonly #acts: EarlierAct[] = []
  #now: number
  #exam: Exam
  #timer: Timer | null
  #lastStep = -1

  constructor(site: PagingSite, random: () => number) {
    this.#site = site
    this.#random = random
    this.#now = BEGIN + between(random, 0, WEEKS_MS)
    this.#exam = { system: '', key: 'x', alerts: [openAt(this.#now)], told: [] }
    this.#model = new EscalationModel(site.plan, this.#now)
    this.#timer = timerOf(this.#alert, site.plan, null)
  }

  run(): void {
    const end = this.#now + PLAYED_MS
    const happenings = this.#happenings(end)
    for (const { at, kind } of happenings) {
      this.#until(at)
      this.#now = at
      this.#happen(kind)
    }
    this.#until(end)
    if (!this.#model.isOpen) return
    assert.equal(this.#lastStep, this.#site.plan.steps.length - 1, 'reached the last step')
    const [first] = this.#pages.filter(({ of }) => of.isLast)
    if (first) this.#site.saw('atTheEnd')
  }

  get #alert(): Alert {
    return this.#exam.alerts[0]!
  }

  #happenings(end: number): readonly { at: number; kind: Happening }[] {
    const all: { at: number; kind: Happening }[] = []
    const add = (kind: Happening, share: number, within: number): void => {
      if (this.#random() >= share) return
      all.push({ at: this.#now + between(this.#random, 1, within), kind })
    }
    for (let n = 0; n < 3; n++) add('stop', 0.5, end - this.#now)
    add('refused', 0.3, 30 * MINUTE)
    add('passedOn', 0.2, 30 * MINUTE)
    if (this.#random() < 0.3) return all.toSorted((a, b) => a.at - b.at)
    add('received', 0.8, 30 * MINUTE)
    add('refused', 0.1, HOUR)
    add('processed', 0.7, 2 * HOUR)
    add('cancel', 0.1, HOUR)
    return all.toSorted((a, b) => a.at - b.at)
  }

  /** Whatever is due before a time, in its order. */
  #until(end: number): void {
    for (;;) {
      const due = this.#pages
        .filter(({ state }) => state === 'waiting')
        .toSorted((a, b) => a.at - b.at)[0]
      const fireAt = this.#timer?.dueAt ?? Infinity
      const at = Math.max(this.#now, Math.min(due?.at ?? Infinity, fireAt))
      if (at >= end) return
      this.#now = at
      if (fireAt <= at) this.#look()
      else if (due) this.#send(due)
    }
  }

  #look(): void {
    const { plan } = this.#site
    for (;;) {
      const { due, timer } = fire(this.#alert, plan, this.#timer, this.#now)
      const right = this.#model.looked(this.#now)
      assert.deepEqual(
        due.map((one) => ({ step: one.step, round: one.round, rounds: one.rounds, at: one.dueAt })),
        right,
      )
      this.#timer = timer
      const empty = due.filter((one) => !this.#call(one))
      if (empty.length === 0) return
      for (const one of empty) this.#passOver(one)
    }
  }

  /** Pages whom a step calls. @returns false = nobody */
  #call(due: DueStep): boolean {
    const { plan, roster } = this.#site
    this.#lastStep = due.step
    const { owner, passed } = ownerOf(plan, due, (wanted) =>
      onCall(roster, { ...wanted, department: '' }, this.#now, '+08:00'),
    )
    if (passed.length > 0) this.#site.saw(owner ? 'standIn' : 'gap')
    if (!owner) return false
    // As the ledger does: two reminders of one alert never wait beside each other.
    for (const one of this.#pages) if (one.state === 'waiting') one.state = 'superseded'
    const { until } = plan.steps[due.step]!
    const of = { ...due, watch: 'w', until }
    const ways = owner.channels.length
    this.#pages.push({
      ...{ of, owner, at: this.#now, state: 'waiting' },
      model: new PageModel(ways, due.isLast, this.#now),
      progress: {
        ...{ way: 0, ways, tries: 0, unknowns: 0, until: null },
        hasSuccessor: !due.isLast,
      },
    })
    return true
  }

  #passOver(of: Pick<DueStep, 'revision' | 'storedAt' | 'step'>): void {
    const isLate = !this.#model.isOpen && this.#site.plan.steps[of.step]!.until === 'received'
    this.#timer = passOver(this.#alert, this.#site.plan, this.#timer, of, this.#now)
    if (!isLate) this.#model.nobody(of.step, this.#now)
  }

  #send(page: OwnPage): void {
    const { plan } = this.#site
    const { of, owner, progress, model } = page
    const { stage } = this.#alert
    // Asked of the models: nobody has done what it asks for, and no later step has fired.
    const isOpen = this.#model.isOpen || (stage === 'received' && of.until === 'processed')
    const isWanted = isOpen && this.#lastStep === of.step
    assert.equal(isPageStanding(this.#alert, plan, this.#timer, of), isWanted, 'it makes sense')
    if (!isWanted) {
      page.state = 'superseded'
      return this.#site.saw('superseded')
    }
    assert.equal(page.at, model.at)
    const channel = owner.channels[progress.way]!
    assert.equal(channel, nextChannel(owner, owner.channels.slice(0, model.channel)))
    const isOurs = this.#random() < BROKEN_OFF
    const kind = isOurs ? 'unknown' : this.#site.answer(channel, owner.person.name, this.#now)
    this.#site.saw(kind)
    const tried = {
      ...progress,
      tries: progress.tries + 1,
      unknowns: progress.unknowns + Number(kind === 'unknown'),
    }
    const verdict = { class: kind, code: kind, reason: { zh: kind, en: kind }, isOurs }
    const next = afterPageAttempt(tried, verdict, this.#now)
    model.heard(kind, isOurs, this.#now)
    assert.equal(next.state, model.state)
    page.state = next.state
    if (next.state === 'waiting') {
      assert.deepEqual([next.way, next.at], [model.channel, model.at])
      const isMoved = next.way !== progress.way
      page.progress = isMoved ? { ...progress, way: next.way, tries: 0, unknowns: 0 } : tried
      page.at = next.at
    }
    if (next.state !== 'failed') return
    this.#site.saw('failed')
    // One person's broken channel never keeps the next one from being paged: the step after it is due at this moment.
    this.#passOver(of)
    this.#look()
  }

  #happen(kind: Happening): void {
    this.#site.saw(kind)
    if (kind === 'stop') {
      this.#timer = JSON.parse(JSON.stringify(this.#timer)) as Timer | null
      this.#now += between(this.#random, 0, 20 * MINUTE)
      return
    }
    if (kind === 'cancel') {
      this.#exam = cancelled(this.#exam, this.#alert, this.#now)
      this.#model.cancelled()
    } else this.#act(kind)
    this.#timer = timerOf(this.#alert, this.#site.plan, this.#timer)
  }

  #act(kind: ActKind): void {
    const { plan } = this.#site
    const nurse = { code: '1', name: '甲' }
    const act = {
      ...{ kind, person: nurse, role: '', at: this.#now, how: 'reply', readBack: null, note: '' },
      to: kind === 'passedOn' ? { code: '2', name: '乙' } : null,
    }
    const by = { system: null, zone: '+08:00', result: '已处理', at: this.#now }
    const weighed = weigh(this.#exam, this.#alert.id, act, { ...by, earlier: this.#acts })
    if (!weighed.counts) return
    this.#acts.push({ ...act, countedAt: this.#now })
    this.#exam = weighed.exam
    if (kind === 'received') this.#model.received()
    if (kind === 'processed') this.#model.processed()
    if (kind !== 'refused' || !this.#timer) return
    // Neither refusing nor passing on closes anything; whoever has refused makes the next step due at once.
    const before = this.#timer
    this.#timer = afterRefusal(this.#alert, plan, before, undefined, this.#now)
    if (before.level === 0) return
    const { until } = plan.steps[before.level - 1]!
    if (this.#model.isOpen || until === 'processed') {
      this.#model.nobody(before.level - 1, this.#now)
    }
  }
}
