import { readdirSync, rmSync, statSync } from 'node:fs'
import path from 'node:path'
import { SqliteEngine, type Actor, type Ledger, type Retention } from '../../src/ledger/index.js'
import { numberSetting, type StoreConfig } from './settings.js'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

/** Not at once: a start is busy enough. */
const FIRST_MS = 60_000

/** Between two batches of pruning, so that accepting never waits for long. */
const BATCH_PAUSE_MS = 200

export interface UpkeepPlan {
  readonly retention: Retention
  /** How old the newest backup of a file may grow, in ms; 0 = no backups. */
  readonly backupMs: number
  /** How many backups are kept. */
  readonly keep: number
}

/** @throws SettingError for a retention that cannot be used */
export function upkeepPlan(config: StoreConfig): UpkeepPlan {
  const days = { least: 1, most: 36_500 }
  const hours = { least: 0, most: 8760, fallback: 24 }
  return {
    retention: {
      rawMs: numberSetting('rawDays', config.rawDays, { ...days, fallback: 90 }) * DAY_MS,
      alertMs: numberSetting('alertDays', config.alertDays, { ...days, fallback: 1095 }) * DAY_MS,
    },
    backupMs: numberSetting('backupHours', config.backupHours, hours) * HOUR_MS,
    keep: numberSetting('backupKeep', config.backupKeep, { least: 1, most: 1000, fallback: 7 }),
  }
}

/**
 * Looks after a ledger every hour. What fails is tried again the next hour; the ledger shows its own state
 * meanwhile.
 * @param file where the ledger lies, when it lies in a file
 */
export function startUpkeep(
  ledger: Ledger,
  actor: Actor,
  plan: UpkeepPlan,
  file: string | undefined,
): () => void {
  const stop = new AbortController()
  const wait = (delayMs: number): void => {
    const timer = setTimeout(() => {
      void lookAfter(ledger, actor, plan, file, stop.signal)
        .catch(() => {})
        .then(() => {
          if (!stop.signal.aborted) wait(HOUR_MS)
        })
    }, delayMs)
    timer.unref()
    stop.signal.addEventListener('abort', () => clearTimeout(timer), { once: true })
  }
  wait(FIRST_MS)
  return () => stop.abort()
}

/** One round: prunes what its retention has run out for, and backs a file up when its newest backup is too old. */
export async function lookAfter(
  ledger: Ledger,
  actor: Actor,
  { retention, backupMs, keep }: UpkeepPlan,
  file: string | undefined,
  signal?: AbortSignal,
): Promise<void> {
  for (;;) {
    const pruned = await ledger.run('prune', { actor, retention })
    if (signal?.aborted) return
    if (Object.values(pruned).every((count) => count === 0)) break
    await new Promise((resolve) => setTimeout(resolve, BATCH_PAUSE_MS))
  }
  const { engine } = ledger
  if (!(engine instanceof SqliteEngine) || file === undefined || backupMs === 0) return
  // A copy must not take the room that is left.
  if (ledger.space && (await ledger.space.look()) !== 'enough') return
  const [newest] = backupsOf(file)
  if (newest !== undefined && Date.now() - statSync(newest).mtimeMs < backupMs) return
  const stamp = new Date().toISOString().replace(/[:.]/g, '-')
  await engine.backup(`${file}.bak-${stamp}`)
  for (const old of backupsOf(file).slice(keep)) rmSync(old, { force: true })
}

/** The backups of a file, the newest first: their names hold the time. */
export function backupsOf(file: string): readonly string[] {
  const folder = path.dirname(file)
  const prefix = `${path.basename(file)}.bak-`
  return readdirSync(folder)
    .filter((name) => name.startsWith(prefix))
    .toSorted()
    .toReversed()
    .map((name) => path.join(folder, name))
}
