import type { Node, NodeAPI, NodeDef } from 'node-red'
import { Face } from './face.js'
import { Runtime } from './runtime.js'

/** A type of node: its name, the kinds of its credentials, and what is made of each node of a flow. */
export interface NodeType<Config> {
  readonly name: string
  /** A credential of another kind than `password` can be read by whoever may look at the flows. */
  readonly credentials?: Readonly<Record<string, 'text' | 'password'>>
  /** Called once for each Node-RED, before any node is made. */
  readonly load?: (runtime: Runtime) => void
  /** @param saved the settings as they stand in the flow */
  readonly create: (face: Face, saved: Config) => void
}

/** Makes a type of node known to Node-RED. */
export function register<Config extends object>(RED: NodeAPI, type: NodeType<Config>): void {
  const { name, credentials, load, create } = type
  load?.(Runtime.of(RED))

  function CrisisNode(this: Node, saved: NodeDef & Config): void {
    RED.nodes.createNode(this, saved)
    create(new Face(RED, this), saved)
  }

  if (!credentials) return RED.nodes.registerType(name, CrisisNode)
  const kinds = Object.entries(credentials).map(([key, kind]) => [key, { type: kind }] as const)
  RED.nodes.registerType<Node, NodeDef & Config, object, object>(name, CrisisNode, {
    credentials: Object.fromEntries(kinds),
  })
}
