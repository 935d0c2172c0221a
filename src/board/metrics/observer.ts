import type { Ledger } from '../../ledger/index.js'
import { asCrisisError, isoInZone } from '../../messages/index.js'
import { Exposer, type Exposition } from './exposition.js'
import { healthOf, type Health, type HealthFacts, type NotReady } from './health.js'
import { samplesOf, type FiguresSeen, type LedgerSeen, type Seen } from './samples.js'

export interface ObserverOptions {
  readonly ledger: Ledger
  readonly facts: () => HealthFacts
  /** The sizes of the ledger and its disk, and its newest backup. Never rejects. */
  readonly sizes: () => Promise<Pick<LedgerSeen, 'disk' | 'backupAt'>>
  readonly meters: Seen['meters']
  /** The names of the nodes that are in the flows now. */
  readonly names: () => Seen['nameOf']
  readonly instance: string
  /** Whose day it is by which the figures are counted, such as `+08:00`. */
  readonly zone: string
  /** When the process started, in epoch ms. */
  readonly startedAt: number
  readonly limits?: { readonly receivedMs: number; readonly processedMs: number }
  /** Epoch ms. Default is Date.now. */
  readonly now?: () => number
}

/** Limits of the national figures and of most hospitals, in ms, where nobody says others. */
export const DEFAULT_LIMITS = { receivedMs: 10 * 60_000, processedMs: 30 * 60_000 } as const

/** Age that an answer may have, in ms: whoever asks more often gets the same. */
const HEALTH_MS = 1_000
const METRICS_MS = 5_000

/** Patience with the ledger, in ms: a load balancer gives up after some seconds. */
const PROBE_MS = 1_500
const ASK_MS = 5_000

/** Looks at a ledger and at this process for whoever monitors them, at most once in some seconds. */
export class Observer {
  readonly #options: ObserverOptions
  readonly #exposer = new Exposer()
  readonly #now: () => number
  readonly #health: Remembered<Health>
  readonly #metrics: Remembered<Exposition>

  constructor(options: ObserverOptions) {
    this.#options = options
    this.#now = options.now ?? Date.now
    this.#health = new Remembered(HEALTH_MS, this.#now, () => this.#lookAtHealth())
    this.#metrics = new Remembered(METRICS_MS, this.#now, () => this.#lookAtAll())
  }

  /** Never rejects. */
  health(): Promise<Health> {
    return this.#health.get()
  }

  metrics(): Promise<Exposition> {
    return this.#metrics.get()
  }

  /** A ledger that has not been used for a while may have gone without anybody's notice, so it is asked something small. */
  async #lookAtHealth(): Promise<Health> {
    const health = healthOf(this.#options.facts())
    if (!health.isReady) return health
    const silent = await this.#options.ledger
      .run('nextDue', { peer: '' }, { budgetMs: PROBE_MS })
      .then(() => null, notReady)
    return silent ? { isReady: false, reasons: [silent] } : health
  }

  async #lookAtAll(): Promise<Exposition> {
    const { ledger, instance, startedAt, meters, names, sizes } = this.#options
    const { engine, space } = ledger
    const health = await this.health()
    const [monitored, figures, { disk, backupAt }] = await Promise.all([
      this.#monitored(),
      this.#figures(),
      sizes(),
    ])
    const seen: Seen = {
      health,
      instance,
      startedAt,
      memoryBytes: process.memoryUsage.rss(),
      ledger: {
        engine: engine.kind,
        state: engine.state,
        trouble: engine.trouble?.code ?? null,
        space: space?.space ?? 'enough',
        commits: engine.commits,
        disk,
        backupAt,
      },
      monitored,
      figures,
      meters,
      nameOf: names(),
    }
    return this.#exposer.expose(samplesOf(seen))
  }

  get #limits() {
    return this.#options.limits ?? DEFAULT_LIMITS
  }

  /** null while the ledger does not answer: numbers that are not known are left out, and none of them is 0. */
  #monitored(): Promise<Seen['monitored']> {
    const { ledger } = this.#options
    return ledger.ask('monitor', this.#limits, { budgetMs: ASK_MS }).catch(() => null)
  }

  async #figures(): Promise<readonly FiguresSeen[]> {
    const { ledger, zone } = this.#options
    const day = isoInZone(this.#now(), zone).slice(0, 'yyyy-MM-dd'.length)
    const month = `${day.slice(0, 'yyyy-MM'.length)}-01`
    const ask = async (period: FiguresSeen['period'], from: string): Promise<FiguresSeen[]> => {
      const question = { from, by: [], limits: this.#limits }
      const { groups } = await ledger.ask('figures', question, { budgetMs: ASK_MS })
      const [group] = groups ?? []
      return group ? [{ period, figures: group.figures }] : []
    }
    return Promise.all([ask('day', day), ask('month', month)]).then(
      (found) => found.flat(),
      () => [],
    )
  }
}

function notReady(thrown: unknown): NotReady {
  const { code, reason } = asCrisisError(thrown)
  return { code, reason, where: '' }
}

/** An answer that stands for a while, and is made once however many ask at the same time. */
class Remembered<T> {
  readonly #ms: number
  readonly #now: () => number
  readonly #make: () => Promise<T>
  #at = -Infinity
  #last: Promise<T> | undefined

  constructor(ms: number, now: () => number, make: () => Promise<T>) {
    this.#ms = ms
    this.#now = now
    this.#make = make
  }

  get(): Promise<T> {
    const age = this.#now() - this.#at
    // A clock that was set back must not keep an answer for hours.
    if (this.#last && age >= 0 && age < this.#ms) return this.#last
    this.#at = this.#now()
    const made = this.#make()
    this.#last = made
    // A failure is not remembered.
    made.catch(() => {
      if (this.#last === made) this.#last = undefined
    })
    return made
  }
}
