import type { CrisisError } from '../../messages/index.js'

/** An operation that a node of this process is to host, and whether callers reach it. */
export interface HostedState {
  /** The name of the node. */
  readonly name: string
  readonly state: 'starting' | 'listening' | Pick<CrisisError, 'code' | 'reason'>
}

/** The nodes of this process that are to host something, for whoever asks if all of them do. */
export class Listening {
  readonly #nodes = new Map<string, HostedState>()

  /** Until it listens, or has failed to, callers do not reach it. */
  starts(id: string, name: string): void {
    this.#nodes.set(id, { name, state: 'starting' })
  }

  listens(id: string): void {
    this.#set(id, 'listening')
  }

  fails(id: string, error: Pick<CrisisError, 'code' | 'reason'>): void {
    this.#set(id, error)
  }

  /** The node is gone, so that nobody expects it to host anything. */
  ends(id: string): void {
    this.#nodes.delete(id)
  }

  get all(): readonly HostedState[] {
    return [...this.#nodes.values()]
  }

  #set(id: string, state: HostedState['state']): void {
    const node = this.#nodes.get(id)
    // A node that was closed while its port was being opened is nobody's any more.
    if (node) this.#nodes.set(id, { ...node, state })
  }
}
