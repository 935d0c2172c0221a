import type { Node, NodeAPI } from 'node-red'
import type { Ledger, OwedTo } from '../../src/ledger/index.js'
import { CrisisError } from '../../src/messages/index.js'
import { nodeError } from './language.js'

/** Other instances may have other flows: what one of them is to hand out, it has soon. */
const STRAY_AFTER_MS = 5 * 60_000

/** A ledger may still be opening when the flows start. */
const BUDGET_MS = 60_000

/** Most nodes that are named in one sentence. */
const MOST_NAMED = 5

/** The nodes that were told of, by ledger; each is told of again only after a restart. */
const told = new WeakMap<Ledger, Set<string>>()

/** Whether a node is in the flows, be it disabled; inside a subflow its id is made of several. */
export function inFlows(RED: NodeAPI): (id: string) => boolean {
  const known = new Set<string>()
  RED.nodes.eachNode(({ id }) => known.add(id))
  return (id) => known.has(id) || id.split('-').every((part) => known.has(part))
}

/** Tells, through a node that uses the ledger, what is owed to nodes that are in no flow any more. Never rejects. */
export async function tellStrays(
  RED: NodeAPI,
  node: Node,
  set: string,
  ledger: Ledger,
): Promise<void> {
  let owed: readonly OwedTo[]
  try {
    owed = await ledger.run('owedByNode', undefined, { budgetMs: BUDGET_MS })
  } catch {
    // The ledger shows its own state; the next look tries again.
    return
  }
  const isKnown = inFlows(RED)
  const before = told.get(ledger) ?? new Set()
  told.set(ledger, before)
  const leastAge = ledger.engine.kind === 'sqlite' ? 0 : STRAY_AFTER_MS
  const strays = owed.filter(
    (one) => !isKnown(one.node) && !one.held && one.ageMs >= leastAge && !before.has(one.node),
  )
  if (strays.length === 0) return
  for (const one of strays) before.add(one.node)
  node.error(nodeError(RED, set, strayTrouble(strays)), {})
}

function strayTrouble(strays: readonly OwedTo[]): CrisisError {
  const messages = strays.reduce((sum, one) => sum + one.messages, 0)
  const ids = [...new Set(strays.map((one) => one.node))]
  const more = ids.length > MOST_NAMED ? ' …' : ''
  const named = `${ids.slice(0, MOST_NAMED).join(', ')}${more}`
  return new CrisisError('OWED_STRAY', {
    zh: `台账中有 ${messages} 条消息属于流程中已不存在的节点（${named}），没有交给任何流程：请用 crisis register 转交其他节点，或放弃`,
    en: `${messages} messages belong to nodes that are in no flow any more (${named}) and were given to nobody: pass them on to another node, or give them up, with crisis register`,
  })
}
