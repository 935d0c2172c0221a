import { SETTINGS_VERSION, type NumberRules } from './rules.js'

export interface RegisterConfig {
  version: number
  name: string
  store: string
  query:
    | 'open'
    | 'find'
    | 'trace'
    | 'dead'
    | 'replay'
    | 'cancel'
    | 'parked'
    | 'holds'
    | 'lift'
    | 'cancelAlert'
    | 'chooseContent'
    | 'passOn'
    | 'giveUp'
    | 'depth'
    | 'callers'
    | 'refused'
    | 'verify'
    | 'figures'
    | 'register'
    | 'reconcile'
  /** Of rows in an answer; of the register in one message. */
  limit: string
  /** The days that are asked about where the message names none. */
  period: (typeof REGISTER_PERIODS)[number]
  /** The groups by which figures are set apart; '' = none. */
  by: '' | 'day' | 'month' | 'quarter' | 'year' | 'department' | 'shift' | 'code'
  format: 'rows' | 'csv'
  /** False = numbers of patients are masked in the register. */
  showPatients: boolean
  /** Minutes within which a critical value is to be received, and processed. */
  receiveMinutes: string
  processMinutes: string
}

export const REGISTER_PERIODS = [
  ...(['today', 'yesterday', 'thisMonth', 'lastMonth'] as const),
  ...(['thisYear', 'lastYear', 'all'] as const),
] as const

export const REGISTER_DEFAULTS = {
  version: SETTINGS_VERSION,
  name: '',
  store: '',
  query: 'open',
  limit: '100',
  period: 'lastMonth',
  by: '',
  format: 'rows',
  showPatients: false,
  receiveMinutes: '10',
  processMinutes: '30',
} satisfies RegisterConfig

export const REGISTER_NUMBERS = {
  limit: { least: 1, most: 10_000, fallback: 100, whole: true },
  receiveMinutes: { least: 1, most: 1440, fallback: 10 },
  processMinutes: { least: 1, most: 1440, fallback: 30 },
} as const satisfies NumberRules<RegisterConfig>
