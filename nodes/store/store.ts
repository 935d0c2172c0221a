import { createHash, randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import path from 'node:path'
import {
  CallerTally,
  DEFINITION,
  DEFINITION_MODULE,
  isElsewhere,
  Ledger,
  lookAtFile,
  lookAtPostgres,
  PostgresEngine,
  SpaceGuard,
  SqliteEngine,
  Upkeep,
  type Actor,
  type Engine,
  type Look,
  type TroubleListener,
} from '../../src/ledger/index.js'
import { Meters, type LedgerSeen } from '../../src/board/index.js'
import { ConfigKind, type Runtime } from '../face/index.js'
import {
  numberSetting,
  SettingError,
  settingsOf,
  STORE_DEFAULTS,
  STORE_NUMBERS,
  type StoreConfig,
} from '../settings/index.js'
import { sizesOf } from './sizes.js'
import { tallyRules } from './tally-rules.js'
import { upkeepPlan } from './upkeep-plan.js'

/** Settings only: the ledger itself is opened by the first node that uses it, and shared by all. */
export interface SavedStore {
  readonly config: object
  /** @throws SettingError SETTING_MISSING for an environment variable that is not set */
  readonly password: () => string
}

export const STORE = new ConfigKind<SavedStore>('crisis store')

/** A ledger as nodes use it. */
export interface Store {
  readonly ledger: Ledger
  /** The callers of the services that store here, and their forms. */
  readonly callers: CallerTally
  /** Tells this ledger from any other in this process, and from itself once it was opened anew. */
  readonly key: string
  /** The writer into the audit for a node of this process. */
  actor(node: { readonly id: string }): Actor
  /** Calls back with each trouble of its upkeep; returns how to stop that. */
  readonly onTrouble: (listener: TroubleListener) => () => void
  /** To be told of bytes that have come into the quarantine. */
  readonly noteQuarantined: (bytes: number) => void
  /** Counts what has come in and changed since the last minute, for the figures. Never rejects. */
  readonly count: () => Promise<void>
  /** Counts of what nodes of this process did with it, for a monitoring system. */
  readonly meters: Meters
  /** The sizes of a ledger in a file, and its newest backup. Never rejects. */
  readonly sizes: () => Promise<Pick<LedgerSeen, 'disk' | 'backupAt'>>
  /** The right of this process to something, for a while. */
  lease(): string
}

/** This process among those that may share a ledger. */
export const INSTANCE = `${hostname()}-${process.pid}-${randomUUID().slice(0, 8)}`

/** Time for which a ledger that no node uses stays open: a redeploy closes all nodes and makes them anew. */
const GRACE_MS = 15_000

/** Interval at which the room on the disk is looked at when nothing is stored. */
const LOOK_MS = 30_000

interface Shared {
  readonly store: Store
  readonly stopUpkeep: () => void
  readonly setTallyRules: Upkeep['setTallyRules']
  users: number
  stopGrace: (() => void) | undefined
}

const open = new Map<string, Shared>()

export interface UsedStore {
  readonly store: Store
  readonly release: () => Promise<void>
}

/**
 * The ledger behind a `crisis store` node, or the file in the user directory when none is chosen. All nodes
 * with the same settings share one; the last to release it closes it after a while.
 */
export function useStore(runtime: Runtime, id: string): UsedStore {
  const saved = runtime.config(STORE, id)
  // Never another ledger than the one that was chosen.
  if (id !== '' && !saved) throw noStore()
  const config = settingsOf<StoreConfig>(saved?.config ?? {}, STORE_DEFAULTS)
  const password = saved?.password() ?? ''
  const key = keyOf(config, password)
  let shared = open.get(key)
  if (!shared) {
    shared = { ...makeStore(runtime, config, password), users: 0, stopGrace: undefined }
    open.set(key, shared)
  }
  const used = shared
  // A node without a store says nothing of the site.
  if (saved) used.setTallyRules(() => tallyRules(config))
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

/** The ledgers that nodes of this process use. */
export const ledgersInUse = (): readonly Ledger[] =>
  [...open.values()].filter(({ users }) => users > 0).map(({ store }) => store.ledger)

/** The ledger that nodes of this process have open already with these settings. */
export function findOpen(config: StoreConfig, password: string): Ledger | undefined {
  return open.get(keyOf(config, password))?.store.ledger
}

/** Only what says which database is meant; retention and names may differ. */
function keyOf(config: StoreConfig, password: string): string {
  const { engine, file, host, port, database, user, tls } = config
  const parts =
    engine === 'file' ? [engine, file.trim()] : [engine, host, port, database, user, tls, password]
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex')
}

function makeStore(
  runtime: Runtime,
  config: StoreConfig,
  password: string,
): Pick<Shared, 'store' | 'stopUpkeep' | 'setTallyRules'> {
  // Before anything is opened: a setting that cannot be used leaves nothing behind.
  const plan = upkeepPlan(config)
  const reserveBytes = reserveOf(config)
  const engine = openEngine(runtime, config, password)
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
  const file = fileOf(runtime, config)
  const upkeep = new Upkeep({ ledger, actor, plan, file })
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
      count: () => upkeep.count(),
      meters: new Meters(),
      sizes: () => sizesOf(engine, file),
      lease: () => `${INSTANCE}/${randomUUID()}`,
    },
    setTallyRules: (rules) => upkeep.setTallyRules(rules),
    stopUpkeep() {
      stopLooking()
      upkeep.stop()
      void callers.flush()
    },
  }
}

/** @throws SettingError */
function reserveOf({ reserveMegabytes }: StoreConfig): number {
  const megabytes = STORE_NUMBERS.reserveMegabytes
  return numberSetting('reserveMegabytes', reserveMegabytes, megabytes) * 1024 * 1024
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

/** The path of a ledger in a file; undefined for one in PostgreSQL. */
function fileOf(runtime: Runtime, config: StoreConfig): string | undefined {
  if (config.engine === 'postgres') return undefined
  const userDir = runtime.userDir
  const file = config.file.trim()
  if (file === '') return path.join(userDir, 'crisis', 'ledger.db')
  // For the engine to refuse.
  return isElsewhere(file) ? file : path.resolve(userDir, file)
}

function openEngine(runtime: Runtime, config: StoreConfig, password: string): Engine {
  const place = placeOf(runtime, config, password)
  return 'file' in place ? new SqliteEngine(place) : new PostgresEngine(place)
}

/**
 * Looks at a ledger that no node has open, and makes nothing.
 * @throws SettingError; LedgerError of the opening
 */
export async function lookAtStore(
  runtime: Runtime,
  config: StoreConfig,
  password: string,
): Promise<Look> {
  const place = placeOf(runtime, config, password)
  return 'file' in place ? lookAtFile(place) : lookAtPostgres(place)
}

/**
 * The place of the ledger: a file or a server.
 * @throws SettingError
 */
function placeOf(runtime: Runtime, config: StoreConfig, password: string): FilePlace | ServerPlace {
  const file = fileOf(runtime, config)
  if (file === undefined) return serverOf(runtime, config, password)
  const anchor = anchorOf(runtime, path.relative(runtime.userDir, file))
  return { file, anchor, definition: DEFINITION_MODULE }
}

type FilePlace = Parameters<typeof lookAtFile>[0]
type ServerPlace = Parameters<typeof lookAtPostgres>[0]

/** In the user directory, so that it outlives the folder of the ledger; the same wherever that directory is put. */
function anchorOf(runtime: Runtime, place: string): string {
  const name = createHash('sha256').update(place).digest('hex').slice(0, 12)
  return path.join(runtime.userDir, `crisis-ledger-${name}.anchor`)
}

function serverOf(runtime: Runtime, config: StoreConfig, password: string): ServerPlace {
  const tls = config.tls === '' ? undefined : runtime.tls(config.tls)
  // Never without TLS where TLS was asked for.
  if (config.tls !== '' && !tls) {
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
    anchor: anchorOf(runtime, JSON.stringify([host, config.port, database])),
    address: {
      host,
      port: numberSetting('port', config.port, STORE_NUMBERS.port),
      database,
      ...(user !== '' && { user }),
      ...(password !== '' && { password }),
      ...(tls && { ssl: tls }),
    },
  }
}
