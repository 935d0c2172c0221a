/** The node that receives something, and those that there are. */
export interface Receiving {
  readonly target: string
  /** The nodes that are in the flows; absent = it is not known which there are. */
  readonly nodes?: readonly string[] | undefined
}

/** A node that had something is in no flow any more: in another project, or in a flow that was built anew. */
export const isGone = (node: string | null, { target, nodes }: Receiving): boolean =>
  node !== null &&
  node !== '' &&
  node !== target &&
  target !== '' &&
  nodes?.includes(node) === false
