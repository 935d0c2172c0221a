/** The node that receives something, and those that there are. */
export interface Receiving {
  readonly target: string
  /**
   * The nodes that are in the flows; absent = it is not known which there are. That of a node within another one is
   * made of both, joined by `-`.
   */
  readonly nodes?: readonly string[] | undefined
}

/** A node that had something is in no flow any more: in another project, or in a flow that was built anew. */
export const isGone = (node: string | null, { target, nodes }: Receiving): boolean =>
  node !== null &&
  node !== '' &&
  node !== target &&
  target !== '' &&
  nodes !== undefined &&
  !nodes.includes(node) &&
  !node.split('-').every((part) => nodes.includes(part))
