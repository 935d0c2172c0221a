import { readdirSync, rmSync } from 'node:fs'
import path from 'node:path'
import { isWholeDatabase, SqliteEngine } from '../store/index.js'
import type { Actor } from './operations/audit.js'
import type { Ledger } from './ledger.js'
import type { Pruned, Retention } from './operations/prune.js'
import { asCrisisError, type CrisisError } from '../messages/index.js'
import { failed, jumped, quarantineFull, type Work } from './upkeep-troubles.js'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS

/**
 * The most that is kept of what could not be understood: calls of ten megabytes and more a day that nobody looks at for
 * weeks help nobody to find a fault.
 */
export const QUARANTINE_BYTES = 64 << 20
export const QUARANTINE_MS = 90 * DAY_MS
/** After how many new bytes the quarantine is looked at, beside once an hour. */
const QUARANTINE_LOOK_BYTES = 4 << 20

/** Between two batches of pruning, or of counting, so that accepting never waits for long. */
const BATCH_PAUSE_MS = 200

/** Number of alerts that are counted in one transaction: accepting waits some ms for it. */
const COUNT_BATCH = 100

/** Most that a backup's time may be ahead of the clock; a backup beyond that was made by a clock that was wrong. */
const AHEAD_MS = 5 * MINUTE_MS

export interface UpkeepPlan {
  readonly retention: Retention
  /** How old the newest backup of a file may grow, in ms; 0 = no backups. */
  readonly backupMs: number
  /** How many backups are kept. */
  readonly keep: number
}

export interface UpkeepOptions {
  readonly ledger: Ledger
  readonly actor: Actor
  readonly plan: UpkeepPlan
  /** Where the ledger lies, when it lies in a file. */
  readonly file: string | undefined
  /** Default is `QUARANTINE_BYTES`. */
  readonly quarantineBytes?: number
  /** Monotonic time in ms. */
  readonly monotonicMs?: () => number
}

/** Hears of a trouble; false when there was nobody to pass it on to. */
export type TroubleListener = (trouble: CrisisError) => boolean

/**
 * Looks after a ledger: looks at its clock and counts for the figures every minute, and every hour removes what its
 * retention has run out for and backs a file up. What fails is told once and tried again; neither keeps the other from being done.
 */
export class Upkeep {
  readonly #options: UpkeepOptions
  readonly #stop = new AbortController()
  readonly #told = new Set<Work>()
  readonly #listeners = new Set<TroubleListener>()
  #look:
    { readonly at: number; readonly monotonicMs: number; readonly isSteady: boolean } | undefined
  #pruned = -Infinity
  #tidied = -Infinity
  #quarantined = 0
  #isQuarantineFull = false
  #counting: Promise<void> | undefined
  #tallyRules: (() => string) | undefined

  constructor(options: UpkeepOptions) {
    this.#options = options
  }

  /** To be called before anything else is asked of the ledger: it must not free what this process takes. */
  start(): void {
    const wait = (): void => {
      const timer = setTimeout(() => {
        void this.#turn().then(() => {
          if (!this.#stop.signal.aborted) wait()
        })
      }, MINUTE_MS)
      timer.unref()
      this.#stop.signal.addEventListener('abort', () => clearTimeout(timer), { once: true })
    }
    void this.#freeLeases().then(() => this.lookAtClock())
    wait()
  }

  stop(): void {
    this.#stop.abort()
  }

  /** Calls back with each trouble once; returns how to stop that. */
  onTrouble(listener: TroubleListener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Never rejects. */
  async lookAtClock(): Promise<void> {
    await this.#try('clock', async () => {
      const { ledger, actor } = this.#options
      const monotonicMs = this.#monotonicMs()
      const last = this.#look
      const before = last ? { at: last.at, elapsedMs: monotonicMs - last.monotonicMs } : null
      const look = await ledger.run('lookAtClock', { actor, before })
      this.#look = { at: look.at, isSteady: look.isSteady, monotonicMs }
      if (look.jumpMs !== 0) this.#tell(jumped(look))
    })
  }

  /**
   * Whoever held a lease on a file is gone, so nothing has to wait for it to run out; failing that, it does run out.
   */
  async #freeLeases(): Promise<void> {
    const { ledger } = this.#options
    if (ledger.engine.kind !== 'sqlite') return
    const budgetMs = FREE_LEASES_MS
    await this.#try('leases', () => ledger.run('freeLeases', undefined, { budgetMs }))
  }

  /** Prunes and backs up what is due. Never rejects. */
  async tidy(): Promise<void> {
    await this.#try('prune', () => this.#prune())
    await this.#try('quarantine', () => this.#trimQuarantine())
    await this.#try('backup', () => this.#backup())
  }

  /**
   * Sets the rules by which alerts are counted from the next count on. While they cannot be used nothing is counted, and
   * all else goes on.
   * @param rules gives them for `keepTallyRules`, or throws why it cannot
   */
  setTallyRules(rules: () => string): void {
    this.#tallyRules = rules
  }

  /** Brings the tally into line with what has come in and changed. Never rejects. */
  count(): Promise<void> {
    this.#counting ??= this.#try('tally', () => this.#countAll()).finally(() => {
      this.#counting = undefined
    })
    return this.#counting
  }

  async #countAll(): Promise<void> {
    await this.#keepTallyRules()
    let isMore = true
    while (isMore && !this.#stop.signal.aborted) {
      isMore = (await this.#options.ledger.run('countAlerts', { limit: COUNT_BATCH })).isMore
      if (isMore) await new Promise((resolve) => setTimeout(resolve, BATCH_PAUSE_MS))
    }
  }

  async #keepTallyRules(): Promise<void> {
    const rules = this.#tallyRules
    if (rules === undefined) return
    const { ledger, actor } = this.#options
    await ledger.run('keepTallyRules', { actor, rules: rules() })
    if (this.#tallyRules === rules) this.#tallyRules = undefined
  }

  /** Something has come into the quarantine. Never rejects. */
  async noteQuarantined(bytes: number): Promise<void> {
    this.#quarantined += bytes
    const limit = Math.min(QUARANTINE_LOOK_BYTES, this.#quarantineBytes / 16)
    if (this.#quarantined >= limit) await this.#try('quarantine', () => this.#trimQuarantine())
  }

  get #quarantineBytes(): number {
    return this.#options.quarantineBytes ?? QUARANTINE_BYTES
  }

  async #trimQuarantine(): Promise<void> {
    const { ledger, actor } = this.#options
    this.#quarantined = 0
    // While the clock is in doubt nothing is old.
    const maxAgeMs = this.#look?.isSteady === true ? QUARANTINE_MS : Number.MAX_SAFE_INTEGER
    const args = { actor, maxBytes: this.#quarantineBytes, maxAgeMs }
    let forRoom = 0
    for (let isMore = true; isMore && !this.#stop.signal.aborted;) {
      const trimmed = await ledger.run('trimQuarantine', args)
      forRoom += trimmed.forRoom
      isMore = trimmed.isMore
    }
    const wasFull = this.#isQuarantineFull
    // Told until an hour went by in which nothing had to go.
    this.#isQuarantineFull = forRoom > 0
    if (forRoom > 0 && !wasFull) this.#isQuarantineFull = this.#tell(quarantineFull(forRoom))
  }

  async #turn(): Promise<void> {
    await this.lookAtClock()
    // A ledger from before the tally is counted for a long time, and nothing else waits for that.
    void this.count()
    // A minute after the start: that is busy enough.
    if (this.#stop.signal.aborted || this.#monotonicMs() - this.#tidied < HOUR_MS) return
    this.#tidied = this.#monotonicMs()
    await this.tidy()
  }

  /** Once a day: what may not go yet has to be passed over each time. */
  async #prune(): Promise<void> {
    const { ledger, actor, plan } = this.#options
    const look = this.#look
    if (!look?.isSteady || this.#monotonicMs() - this.#pruned < DAY_MS) return
    let after: Pruned['next'] = null
    do {
      const args = { actor, retention: plan.retention, at: look.at }
      const pruned: Pruned = await ledger.run('prune', after ? { ...args, after } : args)
      after = pruned.next
      if (this.#stop.signal.aborted) return
      await new Promise((resolve) => setTimeout(resolve, BATCH_PAUSE_MS))
    } while (after)
    this.#pruned = this.#monotonicMs()
  }

  async #backup(): Promise<void> {
    const { ledger, plan, file } = this.#options
    const { engine } = ledger
    if (!(engine instanceof SqliteEngine) || file === undefined || plan.backupMs === 0) return
    // A copy must not take the room that is left; that it is short is told by itself.
    if (ledger.space && (await ledger.space.look()) !== 'enough') return
    const [newest] = backupsOf(file)
    if (newest && Date.now() - newest.at < plan.backupMs) return
    await engine.backup(`${file}.bak-${new Date().toISOString().replace(/[:.]/g, '-')}`)
    for (const old of backupsOf(file).slice(plan.keep)) rmSync(old.path, { force: true })
  }

  async #try(work: Work, run: () => Promise<unknown>): Promise<void> {
    try {
      await run()
      this.#told.delete(work)
    } catch (thrown) {
      // A ledger that does not work tells so itself, and one that is closed has no trouble.
      if (this.#options.ledger.engine.state !== 'ready' || this.#told.has(work)) return
      if (this.#tell(failed(work, asCrisisError(thrown)))) this.#told.add(work)
    }
  }

  #tell(trouble: CrisisError): boolean {
    return [...this.#listeners].map((listener) => listener(trouble)).some(Boolean)
  }

  #monotonicMs(): number {
    return (this.#options.monotonicMs ?? (() => performance.now()))()
  }
}

/** The file may be held for a moment by the process before this one. */
const FREE_LEASES_MS = 60_000

interface Backup {
  readonly path: string
  /** When it was made, in epoch ms. */
  readonly at: number
}

/**
 * The backups of a file, the newest first. Only whole ones that were checked have the name, which says when; one
 * from the future was made by a clock that was wrong, and would keep all others from being made.
 */
export function backupsOf(file: string): readonly Backup[] {
  const folder = path.dirname(file)
  const prefix = `${path.basename(file)}.bak-`
  return readdirSync(folder)
    .filter((name) => name.startsWith(prefix))
    .map((name) => ({ path: path.join(folder, name), at: timeIn(name.slice(prefix.length)) }))
    .filter(({ path: copy, at }) => at <= Date.now() + AHEAD_MS && isWholeDatabase(copy))
    .toSorted((a, b) => b.at - a.at)
}

/** NaN for anything else than the time of a backup. */
function timeIn(ending: string): number {
  const parts = /^(\d{4}-\d\d-\d\dT\d\d)-(\d\d)-(\d\d)-(\d{3}Z)$/.exec(ending)
  return parts ? Date.parse(`${parts[1]}:${parts[2]}:${parts[3]}.${parts[4]}`) : NaN
}
