import type { Node, NodeAPI } from 'node-red'
import type { Owed } from '../../src/ledger/index.js'
import type { Store } from './store.js'

/** How long an instance has to hand out a message before another may. */
export const OWED_LEASE_MS = 30_000

/**
 * How long a flow has to act on a message before it counts as given: to put it into an outbox, say. Killed
 * before that, the process hands it out once more: twice is better than never.
 */
const SETTLE_AFTER_MS = 2_000

/** Hints can be lost, and a dead instance gives none: this is how often a node looks for itself. */
const POLL_MS = 5_000

const BATCH = 20

interface Given {
  readonly store: Store
  readonly node: Node
  readonly owed: Owed
  readonly timer: NodeJS.Timeout
}

/** What was sent in this turn, and has not reached the next node yet. */
const underWay = new Set<Given>()
/** One listener for all nodes: Node-RED warns of a leak when there are more than ten. */
const lookers = new Set<() => void>()
let stopping = false

const onStopping = (): void => {
  stopping = true
  for (const { store, node, owed, timer } of underWay) {
    clearTimeout(timer)
    giveBack(store, node, owed)
  }
  underWay.clear()
}
const onStarted = (): void => {
  stopping = false
  lookers.forEach((look) => look())
}

/**
 * Gives a flow its message. It counts as given only after a while, which goes on after a redeploy. False when the
 * flows are just being stopped: Node-RED drops what is sent then, so it waits for the node that follows.
 */
export function give(store: Store, node: Node, owed: Owed, send: () => void): boolean {
  if (stopping) {
    giveBack(store, node, owed)
    return false
  }
  send()
  const { id, lease } = owed
  const timer = setTimeout(() => {
    // Should this fail, the message is handed out once more when the lease is over.
    store.ledger.run('settleOwed', { id, lease }).catch(() => {})
  }, SETTLE_AFTER_MS)
  timer.unref()
  const given = { store, node, owed, timer }
  underWay.add(given)
  // Node-RED hands it to the next node in the same way, just before.
  setImmediate(() => underWay.delete(given))
  return true
}

/** It was not handed out after all. Should this fail, it is when the lease is over. */
export function giveBack(store: Store, node: Node, { id, lease }: Owed): void {
  store.ledger.run('giveBackOwed', { id, lease }).then(
    () => store.ledger.hint(`owed/${node.id}`),
    () => {},
  )
}

/**
 * Hands out what the ledger owes to a node's flow: after a restart, after another instance died, and whatever
 * was not handed over at once. Starts when the flows have started, so that the nodes behind are there.
 */
export function handOut(
  RED: NodeAPI,
  node: Node,
  store: Store,
  send: (owed: Owed) => void,
): () => void {
  let stopped = false
  let busy = false
  let again = false

  const look = async (): Promise<void> => {
    if (stopped || stopping || store.ledger.engine.state !== 'ready') return
    if (busy) {
      again = true
      return
    }
    busy = true
    try {
      do {
        again = false
        const lease = store.lease()
        const list = await store.ledger.run('takeOwed', {
          target: node.id,
          lease,
          leaseMs: OWED_LEASE_MS,
          limit: BATCH,
        })
        if (list.length === BATCH) again = true
        for (const owed of list) {
          const given = !stopped && give(store, node, owed, () => send(owed))
          if (stopped) giveBack(store, node, owed)
          if (!given) again = false
        }
      } while (again)
    } catch {
      // The ledger shows its own state; the next look tries again.
    } finally {
      busy = false
    }
  }

  const timer = setInterval(() => void look(), POLL_MS)
  timer.unref()
  const started = (): void => void look()
  if (lookers.size === 0) {
    RED.events.on('flows:stopping', onStopping)
    RED.events.on('flows:started', onStarted)
  }
  lookers.add(started)
  const stopHints = store.ledger.onHint((hint) => {
    if (hint === `owed/${node.id}`) void look()
  })
  return () => {
    stopped = true
    clearInterval(timer)
    stopHints()
    lookers.delete(started)
    if (lookers.size > 0) return
    RED.events.removeListener('flows:stopping', onStopping)
    RED.events.removeListener('flows:started', onStarted)
  }
}
