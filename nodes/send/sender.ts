import { isMissingSetting, type Outcome, type OutcomeClass } from '../../src/delivery/index.js'
import {
  LedgerError,
  type Actor,
  type Ledger,
  type Owed,
  type TakenOver,
  type WaitCode,
} from '../../src/ledger/index.js'
import { asCrisisError, CrisisError, isoInZone } from '../../src/messages/index.js'
import {
  contextOf,
  Reported,
  type Condition,
  type CrisisContext,
  type Face,
  type FlowMessage,
  type StatusWord,
} from '../face/index.js'
import { given, HandingOut, leadsToOut, OUTCOME_GRACE_MS } from '../handout/index.js'
import { PEER, type Peer, type PeerState } from '../peer/index.js'
import { OUT_DEFAULTS, SettingError, settingsOf, type OutConfig } from '../settings/index.js'
import { followStore, useStore, type UsedStore } from '../store/index.js'
import { operationOf, ownDeadLetters, unclaimedDeadLetters } from './dead-letters.js'
import { keptText, withLiveParts } from './kept-message.js'

/** One document of a message, to be committed to the ledger. */
export interface Outgoing {
  /** Words to the flow about it, beside the outcome. */
  readonly context: CrisisContext
  /** The document, when the message held several and each gets its own. */
  readonly payload?: unknown
  /** Commits it. Once this resolves without `refused` it is owed. */
  readonly commit: (work: Commit) => Promise<Committed>
}

export interface Committed {
  /** Why nothing of it will be sent. */
  readonly refused?: CrisisError
  /** Why a person has to decide before it is sent. */
  readonly held?: CrisisError
  readonly outbox?: number | null
  /** It stands in the outbox since it was handed out before, and its outcome is told once. */
  readonly known?: boolean
  /** The thing that it waits for before it goes out by itself. */
  readonly waits?: StatusWord
  /** A trouble that a person has to be told of, although it is sent. */
  readonly troubles?: readonly CrisisError[]
}

export interface Commit {
  readonly ledger: Ledger
  readonly actor: Actor
  /** The message that comes out with the outcome, perhaps after a restart. */
  readonly message: string
  /** It was accepted before, so that the last of the disk belongs to it. */
  readonly isAccepted: boolean
  /** The owed message that the flow passes on with this document, or with this and others. */
  readonly taken: TakenOver
}

/** The part of an outcome's message that the ledger keeps. */
interface OutcomeContent {
  readonly message: FlowMessage
  readonly class: Outcome['class']
  readonly code: string
  readonly reasonZh: string
  readonly reasonEn: string
  readonly reply: { readonly code: string; readonly desc: string } | null
  readonly attempts: number
  readonly acceptedAt: number
  readonly endedAt: number
  readonly outbox: number
  /** Of the alert; null when it is not known. */
  readonly revision?: number | null
  /** The ledger's notes on it. Absent in what an earlier version has kept. */
  readonly flags?: readonly string[]
}

/** The status of a node whose feedback waits, by what it waits for. */
export const WAITS: Readonly<Record<WaitCode, StatusWord>> = {
  wrongPatient: 'held',
  otherFinding: 'waitsFinding',
  process: 'waitsProcess',
}

/** The documents that a message becomes. */
export type Make = (work: {
  readonly face: Face
  readonly peer: Peer
  readonly settings: OutConfig
  readonly msg: FlowMessage
}) => Promise<readonly Outgoing[]>

/** Makes a node send by the peer that it is set to; a missing one is a setting, not a crash. */
export function sendBy(face: Face, saved: OutConfig, make: Make): void {
  const peer = face.runtime.config(PEER, saved.peer)
  if (peer && !peer.problem) {
    const sender = new Sender(face, saved, peer, make)
    face.onClose(() => sender.close())
    face.onInput((msg) => sender.take(msg))
    return
  }
  const problem = peer?.problem ?? noPeer()
  face.show('fault', peer ? 'badSetting' : 'noPeer')
  face.onceStarted(() => face.fail(problem))
  face.onInput(async (msg) => {
    throw refuse(face, msg, problem, { zone: peer?.zone })
  })
}

/**
 * The common body of `crisis out` and `crisis feedback out`. A message is done when it is committed to the
 * outbox; its outcome comes out later: output 1 when the peer said exactly 0, output 2 with the reason when it
 * needs a person, which Catch then hears of as well.
 */
class Sender {
  readonly #face: Face
  readonly #saved: OutConfig
  readonly #peer: Peer
  readonly #make: Make
  readonly #used: UsedStore
  readonly #handing: HandingOut
  readonly #stopFollowing: () => void
  readonly #stopDelivery: () => void

  constructor(face: Face, saved: OutConfig, peer: Peer, make: Make) {
    this.#face = face
    this.#saved = saved
    this.#peer = peer
    this.#make = make
    this.#used = useStore(face.runtime, peer.storeId)
    const { store } = this.#used
    this.#stopFollowing = followStore(face, store)
    this.#handing = new HandingOut(face, store, OUTCOME_GRACE_MS, (owed, token) =>
      this.#tellOutcome(owed, token),
    )
    const operation = operationOf(face)
    this.#stopDelivery = peer.use(face, (state, users) => {
      // The graver side first, so that nothing green is seen in between.
      face.show('dead', ownDeadLetters(state, face))
      face.show('unclaimed', unclaimedDeadLetters(state, face, users))
      face.show('wsdl', keptWsdl(state, peer.zone))
      face.show('delivery', deliveryOf(state, operation === 'SynCrisisResponseInfo'))
    })
  }

  async close(): Promise<void> {
    this.#stopDelivery()
    this.#stopFollowing()
    await this.#handing.close()
    await this.#used.release()
  }

  /** Commits the documents of a message to the outbox. @throws Reported for what was refused */
  async take(msg: FlowMessage): Promise<void> {
    const face = this.#face
    const { store } = this.#used
    const outgoing = await this.#outgoing(msg)
    face.show('activity', 'storing')
    const failures: { readonly own: FlowMessage; readonly failure: Reported }[] = []
    const accepted = given.find(store, contextOf(msg).owed)
    let isHeld = false
    const last = outgoing.length - 1
    for (const [index, { context, payload, commit }] of outgoing.entries()) {
      const own: FlowMessage = payload === undefined ? msg : { ...msg, payload }
      own.crisis = {
        ...ofDocument(own, context),
        peer: this.#peer.title,
        peerId: this.#peer.id,
      }
      const failure = await commit({
        ledger: store.ledger,
        actor: store.actor(face),
        message: keptText(own),
        isAccepted: accepted !== undefined,
        taken: accepted?.isStraight
          ? { owed: accepted.id, isOneOfMore: index < last || isHeld }
          : {},
      }).then(
        (committed) => {
          if (index === last && !isHeld && accepted?.isStraight) given.forget(store, accepted.id)
          return this.#tellCommitted(own, committed)
        },
        (error: unknown) => {
          isHeld ||= mayPass(error)
          return this.#refuse(own, error)
        },
      )
      if (failure) failures.push({ own, failure })
    }
    // What was accepted goes out in the end: it comes again when the ledger works.
    if (isHeld && accepted) given.hold(store, accepted.id)
    if (failures.length === 0) face.show('activity', null)
    store.ledger.hint(`outbox/${this.#peer.id}`)
    // One goes with the end of the message; Catch hears of the others as well.
    const [first, ...others] = failures
    for (const { own, failure } of others) face.fail(failure.error, own)
    if (first) throw first.failure
  }

  async #outgoing(msg: FlowMessage): Promise<readonly Outgoing[]> {
    try {
      const settings = settingsOf<OutConfig>(this.#saved, OUT_DEFAULTS)
      this.#peer.require(msg)
      return await this.#make({ face: this.#face, peer: this.#peer, settings, msg })
    } catch (error) {
      throw this.#refuse(msg, error)
    }
  }

  #tellCommitted(own: FlowMessage, committed: Committed): Reported | undefined {
    const { refused, held, outbox, waits, troubles = [] } = committed
    if (refused) return this.#refuse(own, refused)
    if (held) return this.#refuse(own, held, { outbox, word: 'held' })
    // Until it is counted, which takes a moment.
    if (waits) this.#face.show('delivery', waits)
    if (troubles.length > 0) this.#face.show('delivery', 'held')
    for (const trouble of troubles) this.#face.fail(trouble, own)
    return undefined
  }

  #refuse(msg: FlowMessage, thrown: unknown, more: Omit<Refusal, 'zone'> = {}): Reported {
    return refuse(this.#face, msg, thrown, { ...more, zone: this.#peer.zone })
  }

  #tellOutcome(owed: Owed, token: string): void {
    const face = this.#face
    const content = owed.content as OutcomeContent
    const { reply, revision } = content
    const msg = withLiveParts(content.message)
    const reason = { zh: content.reasonZh, en: content.reasonEn }
    const delivered = content.class === 'delivered'
    const flags = [...(content.flags ?? []), ...(owed.handed > 0 ? ['redelivered'] : [])]
    msg.crisis = {
      ...contextOf(msg),
      outbox: content.outbox,
      ...(delivered && operationOf(face) === 'SynCrisisInfo' && { stage: 'notified' }),
      owed: token,
      ...(typeof revision === 'number' && { revision }),
      ...(flags.length > 0 && {
        flags: [...new Set([...(contextOf(msg).flags ?? []), ...flags])],
      }),
      outcome: {
        class: content.class,
        code: content.code,
        reason: face.runtime.words(reason),
        ...(reply && { reply }),
        attempts: content.attempts,
        sentAt: isoInZone(content.acceptedAt, this.#peer.zone),
        endedAt: isoInZone(content.endedAt, this.#peer.zone),
      },
    }
    if (leadsToOut(face, delivered ? 0 : 1)) given.leadsStraight(token)
    face.send(delivered ? [msg, null] : [null, msg])
    if (!delivered) face.fail(new CrisisError(content.code, reason), msg)
  }
}

/** True of a ledger that does not work: the same will be taken when it does. */
const mayPass = (error: unknown): boolean =>
  error instanceof LedgerError && error.code !== 'LEDGER_REFUSED'

interface Refusal {
  readonly zone: string | undefined
  /** The number in the outbox, where it stands there. */
  readonly outbox?: number | null | undefined
  readonly word?: StatusWord
}

/** Told at once: nothing of it will be sent by itself, or not before a person has decided. */
function refuse(face: Face, msg: FlowMessage, thrown: unknown, refusal: Refusal): Reported {
  const { zone, outbox = null, word = 'refused' } = refusal
  const error = face.runtime.error(thrown)
  const at = isoInZone(Date.now(), zone)
  msg.crisis = {
    ...contextOf(msg),
    ...(outbox !== null && { outbox }),
    outcome: {
      class: 'rejected',
      code: error.code,
      reason: error.message,
      sentAt: at,
      endedAt: at,
    },
  }
  face.send([null, msg])
  face.show('activity', { word, reason: asCrisisError(thrown).reason })
  return new Reported(thrown)
}

/**
 * The context of a document that is sent, with what its message brought. A document that is passed on stays the alert
 * that it came in as; its stage, operation and times are its own, not those of the message that it was made from.
 */
function ofDocument(msg: FlowMessage, context: CrisisContext): CrisisContext {
  const { owed: _owed, ...brought } = contextOf(msg)
  const { id, key, flags = [] } = brought
  return {
    ...brought,
    ...context,
    ...(typeof id === 'string' && { id }),
    ...(typeof key === 'string' && { key }),
    flags: [...new Set([...flags, ...(context.flags ?? [])])],
  }
}

/** Tried again within a second, and no word on the peer. */
const MOMENTARY: ReadonlySet<string> = new Set(['PEER_STALE', 'PEER_BUSY'])

/** The status of a node by the deliveries of its peer; only feedback waits for anything but its peer. */
function deliveryOf(state: PeerState, isFeedback: boolean): Condition | StatusWord | null {
  const { waiting, oldestAt, waitsFor, failing, last, probing, counted } = state
  if (waiting > 0) {
    const queue = { count: waiting, since: oldestAt }
    // A failure that this process has met goes before those that the outbox has of earlier ones.
    const bad = [last, failing].find((one) => one && !ENDED.has(one.class))
    if (bad && !MOMENTARY.has(bad.code)) {
      return { word: isMissingSetting(bad) ? 'badSetting' : (bad.class as OutcomeClass), ...queue }
    }
    return probing
      ? { word: 'unreachable', ...queue }
      : { word: 'queued', late: 'retrying', ...queue }
  }
  if (isFeedback && waitsFor) return WAITS[waitsFor]
  if (last?.class === 'delivered') return 'delivered'
  return counted ? 'ready' : null
}

/** Outcomes of one document alone, which say nothing of those that wait. */
const ENDED: ReadonlySet<string> = new Set(['delivered', 'rejected'])

/** The day on which the WSDL was read that is used in the place of one that cannot be had. */
function keptWsdl({ keptWsdl: at }: PeerState, zone: string): Condition | null {
  if (at === null) return null
  const day = isoInZone(at, zone).slice(0, 10)
  return { word: 'wsdlKept', reason: { zh: day, en: day } }
}

const noPeer = () =>
  new SettingError('SETTING_MISSING', {
    zh: '未选择对方系统（crisis peer），或其已被删除、停用',
    en: 'No crisis peer is chosen, or it was deleted or disabled',
  })
