import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  writeFileSync,
  truncateSync,
} from 'node:fs'
import { createServer, type Server } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Node, NodeAPI } from 'node-red'
import helper from 'node-red-node-test-helper'
import crisisAcknowledge from '../../nodes/crisis-acknowledge.js'
import crisisBoard from '../../nodes/crisis-board.js'
import crisisChannel from '../../nodes/crisis-channel.js'
import crisisFeedbackIn from '../../nodes/crisis-feedback-in.js'
import crisisFeedbackOut from '../../nodes/crisis-feedback-out.js'
import crisisIn from '../../nodes/crisis-in.js'
import crisisOut from '../../nodes/crisis-out.js'
import crisisPage from '../../nodes/crisis-page.js'
import crisisParser from '../../nodes/crisis-parser.js'
import crisisPeer from '../../nodes/crisis-peer.js'
import crisisPlan from '../../nodes/crisis-plan.js'
import crisisRegister from '../../nodes/crisis-register.js'
import crisisRoster from '../../nodes/crisis-roster.js'
import crisisService from '../../nodes/crisis-service.js'
import crisisSimulator from '../../nodes/crisis-simulator.js'
import crisisStore from '../../nodes/crisis-store.js'
import crisisWatch from '../../nodes/crisis-watch.js'
import genericResponse from '../../nodes/generic-response.js'
import { Runtime, type FlowMessage } from '../../nodes/face/index.js'
import { DEFAULTS } from '../../nodes/settings/index.js'
import type { FlowNode } from './flow-node.js'
import type { Settings } from './nodes.js'
import { closeStores, useStore } from '../../nodes/store/store.js'
import type { Ledger } from '../../src/ledger/index.js'
import { removeFolder } from './node-red.js'
import { statusOf } from './status.js'

/** The Node-RED whose runtime the nodes are loaded into. */
export const NODE_RED_PACKAGE = process.env['NODE_RED_PKG'] ?? 'node-red'

helper.init(require.resolve(NODE_RED_PACKAGE))

const NODES = [
  crisisPeer,
  crisisService,
  crisisOut,
  crisisIn,
  crisisFeedbackOut,
  crisisFeedbackIn,
  genericResponse,
  crisisParser,
  crisisStore,
  crisisRegister,
  crisisPlan,
  crisisRoster,
  crisisWatch,
  crisisChannel,
  crisisPage,
  crisisAcknowledge,
  crisisBoard,
  crisisSimulator,
]

export type { FlowNode }

export * from './nodes.js'

const fromNodeRed = createRequire(
  createRequire(__filename).resolve(`${NODE_RED_PACKAGE}/package.json`),
)

/** A core node of the Node-RED under test, such as `network/21-httpin`. */
export const coreNode = (file: string): ((RED: NodeAPI) => void) =>
  fromNodeRed(`@node-red/nodes/core/${file}.js`) as (RED: NodeAPI) => void

/** What a node of type `helper` has been given, to be awaited one by one. */
export class Inbox {
  /** All messages, also those that were taken. */
  readonly all: FlowMessage[] = []
  #taken = 0
  #waiting: ((message: FlowMessage) => void)[] = []

  constructor(readonly node: Node) {
    node.on('input', (message: FlowMessage) => {
      this.all.push(message)
      this.#waiting.shift()?.(message)
    })
  }

  clear(): void {
    this.all.length = 0
    this.#taken = 0
  }

  /** The next message, which may have come already. */
  next(): Promise<FlowMessage> {
    const message = this.all[this.#taken++]
    if (message) return Promise.resolve(message)
    return new Promise((resolve) => this.#waiting.push(resolve))
  }
}

/** What a Catch node puts under `msg.error`. */
export interface Caught {
  readonly message: string
  readonly code: string
  readonly source: { readonly id: string }
}

interface Spied {
  getCalls(): { readonly thisValue: Node; readonly args: readonly unknown[] }[]
}

/** A flow that runs in the helper: the given nodes, a Catch for all of them and a Complete for each. */
export class Flow {
  readonly #RED: NodeAPI
  readonly #inboxes = new Map<string, Inbox>()
  readonly #folder: string
  #server: Server | undefined

  private constructor(RED: NodeAPI, folder: string) {
    this.#RED = RED
    this.#folder = folder
  }

  /** Loads nodes; ids in wires that no node has become inboxes. */
  static async load(
    nodes: readonly FlowNode[],
    options: {
      readonly credentials?: Readonly<Record<string, object>>
      readonly core?: readonly ((RED: NodeAPI) => void)[]
      /** Nodes that the Catch node is wired to as well; the helper knows only one Catch node. */
      readonly caughtBy?: readonly string[]
      /** Settings of Node-RED. */
      readonly settings?: Settings
      /** What people read; Chinese is what a flow without a store has. Default is English. */
      readonly language?: 'zh-CN'
      /** Makes what the user directory is to hold before anything starts. */
      readonly prepare?: (folder: string) => void
    } = {},
  ): Promise<Flow> {
    let RED: NodeAPI | undefined
    const take = (api: NodeAPI): void => {
      RED = api
    }
    const folder = makeUserFolder()
    options.prepare?.(folder)
    helper.settings({ ...options.settings, userDir: folder } as never)
    const types = [take, ...NODES, ...(options.core ?? [])]
    await helper.load(
      types,
      [...withWatchers(nodes, options.caughtBy, options.language)] as never,
      (options.credentials ?? {}) as never,
    )
    const flow = new Flow(RED!, folder)
    flow.#watch(nodes)
    return flow
  }

  #watch(nodes: readonly FlowNode[]): void {
    for (const id of [...inboxIds(nodes), 'caught', 'completed']) {
      const node = helper.getNode(id)
      // A deploy of changed nodes only leaves the others as they are.
      if (this.#inboxes.get(id)?.node !== node) this.#inboxes.set(id, new Inbox(node))
    }
  }

  /** Deploys another set of nodes and waits until they run. */
  async deploy(
    nodes: readonly FlowNode[],
    type: 'full' | 'nodes' = 'full',
    language?: 'zh-CN',
  ): Promise<void> {
    // At once: what is told at the start may come before the helper is done.
    const started = new Promise<void>((resolve) => {
      this.#RED.events.once('flows:started', () => {
        this.#watch(nodes)
        resolve()
      })
    })
    await helper
      .setFlows([...withWatchers(nodes, [], language)] as never, type)
      .catch((error: Error) => {
        // The helper's own wait begins too late and ends after 300 ms.
        if (error.message !== 'timeout waiting event') throw error
      })
    await started
  }

  inbox(id: string): Inbox {
    const inbox = this.#inboxes.get(id)
    if (!inbox) throw new Error(`no inbox ${id}`)
    return inbox
  }

  /** Hands a message to a node, as a wire would. */
  send(id: string, message: Readonly<Record<string, unknown>>): void {
    helper.getNode(id).receive(message as never)
  }

  /** The error of the next failed message, as a Catch node sees it. */
  async caught(): Promise<Caught & { readonly msg: FlowMessage }> {
    const msg = await this.inbox('caught').next()
    return { ...(msg.error as Caught), msg }
  }

  async completed(): Promise<FlowMessage> {
    return this.inbox('completed').next()
  }

  /** All statuses a node has shown since it was deployed: colour and word. */
  statuses(id: string): readonly string[] {
    return this.#calls(id, 'status').map(([status]) => {
      const { fill, text } = status as { fill: string; text: string }
      return statusOf(fill, text)
    })
  }

  status(id: string): string | undefined {
    return this.statuses(id).at(-1)
  }

  /** Everything that any node has logged, shown or warned of, as one text. */
  everythingShown(): string {
    const parts = ['status', 'error', 'warn', 'log'].flatMap((method) => this.#calls(null, method))
    const logged = helper.log().args as unknown[]
    return [...parts, ...logged].map((part) => textOf(part)).join('\n')
  }

  /** The entries of the log of all nodes, or what would be one where no Catch node is. */
  logEntries(): readonly string[] {
    const methods = ['error', 'warn', 'log'] as const
    return methods.flatMap((method) =>
      this.#calls(null, method).map(([text]) =>
        text instanceof Error ? text.message : String(text),
      ),
    )
  }

  /** The texts that a node has logged as an error or as information. */
  logged(id: string, method: 'error' | 'log'): readonly string[] {
    return this.#calls(id, method).map(([text]) => String(text))
  }

  #calls(id: string | null, method: string): readonly (readonly unknown[])[] {
    const anyNode = helper.getNode('caught') as unknown as Record<string, Spied>
    const wanted = id === null ? null : helper.getNode(id)
    const calls = anyNode[method]!.getCalls()
    return calls
      .filter(({ thisValue }) => wanted === null || thisValue === wanted)
      .map(({ args }) => args)
  }

  /** Resolves when a node shows a word. */
  async shows(id: string, word: string): Promise<void> {
    const showing = () => this.statuses(id).some((status) => status.split(' ')[1] === word)
    while (!showing())
      await new Promise((resolve) => helper.getNode(id).once('call:status', resolve))
  }

  /** Resolves when a node shows a status and nothing worse. */
  async becomes(id: string, status: string): Promise<void> {
    while (this.status(id) !== status)
      await new Promise((resolve) => helper.getNode(id).once('call:status', resolve))
  }

  /** The texts of all statuses, those in subflows too. */
  allStatusTexts(): readonly string[] {
    return this.#calls(null, 'status').map(([status]) => (status as { text: string }).text)
  }

  /** The texts of all statuses that a node has shown. */
  statusTexts(id: string): readonly string[] {
    return this.#calls(id, 'status').map(([status]) => (status as { text: string }).text)
  }

  /** The address of Node-RED's own port, which the helper does not open by itself. */
  async httpNode(): Promise<string> {
    this.#server ??= createServer(this.#RED.httpNode as never)
    const server = this.#server
    if (!server.listening) {
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    }
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  }

  /** Whoever waits for an answer on Node-RED's own port hangs up. */
  dropCallers(): void {
    this.#server?.closeAllConnections()
  }

  get RED(): NodeAPI {
    return this.#RED
  }

  /** The user directory, where the ledger is. */
  get folder(): string {
    return this.#folder
  }

  /** The ledger that all nodes of the flow share. */
  async ledger<T>(use: (ledger: Ledger) => Promise<T>): Promise<T> {
    const { store, release } = useStore(Runtime.of(this.#RED), '')
    try {
      return await use(store.ledger)
    } finally {
      await release()
    }
  }

  /** Everything that stands in the files of the ledger. */
  ledgerBytes(): Buffer {
    const folder = path.join(this.#folder, 'crisis')
    const names = readdirSync(folder).filter((name) => !name.endsWith('.ballast'))
    return Buffer.concat(names.map((name) => readFileSync(path.join(folder, name))))
  }

  /** Lets all that was begun be stored and handed out, so that what has not come by then does not come. */
  async settle(): Promise<void> {
    for (let turn = 0; turn < 3; turn++) {
      await settle()
      await this.ledger((ledger) => ledger.run('hastenPeer', { peer: 'nobody' }))
    }
    await settle()
  }

  /** Has what waits for another try tried now. */
  async hasten(peerId = 'peer'): Promise<void> {
    await this.ledger(async (ledger) => {
      await ledger.run('hastenPeer', { peer: peerId })
      ledger.hint(`outbox/${peerId}`)
    })
  }

  async unload(): Promise<void> {
    this.#server?.closeAllConnections()
    this.#server?.close()
    await helper.unload()
    await closeStores()
    removeFolder(this.#folder)
  }
}

const BALLAST_BYTES = 64 * 1024 * 1024

/** A user directory of its own, with the room that a ledger takes for itself, so that nothing is written there. */
function makeUserFolder(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'crisis-nodes-'))
  mkdirSync(path.join(folder, 'crisis'))
  const ballast = path.join(folder, 'crisis', 'ledger.db.ballast')
  writeFileSync(ballast, '')
  truncateSync(ballast, BALLAST_BYTES)
  return folder
}

/** Everything of a value that anybody could read, errors with their causes included. */
export function textOf(value: unknown, seen = new Set<unknown>()): string {
  if (typeof value !== 'object' || value === null) return String(value)
  if (seen.has(value)) return ''
  seen.add(value)
  const own = Object.getOwnPropertyNames(value).map((name) => {
    const part: unknown = Reflect.get(value, name)
    return typeof part === 'function' ? '' : `${name}=${textOf(part, seen)}`
  })
  return own.join('\n')
}

/** Lets everything that is due now happen, so that what has not come by then does not come. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve))
}

function inboxIds(nodes: readonly FlowNode[]): readonly string[] {
  const known = new Set(nodes.map(({ id }) => id))
  const wired = nodes.flatMap(({ wires }) => wires?.flat() ?? [])
  return [...new Set(wired)].filter((id) => !known.has(id))
}

const CONFIG_TYPES: readonly string[] = [
  'crisis peer',
  'crisis service',
  'crisis store',
  'tls-config',
]
const isConfig = ({ type }: FlowNode): boolean => CONFIG_TYPES.includes(type)

// Without a place on the canvas Node-RED would take a node for a config node.
const placed = (node: FlowNode): FlowNode =>
  node.type === 'subflow' ? node : { z: 'tab', x: 0, y: 0, ...node }

function withWatchers(
  nodes: readonly FlowNode[],
  caughtBy: readonly string[] = [],
  language: 'zh-CN' | 'en-US' = 'en-US',
): readonly FlowNode[] {
  const inFlow = nodes.filter((node) => !isConfig(node))
  const scope = inFlow.map(({ id }) => id)
  const watchers: readonly FlowNode[] = [
    { id: 'catch', type: 'catch', scope, wires: [['caught', ...caughtBy]] },
    { id: 'complete', type: 'complete', scope, wires: [['completed']] },
    ...['caught', 'completed', ...inboxIds(nodes)].map((id) => ({ id, type: 'helper' })),
  ]
  return [
    { id: 'tab', type: 'tab' },
    ...(language === 'zh-CN' || nodes.some(({ type }) => type === 'crisis store')
      ? []
      : [{ ...DEFAULTS.store, id: 'language', type: 'crisis store', language: 'en-US' }]),
    ...nodes
      .filter(isConfig)
      .map((node) => (node.type === 'crisis store' ? { ...node, language } : node)),
    ...[...inFlow, ...watchers].map(placed),
  ]
}
