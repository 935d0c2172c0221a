import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { Server as TlsServer } from 'node:https'
import type { SecureContextOptions } from 'node:tls'
import type { Node, NodeAPI } from 'node-red'
import { asCrisisError, type Reason } from '../../src/messages/index.js'
import type { ConfigKind } from './config-kind.js'
import type { Language } from '../settings/index.js'
import type { FlowMessage } from './message.js'
import { languageOf, lineOf, nodeErrorIn, wordsOf, type NodeError } from './language.js'

const emptyContext = {
  get: (_key: string, _store: unknown, callback?: (error: unknown, value: unknown) => void) =>
    callback?.(null, undefined),
}

const NOWHERE = { id: '', context: () => ({ flow: emptyContext, global: emptyContext }) } as never

/** A node of any package, as far as it says where its messages go. */
export interface OtherNode {
  readonly id: string
  readonly type: string
  /** The name that people gave it. */
  readonly name?: string | undefined
  readonly wires?: readonly (readonly string[])[]
  /** The code of a function node. */
  readonly func?: string
}

export type Middleware = (
  req: IncomingMessage,
  res: ServerResponse,
  next: (error?: unknown) => void,
) => void

/** The settings of Node-RED that this package looks at, which its types do not all know. */
export interface SiteSettings {
  readonly userDir?: string
  readonly httpNodeRoot?: string | false
  readonly httpNodeAuth?: unknown
  readonly httpNodeMiddleware?: unknown
  readonly httpAdminRoot?: string | false
  readonly https?: unknown
  /** The users of the editor; some of it may stand in a module. */
  readonly adminAuth?: { readonly type?: string; readonly module?: { readonly type?: string } }
}

interface Request {
  body?: unknown
  /** The person who is signed in; absent where the editor is open to all. */
  user?: unknown
}

/** The name of whoever is signed in. */
function nameOf({ user }: Request): string {
  const { username = '' } = (user ?? {}) as { readonly username?: unknown }
  return typeof username === 'string' ? username : ''
}

interface Response {
  status(code: number): Response
  json(body: unknown): unknown
}

interface TlsNode extends Node {
  addTLSOptions(options: object): SecureContextOptions
}

/** The Node-RED that nodes run in: its other nodes, its settings, its ports and its language. */
export class Runtime {
  static readonly #all = new WeakMap<NodeAPI, Runtime>()
  readonly #RED: NodeAPI

  private constructor(RED: NodeAPI) {
    this.#RED = RED
  }

  /** The one object for a Node-RED. */
  static of(RED: NodeAPI): Runtime {
    const runtime = Runtime.#all.get(RED) ?? new Runtime(RED)
    Runtime.#all.set(RED, runtime)
    return runtime
  }

  get language(): Language {
    return languageOf(this.#RED)
  }

  /** A reason in the language of the hospital. */
  words(reason: Reason): string {
    return wordsOf(this.language, reason)
  }

  /** Whatever was thrown, as the error to hand to Node-RED. */
  error(thrown: unknown): NodeError {
    return nodeErrorIn(this.#RED, thrown)
  }

  /** A line of the log: the words, and at its end a stable code, by which a log collector knows it. */
  line(code: string, reason: Reason): string {
    return lineOf(this.words(reason), code)
  }

  /** Only into the log, as information. */
  log(code: string, news: Reason): void {
    this.#RED.log.info(`[crisis] ${this.line(code, news)}`)
  }

  get settings(): SiteSettings {
    return this.#RED.settings as SiteSettings
  }

  /** The directory of flows and ledgers. */
  get userDir(): string {
    return this.settings.userDir ?? process.cwd()
  }

  /** The server of Node-RED's own port; undefined where a program embeds Node-RED without one. */
  get server(): Server | undefined {
    return (this.#RED as { server?: Server }).server
  }

  /** True when Node-RED's own port has TLS. */
  get hasTls(): boolean {
    return this.server instanceof TlsServer || this.settings.https !== undefined
  }

  /** Identifies Node-RED's own port; undefined where it serves no nodes. */
  get httpNode(): object | undefined {
    return this.#RED.httpNode
  }

  /** Puts a handler in front of whatever comes to Node-RED's own port. */
  serve(handler: Middleware): void {
    this.#RED.httpNode.use(handler)
  }

  /** A node that runs; undefined for one that is missing or disabled. */
  find(id: string): OtherNode | undefined {
    return this.#node(id)
  }

  /** A config node's object of ours; undefined for one that is missing, disabled or of another type. */
  config<T extends object>(kind: ConfigKind<T>, id: string): T | undefined {
    const node = this.#node(id)
    return node && kind.of(node)
  }

  /** The options of a `tls-config` node; undefined for one that is missing or disabled. */
  tls(id: string): SecureContextOptions | undefined {
    return (this.#node(id) as TlsNode | undefined)?.addTLSOptions({})
  }

  /** Saved credentials of a node, be it disabled. */
  credentials(id: string): Readonly<Record<string, unknown>> {
    return (this.#RED.nodes.getCredentials(id) ?? {}) as Readonly<Record<string, unknown>>
  }

  /** All nodes of the flows, also those that are disabled. */
  inFlows(): readonly Pick<OtherNode, 'id' | 'type' | 'name'>[] {
    const all: Pick<OtherNode, 'id' | 'type' | 'name'>[] = []
    this.#RED.nodes.eachNode(({ id, type, name }) => all.push({ id, type, name }))
    return all
  }

  /** A variable as Node-RED finds it for a node: of its flow, of the environment. */
  variable(name: string, node: Node | string): unknown {
    const own = typeof node === 'string' ? (this.#node(node) ?? ({} as Node)) : node
    return this.#RED.util.evaluateNodeProperty(name, 'env', own, {}) as unknown
  }

  /** True for a variable that the flow of a node has, or the environment, be it blank. */
  isSet(name: string, node: Node): boolean {
    const value: unknown = this.#RED.util.getSetting(node, name)
    return value !== undefined
  }

  /**
   * The value of a typed field of a dialog.
   * @param node the node that it is a field of; a node that is being edited may not exist yet, and has no flow context
   */
  evaluate(value: string, type: string, msg: FlowMessage, node: Node = NOWHERE): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#RED.util.evaluateNodeProperty(value, type, node, msg, (error, found: unknown) => {
        if (error) reject(error)
        else resolve(found)
      })
    })
  }

  /** The property of a message that a dialog names, such as `payload`. */
  property(msg: FlowMessage, name: string): unknown {
    return this.#RED.util.getMessageProperty(msg, name) as unknown
  }

  setProperty(msg: FlowMessage, name: string, value: unknown): void {
    this.#RED.util.setMessageProperty(msg, name, value, true)
  }

  /** Calls back whenever flows start or stop; returns how to stop that. */
  on(event: 'flows:started' | 'flows:stopping', listener: () => void): () => void {
    this.#RED.events.on(event, listener)
    return () => this.#RED.events.removeListener(event, listener)
  }

  /**
   * Answers a question of the editor; a failure is told in both languages.
   * @param answer is told the question and who asks, '' where nobody has to sign in
   * @param permission of whoever may ask. Default is to change flows
   */
  answer(
    path: string,
    answer: (body: Record<string, unknown>, by: string) => Promise<unknown>,
    permission: 'flows.read' | 'flows.write' = 'flows.write',
  ): void {
    this.#RED.httpAdmin.post(
      `/hospital-flows-crisis/${path}`,
      this.#RED.auth.needsPermission(permission),
      (req: Request, res: Response) => {
        answer((req.body ?? {}) as Record<string, unknown>, nameOf(req)).then(
          (body) => res.json(body),
          (thrown: unknown) => {
            const { code, reason } = asCrisisError(thrown)
            res.status(422).json({ code, reason })
          },
        )
      },
    )
  }

  /** The types say that a node is always found; Node-RED returns null for one that is missing or disabled. */
  #node(id: string): Node | undefined {
    return this.#RED.nodes.getNode(id) ?? undefined
  }
}
