import type { WatchdogRules } from '../../src/loop/index.js'
import { DEFAULT_ZONE } from '../../src/messages/index.js'
import type { Face } from '../face/index.js'
import { numberSetting, WATCHDOG_NUMBERS, type WatchConfig } from '../settings/index.js'
import type { Store } from '../store/index.js'

/** Interval between two looks for a silence and a backlog. */
const LOOK_MS = 60_000
/** Pause between two portions of the hours that are counted when a watch begins. */
const PORTION_PAUSE_MS = 200

const MINUTE_MS = 60_000

/** The limits that settings name; blank = off. @throws SettingError SETTING_INVALID */
export function watchdogRulesOf(settings: WatchConfig): WatchdogRules {
  const numberOf = (name: keyof typeof WATCHDOG_NUMBERS): number | null =>
    settings[name].trim() === ''
      ? null
      : numberSetting(name, settings[name], WATCHDOG_NUMBERS[name])
  const minutesOf = (name: keyof typeof WATCHDOG_NUMBERS): number | null => {
    const minutes = numberOf(name)
    return minutes === null ? null : minutes * MINUTE_MS
  }
  return {
    silenceMs: minutesOf('silenceMinutes'),
    backlogDocuments: numberOf('backlogDocuments'),
    backlogGraceMs: minutesOf('backlogMinutes') ?? 0,
    oldestMs: minutesOf('oldestMinutes'),
  }
}

/** Has the ledger looked over for silence and backlog. Several instances may do so for one watch. */
export class Watchdog {
  readonly #face: Face
  readonly #store: Store
  readonly #rules: WatchdogRules
  #timer: NodeJS.Timeout | undefined
  #closed = false
  #work: Promise<void> = Promise.resolve()

  constructor(face: Face, store: Store, rules: WatchdogRules) {
    this.#face = face
    this.#store = store
    this.#rules = rules
  }

  start(): void {
    this.#work = this.#look()
  }

  async close(): Promise<void> {
    this.#closed = true
    clearTimeout(this.#timer)
    await this.#work
  }

  /** Never rejects: a ledger that does not work is shown as such, and it is looked again. */
  async #look(): Promise<void> {
    const { ledger } = this.#store
    let waitMs = LOOK_MS
    try {
      const { isCounted } = await ledger.run('watchOver', {
        actor: this.#store.actor(this.#face),
        target: this.#face.id,
        rules: this.#rules,
        zone: DEFAULT_ZONE,
      })
      if (!isCounted) waitMs = PORTION_PAUSE_MS
    } catch {
      // Tried again with the next look.
    }
    if (this.#closed) return
    this.#timer = setTimeout(() => this.start(), waitMs).unref()
  }
}
