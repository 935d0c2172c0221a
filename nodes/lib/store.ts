import { createHash, randomUUID } from 'node:crypto'
import type { SecureContextOptions } from 'node:tls'
import { hostname } from 'node:os'
import path from 'node:path'
import type { Node, NodeAPI } from 'node-red'
import {
  CallerTally,
  DEFINITION,
  Ledger,
  DEFINITION_MODULE,
  isElsewhere,
  lookAtFile,
  lookAtPostgres,
  PostgresEngine,
  SpaceGuard,
  SqliteEngine,
  type Actor,
  type Engine,
  type Look,
} from '../../src/ledger/index.js'
import { credentialsOf } from './config-nodes.js'
import {
  DEFAULTS,
  numberSetting,
  SettingError,
  settingsOf,
  type StoreConfig,
  type StoreCredentials,
} from './settings.js'
import { Upkeep, upkeepPlan, type TroubleListener } from './upkeep.js'

/** A ledger as nodes use it. */
export interface Store {
  readonly ledger: Ledger
  /** Who calls the services that store here, and how. */
  readonly callers: CallerTally
  /** Tells this ledger from any other in this process, and from itself once it was opened anew. */
  readonly key: string
  /** Who writes into the audit for a node of this process. */
  actor(node: Node): Actor
  /** Calls back with each trouble of its upkeep; returns how to stop that. */
  readonly onTrouble: (listener: TroubleListener) => () => void
  /** To be told of bytes that have come into the quarantine. */
  readonly noteQuarantined: (bytes: number) => void
  /** The right of this process to something, for a while. */
  lease(): string
}

/** This process among those that may share a ledger. */
export const INSTANCE = `${hostname()}-${process.pid}-${randomUUID().slice(0, 8)}`

/** How long a ledger that no node uses stays open: a redeploy closes all nodes and makes them anew. */
const GRACE_MS = 15_000

/** How often the room on the disk is looked at when nothing is stored. */
const LOOK_MS = 30_000

interface Shared {
  readonly store: Store
  readonly stopUpkeep: () => void
  users: number
  stopGrace: (() => void) | undefined
}

const open = new Map<string, Shared>()

/**
 * The ledger behind a `crisis store` node, or the file in the user directory when none is chosen. All nodes
 * with the same settings share one; the last to release it closes it after a while.
 */
export function useStore(RED: NodeAPI, id: string): { store: Store; release: () => Promise<void> } {
  const node =
    (RED.nodes.getNode(id) as (Node<StoreCredentials> & { config: object }) | null) ?? undefined
  // Never another ledger than the one that was chosen.
  if (id !== '' && !node) throw noStore()
  const config = settingsOf<StoreConfig>(node?.config ?? {}, DEFAULTS.store)
  const password = node ? (credentialsOf(node).password ?? '') : ''
  const key = keyOf(config, password)
  let shared = open.get(key)
  if (!shared) {
    shared = { ...makeStore(RED, config, password), users: 0, stopGrace: undefined }
    open.set(key, shared)
  }
  const used = shared
  used.users++
  used.stopGrace?.()
  used.stopGrace = undefined
  let released = false
  return {
    store: used.store,
    async release() {
      if (released) return
      released = true
      if (--used.users > 0) return
      const timer = setTimeout(() => {
        if (used.users > 0) return
        if (open.get(key) === used) open.delete(key)
        used.stopUpkeep()
        void used.store.ledger.close()
      }, GRACE_MS)
      timer.unref()
      used.stopGrace = () => clearTimeout(timer)
    },
  }
}

/** Closes every ledger now, without the wait for a redeploy. Only once no node uses one any more. */
export async function closeStores(): Promise<void> {
  const shared = [...open.values()]
  open.clear()
  for (const { store, stopGrace, stopUpkeep } of shared) {
    stopGrace?.()
    stopUpkeep()
    await store.ledger.close()
  }
}

export function passwordOf(RED: NodeAPI, id: string): string {
  const node = RED.nodes.getNode(id) as Node<StoreCredentials> | null
  return node ? (credentialsOf(node).password ?? '') : ''
}

/** The engine that nodes of this process have open already with these settings. */
export function findOpen(config: StoreConfig, password: string): Engine | undefined {
  return open.get(keyOf(config, password))?.store.ledger.engine
}

/** Only what says which database is meant; retention and names may differ. */
function keyOf(config: StoreConfig, password: string): string {
  const { engine, file, host, port, database, user, tls } = config
  const parts =
    engine === 'file' ? [engine, file.trim()] : [engine, host, port, database, user, tls, password]
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex')
}

function makeStore(
  RED: NodeAPI,
  config: StoreConfig,
  password: string,
): Pick<Shared, 'store' | 'stopUpkeep'> {
  // Before anything is opened: a setting that cannot be used leaves nothing behind.
  const plan = upkeepPlan(config)
  const reserveBytes = reserveOf(config)
  const engine = openEngine(RED, config, password)
  // The room of a database server cannot be seen from here.
  const space =
    engine instanceof SqliteEngine && reserveBytes > 0
      ? new SpaceGuard({ measure: () => engine.freeSpace(), reserveBytes })
      : undefined
  const ledger = new Ledger(engine, space)
  const stopLooking = lookAt(space)
  const key = randomUUID().slice(0, 8)
  // A file has one owner and so one chain. Several machines must not wait for each other's, nor two connections of
  // one process to a database that two stores name differently.
  const chain = engine.kind === 'sqlite' ? 'file' : `${INSTANCE}/${key}`
  const actor = { chain, actor: `${INSTANCE}/upkeep` }
  const upkeep = new Upkeep({ ledger, actor, plan, file: fileOf(RED, config) })
  upkeep.start()
  const callers = new CallerTally({ write: (seen) => ledger.run('noteCallers', { seen }) })
  return {
    store: {
      ledger,
      callers,
      key,
      actor: (node) => ({ chain, actor: `${INSTANCE}/${node.id}` }),
      onTrouble: (listener) => upkeep.onTrouble(listener),
      noteQuarantined: (bytes) => void upkeep.noteQuarantined(bytes),
      lease: () => `${INSTANCE}/${randomUUID()}`,
    },
    stopUpkeep() {
      stopLooking()
      upkeep.stop()
      void callers.flush()
    },
  }
}

/** @throws SettingError */
function reserveOf({ reserveMegabytes }: StoreConfig): number {
  const bounds = { least: 0, most: 1_048_576, fallback: 256 }
  return numberSetting('reserveMegabytes', reserveMegabytes, bounds) * 1024 * 1024
}

/** Also while nothing comes in, so that a person is told in time. */
function lookAt(space: SpaceGuard | undefined): () => void {
  void space?.look()
  const timer = setInterval(() => void space?.look(), LOOK_MS)
  timer.unref()
  return () => clearInterval(timer)
}

const noStore = () =>
  new SettingError('SETTING_MISSING', {
    zh: '所选的台账（crisis store）已被删除或停用',
    en: 'The crisis store that was chosen was deleted or disabled',
  })

const userDirOf = (RED: NodeAPI): string =>
  (RED.settings as { userDir?: string }).userDir ?? process.cwd()

/** Where a ledger in a file lies; undefined for one in PostgreSQL. */
function fileOf(RED: NodeAPI, config: StoreConfig): string | undefined {
  if (config.engine === 'postgres') return undefined
  const userDir = userDirOf(RED)
  const file = config.file.trim()
  if (file === '') return path.join(userDir, 'crisis', 'ledger.db')
  // For the engine to refuse.
  return isElsewhere(file) ? file : path.resolve(userDir, file)
}

function openEngine(RED: NodeAPI, config: StoreConfig, password: string): Engine {
  const place = placeOf(RED, config, password)
  return 'file' in place ? new SqliteEngine(place) : new PostgresEngine(place)
}

/**
 * Looks at a ledger that no node has open, and makes nothing.
 * @throws SettingError; LedgerError of the opening
 */
export async function lookAtStore(
  RED: NodeAPI,
  config: StoreConfig,
  password: string,
): Promise<Look> {
  const place = placeOf(RED, config, password)
  return 'file' in place ? lookAtFile(place) : lookAtPostgres(place)
}

/**
 * Where the ledger is.
 * @throws SettingError
 */
function placeOf(RED: NodeAPI, config: StoreConfig, password: string): FilePlace | ServerPlace {
  const file = fileOf(RED, config)
  if (file === undefined) return serverOf(RED, config, password)
  const anchor = anchorOf(RED, path.relative(userDirOf(RED), file))
  return { file, anchor, definition: DEFINITION_MODULE }
}

type FilePlace = Parameters<typeof lookAtFile>[0]
type ServerPlace = Parameters<typeof lookAtPostgres>[0]

/** In the user directory, so that it outlives the folder of the ledger; the same wherever that directory is put. */
function anchorOf(RED: NodeAPI, place: string): string {
  const name = createHash('sha256').update(place).digest('hex').slice(0, 12)
  return path.join(userDirOf(RED), `crisis-ledger-${name}.anchor`)
}

interface TlsNode extends Node {
  addTLSOptions(options: object): SecureContextOptions
}

function serverOf(RED: NodeAPI, config: StoreConfig, password: string): ServerPlace {
  const tls = config.tls === '' ? undefined : (RED.nodes.getNode(config.tls) as TlsNode | null)
  // Never without TLS where TLS was asked for.
  if (tls === null) {
    throw new SettingError('SETTING_MISSING', {
      zh: '所选的 TLS 配置已被删除或停用',
      en: 'The TLS configuration that was chosen was deleted or disabled',
    })
  }
  const user = config.user.trim()
  const host = config.host.trim()
  const database = config.database.trim()
  return {
    definition: DEFINITION,
    anchor: anchorOf(RED, JSON.stringify([host, config.port, database])),
    address: {
      host,
      port: numberSetting('port', config.port, {
        least: 1,
        most: 65_535,
        fallback: 5432,
        whole: true,
      }),
      database,
      ...(user !== '' && { user }),
      ...(password !== '' && { password }),
      ...(tls && { ssl: tls.addTLSOptions({}) }),
    },
  }
}
