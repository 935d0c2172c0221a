import type { Ledger } from '../../src/ledger/index.js'
import type { Runtime } from '../face/index.js'
import { PEER, type Peer } from '../peer/index.js'
import { useStore } from '../store/index.js'

/** Tells of an id whether its node is in the flows, be it disabled; inside a subflow an id is made of several. */
export function inFlows(runtime: Runtime): (id: string) => boolean {
  const known = new Set(runtime.inFlows().map(({ id }) => id))
  return (id) => known.has(id) || id.split('-').every((part) => known.has(part))
}

/** Looked for once a deploy, and not with each call. */
let intakes: readonly string[] | undefined

/** The ids of all nodes that hand out what comes in, and of the subflows that they may stand in. */
export const intakeNodes = (runtime: Runtime): readonly string[] =>
  (intakes ??= findIntakes(runtime))

/** There may be other nodes now. */
export function forgetIntakes(): void {
  intakes = undefined
}

const findIntakes = (runtime: Runtime): readonly string[] =>
  runtime
    .inFlows()
    .filter(({ type }) => /^(?:crisis (?:feedback )?in$|subflow:)/.test(type))
    .map(({ id }) => id)

/** Tells of a peer whether a node sends what the ledger holds for it, or would if it were not disabled. */
export function hasPeer(runtime: Runtime, ledger: Ledger): (id: string) => boolean {
  const isKnown = inFlows(runtime)
  // One that runs with another ledger never looks into this one.
  return (id) =>
    runningPeer(runtime, id) ? sendsFrom(runtime, id, ledger) !== undefined : isKnown(id)
}

/** The peer that runs and sends what this ledger holds for it. */
export function sendsFrom(runtime: Runtime, id: string, ledger: Ledger): Peer | undefined {
  const peer = runningPeer(runtime, id)
  if (!peer) return undefined
  const { store, release } = useStore(runtime, peer.storeId)
  void release()
  return store.ledger === ledger ? peer : undefined
}

function runningPeer(runtime: Runtime, id: string): Peer | undefined {
  const peer = runtime.config(PEER, id)
  return peer?.problem ? undefined : peer
}
