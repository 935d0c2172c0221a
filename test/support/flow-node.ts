/** A node as it stands in a flow file. */
export interface FlowNode {
  readonly id: string
  readonly type: string
  readonly wires?: readonly (readonly string[])[]
  readonly [setting: string]: unknown
}
