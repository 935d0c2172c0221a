import { SETTINGS_VERSION, type NumberRules } from './rules.js'

export interface BoardConfig {
  version: number
  name: string
  store: string
  /** The name of the hospital, at the top of each page. */
  hospital: string
  zone: string
  mount: 'node-red' | 'port'
  /** Address to listen on with an own port; blank = all. */
  host: string
  port: string
  /** Certificate and key of an own port; blank = plain HTTP. */
  tls: string
  path: string
  /** `accounts`: those of the ledger; `proxy`: a header of a proxy says who is there; `node-red`: users of adminAuth. */
  signIn: 'accounts' | 'proxy' | 'node-red'
  /** The first administrator, who can always sign in; blank = there is none. */
  firstUser: string
  /** Addresses and networks of the proxies that are believed. */
  proxies: string
  userHeader: string
  /** Header with the role, `look`, `act` or `administer`; blank = everybody has the one below. */
  roleHeader: string
  /** Role of those who have no account of the board. */
  role: 'look' | 'act' | 'administer'
  /** True when they, and the first administrator, see patients. */
  patients: boolean
  /** Time after which a session ends that nobody uses, and after which each does. */
  idleMinutes: string
  absoluteHours: string
  /** Time after which a session ends that only looks and sees no patients, as on a wall. */
  wallDays: string
  /** Addresses and networks that may ask for `livez` and `readyz`; blank = all. */
  healthAllow: string
  /** The same for `metrics`. */
  metricsAllow: string
}

export interface BoardCredentials {
  /** Of the first administrator. */
  password?: string
  /** The bearer token that whoever reads the metrics shows. */
  metricsToken?: string
}

export const BOARD_DEFAULTS = {
  version: SETTINGS_VERSION,
  name: '',
  store: '',
  hospital: '',
  zone: '+08:00',
  mount: 'node-red',
  host: '127.0.0.1',
  port: '8090',
  tls: '',
  path: '/crisis-board',
  signIn: 'accounts',
  firstUser: 'admin',
  proxies: '',
  userHeader: 'X-Forwarded-User',
  roleHeader: '',
  role: 'look',
  patients: true,
  idleMinutes: '240',
  absoluteHours: '12',
  wallDays: '30',
  healthAllow: '',
  metricsAllow: '',
} satisfies BoardConfig

export const BOARD_NUMBERS = {
  port: { least: 1, most: 65_535, fallback: 8090, whole: true },
  idleMinutes: { least: 1, most: 1_440, fallback: 240 },
  absoluteHours: { least: 0.1, most: 720, fallback: 12 },
  wallDays: { least: 0.1, most: 366, fallback: 30 },
} as const satisfies NumberRules<BoardConfig>

/** A name of a header (RFC 9110 section 5.1). */
export const isHeaderName = (text: string): boolean => /^[\w!#$%&'*+.^`|~-]+$/.test(text.trim())

/** The least characters of the first administrator's password, as of all others. */
export const LEAST_BOARD_PASSWORD = 10
