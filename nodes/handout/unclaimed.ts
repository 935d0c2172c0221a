import type { HandoutsTo, Ledger, Undelivered } from '../../src/ledger/index.js'
import { CrisisError } from '../../src/messages/index.js'
import type { Face } from '../face/index.js'
import type { Store } from '../store/index.js'
import { hasPeer, inFlows } from './in-flows.js'

/** Other instances may have other flows: what one of them is to hand out or to send, it has soon. */
const STRAY_AFTER_MS = 5 * 60_000

/** A ledger may still be opening when the flows start. */
const BUDGET_MS = 60_000

/** Interval between searches for what belongs to nodes and peers that are gone. */
const LOOK_MS = 10 * 60_000

/** Most ids that are named in one sentence. */
const MOST_NAMED = 5

interface Watcher {
  readonly store: Store
  readonly spare: boolean
  readonly look: () => void
}

/** One listener for all nodes: Node-RED warns of a leak when there are more than ten. */
const watchers = new Set<Watcher>()
let timer: NodeJS.Timeout | undefined
let stopListening = (): void => {}

/** One node tells for all that use the ledger. */
function lookAll(): void {
  const all = [...watchers].toSorted((a, b) => Number(b.spare) - Number(a.spare))
  const byStore = new Map(all.map((watcher) => [watcher.store, watcher]))
  for (const { look } of byStore.values()) look()
}

/**
 * Has a node tell, when the flows have started and from time to time, what its ledger holds for nodes and peers that
 * are in no flow any more. Returns how to stop.
 * @param spare only where no other node does: its tab may be one that nobody has put a Catch node on
 */
export function watchUnclaimed(face: Face, store: Store, spare = false): () => void {
  const look = () => tellUnclaimed(face, store.ledger, () => watchers.has(watcher))
  const watcher: Watcher = { store, spare, look: () => void look() }
  if (watchers.size === 0) {
    timer = setInterval(lookAll, LOOK_MS).unref()
    stopListening = face.runtime.on('flows:started', lookAll)
  }
  watchers.add(watcher)
  return () => {
    watchers.delete(watcher)
    if (watchers.size > 0) return
    clearInterval(timer)
    stopListening()
  }
}

/** The nodes and peers that were told of, by ledger; each is told of again only after a restart, or when there is more. */
const told = new WeakMap<Ledger, Set<string>>()

/** Never rejects. */
async function tellUnclaimed(face: Face, ledger: Ledger, isThere: () => boolean): Promise<void> {
  let owed: readonly HandoutsTo[]
  let undelivered: readonly Undelivered[]
  try {
    owed = await ledger.run('handoutsByNode', undefined, { budgetMs: BUDGET_MS })
    undelivered = await ledger.run('undeliveredByPeer', undefined, { budgetMs: BUDGET_MS })
  } catch {
    // The ledger shows its own state; the next look tries again.
    return
  }
  // Its flows have been stopped meanwhile, so that no Catch node would hear: those that follow look for themselves.
  if (!isThere()) return
  const isNode = inFlows(face.runtime)
  const isPeer = hasPeer(face.runtime, ledger)
  const before = told.get(ledger) ?? new Set()
  told.set(ledger, before)
  const present = new Set([...owed.map((one) => one.node), ...undelivered.map((one) => one.peer)])
  for (const id of before) if (!present.has(id)) before.delete(id)
  const leastAge = ledger.engine.kind === 'sqlite' ? 0 : STRAY_AFTER_MS
  const unclaimed = owed.filter(
    (one) => !isNode(one.node) && !one.held && one.ageMs >= leastAge && !before.has(one.node),
  )
  const gone = undelivered
    .filter((one) => one.waiting + one.parked > 0 && one.untendedMs >= leastAge)
    .filter((one) => !isPeer(one.peer) && !before.has(one.peer))
  for (const one of unclaimed) before.add(one.node)
  for (const one of gone) before.add(one.peer)
  if (unclaimed.length > 0) face.fail(unclaimedTrouble(unclaimed))
  if (gone.length > 0) face.fail(goneTrouble(gone))
}

function unclaimedTrouble(unclaimed: readonly HandoutsTo[]): CrisisError {
  const messages = unclaimed.reduce((sum, one) => sum + one.messages, 0)
  const ids = named(unclaimed.map((one) => one.node))
  return new CrisisError('OWED_STRAY', {
    zh: `台账中有 ${messages} 条消息属于流程中已不存在的节点（${ids}），没有交给任何流程：请用“危急值查询”转交其他节点，或放弃`,
    en: `${messages} messages belong to nodes that are in no flow any more (${ids}) and were given to nobody: pass them on to another node, or give them up, with crisis register`,
  })
}

function goneTrouble(gone: readonly Undelivered[]): CrisisError {
  const documents = gone.reduce((sum, one) => sum + one.waiting + one.parked, 0)
  const ids = named(gone.map((one) => one.peer))
  return new CrisisError('PEER_GONE', {
    zh: `台账中有 ${documents} 份未送达的文档属于流程中已不存在、或已改用其他台账的对方系统（${ids}），无人发送：请用“危急值查询”转交其他对方系统，或放弃`,
    en: `${documents} undelivered documents belong to peers that are in no flow any more or have another ledger now (${ids}), so that nobody sends them: pass them on to another peer, or give them up, with crisis register`,
  })
}

function named(all: readonly string[]): string {
  const ids = [...new Set(all)]
  return `${ids.slice(0, MOST_NAMED).join(', ')}${ids.length > MOST_NAMED ? ' …' : ''}`
}
