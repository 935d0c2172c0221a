import type { Node, NodeAPI } from 'node-red'
import type { Ledger, Owed, Replayed } from '../../src/ledger/index.js'
import { giveUpDocuments, passOnDocuments, type PassedOnAll } from './unclaimed-documents.js'
import { hasPeer, inFlows } from './in-flows.js'
import type { FlowMessage } from './message.js'
import {
  idMissing,
  noAlert,
  noDocument,
  nodeMissing,
  noRefusal,
  notDecided,
  revisionMissing,
} from './register-errors.js'
import {
  decisionOf,
  idOf,
  numberOf,
  reasonOf,
  searchOf,
  textOf,
  whichAlert,
} from './register-input.js'
import { readable } from './register-rows.js'
import { numberSetting, type RegisterConfig } from './settings.js'
import type { Store } from './store.js'

/**
 * The answer of `crisis register` to a message: what the ledger holds, or what became of a person's decision.
 * @throws CrisisError REGISTER_… when the message does not say what is needed, or names what there is not; LedgerError
 */
export async function answer(
  RED: NodeAPI,
  store: Store,
  node: Node,
  settings: RegisterConfig,
  msg: FlowMessage,
): Promise<unknown> {
  return readable(RED, await rowsOf(RED, store, node, settings, msg))
}

async function rowsOf(
  RED: NodeAPI,
  store: Store,
  node: Node,
  settings: RegisterConfig,
  msg: FlowMessage,
): Promise<unknown> {
  const { ledger } = store
  const bounds = { least: 1, most: 10_000, fallback: 100, whole: true }
  const limit = numberSetting('limit', settings.limit, bounds)
  switch (settings.query) {
    case 'open':
      return ledger.ask('openAlerts', { limit })
    case 'find':
      return ledger.ask('findAlerts', searchOf(msg, limit))
    case 'trace': {
      const found = await ledger.ask('trace', whichAlert(msg))
      if (found.length === 0) throw noAlert()
      return found
    }
    case 'dead':
      return ledger.ask('deadLetters', { limit })
    case 'parked':
      return ledger.ask('parkedDocuments', { limit })
    case 'holds':
      return ledger.ask('heldExams', { limit })
    case 'depth':
      return depth(RED, ledger, peerOf(RED, msg) ?? '')
    case 'callers':
      await store.callers.flush()
      return ledger.ask('callers', { limit })
    case 'refused': {
      const id = numberOf(msg, 'id')
      if (id === undefined) return ledger.ask('refusals', { limit })
      const found = await ledger.ask('refusal', { id })
      if (!found) throw noRefusal()
      // A buffer wherever the ledger runs, for people to look at in the debug sidebar.
      return { ...found, raw: Buffer.from(found.raw) }
    }
    case 'verify':
      return ledger.verifyAudit()
    case 'replay':
      return replay(RED, store, node, msg)
    case 'cancel': {
      const id = numberOf(msg, 'id')
      if (id === undefined) throw idMissing()
      const reason = reasonOf(msg)
      const by = textOf(msg, 'by')
      const isDone = await ledger.run('cancel', { actor: store.actor(node), id, by, reason })
      if (!isDone) throw noDocument()
      return true
    }
    case 'lift':
      return lift(store, node, msg)
    case 'cancelAlert':
      return cancelAlert(store, node, msg)
    case 'chooseContent':
      return chooseContent(store, node, msg)
    case 'passOn':
      return passOn(RED, store, node, msg)
    case 'giveUp': {
      const decision = { by: textOf(msg, 'by') ?? '', reason: reasonOf(msg) }
      const peer = peerOf(RED, msg)
      if (peer !== undefined) return giveUpDocuments(RED, store, node, peer, decision)
      const args = { node: goneNode(RED, msg), ...decision }
      return ledger.run('giveUpHandouts', { ...args, actor: store.actor(node) })
    }
  }
}

async function replay(RED: NodeAPI, store: Store, node: Node, msg: FlowMessage): Promise<unknown> {
  const { ledger } = store
  const all = textOf(msg, 'id') === 'all'
  const id = numberOf(msg, 'id')
  if (!all && (id === undefined || id < 0)) throw idMissing()
  const actor = store.actor(node)
  // The couriers look for themselves every two seconds.
  if (!all) {
    const document = textOf(msg, 'document') ?? null
    const { documents, overtaken } = await ledger.run('replay', { actor, id: id ?? -1, document })
    if (documents.length + overtaken.length === 0) throw noDocument()
    return { documents, overtaken }
  }
  const peer = peerOf(RED, msg) ?? null
  const documents: number[] = []
  const overtaken: number[] = []
  let after: number | null = 0
  // In batches, between which whoever wants to store something gets its turn.
  while (after !== null) {
    const args = { actor, id: null, peer, document: null, after } as const
    const batch: Replayed = await ledger.run('replay', args)
    documents.push(...batch.documents)
    overtaken.push(...batch.overtaken)
    after = batch.after
  }
  return { documents, overtaken }
}

async function lift(store: Store, node: Node, msg: FlowMessage): Promise<unknown> {
  const which = whichAlert(msg)
  const { problem, peers, ...done } = await store.ledger.run('liftHold', {
    ...decisionOf(msg),
    actor: store.actor(node),
    which,
    wrong: textOf(msg, 'alert') ?? null,
  })
  if (problem) throw notDecided(problem)
  for (const peer of peers) store.ledger.hint(`outbox/${peer}`)
  return { alerts: done.alerts, cancelled: done.cancelled }
}

async function cancelAlert(store: Store, node: Node, msg: FlowMessage): Promise<unknown> {
  const which = whichAlert(msg)
  const { problem, peers, nodes, id } = await store.ledger.run('cancelAlert', {
    ...decisionOf(msg),
    actor: store.actor(node),
    which,
  })
  if (problem) throw notDecided(problem)
  for (const peer of peers) store.ledger.hint(`outbox/${peer}`)
  return { id, told: nodes }
}

async function chooseContent(store: Store, node: Node, msg: FlowMessage): Promise<unknown> {
  const which = whichAlert(msg)
  const revision = numberOf(msg, 'revision')
  if (revision === undefined) throw revisionMissing()
  const { problem, peers, nodes, id } = await store.ledger.run('chooseContent', {
    ...decisionOf(msg),
    actor: store.actor(node),
    which,
    revision,
  })
  if (problem) throw notDecided(problem)
  for (const peer of peers) store.ledger.hint(`outbox/${peer}`)
  return { id, revision, told: nodes }
}

/** How much waits for peers, and what is owed to flows: `inFlow` is false for a node or a peer that is gone. */
async function depth(RED: NodeAPI, ledger: Ledger, peer: string): Promise<object> {
  const isKnown = inFlows(RED)
  const isSent = hasPeer(RED, ledger)
  const owed = await ledger.ask('handoutsByNode', undefined)
  const peers = await ledger.ask('undeliveredByPeer', undefined)
  return {
    ...(await ledger.ask('depth', { peer })),
    peers: peers
      .filter((one) => peer === '' || one.peer === peer)
      .map(({ peer: id, waiting, parked, dead, oldestAt }) => ({
        peer: id,
        waiting,
        parked,
        dead,
        oldestAt,
        inFlow: isSent(id),
      })),
    owed: owed.map(({ node, kind, messages, oldestAt }) => ({
      node,
      kind,
      messages,
      oldestAt,
      inFlow: isKnown(node),
    })),
  }
}

const HANDS_OUT: Readonly<Record<string, Owed['kind']>> = {
  'crisis in': 'crisis',
  'crisis feedback in': 'feedback',
  'crisis out': 'outcome',
  'crisis feedback out': 'outcome',
}

const handsOut = (type: string): boolean => Object.hasOwn(HANDS_OUT, type)

const isPeer = (type: string): boolean => type === 'crisis peer'

/** The peer that the message names, or one that is gone. */
const peerOf = (RED: NodeAPI, msg: FlowMessage): string | undefined =>
  idOf(RED, msg, 'peer', isPeer)

async function passOn(
  RED: NodeAPI,
  store: Store,
  node: Node,
  msg: FlowMessage,
): Promise<number | PassedOnAll> {
  const peer = peerOf(RED, msg)
  if (peer !== undefined) {
    return passOnDocuments(RED, store, node, peer, idOf(RED, msg, 'to', isPeer) ?? '')
  }
  const from = goneNode(RED, msg)
  const to = idOf(RED, msg, 'to', handsOut) ?? ''
  const kind = HANDS_OUT[runningNode(RED, to)?.type ?? '']
  if (kind === undefined) throw nodeMissing()
  return store.ledger.run('passOnHandouts', { actor: store.actor(node), from, to, kind })
}

/** The node that is named as gone: one that runs hands its messages out itself. */
function goneNode(RED: NodeAPI, msg: FlowMessage): string {
  const id = idOf(RED, msg, 'node', handsOut)
  if (id === undefined || runningNode(RED, id)) throw nodeMissing()
  return id
}

/** The types say that a node is always found; Node-RED returns null for one that is missing or disabled. */
const runningNode = (RED: NodeAPI, id: string): Node | null => RED.nodes.getNode(id)
