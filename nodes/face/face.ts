import type { Node, NodeAPI } from 'node-red'
import { asCrisisError, type CrisisError, type Reason } from '../../src/messages/index.js'
import { unsetVariable, variablesIn } from '../settings/index.js'
import type { ConfigKind } from './config-kind.js'
import { credentialsOf } from './credentials.js'
import type { FlowMessage } from './message.js'
import { Runtime, type OtherNode } from './runtime.js'
import { NodeStatus, type Condition, type Side, type StatusWord } from './status.js'

/** Sends on the ports of a node: one entry a port. */
export type Send = (messages: (FlowMessage | null)[]) => void

/** Node-RED's way to the Catch nodes, and what it looks for in a config node; neither is in its types. */
interface Inside {
  readonly _flow?: { handleError?(node: Node, error: Error, msg: object): boolean }
  readonly wires?: OtherNode['wires']
  users?: Readonly<Record<string, Node>>
}

/** Thrown by a handler that has already set its status and sent its output: only `done` is still owed. */
export class Reported {
  constructor(readonly error: unknown) {}
}

/** A node of ours as its own code sees it: its errors, its status, what comes in and how it ends. */
export class Face {
  readonly runtime: Runtime
  readonly #node: Node
  #status: NodeStatus | undefined
  readonly #users: Record<string, Node> = {}

  constructor(RED: NodeAPI, node: Node) {
    this.runtime = Runtime.of(RED)
    this.#node = node
  }

  get id(): string {
    return this.#node.id
  }

  get type(): string {
    return this.#node.type
  }

  /** The name that people gave it, else its id. */
  get title(): string {
    return this.#node.name || this.#node.id
  }

  /** The ids of the nodes behind each of its ports. */
  get wires(): readonly (readonly string[])[] {
    return (this.#node as Node & Inside).wires ?? []
  }

  /** Says what is so of one side of the node; null = nothing to say. */
  show(side: Side, condition: Condition | StatusWord | null): void {
    this.#status ??= new NodeStatus(this.runtime, this.#node)
    this.#status.set(side, condition)
  }

  /** Tells Catch nodes and the log of a failure, with the message that it happened to or what is known of it. */
  fail(thrown: unknown, msg: FlowMessage = {}): void {
    this.#node.error(this.runtime.error(thrown), msg)
  }

  /** Only into the log: whoever has to do with it is told by another node. */
  log(thrown: unknown): void {
    this.#node.error(this.runtime.error(thrown))
  }

  /** Into the log, with a stable code as errors have one. */
  warn(code: string, reason: Reason): void {
    this.#node.warn(this.runtime.line(code, reason))
  }

  /**
   * Tells that something is over, the way its alarm went: whoever pages on Catch waits there for the all-clear, and
   * knows it by its code. Logged as information: `node.error` would log it as an error where no Catch node is.
   */
  allClear(news: CrisisError): void {
    const error = this.runtime.error(news)
    ;(this.#node as Node & Inside)._flow?.handleError?.(this.#node, error, {})
    this.#node.log(error.message)
  }

  send(messages: FlowMessage | (FlowMessage | null)[]): void {
    this.#node.send(messages)
  }

  /** @throws SettingError SETTING_MISSING for an environment variable that is not set */
  credentials<T extends object>(): Partial<T> {
    return credentialsOf(this.#node as Node<T>)
  }

  /** A variable of the flow that the node is in, or of the environment; undefined where there is none. */
  variable(name: string): string | undefined {
    const value = this.runtime.variable(name, this.#node)
    return typeof value === 'string' ? value : undefined
  }

  /**
   * The value of a typed field of a dialog.
   * @throws SettingError SETTING_MISSING for a variable that is not set, which Node-RED takes for a blank one; whatever
   * Node-RED says of the value
   */
  async evaluate(value: string, type: string, msg: FlowMessage): Promise<unknown> {
    const unset =
      type === 'env' && variablesIn(value).find((name) => !this.runtime.isSet(name, this.#node))
    if (unset) throw unsetVariable(unset)
    return this.runtime.evaluate(value, type, msg, this.#node)
  }

  /** The object that other nodes get for this config node. */
  give<T extends object>(kind: ConfigKind<T>, object: T): void {
    kind.give(this.#node, object)
  }

  /**
   * Makes a node a user of this config node, under the name that Node-RED looks for: an error of a config node that
   * is on no tab reaches the Catch nodes of its users. Returns how to stop that.
   */
  addUser(user: Face): () => void {
    ;(this.#node as Node & Inside).users = this.#users
    this.#users[user.id] = user.#node
    return () => void delete this.#users[user.id]
  }

  /**
   * The one place where a message's failure becomes a status and `done(err)`. Node-RED exits on a rejected
   * handler, so nothing leaves here but through `done`, which is called exactly once.
   */
  onInput(handle: (msg: FlowMessage, send: Send) => Promise<void>): void {
    // The number of parameters is Node-RED's API: exactly these three.
    this.#node.on('input', (msg, send, done) => {
      void this.#run(handle, msg, send, done)
    })
  }

  async #run(
    handle: (msg: FlowMessage, send: Send) => Promise<void>,
    msg: FlowMessage,
    send: Send,
    done: (error?: Error) => void,
  ): Promise<void> {
    let failure: Error | undefined
    try {
      await handle(msg, send)
    } catch (thrown) {
      if (!(thrown instanceof Reported)) {
        this.show('activity', { word: 'error', reason: asCrisisError(thrown).reason })
      }
      failure = this.runtime.error(thrown instanceof Reported ? thrown.error : thrown)
    }
    try {
      if (failure) done(failure)
      else done()
    } catch (thrown) {
      // Node-RED clones the message for Catch and Complete nodes, which not every one survives: those hear of it all
      // the same.
      this.#node.error(failure ?? this.runtime.error(thrown), { _msgid: msg._msgid })
    }
  }

  /** Runs when all nodes of the flows have been made: until then no Catch node would hear of an error. */
  onceStarted(run: () => void): void {
    setImmediate(run)
  }

  /** Closes what the node holds; Node-RED waits for it, and a failure to close is only logged. */
  onClose(close: (removed: boolean) => Promise<void> | void): void {
    // With fewer parameters Node-RED would not wait, and would pass something else as the first.
    this.#node.on('close', (removed: boolean, done: () => void) => {
      const closing = (async () => close(removed))()
      closing
        .catch((thrown: unknown) => this.#node.warn(this.runtime.error(thrown).message))
        .finally(done)
    })
  }
}
