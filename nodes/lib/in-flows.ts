import type { NodeAPI } from 'node-red'
import type { Ledger } from '../../src/ledger/index.js'
import type { PeerNode } from './config-nodes.js'
import { useStore } from './store.js'

/** Whether a node is in the flows, be it disabled; inside a subflow its id is made of several. */
export function inFlows(RED: NodeAPI): (id: string) => boolean {
  const known = new Set<string>()
  RED.nodes.eachNode(({ id }) => known.add(id))
  return (id) => known.has(id) || id.split('-').every((part) => known.has(part))
}

/** Looked for once a deploy, and not with each call. */
let intakes: readonly string[] | undefined

/** The ids of all nodes that hand out what comes in, and of the subflows that they may stand in. */
export const intakeNodes = (RED: NodeAPI): readonly string[] => (intakes ??= findIntakes(RED))

/** There may be other nodes now. */
export function forgetIntakes(): void {
  intakes = undefined
}

function findIntakes(RED: NodeAPI): readonly string[] {
  const ids: string[] = []
  RED.nodes.eachNode(({ id, type }) => {
    if (/^(?:crisis (?:feedback )?in$|subflow:)/.test(type)) ids.push(id)
  })
  return ids
}

/** Whether a peer has somebody who sends what a ledger holds for it, or would have if it were not disabled. */
export function hasPeer(RED: NodeAPI, ledger: Ledger): (id: string) => boolean {
  const isKnown = inFlows(RED)
  // One that runs with another ledger never looks into this one.
  return (id) => (runningPeer(RED, id) ? sendsFrom(RED, id, ledger) !== undefined : isKnown(id))
}

/** The peer that runs and sends what this ledger holds for it. */
export function sendsFrom(RED: NodeAPI, id: string, ledger: Ledger): PeerNode | undefined {
  const peer = runningPeer(RED, id)
  if (!peer) return undefined
  const { store, release } = useStore(RED, peer.storeId)
  void release()
  return store.ledger === ledger ? peer : undefined
}

/** The types say that a node is always found; Node-RED returns null for one that is missing or disabled. */
function runningPeer(RED: NodeAPI, id: string): PeerNode | undefined {
  const node = RED.nodes.getNode(id) as PeerNode | null
  return node?.type === 'crisis peer' && !node.problem ? node : undefined
}
