import { SETTINGS_VERSION } from './rules.js'

/** A step of a plan, as it is typed. */
export interface PlanStepRow {
  /** Minutes after the critical value came in. */
  after: string
  until: 'received' | 'processed'
  role: string
  /** Names of channels with commas between them. */
  channels: string
  /** Minutes between two reminders; blank = the step reminds once. */
  repeat: string
  /** Most reminders of the step; blank = until the next step. */
  most: string
}

export interface PlanConfig {
  version: number
  name: string
  /** Minutes within which a critical value is to be received, and processed; blank = no limit for processing. */
  receivedMinutes: string
  processedMinutes: string
  steps: PlanStepRow[]
}

export const PLAN_DEFAULTS = {
  version: SETTINGS_VERSION,
  name: '',
  receivedMinutes: '10',
  processedMinutes: '30',
  steps: [],
} satisfies PlanConfig

const MINUTE_MS = 60_000

/** Minutes as they are typed, in whole ms; NaN for what is no number, null for nothing. */
export function minutesIn(text: string): number | null {
  const trimmed = text.trim()
  return trimmed === '' ? null : Math.round(Number(trimmed) * MINUTE_MS)
}

/** Several names with commas between them, those of a Chinese keyboard as well. */
export const namesIn = (text: string): string[] =>
  text
    .split(/[,，、;；]/)
    .map((one) => one.trim())
    .filter((one) => one !== '')

/** The plan that settings describe, for `readPlan`, which checks it: what is missing is no number. */
export const planOf = (id: string, config: Omit<PlanConfig, 'version'>): object => ({
  id,
  name: config.name,
  limits: {
    receivedMs: minutesIn(config.receivedMinutes) ?? Number.NaN,
    processedMs: minutesIn(config.processedMinutes),
  },
  steps: config.steps.map((row) => ({
    afterMs: minutesIn(row.after) ?? Number.NaN,
    until: row.until,
    role: row.role,
    channels: namesIn(row.channels),
    repeatMs: minutesIn(row.repeat),
    cap: row.most.trim() === '' ? null : Number(row.most),
  })),
})

/** The place of a problem in a plan, as the dialog calls it: a row and a column of the steps, or a field. */
export interface PlanPlace {
  /** From 1; null = not a step. */
  readonly step: number | null
  readonly setting: 'after' | 'until' | 'role' | 'channels' | 'repeat' | 'most' | 'limits' | 'steps'
}

const SETTINGS: Readonly<Record<string, PlanPlace['setting']>> = {
  afterMs: 'after',
  until: 'until',
  role: 'role',
  channels: 'channels',
  repeatMs: 'repeat',
  cap: 'most',
}

/** @param path of a problem, such as `steps[1].afterMs` */
export function planPlace(path: string): PlanPlace {
  const [, step, name = ''] = /^steps\[(\d+)\]\.(\w+)$/.exec(path) ?? []
  const setting = SETTINGS[name]
  if (step !== undefined && setting) return { step: Number(step) + 1, setting }
  return { step: null, setting: path.startsWith('limits') ? 'limits' : 'steps' }
}
