import type { BoardNames } from '../../src/board/index.js'
import type { Ledger } from '../../src/ledger/index.js'
import type { Runtime } from '../face/index.js'
import { handsOut, hasPeer, inFlows, sendsFrom } from '../handout/index.js'

/** The nodes of the flows as a board names them; looked at anew by each question, since a deploy changes them. */
export function namesFor(runtime: Runtime, ledger: Ledger): BoardNames {
  const all = runtime.inFlows()
  const names = new Map(all.map(({ id, name }) => [id, name ?? '']))
  // Inside a subflow a node has an id of its own, which stands in no flow.
  const nameOf = (id: string): string => names.get(id) || runtime.find(id)?.name || id
  const takers = (isTaker: (id: string, type: string) => boolean) =>
    all.filter(({ id, type }) => isTaker(id, type)).map(({ id }) => ({ id, name: nameOf(id) }))
  return {
    node: nameOf,
    peer: nameOf,
    system: (system) => system,
    hasNode: inFlows(runtime),
    hasPeer: hasPeer(runtime, ledger),
    takersOf: (gone) =>
      'peer' in gone
        ? takers(
            (id, type) => type === 'crisis peer' && sendsFrom(runtime, id, ledger) !== undefined,
          )
        : takers((id, type) => handsOut(type) === gone.kind && runtime.find(id) !== undefined),
  }
}
