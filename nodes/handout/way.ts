import type { Face, OtherNode } from '../face/index.js'

/** Nodes whose commit is evidence that a message was taken over. */
const TAKERS: readonly string[] = ['crisis out', 'crisis feedback out', 'crisis page']

/** Core nodes that make several messages of one. */
const MULTIPLIERS: readonly string[] = ['split', 'trigger', 'batch', 'csv', 'file in']

/** Texts that a function node may return without a doubt that they are one message. */
const ONE = /^(?:|msg|null|undefined|\{.*)$/

/**
 * True when a node may make several messages of one, of which the first to be committed says nothing of the others.
 * A function node may, unless its code plainly returns one.
 */
function mayMultiply(node: OtherNode): boolean {
  if (node.type !== 'function') return MULTIPLIERS.includes(node.type)
  const { func = '' } = node
  const returned = [...func.matchAll(/\breturn\b([^;\n}]*)/g)].map(([, value = '']) => value.trim())
  return /\bsend\b/.test(func) || returned.some((value) => !ONE.test(value))
}

/**
 * True when what leaves a node by a port can go nowhere but to one of our `out` nodes: only then does its commit
 * say that the flow is done with the message. Where the way forks, or several messages are made of it, the rest may
 * still be on its way.
 */
export function leadsToOut(from: Face, port: number): boolean {
  const seen = new Set<string>()
  let next = from.wires[port] ?? []
  for (;;) {
    const [id] = next
    if (id === undefined || next.length > 1 || seen.has(id)) return false
    seen.add(id)
    const node = from.runtime.find(id)
    if (!node) return false
    if (TAKERS.includes(node.type)) return true
    if (mayMultiply(node)) return false
    next = (node.wires ?? []).flat()
  }
}
