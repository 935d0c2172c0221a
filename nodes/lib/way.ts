import type { Node, NodeAPI } from 'node-red'

/** Nodes whose commit is evidence that a message was taken over. */
const TAKERS: readonly string[] = ['crisis out', 'crisis feedback out']

const wiresOf = (node: Node): readonly (readonly string[])[] =>
  (node as Node & { wires?: readonly (readonly string[])[] }).wires ?? []

/**
 * Whether what leaves a node by a port can go nowhere but to one of our `out` nodes: only then does its commit
 * say that the flow is done with the message. Where the way forks, the other branch may still have it.
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
    next = wiresOf(node).flat()
  }
}
