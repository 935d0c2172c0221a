import type { Node, NodeAPI } from 'node-red'
import type { Errand, Outcome } from '../../src/delivery/index.js'
import { CrisisError, isBlank, isoInZone } from '../../src/messages/index.js'
import type { PeerNode } from './config-nodes.js'
import { onceStarted, onClose, onInput, Reported, type Send } from './input.js'
import { nodeError, pick } from './language.js'
import { contextOf, MASK, type CrisisContext, type FlowMessage } from './message.js'
import { DEFAULTS, SettingError, settingsOf, type OutConfig } from './settings.js'
import { show } from './status.js'

/** What an `out` node makes of one message: usually one, several when the payload holds several. */
export interface Outgoing {
  readonly errand: Errand
  /** What the flow is told about it beside the outcome. */
  readonly context: CrisisContext
  /** The document, when the message held several and each gets its own. */
  readonly payload?: unknown
}

/** The peer a node is set to; a missing one is a setting, not a crash. */
export function peerOf(RED: NodeAPI, id: string): PeerNode | undefined {
  // The types say that a node is always found; Node-RED returns null for one that is missing or disabled.
  return (RED.nodes.getNode(id) as PeerNode | null) ?? undefined
}

/**
 * The common body of `crisis out` and `crisis feedback out`: output 1 when the peer said exactly 0, output 2
 * for everything else, with the reason, and then also an error for Catch.
 */
export function bindOut(
  RED: NodeAPI,
  node: Node,
  set: string,
  config: OutConfig,
  make: (peer: PeerNode, settings: OutConfig, msg: FlowMessage) => Promise<readonly Outgoing[]>,
): void {
  const chosen = peerOf(RED, config.peer)
  try {
    usable(chosen)
    show(node, 'ready')
  } catch (error) {
    show(node, chosen ? 'badSetting' : 'noPeer')
    onceStarted(() => node.error(nodeError(RED, set, error), {}))
  }

  let closed = false
  onClose(node, async () => {
    closed = true
  })

  onInput(RED, node, set, async (msg, send) => {
    const peer = peerOf(RED, config.peer)
    const startedAt = Date.now()
    let outgoing: readonly Outgoing[]
    try {
      outgoing = await make(usable(peer), settingsOf<OutConfig>(config, DEFAULTS.out), msg)
    } catch (error) {
      const outcome = refusedByUs(error)
      emit(msg, {}, outcome, startedAt, peer, send)
      show(node, 'refused')
      throw new Reported(error)
    }
    show(node, 'waiting')
    const results = await Promise.all(
      outgoing.map(async ({ errand, context, payload }, index) => {
        // Copied before anything is sent on: whoever gets the first message may change it.
        const own = index === 0 ? msg : RED.util.cloneMessage(msg)
        const outcome = await usable(peer).delivery.submit(errand)
        const several = payload !== undefined
        if (several) own.payload = payload
        emit(
          own,
          several ? context : { ...context, ...alertOf(own) },
          outcome,
          startedAt,
          peer,
          send,
        )
        return outcome
      }),
    )
    if (closed) return results.forEach(log)
    const failed = results.find((outcome) => outcome.class !== 'delivered')
    show(node, failed?.class ?? 'delivered')
    if (failed) throw new Reported(new CrisisError(failed.code, failed.reason))
  })

  /** What comes out while the flow is being deployed anew reaches no other node any more, not even Catch. */
  function log(outcome: Outcome): void {
    const { message } = nodeError(RED, set, new CrisisError(outcome.code, outcome.reason))
    if (outcome.class === 'delivered') node.log(message)
    else node.error(message)
  }

  function emit(
    msg: FlowMessage,
    context: CrisisContext,
    outcome: Outcome,
    startedAt: number,
    peer: PeerNode | undefined,
    send: Send,
  ): void {
    const zone = peer?.zone
    msg.crisis = {
      ...contextOf(msg),
      ...context,
      ...(peer && { peer: peer.name || peer.id }),
      outcome: {
        class: outcome.class,
        code: outcome.code,
        reason: pick(RED, set, outcome.reason),
        ...(outcome.reply && {
          reply: withoutLicence(outcome.reply, peer?.header().License ?? ''),
        }),
        sentAt: isoInZone(startedAt, zone),
        endedAt: isoInZone(Date.now(), zone),
      },
    }
    send(outcome.class === 'delivered' ? [msg, null] : [null, msg])
  }
}

/** A document that is passed on stays the alert it came in as. */
function alertOf(msg: FlowMessage): CrisisContext {
  const { id, key } = contextOf(msg)
  return { ...(id !== undefined && { id }), ...(key !== undefined && { key }) }
}

/** The peer's own words, in which it may quote the licence that it refuses. */
function withoutLicence(
  { code, desc }: { readonly code: string; readonly desc: string },
  licence: string,
): { code: string; desc: string } {
  if (isBlank(licence)) return { code, desc }
  // Only as a word of its own: a short licence may be part of some number.
  const quoted = licence.trim().replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
  const word = new RegExp(`(?<![0-9A-Za-z])${quoted}(?![0-9A-Za-z])`, 'g')
  return { code: code.replace(word, MASK), desc: desc.replace(word, MASK) }
}

function usable(peer: PeerNode | undefined): PeerNode {
  if (!peer) {
    throw new SettingError('SETTING_MISSING', {
      zh: '未选择对方系统（crisis peer），或其已被删除、停用',
      en: 'No crisis peer is chosen, or it was deleted or disabled',
    })
  }
  if (peer.problem) throw peer.problem
  return peer
}

/** What never left us, because the document or a setting is wrong: sending it again would not help. */
function refusedByUs(thrown: unknown): Outcome {
  return thrown instanceof CrisisError
    ? { class: 'rejected', code: thrown.code, reason: thrown.reason }
    : {
        class: 'rejected',
        code: 'UNEXPECTED',
        reason: { zh: '内部错误，未发送', en: 'An internal error; nothing was sent' },
      }
}
