import type { Node, NodeAPI } from 'node-red'
import type { Owed } from '../../src/ledger/index.js'
import { given, OWED_LEASE_MS } from './handed-out.js'
import { forgetIntakes } from './in-flows.js'
import { nodeError } from './language.js'
import type { Store } from './store.js'
import { watchUnclaimed } from './unclaimed.js'

/** How long a flow has to act on an outcome before that counts as given; `in` nodes have a setting. */
export const OUTCOME_GRACE_MS = 30_000

/** Hints can be lost, and a dead instance gives none: this is how often a node looks for itself. */
const POLL_MS = 5_000

const BATCH = 20

/** Past that their lease is over anyway. */
const FREE_TRIES = 20
const FREE_PAUSE_MS = 2_000

/** A flow whose messages all fail tells of so many. */
const MOST_FAILED = 100

interface Looker {
  readonly look: () => void
}

/** One listener for all nodes: Node-RED warns of a leak when there are more than ten. */
const lookers = new Set<Looker>()
let stopping = false

/** Any deploy may take away a node that has a message: what is not known to be safe is handed out again. */
const onStopping = (): void => {
  stopping = true
  forgetIntakes()
  void given.giveBack()
}
const onStarted = (): void => {
  stopping = false
  forgetIntakes()
  for (const { look } of lookers) look()
}

/** Sends a message; `token` is what it is known by until it is settled. */
export type SendHandout = (owed: Owed, token: string) => void

export interface HandingOut {
  /**
   * Gives the flow a message of which this process has the lease. False when the flows are just being stopped:
   * Node-RED drops what is sent then, so it waits for the node that follows.
   */
  give(owed: Owed, send: SendHandout): boolean
  /**
   * A call was told that it failed, and may be stored all the same: its messages are for whoever asks next, and not
   * first at the end of its lease.
   */
  free(lease: string): void
  /** Gives back what may not have come to an end; bounded by the patience of the ledger. */
  close(): Promise<void>
}

/**
 * Hands out what the ledger owes to a node's flow: after a restart, after another instance died, and whatever
 * was not handed over at once. Starts when the flows have started, so that the nodes behind are there.
 * @param graceMs how long a message may still be lost with its flow
 */
export function handOut(
  RED: NodeAPI,
  node: Node,
  store: Store,
  graceMs: number,
  send: SendHandout,
): HandingOut {
  let closed = false
  let busy = false
  let again = false

  const give = (owed: Owed, sendIt: SendHandout): boolean => {
    if (closed || stopping) {
      const { id, lease } = owed
      // Should this fail, it is free when the lease is over.
      store.ledger.run('giveBackHandouts', { ids: [id], lease, unseen: true }).then(
        () => store.ledger.hint(`owed/${node.id}`),
        () => {},
      )
      return false
    }
    try {
      sendIt(owed, given.add(store, node.id, owed, graceMs))
    } catch (thrown) {
      // It stays owed, and comes again when its lease is over.
      given.forget(store, owed.id)
      tell(owed, thrown)
    }
    return true
  }

  /** Once for each message: it is tried again for as long as it is owed. */
  const failed = new Set<number>()
  const tell = ({ id }: Owed, thrown: unknown): void => {
    if (failed.has(id) || failed.size >= MOST_FAILED) return
    failed.add(id)
    node.error(nodeError(RED, thrown), {})
  }

  /** The ledger may be away for a while, which is how it came to be unknown. */
  const free = async (lease: string): Promise<void> => {
    for (let n = 0; n < FREE_TRIES; n++) {
      if (closed) return
      try {
        if ((await store.ledger.run('freeCall', { lease })) > 0)
          store.ledger.hint(`owed/${node.id}`)
        return
      } catch {
        await new Promise((resolve) => setTimeout(resolve, FREE_PAUSE_MS).unref())
      }
    }
  }

  const take = async (): Promise<readonly Owed[]> => {
    const args = { target: node.id, leaseMs: OWED_LEASE_MS, limit: BATCH }
    return store.ledger.run('takeHandouts', { ...args, lease: store.lease() })
  }

  const look = async (): Promise<void> => {
    if (closed || stopping || store.ledger.engine.state !== 'ready') return
    if (busy) {
      again = true
      return
    }
    busy = true
    try {
      do {
        again = false
        const list = await take()
        if (list.length === BATCH) again = true
        for (const owed of list) {
          // Its lease ran out while the ledger was away: the flow has it all the same.
          if (given.has(store, owed.id)) continue
          if (!give(owed, send)) again = false
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
  const looker: Looker = { look: () => void look() }
  if (lookers.size === 0) {
    RED.events.on('flows:stopping', onStopping)
    RED.events.on('flows:started', onStarted)
  }
  lookers.add(looker)
  const stopUnclaimed = watchUnclaimed(RED, node, store)
  const stopHints = store.ledger.onHint((hint) => {
    if (hint === `owed/${node.id}`) void look()
  })
  return {
    give,
    free: (lease) => void free(lease),
    async close() {
      closed = true
      clearInterval(timer)
      stopHints()
      stopUnclaimed()
      lookers.delete(looker)
      if (lookers.size === 0) {
        RED.events.removeListener('flows:stopping', onStopping)
        RED.events.removeListener('flows:started', onStarted)
      }
      await given.giveBack(node.id)
    },
  }
}
