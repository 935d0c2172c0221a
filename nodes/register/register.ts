import type { Ledger, Replayed } from '../../src/ledger/index.js'
import type { Face, FlowMessage, Runtime } from '../face/index.js'
import {
  giveUpDocuments,
  handsOut,
  hasPeer,
  inFlows,
  passOnDocuments,
  type PassedOnAll,
} from '../handout/index.js'
import { numberSetting, REGISTER_NUMBERS, type RegisterConfig } from '../settings/index.js'
import type { Store } from '../store/index.js'
import {
  idMissing,
  noAlert,
  noDocument,
  nodeMissing,
  noRefusal,
  notDecided,
  revisionMissing,
} from './errors.js'
import { figures } from './figures.js'
import { decisionOf, idOf, numberOf, reasonOf, searchOf, textOf, whichAlert } from './input.js'
import { reconcile } from './reconcile.js'
import { readable } from './rows.js'

/**
 * The answer of `crisis register` to a message: what the ledger holds, or what became of a person's decision.
 * @throws CrisisError REGISTER_… when the message does not say what is needed, or names what there is not; LedgerError
 */
export async function answer(
  face: Face,
  store: Store,
  settings: Asked,
  msg: FlowMessage,
): Promise<unknown> {
  return readable(face.runtime, await rowsOf(face, store, settings, msg))
}

/** The register itself is answered in parts, see `registerParts`. */
type Asked = RegisterConfig & { readonly query: Exclude<RegisterConfig['query'], 'register'> }

export const isWhole = (settings: RegisterConfig): settings is Asked =>
  settings.query !== 'register'

async function rowsOf(
  face: Face,
  store: Store,
  settings: Asked,
  msg: FlowMessage,
): Promise<unknown> {
  const { ledger } = store
  const limit = numberSetting('limit', settings.limit, REGISTER_NUMBERS.limit)
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
      return depth(face.runtime, ledger, peerOf(face.runtime, msg) ?? '')
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
    case 'figures':
      return figures(face.runtime, store, settings, msg)
    case 'reconcile':
      return reconcile(face.runtime, ledger, settings, msg)
    case 'replay':
      return replay(face, store, msg)
    case 'cancel': {
      const id = numberOf(msg, 'id')
      if (id === undefined) throw idMissing()
      const reason = await reasonOf(ledger, msg)
      const by = textOf(msg, 'by')
      const isDone = await ledger.run('cancel', { actor: store.actor(face), id, by, reason })
      if (!isDone) throw noDocument()
      return true
    }
    case 'lift':
      return lift(face, store, msg)
    case 'cancelAlert':
      return cancelAlert(face, store, msg)
    case 'chooseContent':
      return chooseContent(face, store, msg)
    case 'passOn':
      return passOn(face, store, msg)
    case 'giveUp': {
      const decision = { by: textOf(msg, 'by') ?? '', reason: await reasonOf(ledger, msg) }
      const peer = peerOf(face.runtime, msg)
      if (peer !== undefined) return giveUpDocuments(face, store, peer, decision)
      const args = { node: goneNode(face.runtime, msg), ...decision }
      return ledger.run('giveUpHandouts', { ...args, actor: store.actor(face) })
    }
  }
}

async function replay(face: Face, store: Store, msg: FlowMessage): Promise<unknown> {
  const { ledger } = store
  const all = textOf(msg, 'id') === 'all'
  const id = numberOf(msg, 'id')
  if (!all && (id === undefined || id < 0)) throw idMissing()
  const actor = store.actor(face)
  // The couriers look for themselves every two seconds.
  if (!all) {
    const document = textOf(msg, 'document') ?? null
    const { documents, overtaken } = await ledger.run('replay', { actor, id: id ?? -1, document })
    if (documents.length + overtaken.length === 0) throw noDocument()
    return { documents, overtaken }
  }
  const peer = peerOf(face.runtime, msg) ?? null
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

async function lift(face: Face, store: Store, msg: FlowMessage): Promise<unknown> {
  const which = whichAlert(msg)
  const { problem, peers, ...done } = await store.ledger.run('liftHold', {
    ...(await decisionOf(store.ledger, msg)),
    actor: store.actor(face),
    which,
    wrong: textOf(msg, 'alert') ?? null,
  })
  if (problem) throw notDecided(problem)
  for (const peer of peers) store.ledger.hint(`outbox/${peer}`)
  return { alerts: done.alerts, cancelled: done.cancelled }
}

async function cancelAlert(face: Face, store: Store, msg: FlowMessage): Promise<unknown> {
  const which = whichAlert(msg)
  const { problem, peers, nodes, id } = await store.ledger.run('cancelAlert', {
    ...(await decisionOf(store.ledger, msg)),
    actor: store.actor(face),
    which,
  })
  if (problem) throw notDecided(problem)
  for (const peer of peers) store.ledger.hint(`outbox/${peer}`)
  return { id, told: nodes }
}

async function chooseContent(face: Face, store: Store, msg: FlowMessage): Promise<unknown> {
  const which = whichAlert(msg)
  const revision = numberOf(msg, 'revision')
  if (revision === undefined) throw revisionMissing()
  const { problem, peers, nodes, id } = await store.ledger.run('chooseContent', {
    ...(await decisionOf(store.ledger, msg)),
    actor: store.actor(face),
    which,
    revision,
  })
  if (problem) throw notDecided(problem)
  for (const peer of peers) store.ledger.hint(`outbox/${peer}`)
  return { id, revision, told: nodes }
}

/** Numbers of what waits for peers and is owed to flows: `inFlow` is false for a node or a peer that is gone. */
async function depth(runtime: Runtime, ledger: Ledger, peer: string): Promise<object> {
  const isKnown = inFlows(runtime)
  const isSent = hasPeer(runtime, ledger)
  const owed = await ledger.ask('handoutsByNode', undefined)
  const peers = await ledger.ask('undeliveredByPeer', undefined)
  const { deadBy, ...counts } = await ledger.ask('depth', { peer })
  return {
    ...counts,
    deadBy: deadBy.map(({ node, ...one }) => ({
      node,
      ...one,
      inFlow: node !== null && isKnown(node),
    })),
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

const isOfHandouts = (type: string): boolean => handsOut(type) !== undefined

const isPeer = (type: string): boolean => type === 'crisis peer'

/** The peer that the message names, or one that is gone. */
const peerOf = (runtime: Runtime, msg: FlowMessage): string | undefined =>
  idOf(runtime, msg, 'peer', isPeer)

async function passOn(face: Face, store: Store, msg: FlowMessage): Promise<number | PassedOnAll> {
  const { runtime } = face
  const peer = peerOf(runtime, msg)
  if (peer !== undefined) {
    return passOnDocuments(face, store, peer, idOf(runtime, msg, 'to', isPeer) ?? '')
  }
  const from = goneNode(runtime, msg)
  const to = idOf(runtime, msg, 'to', isOfHandouts) ?? ''
  const kind = handsOut(runtime.find(to)?.type ?? '')
  if (kind === undefined) throw nodeMissing()
  return store.ledger.run('passOnHandouts', { actor: store.actor(face), from, to, kind })
}

/** The node that is named as gone: one that runs hands its messages out itself. */
function goneNode(runtime: Runtime, msg: FlowMessage): string {
  const id = idOf(runtime, msg, 'node', isOfHandouts)
  if (id === undefined || runtime.find(id)) throw nodeMissing()
  return id
}
