import type { Engine, Ledger, Space } from '../../src/ledger/index.js'
import { CrisisError, type Reason } from '../../src/messages/index.js'
import type { Face, StatusWord } from '../face/index.js'
import type { Store } from './store.js'

/** A ledger that comes back by then was only being opened again: a redeploy, a database that is restarted. */
export const ALARM_AFTER_MS = 5_000

/** Over in a moment, or until a person decides: told at once. */
const AT_ONCE: ReadonlySet<string> = new Set([
  'LEDGER_TOUCHED',
  'LEDGER_MISSING',
  'LEDGER_OLDER',
  'LEDGER_OTHER',
  'LEDGER_STALE_LOG',
])

interface Teller {
  error(error: CrisisError): void
  allClear(error: CrisisError): void
  warning(code: string, reason: Reason): void
}

/** The news of a ledger that were told, and its tellers: the first tells, so that one trouble is one alarm. */
interface Watch {
  readonly tellers: Teller[]
  space: Space
  /** The code of the trouble that was told and is not over. */
  told: string | undefined
  /** Progress of the migration when it was told last. */
  step: string | undefined
  timer: NodeJS.Timeout | undefined
}

const watches = new WeakMap<Ledger, Watch>()

/**
 * Shows at a node when its ledger does not work, and tells once when it stops working or runs out
 * of room, and once when that is over. Returns how to stop.
 */
export function followStore(face: Face, store: Store): () => void {
  const { ledger } = store
  const { engine, space } = ledger
  const watch = watches.get(ledger) ?? newWatch(store)
  const teller: Teller = {
    error: (error) => face.fail(error),
    allClear: (error) => face.allClear(error),
    warning: (code, reason) => face.warn(code, reason),
  }
  watch.tellers.push(teller)
  const follow = (): void => {
    showStore(face, store)
    check(ledger, watch)
  }
  const stops = [engine.onState(follow), space?.onChange(follow)]
  showStore(face, store)
  face.onceStarted(follow)
  return () => {
    for (const stop of stops) stop?.()
    watch.tellers.splice(watch.tellers.indexOf(teller), 1)
  }
}

function newWatch({ ledger, onTrouble }: Store): Watch {
  const watch: Watch = {
    tellers: [],
    space: 'enough',
    told: undefined,
    step: undefined,
    timer: undefined,
  }
  watches.set(ledger, watch)
  onTrouble((trouble) => {
    watch.tellers[0]?.error(trouble)
    return watch.tellers.length > 0
  })
  ledger.engine.ready().then(
    ({ warnings }) =>
      warnings.forEach((reason) => watch.tellers[0]?.warning('LEDGER_ADVICE', reason)),
    // Told as a trouble.
    () => undefined,
  )
  return watch
}

/** Tells what is not as it was told last. */
function check({ engine, space }: Ledger, watch: Watch): void {
  const [teller] = watch.tellers
  if (!teller) return
  const now = space?.space ?? watch.space
  if (now !== watch.space) {
    const [code, reason] = SPACE[now === 'low' && watch.space === 'spent' ? 'again' : now]
    watch.space = now
    const news = new CrisisError(code, reason)
    if (ALL_CLEAR.has(code)) teller.allClear(news)
    else teller.error(news)
  }
  if (engine.state !== 'failing') {
    clearTimeout(watch.timer)
    watch.timer = undefined
    if (watch.told !== undefined && engine.state === 'ready') {
      watch.told = undefined
      teller.allClear(new CrisisError('LEDGER_RECOVERED', RECOVERED))
    }
  } else if (engine.trouble?.code === 'LEDGER_MIGRATING') tellMigration(engine.trouble, watch)
  else if (AT_ONCE.has(engine.trouble?.code ?? '')) tellTrouble(engine, watch)
  else if (watch.told === undefined) {
    watch.timer ??= setTimeout(() => {
      watch.timer = undefined
      tellTrouble(engine, watch)
    }, ALARM_AFTER_MS).unref()
  }
}

/** Each step, but a copy in tenths. */
function tellMigration({ code, reason }: CrisisError, watch: Watch): void {
  const step = reason.en.replace(/\d( %)/, '0$1')
  if (step === watch.step) return
  watch.step = step
  watch.tellers[0]?.warning(code, reason)
}

function tellTrouble({ state, trouble }: Engine, watch: Watch): void {
  if (state !== 'failing' || !trouble || trouble.code === watch.told) return
  watch.told = trouble.code
  watch.tellers[0]?.error(trouble)
}

const SPACE: Readonly<Record<Space | 'again', readonly [code: string, reason: Reason]>> = {
  low: [
    'LEDGER_LOW',
    {
      zh: '台账所在磁盘空间不多，请尽快清理；在此期间不做备份，空间将尽时会停止接收新内容',
      en: 'The disk of the ledger is running out of room; free some soon. No backups are made meanwhile, and nothing new is accepted once only the reserve is left',
    },
  ],
  spent: [
    'LEDGER_NEARLY_FULL',
    {
      zh: '台账所在磁盘即将用尽，已停止接收新内容（对方收到 500），已接收的继续送达；请立即清理磁盘空间',
      en: 'The disk of the ledger is nearly full: nothing new is accepted (callers are answered 500), what was accepted is still delivered. Free some space now',
    },
  ],
  again: [
    'LEDGER_ACCEPTING',
    {
      zh: '台账已恢复接收，但磁盘空间仍然不多，请继续清理',
      en: 'The ledger accepts again, but its disk still has little room; free some more',
    },
  ],
  enough: [
    'LEDGER_RECOVERED',
    { zh: '台账所在磁盘空间已充足', en: 'The disk of the ledger has room again' },
  ],
}

/** The codes that end an alarm; that there is still little room was an alarm of its own. */
const ALL_CLEAR: ReadonlySet<string> = new Set(['LEDGER_ACCEPTING', 'LEDGER_RECOVERED'])

const RECOVERED: Reason = { zh: '台账已恢复', en: 'The ledger works again' }

const FAILING: Readonly<Record<string, StatusWord>> = {
  LEDGER_FULL: 'storeFull',
  LEDGER_MIGRATING: 'storeMigrating',
}

/** Shows a ledger that does not work, or soon will not. Returns true when it works. */
export function showStore(face: Face, { ledger }: Store): boolean {
  const { engine, space } = ledger
  let word: StatusWord | null = null
  if (engine.state === 'failing') word = FAILING[engine.trouble?.code ?? ''] ?? 'storeFailing'
  else if (space?.space === 'spent') word = 'storeFull'
  else if (space?.space === 'low') word = 'storeLow'
  face.show('store', word)
  return word === null || word === 'storeLow'
}
