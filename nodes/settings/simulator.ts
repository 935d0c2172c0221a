import { SETTINGS_VERSION, type NumberRules } from './rules.js'

export const SIDES = ['pacs', 'his'] as const
export type Side = (typeof SIDES)[number]

/** The ways in which a simulated system behaves. */
export const BEHAVIOURS = [
  'good',
  'slow',
  'refusing',
  'fault',
  'gbk',
  'half',
  'double',
  'html',
  'silent',
  'late',
  'contradictory',
] as const
export type Behaviour = (typeof BEHAVIOURS)[number]

/** Those of the HIS alone: they are about the feedback that it sends. */
export const HIS_BEHAVIOURS: readonly string[] = [
  'late',
  'contradictory',
] satisfies readonly Behaviour[]

export interface SimulatorConfig {
  version: number
  name: string
  side: Side
  behaviour: Behaviour
  /** The one address that is called: of critical values for the PACS, of feedback for the HIS; blank = none is. */
  address: string
  /** Seconds between two critical values of the PACS; blank = only by the button. */
  seconds: string
  /** Path at which the simulated system is called; blank = it is not. */
  path: string
  /** A port of its own; blank = that of the runtime. */
  port: string
  /** Addresses that may call it; blank = this machine. */
  allow: string
  /** Seconds that a slow answer takes. */
  slowSeconds: string
  /** Name of the program in the feedback of the HIS, to which its licence was issued. */
  application: string
  /** Seconds until the HIS says that a critical value was received, and processed. */
  receiveSeconds: string
  processSeconds: string
}

export interface SimulatorCredentials {
  /** Sent by the HIS; asked for by the PACS where it is set. */
  licence: string
}

export const SIMULATOR_DEFAULTS = {
  version: SETTINGS_VERSION,
  name: '',
  side: 'pacs',
  behaviour: 'good',
  address: '',
  seconds: '',
  path: '',
  port: '',
  allow: '',
  slowSeconds: '20',
  application: 'HIS',
  receiveSeconds: '5',
  processSeconds: '15',
} satisfies SimulatorConfig

export const SIMULATOR_NUMBERS = {
  slowSeconds: { least: 0, most: 600, fallback: 20 },
  receiveSeconds: { least: 0, most: 86_400, fallback: 5 },
  processSeconds: { least: 0, most: 86_400, fallback: 15 },
} as const satisfies NumberRules<SimulatorConfig>

/** Those whose blank means something else than a number. */
export const SIMULATOR_CHOICES = {
  seconds: { least: 1, most: 86_400, fallback: 0 },
  port: { least: 1, most: 65_535, fallback: 0, whole: true },
} as const satisfies NumberRules<SimulatorConfig>
