import type { UpkeepPlan } from '../../src/ledger/index.js'
import { numberSetting, STORE_NUMBERS, type StoreConfig } from '../settings/index.js'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

/** @throws SettingError SETTING_INVALID for a retention that cannot be used */
export function upkeepPlan(config: StoreConfig): UpkeepPlan {
  const number = (name: keyof typeof STORE_NUMBERS): number =>
    numberSetting(name, config[name], STORE_NUMBERS[name])
  const unansweredDays = number('unansweredDays')
  return {
    retention: {
      rawMs: number('rawDays') * DAY_MS,
      alertMs: number('alertDays') * DAY_MS,
      ...(unansweredDays > 0 && { unansweredMs: unansweredDays * DAY_MS }),
    },
    backupMs: number('backupHours') * HOUR_MS,
    keep: number('backupKeep'),
  }
}
