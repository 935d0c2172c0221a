import type { Origin } from '../types.js'
import type { Actor } from './audit.js'
import type { Lease } from './handouts.js'

/** A call that brings documents, and the node that receives them. */
export interface Receiving {
  readonly actor: Actor
  readonly origin: Origin
  /** A document that is known already is handed to the flow again. Default: it is not. */
  readonly emitResends?: boolean | undefined
  /** The node whose flow is given the messages; '' = none is (a critical value that we send ourselves). */
  readonly target: string
  /**
   * The nodes that are in the flows: a re-send of what went to a node that is not is handed out by `target`. Absent =
   * it is not known which there are. That of a node within another one is made of both, joined by `-`.
   */
  readonly nodes?: readonly string[] | undefined
  /** The instance that hands the messages to its flow itself. */
  readonly lease?: Lease | undefined
}

/** A node that had something is in no flow any more: in another project, or in a flow that was built anew. */
export const isGone = (
  node: string | null,
  { target, nodes }: Pick<Receiving, 'target' | 'nodes'>,
): boolean =>
  node !== null &&
  node !== '' &&
  node !== target &&
  target !== '' &&
  nodes !== undefined &&
  !nodes.includes(node) &&
  !node.split('-').every((part) => nodes.includes(part))
