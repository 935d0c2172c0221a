import { LedgerError, LOOK_MS, type Engine, type Look } from '../../src/ledger/index.js'
import { asCrisisError, type Reason } from '../../src/messages/index.js'
import type { Runtime } from '../face/index.js'
import { settingsOf, STORE_DEFAULTS, type StoreConfig } from '../settings/index.js'
import { findOpen, lookAtStore, STORE } from '../store/index.js'
import { withVariables } from './variables.js'

/**
 * The "test" button of a store: says what the nodes would find, and makes nothing. What they have open already
 * answers for itself, because a file has one owner.
 */
export function serveStoreTest(runtime: Runtime): void {
  runtime.answer('store-test', async (body) => {
    const { id: asked, password, ...given } = body
    const id = typeof asked === 'string' ? asked : ''
    const config = settingsOf<StoreConfig>(withVariables(runtime, id, given), STORE_DEFAULTS)
    const typed =
      typeof password === 'string' ? withVariables(runtime, id, { password }).password : ''
    const secret = typed === '' ? (runtime.config(STORE, id)?.password() ?? '') : typed
    const engine = findOpen(config, secret)?.engine
    try {
      const look = engine ? inUse(engine) : lookAtStore(runtime, config, secret).then(described)
      return await inTime({ engine: config.engine === 'postgres' ? 'postgres' : 'sqlite' }, look)
    } catch (thrown) {
      throw asCrisisError(thrown)
    }
  })
}

interface Found {
  readonly version: string
  readonly detail: Reason
}

async function inUse(engine: Engine): Promise<Found> {
  const { database, warnings } = await engine.ready()
  if (engine.trouble) throw engine.trouble
  const detail = {
    zh: warnings.map(({ zh }) => zh).join('；'),
    en: warnings.map(({ en }) => en).join('; '),
  }
  return { version: database, detail }
}

const described = ({ database, exists }: Look): Found => ({
  version: database,
  detail: exists ? { zh: '', en: '' } : BEGUN,
})

const BEGUN: Reason = {
  zh: '此处还没有台账，部署后将新建',
  en: 'There is no ledger here yet; one is begun when this is deployed',
}

/** Together with what is known already. */
async function inTime<T extends object>(known: T, found: Promise<Found>): Promise<T & Found> {
  let late: NodeJS.Timeout | undefined
  const limit = new Promise<never>((_, reject) => {
    late = setTimeout(() => reject(new LedgerError('LEDGER_UNAVAILABLE', SILENT)), LOOK_MS)
  })
  try {
    return { ...known, ...(await Promise.race([found, limit])) }
  } finally {
    clearTimeout(late)
  }
}

const SILENT: Reason = {
  zh: `台账在 ${LOOK_MS / 1000} 秒内没有应答，请检查磁盘、数据库和网络`,
  en: `The ledger has not answered within ${LOOK_MS / 1000} s; check the disk, the database and the network`,
}
