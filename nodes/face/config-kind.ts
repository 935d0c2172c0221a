import type { Node } from 'node-red'

/** A type of config node of ours, with the object that other nodes get for it. */
export class ConfigKind<T extends object> {
  readonly #type: string
  readonly #objects = new WeakMap<Node, T>()

  constructor(type: string) {
    this.#type = type
  }

  give(node: Node, object: T): void {
    this.#objects.set(node, object)
  }

  of(node: Node): T | undefined {
    return node.type === this.#type ? this.#objects.get(node) : undefined
  }
}
