import type { Owed, TroubleContent, WatchedAlert } from '../../src/ledger/index.js'
import {
  readWatchRules,
  type ChangeKind,
  type Departments,
  type Plan,
  type PlanUntil,
} from '../../src/loop/index.js'
import { CrisisError, DEFAULT_ZONE, isoInZone } from '../../src/messages/index.js'
import type { CrisisContext, Face, FlowMessage } from '../face/index.js'
import { given, HandingOut, leadsToOut } from '../handout/index.js'
import {
  choiceOf,
  numberSetting,
  plansOf,
  SettingError,
  settingsOf,
  WATCH_DEFAULTS,
  WATCH_NUMBERS,
  type WatchConfig,
} from '../settings/index.js'
import { ROSTER } from '../roster/index.js'
import { followStore, siteDepartments, useStore, type UsedStore } from '../store/index.js'
import { askMsOf, Calling, type CalledStep } from './calling.js'
import { GapLook } from './gaps.js'
import { PLAN } from './plan.js'
import { RosterUse } from './roster-use.js'
import { Timekeeper } from './timekeeper.js'
import { Synthetic, syntheticPlanOf } from './synthetic.js'
import { troubleMessage } from './trouble-message.js'
import { Watchdog, watchdogRulesOf } from './watchdog.js'

/** Makes a node watch the alerts of its ledger. */
export function watchBy(face: Face, saved: WatchConfig): void {
  try {
    const watch = new Watch(face, settingsOf<WatchConfig>(saved, WATCH_DEFAULTS))
    face.onClose((removed) => watch.close(removed))
    face.onceStarted(() => watch.start())
  } catch (thrown) {
    face.show('fault', saved.plan ? 'badSetting' : 'noPlan')
    face.onceStarted(() => face.fail(thrown))
  }
}

/** Tells its flow of the steps of plans that are due, of what becomes of each exam, and of troubles. */
class Watch {
  readonly #face: Face
  readonly #used: UsedStore
  readonly #handing: HandingOut
  readonly #timekeeper: Timekeeper
  readonly #roster: RosterUse | undefined
  readonly #gaps: GapLook | undefined
  /** Absent while no flow hears of troubles. */
  readonly #watchdog: Watchdog | undefined
  readonly #synthetic: Synthetic | undefined
  #stopFollowing = (): void => {}
  #closed = false

  /** @throws SettingError */
  constructor(face: Face, settings: WatchConfig) {
    const plans = chosenPlans(face, settings)
    const departments = siteDepartments(face.runtime, settings.store)
    const rules = rulesOf(face, settings, plans, departments)
    const limits = watchdogRulesOf(settings)
    const isTold = isWired(face, TROUBLES)
    const synthetic = isTold ? syntheticPlanOf(face, settings) : undefined
    const { graceSeconds } = WATCH_NUMBERS
    const seconds = numberSetting('graceSeconds', settings.graceSeconds, graceSeconds)
    const askMs = askMsOf(settings)
    this.#face = face
    this.#used = useStore(face.runtime, settings.store)
    const { store } = this.#used
    const hasRoster = settings.roster !== '' || askMs !== null
    const roster = hasRoster ? new RosterUse(face, settings.roster) : undefined
    this.#roster = roster
    this.#gaps = roster && new GapLook(face, store, roster, plans)
    const passedOver = (): void => this.#timekeeper.hurry()
    const about = { face, store, plans, settings, departments, askMs, passedOver }
    const calling = roster && new Calling({ ...about, roster })
    this.#handing = new HandingOut(
      face,
      store,
      1000 * seconds,
      (owed, token) => this.#send(owed, token),
      calling && ((owed) => calling.prepare(owed)),
    )
    this.#timekeeper = new Timekeeper({
      face,
      store,
      rules,
      seen: ({ escalated }) => this.#show(escalated),
      outOfReach: (count) => face.fail(outOfReach(count)),
    })
    this.#watchdog = isTold ? new Watchdog(face, store, limits) : undefined
    this.#synthetic = synthetic && new Synthetic(face, store, synthetic)
    face.show('activity', 'busy')
  }

  start(): void {
    if (this.#closed) return
    this.#stopFollowing = followStore(this.#face, this.#used.store)
    this.#timekeeper.start()
    this.#gaps?.start()
    this.#watchdog?.start()
    this.#synthetic?.start()
  }

  async close(removed: boolean): Promise<void> {
    this.#closed = true
    this.#stopFollowing()
    this.#gaps?.close()
    this.#roster?.close()
    this.#synthetic?.close()
    await Promise.all([this.#timekeeper.close(), this.#watchdog?.close(), this.#handing.close()])
    const { store } = this.#used
    // Should this fail, what is left is told of as unclaimed, and crisis register gives it up.
    if (removed) {
      const who = { actor: store.actor(this.#face), target: this.#face.id }
      await store.ledger.run('endWatch', who).catch(() => undefined)
    }
    await this.#used.release()
  }

  #show(escalated: number): void {
    const condition = { word: 'escalating', count: escalated } as const
    this.#face.show('dead', escalated > 0 ? condition : null)
    this.#face.show('activity', 'watching')
  }

  #send({ kind, content, handed }: Owed, token: string): void {
    const port = kind === 'step' ? STEPS : kind === 'trouble' ? TROUBLES : CHANGES
    const { crisis: context, ...msg } = this.#messageOf(kind, content)
    const { flags = [], ...crisis } = context
    const isAgain = handed > 0 && !flags.includes('rosterFallback')
    const all = isAgain ? [...flags, 'redelivered' as const] : flags
    const message = { ...msg, crisis: { ...crisis, flags: all, owed: token } }
    if (leadsToOut(this.#face, port)) given.leadsStraight(token)
    this.#face.send([STEPS, CHANGES, TROUBLES].map((one) => (one === port ? message : null)))
  }

  #messageOf(kind: Owed['kind'], content: unknown): FlowMessage & { crisis: CrisisContext } {
    if (kind === 'step') return stepMessage(this.#face.id, content as CalledStep)
    if (kind === 'trouble') return troubleMessage(this.#face.runtime, content as TroubleContent)
    return changeMessage(content)
  }
}

const [STEPS, CHANGES, TROUBLES] = [0, 1, 2] as const

const isWired = (face: Face, port: number): boolean => (face.wires[port]?.length ?? 0) > 0

function stepMessage(watch: string, content: CalledStep): FlowMessage & { crisis: CrisisContext } {
  const { due, plan, step, call } = content
  const { role, until } = step
  const { owner, passed = [] } = call ?? {}
  const { flags = [], ...context } = contextOf(content)
  return {
    topic: role,
    payload: content.crisis,
    crisis: {
      ...context,
      // Without an answer nobody was called, so that it comes for the first time.
      flags: call?.isFallback ? [...flags, 'rosterFallback'] : flags,
      step: {
        plan: plan.name || plan.id,
        number: due.step + 1,
        of: plan.steps,
        round: due.round + 1,
        role,
        channels: owner?.channels ?? step.channels,
        until,
        dueAt: isoInZone(due.dueAt, DEFAULT_ZONE),
        lateSeconds: Math.round(due.lateMs / 1000),
        isLast: due.isLast,
        watch,
        startedAt: isoInZone(due.storedAt, DEFAULT_ZONE),
      },
      ...(owner && { person: owner.person }),
      ...(passed.length > 0 && { passed }),
      ...(call?.ask && { ask: true as const }),
    },
  }
}

function changeMessage(content: unknown): FlowMessage & { crisis: CrisisContext } {
  const { change, until, ...alert } = content as ChangeContent
  const crisis = { ...contextOf(alert), change, ...(until && { until }) }
  return { topic: change, payload: alert.crisis, crisis }
}

interface ChangeContent extends WatchedAlert {
  readonly change: ChangeKind
  /** Of what is overdue: what had to be done by now. */
  readonly until?: PlanUntil
}

/** With the flags by which a page says that it is a correction, void, or possibly of another patient. */
function contextOf({ id, examKey, revision, stage, setAt, ...rest }: WatchedAlert): CrisisContext {
  return {
    id,
    key: examKey,
    revision,
    stage,
    setAt,
    receivedAt: isoInZone(rest.openedAt, DEFAULT_ZONE),
    flags: [
      ...(revision > 1 ? ['revision'] : []),
      ...(stage === 'cancelled' ? ['cancelled'] : []),
      ...(rest.held ? ['possibleWrongPatient'] : []),
    ],
  }
}

/** @throws SettingError */
const chosenPlans = (face: Face, settings: WatchConfig): readonly Plan[] =>
  plansOf(settings).map((id) => {
    const saved = face.runtime.config(PLAN, id)
    if (!saved) throw noPlan()
    if ('problem' in saved) throw saved.problem
    return saved.plan
  })

/** The rules as the ledger keeps them. @throws SettingError */
function rulesOf(
  face: Face,
  settings: WatchConfig,
  plans: readonly Plan[],
  departments: Departments,
): string {
  const told = { changes: isWired(face, CHANGES), troubles: isWired(face, TROUBLES) }
  const { calendar = null, zone = DEFAULT_ZONE } =
    face.runtime.config(ROSTER, settings.roster) ?? {}
  const rules = { plans, choice: choiceOf(settings), calendar, zone, departments, ...told }
  const [problem] = readWatchRules(rules).problems
  if (problem) throw new SettingError('SETTING_INVALID', problem.reason)
  return JSON.stringify(rules)
}

const noPlan = () =>
  new SettingError('SETTING_MISSING', {
    zh: '未选择升级方案（crisis plan），或所选的已被删除或停用：无人会被提醒',
    en: 'No crisis plan is chosen, or the chosen one was deleted or disabled: nobody would be reminded',
  })

const outOfReach = (count: number) =>
  new CrisisError('WATCH_OUT_OF_REACH', {
    zh: `开始值守时，有 ${count} 条一天前收到的危急值仍未关闭，不再逐条提醒；请用“危急值查询”逐条处理`,
    en: `When this watch began, ${count} critical values from more than a day ago were still open. They are not reminded of one by one; deal with them by crisis register`,
  })
