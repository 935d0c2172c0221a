import { SETTINGS_VERSION, type NumberRules } from './rules.js'

export interface InConfig {
  version: number
  name: string
  service: string
  /** The moment of the answer: as soon as the document is stored, or when a generic response node says so. */
  answer: 'stored' | 'flow'
  /** Critical values only: hand a re-send to the flow again. */
  emitResends: boolean
  /** Time in which a message may still be lost with its flow before it counts as given, in seconds. */
  graceSeconds: string
  /** Feedback only: what becomes of feedback of an exam that is not known here. */
  unknownExams: 'refuse' | 'accept'
}

export const IN_DEFAULTS = {
  version: SETTINGS_VERSION,
  name: '',
  service: '',
  answer: 'stored',
  emitResends: false,
  graceSeconds: '30',
  unknownExams: 'refuse',
} satisfies InConfig

export const IN_NUMBERS = {
  graceSeconds: { least: 0, most: 600, fallback: 30 },
} as const satisfies NumberRules<InConfig>
