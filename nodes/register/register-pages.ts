import {
  CSV_MARK,
  csvLines,
  registerCells,
  registerHeadings,
  registerRow,
  type RegisterOptions,
} from '../../src/bridges/index.js'
import type { Ledger, RegisterPlace, RegisterRows } from '../../src/ledger/index.js'
import { DEFAULT_ZONE } from '../../src/messages/index.js'
import type { FlowMessage, Runtime } from '../face/index.js'
import { numberSetting, REGISTER_NUMBERS, type RegisterConfig } from '../settings/index.js'
import { limitsOf } from './figures.js'
import { periodOf } from './period.js'

/** A part of the register, as one message has it. */
export interface RegisterPart {
  readonly payload: unknown
  /** Number of its rows. */
  readonly count: number
  /** Number of the part, from 0. */
  readonly index: number
  readonly isLast: boolean
}

/**
 * The register of a period in parts, so that a year of it does not have to fit into memory. There is one at least.
 * @throws CrisisError REGISTER_TIME; SettingError; LedgerError
 */
export async function* registerParts(
  runtime: Runtime,
  ledger: Ledger,
  settings: RegisterConfig,
  msg: FlowMessage,
): AsyncGenerator<RegisterPart> {
  const now = Date.now()
  const period = periodOf(msg, settings.period, now)
  const limit = numberSetting('limit', settings.limit, REGISTER_NUMBERS.limit)
  const language = runtime.language === 'en-US' ? 'en' : 'zh'
  const options: RegisterOptions = {
    language,
    zone: DEFAULT_ZONE,
    limits: limitsOf(settings),
    showsPatients: settings.showPatients,
    now,
  }
  const load = (after: RegisterPlace | null): Promise<RegisterRows> =>
    ledger.ask('registerRows', { ...period, after, limit })
  const head = settings.format === 'csv' ? CSV_MARK + csvLines([registerHeadings(language)]) : ''
  let done = 0
  let page = await load(null)
  for (let index = 0; ; index++) {
    const following = page.next && (await load(page.next))
    const rows = page.rows.map((entry, n) => registerRow(entry, done + n + 1, options))
    const isLast = !following || following.rows.length === 0
    const payload =
      settings.format === 'csv'
        ? (index === 0 ? head : '') + csvLines(rows.map(registerCells))
        : page.rows.map(({ key }, n) => ({ id: key, ...rows[n] }))
    yield { payload, count: rows.length, index, isLast }
    if (isLast) return
    done += rows.length
    page = following
  }
}
