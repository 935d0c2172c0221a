import type { Node, NodeAPI } from 'node-red'
import type { Outcome } from '../../src/delivery/index.js'
import type { Actor, Ledger, Owed } from '../../src/ledger/index.js'
import { CrisisError, isoInZone } from '../../src/messages/index.js'
import type { PeerNode } from './config-nodes.js'
import { onceStarted, onClose, onInput, Reported } from './input.js'
import { nodeError, pick } from './language.js'
import { contextOf, type CrisisContext, type FlowMessage } from './message.js'
import { given } from './given.js'
import { handOut, OUTCOME_GRACE_MS } from './owed.js'
import { DEFAULTS, SettingError, settingsOf, type OutConfig } from './settings.js'
import { show, showStore } from './status.js'
import { useStore } from './store.js'
import { leadsToOut } from './way.js'

/** One document of a message, to be committed to the ledger. */
export interface Outgoing {
  /** What the flow is told about it beside the outcome. */
  readonly context: CrisisContext
  /** The document, when the message held several and each gets its own. */
  readonly payload?: unknown
  /**
   * Commits it. Null when it is owed now; an error when it was noted and has to wait for a person or for
   * another finding.
   */
  readonly commit: (work: Commit) => Promise<CrisisError | null>
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
  set: string,
  saved: OutConfig,
  make: (peer: PeerNode, settings: OutConfig, msg: FlowMessage) => Promise<readonly Outgoing[]>,
): void {
  const peer = peerOf(RED, saved.peer)
  if (!peer || peer.problem) {
    show(node, peer ? 'badSetting' : 'noPeer')
    onceStarted(() => node.error(nodeError(RED, set, peer?.problem ?? noPeer()), {}))
    onInput(RED, node, set, async (msg) => {
      throw refused(msg, peer?.problem ?? noPeer())
    })
    return
  }
  const { store, release } = useStore(RED, peer.storeId)
  showStore(node, store, 'ready')
  const handing = handOut(RED, node, store, OUTCOME_GRACE_MS, tellOutcome)
  const stopDelivery = peer.onDelivery(({ waiting, oldestAt, last }) => {
    if (waiting > 0) show(node, 'queued', `${waiting} · ${age(oldestAt)}`)
    else if (last) show(node, last.class)
  })
  onClose(node, async () => {
    stopDelivery()
    await handing.close()
    await release()
  })

  onInput(RED, node, set, async (msg) => {
    let outgoing: readonly Outgoing[]
    try {
      outgoing = await make(peer, settingsOf<OutConfig>(saved, DEFAULTS.out), msg)
    } catch (error) {
      throw refused(msg, error)
    }
    show(node, 'storing')
    const taken = given.find(store, contextOf(msg).owed)
    for (const [index, { context, payload, commit }] of outgoing.entries()) {
      const own: FlowMessage = payload === undefined ? msg : { ...msg, payload }
      own.crisis = { ...context, ...before(own), peer: peer.name || peer.id }
      let problem: CrisisError | null
      try {
        problem = await commit({
          ledger: store.ledger,
          actor: store.actor(node),
          message: asText(own),
          owed: index === outgoing.length - 1 ? taken : undefined,
        })
      } catch (error) {
        throw refused(own, error)
      }
      if (problem) throw refused(own, problem)
    }
    if (taken !== undefined && outgoing.length > 0) given.forget(store, taken)
    store.ledger.hint(`outbox/${peer.id}`)
  })

  /** Not committed, so it is told at once: nothing of it will ever be sent by itself. */
  function refused(msg: FlowMessage, thrown: unknown): Reported {
    const error = nodeError(RED, set, thrown)
    const at = isoInZone(Date.now(), peer?.zone)
    msg.crisis = {
      ...contextOf(msg),
      outcome: {
        class: 'rejected',
        code: error.code,
        reason: error.message,
        sentAt: at,
        endedAt: at,
      },
    }
    node.send([null, msg])
    show(node, 'refused')
    return new Reported(thrown)
  }

  function tellOutcome(owed: Owed, token: string): void {
    const content = owed.content as OutcomeContent
    const { message: msg, reply } = content
    const reason = { zh: content.reasonZh, en: content.reasonEn }
    const delivered = content.class === 'delivered'
    msg.crisis = {
      ...contextOf(msg),
      outbox: content.outbox,
      ...(leadsToOut(RED, node, delivered ? 0 : 1) && { owed: token }),
      ...(owed.handed > 0 && { flags: [...(contextOf(msg).flags ?? []), 'redelivered'] }),
      outcome: {
        class: content.class,
        code: content.code,
        reason: pick(RED, set, reason),
        ...(reply && { reply }),
        attempts: content.attempts,
        sentAt: isoInZone(content.acceptedAt, peer?.zone),
        endedAt: isoInZone(content.endedAt, peer?.zone),
      },
    }
    show(node, content.class)
    node.send(delivered ? [msg, null] : [null, msg])
    if (!delivered) node.error(nodeError(RED, set, new CrisisError(content.code, reason)), msg)
  }
}

/** A document that is passed on stays the alert that it came in as. */
function before(msg: FlowMessage): CrisisContext {
  const { id, key, owed: _owed, ...rest } = contextOf(msg)
  return { ...rest, ...(id !== undefined && { id }), ...(key !== undefined && { key }) }
}

/**
 * A message as it can be kept: without the request and response of an `http in`, which no restart survives,
 * and without what JSON does not know.
 */
function asText(msg: FlowMessage): string {
  const { req: _req, res: _res, ...rest } = msg
  try {
    return JSON.stringify(rest)
  } catch {
    // Something on it holds itself; the document and our own part are what matters.
    const { _msgid, payload, crisis, topic } = rest
    return JSON.stringify({ _msgid, payload, crisis, topic })
  }
}

/** Short enough for a status: 40s, 12m, 3h, 2d. */
function age(since: number | null): string {
  const seconds = Math.max(0, Math.round((Date.now() - (since ?? Date.now())) / 1000))
  if (seconds < 60) return `${seconds}s`
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m`
  return seconds < 86_400 ? `${Math.floor(seconds / 3600)}h` : `${Math.floor(seconds / 86_400)}d`
}

const noPeer = () =>
  new SettingError('SETTING_MISSING', {
    zh: '未选择对方系统（crisis peer），或其已被删除、停用',
    en: 'No crisis peer is chosen, or it was deleted or disabled',
  })
