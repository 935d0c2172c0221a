import type { Owed, StepContent, TroubleContent, WatchedAlert } from '../../src/ledger/index.js'
import { readWatchRules, type ChangeKind } from '../../src/loop/index.js'
import { CrisisError, DEFAULT_ZONE, isoInZone } from '../../src/messages/index.js'
import type { CrisisContext, Face, FlowMessage } from '../face/index.js'
import { HandingOut } from '../handout/index.js'
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
import { followStore, useStore, type UsedStore } from '../store/index.js'
import { PLAN } from './plan.js'
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
  /** Where no flow hears of troubles there is none. */
  readonly #watchdog: Watchdog | undefined
  readonly #synthetic: Synthetic | undefined
  #stopFollowing = (): void => {}
  #closed = false

  /** @throws SettingError */
  constructor(face: Face, settings: WatchConfig) {
    const rules = rulesOf(face, settings)
    const limits = watchdogRulesOf(settings)
    const isTold = isWired(face, TROUBLES)
    const synthetic = isTold ? syntheticPlanOf(face, settings) : undefined
    const { graceSeconds } = WATCH_NUMBERS
    const seconds = numberSetting('graceSeconds', settings.graceSeconds, graceSeconds)
    this.#face = face
    this.#used = useStore(face.runtime, settings.store)
    const { store } = this.#used
    this.#handing = new HandingOut(face, store, 1000 * seconds, (owed, token) =>
      this.#send(owed, token),
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
    this.#watchdog?.start()
    this.#synthetic?.start()
  }

  async close(removed: boolean): Promise<void> {
    this.#closed = true
    this.#stopFollowing()
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
    const all = handed > 0 ? [...flags, 'redelivered' as const] : flags
    const message = { ...msg, crisis: { ...crisis, flags: all, owed: token } }
    this.#face.send([STEPS, CHANGES, TROUBLES].map((one) => (one === port ? message : null)))
  }

  #messageOf(kind: Owed['kind'], content: unknown): FlowMessage & { crisis: CrisisContext } {
    if (kind === 'step') return stepMessage(content as StepContent)
    if (kind === 'trouble') return troubleMessage(this.#face.runtime, content as TroubleContent)
    return changeMessage(content)
  }
}

const [STEPS, CHANGES, TROUBLES] = [0, 1, 2] as const

const isWired = (face: Face, port: number): boolean => (face.wires[port]?.length ?? 0) > 0

function stepMessage(content: StepContent): FlowMessage & { crisis: CrisisContext } {
  const { due, plan, step } = content
  const { role, channels, until } = step
  return {
    topic: role,
    payload: content.crisis,
    crisis: {
      ...contextOf(content),
      step: {
        plan: plan.name || plan.id,
        number: due.step + 1,
        of: plan.steps,
        round: due.round + 1,
        role,
        channels,
        until,
        dueAt: isoInZone(due.dueAt, DEFAULT_ZONE),
        lateSeconds: Math.round(due.lateMs / 1000),
        isLast: due.isLast,
      },
    },
  }
}

function changeMessage(content: unknown): FlowMessage & { crisis: CrisisContext } {
  const { change, ...alert } = content as WatchedAlert & { readonly change: ChangeKind }
  return { topic: change, payload: alert.crisis, crisis: { ...contextOf(alert), change } }
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

/** The rules as the ledger keeps them. @throws SettingError */
function rulesOf(face: Face, settings: WatchConfig): string {
  const plans = plansOf(settings).map((id) => {
    const saved = face.runtime.config(PLAN, id)
    if (!saved) throw noPlan()
    if ('problem' in saved) throw saved.problem
    return saved.plan
  })
  const told = { changes: isWired(face, CHANGES), troubles: isWired(face, TROUBLES) }
  const rules = { plans, choice: choiceOf(settings), ...told }
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
