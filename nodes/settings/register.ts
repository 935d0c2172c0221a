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
  limit: string
}

export const REGISTER_DEFAULTS = {
  version: SETTINGS_VERSION,
  name: '',
  store: '',
  query: 'open',
  limit: '100',
} satisfies RegisterConfig

export const REGISTER_NUMBERS = {
  limit: { least: 1, most: 10_000, fallback: 100, whole: true },
} as const satisfies NumberRules<RegisterConfig>
