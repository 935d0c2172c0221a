import type { Node, NodeAPI } from 'node-red'
import { isMissingSetting, type Outcome, type OutcomeClass } from '../../src/delivery/index.js'
import type { Actor, Ledger, Owed, WaitCode } from '../../src/ledger/index.js'
import {
  asCrisisError,
  CrisisError,
  isoInZone,
  OPERATIONS,
  type Operation,
} from '../../src/messages/index.js'
import type { PeerNode, PeerState } from './config-nodes.js'
import { onceStarted, onClose, onInput, Reported } from './input.js'
import { nodeError, pick } from './language.js'
import { contextOf, type CrisisContext, type FlowMessage } from './message.js'
import { given } from './handed-out.js'
import { keptText, withLiveParts } from './kept-message.js'
import { handOut, OUTCOME_GRACE_MS } from './handouts.js'
import { DEFAULTS, SettingError, settingsOf, type OutConfig } from './settings.js'
import { show, STATUS_WORDS, type Condition, type StatusWord } from './status.js'
import { followStore } from './store-watch.js'
import { useStore } from './store.js'
import { leadsToOut } from './way.js'

/** One document of a message, to be committed to the ledger. */
export interface Outgoing {
  /** What the flow is told about it beside the outcome. */
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
  /** What it waits for before it goes out by itself. */
  readonly waits?: StatusWord
  /** What a person has to be told of, although it is sent. */
  readonly troubles?: readonly CrisisError[]
}

export interface Commit {
  readonly ledger: Ledger
  readonly actor: Actor
  /** The message that comes out with the outcome, perhaps after a restart. */
  readonly message: string
  /** The owed message that the flow passes on with this, the last of its documents. */
  readonly owed: number | undefined
}

/** What the ledger keeps for the message of an outcome. */
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
  /** What the ledger noted of it. Absent in what an earlier version has kept. */
  readonly flags?: readonly string[]
}

/** How a node shows what feedback waits for. */
export const WAITS: Readonly<Record<WaitCode, StatusWord>> = {
  wrongPatient: 'held',
  otherFinding: 'waitsFinding',
  process: 'waitsProcess',
}

/** The peer a node is set to; a missing one is a setting, not a crash. */
export function peerOf(RED: NodeAPI, id: string): PeerNode | undefined {
  // The types say that a node is always found; Node-RED returns null for one that is missing or disabled.
  return (RED.nodes.getNode(id) as PeerNode | null) ?? undefined
}

/**
 * The common body of `crisis out` and `crisis feedback out`. A message is done when it is committed to the
 * outbox; its outcome comes out later: output 1 when the peer said exactly 0, output 2 with the reason when it
 * needs a person, which Catch then hears of as well.
 */
export function bindOut(
  RED: NodeAPI,
  node: Node,
  saved: OutConfig,
  make: (peer: PeerNode, settings: OutConfig, msg: FlowMessage) => Promise<readonly Outgoing[]>,
): void {
  const peer = peerOf(RED, saved.peer)
  if (!peer || peer.problem) {
    show(RED, node, 'fault', peer ? 'badSetting' : 'noPeer')
    onceStarted(() => node.error(nodeError(RED, peer?.problem ?? noPeer()), {}))
    onInput(RED, node, async (msg) => {
      throw refused(msg, peer?.problem ?? noPeer())
    })
    return
  }
  const { store, release } = useStore(RED, peer.storeId)
  const stopFollowing = followStore(RED, node, store)
  const handing = handOut(RED, node, store, OUTCOME_GRACE_MS, tellOutcome)
  const operation = operationOf(node)
  const stopDelivery = peer.use(node, (state) => {
    const others = new Set(Object.values(peer.users).map(operationOf))
    // The graver side first, so that nothing green is seen in between.
    show(RED, node, 'dead', deadOf(state, operation, others))
    show(RED, node, 'wsdl', keptWsdl(state, peer.zone))
    show(RED, node, 'delivery', deliveryOf(state, operation === 'SynCrisisResponseInfo'))
  })
  onClose(node, async () => {
    stopDelivery()
    stopFollowing()
    await handing.close()
    await release()
  })

  onInput(RED, node, async (msg) => {
    let outgoing: readonly Outgoing[]
    try {
      outgoing = await make(peer, settingsOf<OutConfig>(saved, DEFAULTS.out), msg)
    } catch (error) {
      throw refused(msg, error)
    }
    show(RED, node, 'activity', 'storing')
    const failures: { readonly own: FlowMessage; readonly failure: Reported }[] = []
    const taken = given.find(store, contextOf(msg).owed)
    const last = outgoing.length - 1
    for (const [index, { context, payload, commit }] of outgoing.entries()) {
      const own: FlowMessage = payload === undefined ? msg : { ...msg, payload }
      own.crisis = { ...ofDocument(own, context), peer: peer.name || peer.id, peerId: peer.id }
      const failure = await commit({
        ledger: store.ledger,
        actor: store.actor(node),
        message: keptText(own),
        owed: index === last ? taken : undefined,
      }).then(
        (committed) => {
          if (index === last && taken !== undefined) given.forget(store, taken)
          return tellCommitted(own, committed)
        },
        (error: unknown) => refused(own, error),
      )
      if (failure) failures.push({ own, failure })
    }
    if (failures.length === 0) show(RED, node, 'activity', null)
    store.ledger.hint(`outbox/${peer.id}`)
    // One goes with the end of the message; Catch hears of the others as well.
    const [first, ...others] = failures
    for (const { own, failure } of others) node.error(nodeError(RED, failure.error), own)
    if (first) throw first.failure
  })

  function tellCommitted(own: FlowMessage, committed: Committed): Reported | undefined {
    const { refused: why, held, outbox, waits, troubles = [] } = committed
    if (why) return refused(own, why)
    if (held) return refused(own, held, outbox, 'held')
    // Until it is counted, which takes a moment.
    if (waits) show(RED, node, 'delivery', waits)
    if (troubles.length > 0) show(RED, node, 'delivery', 'held')
    for (const trouble of troubles) node.error(nodeError(RED, trouble), own)
    return undefined
  }

  /** Told at once: nothing of it will be sent by itself, or not before a person has decided. */
  function refused(
    msg: FlowMessage,
    thrown: unknown,
    outbox: number | null = null,
    word: StatusWord = 'refused',
  ): Reported {
    const error = nodeError(RED, thrown)
    const at = isoInZone(Date.now(), peer?.zone)
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
    node.send([null, msg])
    show(RED, node, 'activity', { word, reason: asCrisisError(thrown).reason })
    return new Reported(thrown)
  }

  function tellOutcome(owed: Owed, token: string): void {
    const content = owed.content as OutcomeContent
    const { reply } = content
    const msg = withLiveParts(content.message)
    const reason = { zh: content.reasonZh, en: content.reasonEn }
    const delivered = content.class === 'delivered'
    const flags = [...(content.flags ?? []), ...(owed.handed > 0 ? ['redelivered'] : [])]
    const { revision } = content
    msg.crisis = {
      ...contextOf(msg),
      outbox: content.outbox,
      ...(delivered && node.type === 'crisis out' && { stage: 'notified' }),
      ...(leadsToOut(RED, node, delivered ? 0 : 1) && { owed: token }),
      ...(typeof revision === 'number' && { revision }),
      ...(flags.length > 0 && {
        flags: [...new Set([...(contextOf(msg).flags ?? []), ...flags])],
      }),
      outcome: {
        class: content.class,
        code: content.code,
        reason: pick(RED, reason),
        ...(reply && { reply }),
        attempts: content.attempts,
        sentAt: isoInZone(content.acceptedAt, peer?.zone),
        endedAt: isoInZone(content.endedAt, peer?.zone),
      },
    }
    node.send(delivered ? [msg, null] : [null, msg])
    if (!delivered) node.error(nodeError(RED, new CrisisError(content.code, reason)), msg)
  }
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
    ...(id !== undefined && { id }),
    ...(key !== undefined && { key }),
    flags: [...new Set([...flags, ...(context.flags ?? [])])],
  }
}

/** Tried again within a second, and no word on the peer. */
const MOMENTARY: ReadonlySet<string> = new Set(['PEER_STALE', 'PEER_BUSY'])

const operationOf = ({ type }: Node): Operation =>
  type === 'crisis feedback out' ? 'SynCrisisResponseInfo' : 'SynCrisisInfo'

/** The status of a node by the deliveries of its peer; only feedback waits for anything but its peer. */
function deliveryOf(state: PeerState, isFeedback: boolean): Condition | StatusWord | null {
  const { waiting, oldestAt, waitsFor, failing, last, probing, counted } = state
  if (waiting > 0) {
    const queue = { count: waiting, since: oldestAt }
    // What this process has met goes before what the outbox has of those before it.
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

/**
 * Stays until a person has dealt with each. A node counts those of its own operation, and those of the other one where
 * the peer has no node that would show them.
 */
function deadOf(
  { deadOf: all }: PeerState,
  own: Operation,
  shown: ReadonlySet<Operation>,
): Condition | null {
  const counted = OPERATIONS.filter((one) => one === own || !shown.has(one)).map((one) => all[one])
  const count = counted.reduce((sum, one) => sum + one.count, 0)
  if (count === 0) return null
  const last = counted.find((one) => one.last)?.last
  return {
    word: 'held',
    count,
    ...(last && { reason: STATUS_WORDS[last.class as OutcomeClass] }),
  }
}

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
