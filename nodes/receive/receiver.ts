import type { Answer, HostedCall, Registration } from '../../src/http/hosting/index.js'
import { LedgerError, type Actor, type Ledger, type Owed } from '../../src/ledger/index.js'
import { TIME_UNREADABLE } from '../../src/loop/index.js'
import {
  asCrisisError,
  CrisisError,
  failure,
  success,
  SUCCESS_CODE,
  type ExamNumbers,
  type Flag,
  type Reason,
} from '../../src/messages/index.js'
import type { Operation } from '../../src/soap/index.js'
import type { CrisisContext, Face, FlowMessage, StatusWord } from '../face/index.js'
import { given, HandingOut, intakeNodes, leadsToOut, OWED_LEASE_MS } from '../handout/index.js'
import { hosting, SERVICE, type Service } from '../service/index.js'
import {
  IN_DEFAULTS,
  IN_NUMBERS,
  numberSetting,
  SettingError,
  settingsOf,
  type InConfig,
} from '../settings/index.js'
import { followStore, showStore, useStore, type UsedStore } from '../store/index.js'
import { Alarms } from './alarms.js'
import { DamageWatch } from './damage-watch.js'
import { UnreadableTimes } from './unreadable-times.js'

/** The result of storing one document of a call. */
export type Stored =
  | { readonly error: CrisisError }
  | {
      /** The message that this process is to hand to its flow now; null when none is owed (a re-send). */
      readonly owed: Owed | null
      /** Troubles that a person has to be told of, although the document was accepted. */
      readonly troubles: readonly CrisisError[]
      readonly flags: readonly Flag[]
      readonly exam: ExamNumbers
    }

/** A call whose documents are to be stored. */
export interface StoreCall {
  readonly call: HostedCall
  readonly service: Service
  readonly settings: InConfig
  readonly ledger: Ledger
  readonly actor: Actor
  readonly lease: { readonly lease: string; readonly leaseMs: number }
  /** The node that hands out what is stored. */
  readonly target: string
  /** All nodes of the flows that hand out what comes in. */
  readonly nodes: readonly string[]
}

/** The operation of an `in` node, with all in which the two nodes differ. */
export interface Intake {
  readonly operation: Operation
  /** Reads and stores a call's documents, each answered for by itself (A28). */
  store(work: StoreCall): Promise<readonly Stored[]>
  /** The flow's message for what was stored, with times in the zone of the service. */
  message(content: unknown, zone: string): { payload: object; context: CrisisContext }
}

/** Makes a node take what comes in at the service that it is set to. */
export function receiveAt(face: Face, saved: InConfig, intake: Intake): void {
  const { listening } = hosting
  listening.starts(face.id, face.title)
  face.onClose(() => listening.ends(face.id))
  const service = face.runtime.config(SERVICE, saved.service)
  if (!service) {
    listening.fails(face.id, noService())
    face.show('fault', 'noService')
    face.onceStarted(() => face.fail(noService()))
    return
  }
  try {
    const receiver = new Receiver(face, settingsOf<InConfig>(saved, IN_DEFAULTS), service, intake)
    face.onClose((removed) => receiver.close(removed))
    face.onceStarted(() => void receiver.start())
  } catch (thrown) {
    listening.fails(face.id, asCrisisError(thrown))
    face.show('fault', 'badSetting')
    face.onceStarted(() => face.fail(thrown))
  }
}

/**
 * The common body of `crisis in` and `crisis feedback in`: hosts one operation at the service's address,
 * stores what comes in, and only then answers: at once, or as the flow says within its limit.
 */
class Receiver {
  readonly #face: Face
  readonly #settings: InConfig
  readonly #service: Service
  readonly #intake: Intake
  readonly #isFeedback: boolean
  readonly #used: UsedStore
  readonly #handing: HandingOut
  readonly #times: UnreadableTimes
  readonly #alarms: Alarms
  readonly #damaged = new DamageWatch()
  /** The calls that wait for the flow. */
  readonly #waiting = new Set<string>()
  /** The calls whose message is still to be handed out, by the number of what is owed. */
  readonly #behind = new Map<number, string>()
  /** Calls that are not answered yet. A status costs as much as reading a call, so it is shown when it changes. */
  #open = 0
  #registration: Registration | undefined
  #stopFollowing = (): void => {}
  #stopNotice = (): void => {}
  #closed = false

  /** @throws SettingError */
  constructor(face: Face, settings: InConfig, service: Service, intake: Intake) {
    const seconds = numberSetting('graceSeconds', settings.graceSeconds, IN_NUMBERS.graceSeconds)
    this.#face = face
    this.#settings = settings
    this.#service = service
    this.#intake = intake
    this.#isFeedback = intake.operation === 'SynCrisisResponseInfo'
    this.#used = useStore(face.runtime, service.storeId)
    const { store } = this.#used
    this.#handing = new HandingOut(face, store, 1000 * seconds, (owed, token) =>
      this.#sendHandout(owed, token),
    )
    this.#times = new UnreadableTimes(face, store)
    this.#alarms = new Alarms(face, service, store)
    face.show('activity', 'busy')
  }

  async start(): Promise<void> {
    if (this.#closed) return
    const face = this.#face
    const service = this.#service
    const { store } = this.#used
    try {
      this.#registration = await service.host(
        this.#intake.operation,
        (call) => this.#answer(call),
        (what) => {
          store.meters.refused(service.title, what.code)
          this.#alarms.tell(what)
        },
        (met) => store.callers.note({ service: service.id, ...met }),
      )
      // A flow may be closed again while its port is still being opened.
      if (this.#closed) return await this.#registration.release(true)
      hosting.listening.listens(face.id)
      if (this.#isFeedback && service.licenceTrouble) {
        // Hosted all the same: a caller is told 401, which its operator understands better than a 404.
        face.show('fault', wordOf(service.licenceTrouble.code))
        face.fail(service.licenceTrouble)
      } else {
        this.#stopFollowing = followStore(face, store)
        this.#stopNotice = service.onLicenceNotice(() => this.#showLicences())
        this.#showLicences()
        if (this.#isFeedback) void this.#times.look()
        face.show('activity', 'listening')
      }
    } catch (thrown) {
      const { code, reason } = asCrisisError(thrown)
      hosting.listening.fails(face.id, { code, reason })
      const word = wordOf(code)
      face.show('fault', { word, ...(word === 'error' && { reason }) })
      face.fail(thrown)
    }
  }

  async close(removed: boolean): Promise<void> {
    this.#closed = true
    this.#times.close()
    this.#stopNotice()
    this.#stopFollowing()
    // The flow that would have answered is gone: its callers are told now, not at the end of their patience.
    for (const id of this.#waiting) hosting.waiting.answer(id, redeploying())
    await Promise.all([this.#handing.close(), this.#registration?.release(removed)])
    await this.#used.release()
  }

  /** Answers a call, and counts what was answered and how long that took. */
  async #answer(call: HostedCall): Promise<Answer> {
    const { meters } = this.#used.store
    const began = performance.now()
    const count = (code: string): void =>
      meters.answered(this.#service.title, call.operation, code, performance.now() - began)
    try {
      const answer = await this.#answered(call)
      count(answer.code)
      return answer
    } catch (thrown) {
      count(asCrisisError(thrown).answer)
      throw thrown
    }
  }

  async #answered(call: HostedCall): Promise<Answer> {
    const face = this.#face
    const { store } = this.#used
    if (this.#open++ === 0) face.show('activity', 'waiting')
    const lease = { lease: store.lease(), leaseMs: OWED_LEASE_MS }
    try {
      const stored = await this.#store(call, lease)
      const answers = await Promise.all(stored.map((item) => this.#answerOf(item)))
      const response = combined(answers)
      if (response.code !== SUCCESS_CODE) {
        this.#showRefused({ zh: response.desc, en: response.desc })
      } else if (this.#open === 1) face.show('activity', 'listening')
      return response
    } catch (error) {
      if (error instanceof LedgerError && error.unknown) this.#handing.free(lease.lease)
      const { code, reason } = asCrisisError(error)
      // A ledger that does not work is said as long as that lasts.
      if (error instanceof LedgerError && !showStore(face, store)) {
        face.show('activity', 'listening')
      } else if (code === 'ANSWER_LATE') face.show('activity', 'late')
      else this.#showRefused(reason)
      throw error
    } finally {
      this.#open--
    }
  }

  async #store(call: HostedCall, lease: StoreCall['lease']): Promise<readonly Stored[]> {
    const { store } = this.#used
    const stored = await this.#intake.store({
      call,
      service: this.#service,
      settings: this.#settings,
      ledger: store.ledger,
      actor: store.actor(this.#face),
      lease,
      target: this.#face.id,
      nodes: intakeNodes(this.#face.runtime),
    })
    for (const item of stored) {
      if ('error' in item) continue
      const damage = this.#damaged.look(call.remoteAddress, item.flags)
      const troubles = [...item.troubles, ...(damage ? [damage] : [])]
      const crisis = this.#alarms.contextOf(call.operation, call.remoteAddress, item.exam)
      for (const trouble of troubles) this.#face.fail(trouble, { crisis })
    }
    const unreadable = stored.some(
      (item) => 'flags' in item && item.flags.includes(TIME_UNREADABLE),
    )
    if (unreadable || this.#times.any) void this.#times.look()
    return stored
  }

  /** Hands a stored document to the flow, and waits for what it says where that is asked for. */
  async #answerOf(item: Stored): Promise<Answer> {
    if ('error' in item) return failure(item.error.answer, item.error.reason)
    const { owed } = item
    if (!owed) return success()
    // Something earlier of this alert is still to be handed out, which is done in order.
    const isBehind = owed.lease === ''
    if (this.#settings.answer === 'flow') return this.#askFlow(owed, isBehind)
    if (isBehind) this.#hint()
    else this.#handing.give(owed)
    return success()
  }

  async #askFlow(owed: Owed, isBehind: boolean): Promise<Answer> {
    const { id, answer } = hosting.waiting.open(this.#service.answerLimitMs)
    this.#waiting.add(id)
    this.#behind.set(owed.id, id)
    try {
      if (isBehind) this.#hint()
      else if (!this.#handing.give(owed)) hosting.waiting.answer(id, redeploying())
      const response = await answer
      // The flow has said what became of it; unless it was we who said that it is gone.
      if (!this.#closed) given.settle(this.#used.store, owed.id)
      return response
    } finally {
      this.#waiting.delete(id)
      this.#behind.delete(owed.id)
    }
  }

  #sendHandout(owed: Owed, token: string): void {
    const { payload, context } = this.#intake.message(owed.content, this.#service.zone)
    const flags = owed.handed > 0 ? [...(context.flags ?? []), 'redelivered'] : context.flags
    const call = this.#behind.get(owed.id)
    const crisis: CrisisContext = {
      operation: this.#intake.operation,
      service: this.#service.title,
      ...context,
      ...(flags && { flags }),
      ...(call !== undefined && { call }),
      owed: token,
    }
    if (leadsToOut(this.#face, 0)) given.leadsStraight(token)
    this.#face.send({ payload, crisis } satisfies FlowMessage)
  }

  #hint(): void {
    this.#used.store.ledger.hint(`owed/${this.#face.id}`)
  }

  #showLicences(): void {
    this.#face.show('licence', (this.#isFeedback && this.#service.licenceNotice()) || null)
  }

  #showRefused(reason: Reason): void {
    this.#face.show('activity', { word: 'refused', reason })
  }
}

const noService = () =>
  new SettingError('SETTING_MISSING', {
    zh: '未选择服务（crisis service），或其已被删除、停用',
    en: 'No crisis service is chosen, or it was deleted or disabled',
  })

function wordOf(code: string): StatusWord {
  switch (code) {
    case 'PORT_IN_USE':
      return 'portInUse'
    case 'LICENCE_MISSING':
      return 'noLicence'
    case 'UNGUARDED':
      return 'unguarded'
    case 'ADDRESS_LIST':
    case 'SETTING_INVALID':
    case 'SETTING_MISSING':
      return 'badSetting'
    default:
      return 'error'
  }
}

const redeploying = (): Answer =>
  failure('503', {
    zh: '正在重新部署，请稍后重发',
    en: 'Being deployed anew; send it again in a moment',
  })

/**
 * One answer for a call that carried several documents (A28): 0 only when each of them was accepted. The
 * good ones stay accepted; the desc names the bad ones by their position.
 */
function combined(answers: readonly Answer[]): Answer {
  const bad = answers.flatMap((answer, index) =>
    answer.code === SUCCESS_CODE ? [] : [{ position: index + 1, answer }],
  )
  const [first] = bad
  if (!first) return answers[0] ?? success()
  if (answers.length === 1) return first.answer
  const positions = bad.map(({ position }) => position).join('、')
  throw new CrisisError(
    'PARTLY_REFUSED',
    {
      zh: `共 ${answers.length} 条，第 ${positions} 条未接收：${first.answer.desc}`,
      en: `Of ${answers.length} documents, number ${positions} was not accepted: ${first.answer.desc}`,
    },
    '422',
  )
}
