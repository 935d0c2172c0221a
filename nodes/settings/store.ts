import { SETTINGS_VERSION, type NumberRules } from './rules.js'
import { TALLY_DEFAULTS, type TallySettings } from './tally.js'

export const LANGUAGES = ['zh-CN', 'en-US'] as const
export type Language = (typeof LANGUAGES)[number]

export interface StoreConfig extends TallySettings {
  version: number
  name: string
  /** Of what people at the hospital read: pages, reasons, errors, logs, statuses. */
  language: Language
  engine: 'file' | 'postgres'
  /** Path of the file; blank = one in the user directory. */
  file: string
  host: string
  port: string
  database: string
  user: string
  tls: string
  /** Time for which bytes as they came and went, and deliveries, are kept at least, in days; an open alert keeps its own. */
  rawDays: string
  /** Time for which closed alerts are kept, in days. */
  alertDays: string
  /** Days after which an alert that nobody has fed back is kept like a closed one; 0 = never. */
  unansweredDays: string
  /** Interval between backups of the file, in hours; 0 = never. */
  backupHours: string
  /** Number of backups that are kept. */
  backupKeep: string
  /** Free room on the disk of the file below which nothing new is accepted, in MiB; 0 = not looked at. */
  reserveMegabytes: string
}

export interface StoreCredentials {
  password?: string
}

export const STORE_DEFAULTS = {
  version: SETTINGS_VERSION,
  name: '',
  language: 'zh-CN',
  engine: 'file',
  file: '',
  host: '127.0.0.1',
  port: '5432',
  database: 'crisis',
  user: '',
  tls: '',
  rawDays: '90',
  alertDays: '1095',
  unansweredDays: '0',
  backupHours: '24',
  backupKeep: '7',
  reserveMegabytes: '256',
  ...TALLY_DEFAULTS,
} satisfies StoreConfig

/** `least` and `most` of each; the fallback stands for a blank field. */
export const STORE_NUMBERS = {
  port: { least: 1, most: 65_535, fallback: 5432, whole: true },
  rawDays: { least: 1, most: 36_500, fallback: 90, whole: true },
  alertDays: { least: 1, most: 36_500, fallback: 1095, whole: true },
  unansweredDays: { least: 0, most: 36_500, fallback: 0, whole: true },
  backupHours: { least: 0, most: 8760, fallback: 24 },
  backupKeep: { least: 1, most: 1000, fallback: 7, whole: true },
  reserveMegabytes: { least: 0, most: 1_048_576, fallback: 256 },
} as const satisfies NumberRules<StoreConfig>
