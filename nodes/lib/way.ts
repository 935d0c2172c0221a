import type { Node, NodeAPI } from 'node-red'

/** Nodes whose commit is evidence that a message was taken over. */
const TAKERS: readonly string[] = ['crisis out', 'crisis feedback out']

/** Core nodes that make several messages of one. */
const MULTIPLIERS: readonly string[] = ['split', 'trigger', 'batch', 'csv', 'file in']

/** What a function node may return without a doubt that it is one message. */
const ONE = /^(?:|msg|null|undefined|\{.*)$/

/**
 * Whether a node may make several messages of one, of which the first to be committed says nothing of the others.
 * A function node may, unless its code plainly returns one.
 */
function mayMultiply(node: Node): boolean {
  if (node.type !== 'function') return MULTIPLIERS.includes(node.type)
  const { func = '' } = node as Node & { func?: string }
  const returned = [...func.matchAll(/\breturn\b([^;\n}]*)/g)].map(([, value = '']) => value.trim())
  return /\bsend\b/.test(func) || returned.some((value) => !ONE.test(value))
}

const wiresOf = (node: Node): readonly (readonly string[])[] =>
  (node as Node & { wires?: readonly (readonly string[])[] }).wires ?? []

/**
 * Whether what leaves a node by a port can go nowhere but to one of our `out` nodes: only then does its commit
 * say that the flow is done with the message. Where the way forks, or several messages are made of it, the rest may
 * still be on its way.
 */
export function leadsToOut(RED: NodeAPI, from: Node, port: number): boolean {
  const seen = new Set<string>()
  let next = wiresOf(from)[port] ?? []
  for (;;) {
    const [id] = next
    if (id === undefined || next.length > 1 || seen.has(id)) return false
    seen.add(id)
    // The types say that a node is always found; Node-RED returns null for one that is missing or disabled.
    const node = RED.nodes.getNode(id) as Node | null
    if (!node) return false
    if (TAKERS.includes(node.type)) return true
    if (mayMultiply(node)) return false
    next = wiresOf(node).flat()
  }
}
