import { SETTINGS_VERSION, type NumberRule } from './rules.js'

/** The kinds of channels, in the order in which the dialog offers them. `flow` is *this flow*. */
export const CHANNEL_KINDS = [
  'wecomRobot',
  'wecomApp',
  'dingtalk',
  'feishu',
  'ntfy',
  'gateway',
  'snpp',
  'tap',
  'espa',
  'flow',
] as const
export type ChannelKind = (typeof CHANNEL_KINDS)[number]

/** Group chats, in which all see each message: nobody has to be named. */
export const GROUP_CHATS: ReadonlySet<ChannelKind> = new Set(['wecomRobot', 'dingtalk', 'feishu'])

export const LINE_CHARSETS = ['ASCII', 'Latin-1', 'GBK', 'UTF-8'] as const

/** A rule of a gateway, as it is typed. */
export interface GatewayRuleRow {
  /** The class of an answer that meets it. */
  verdict: 'accepted' | 'refused' | 'retry'
  /** `200`, or a class such as `2xx`; blank = any, and 2xx for `accepted`. */
  status: string
  /** A JSON pointer; blank = the status alone decides. */
  pointer: string
  /** JSON, so that the text `"0"` differs from the number `0`; blank = any value. */
  equals: string
}

export interface ChannelConfig {
  version: number
  name: string
  /** The `crisis store` that holds the pages; blank = the file in the user directory. */
  store: string
  kind: ChannelKind
  /** Root of the ntfy server, or of a proxy to WeCom; blank = WeCom's own. */
  server: string
  corpId: string
  agentId: string
  /** The login at ntfy; blank = none. */
  login: '' | 'token' | 'basic'
  /** Address of a gateway, with placeholders. */
  url: string
  /** JSON with placeholders; blank = GET. */
  body: string
  /** A JSON object of texts with placeholders; blank = none but the content type. */
  headers: string
  rules: GatewayRuleRow[]
  /** True for one request with all addresses. */
  together: boolean
  /** Between addresses that stand in one text. */
  separator: string
  host: string
  port: string
  charset: (typeof LINE_CHARSETS)[number]
  /** True when SNPP asks pagers to alert at urgent pages. */
  alert: boolean
  station: 'control' | 'polled'
  ownAddress: string
  pagingAddress: string
  beepUrgent: string
  beepOther: string
  transmissions: string
  tls: string
  connectSeconds: string
  totalSeconds: string
  /** Most messages a minute; blank = the limit of the kind, where it has one. */
  perMinute: string
}

export interface ChannelCredentials {
  /** The address of a robot, its key included. */
  webhook?: string
  /** The secret that messages of a robot are signed with. */
  signSecret?: string
  corpSecret?: string
  token?: string
  user?: string
  password?: string
  /** Values of `{{secret:NAME}}`: `NAME=value&OTHER=value`. */
  secrets?: string
}

export const CHANNEL_CREDENTIALS = [
  'webhook',
  'signSecret',
  'corpSecret',
  'token',
  'user',
  'password',
  'secrets',
] as const satisfies readonly (keyof ChannelCredentials)[]

export const CHANNEL_DEFAULTS = {
  version: SETTINGS_VERSION,
  name: '',
  store: '',
  kind: 'wecomRobot',
  server: '',
  corpId: '',
  agentId: '',
  login: '',
  url: '',
  body: '{\n  "to": "{{to}}",\n  "text": "{{text}}"\n}',
  headers: '',
  rules: [],
  together: false,
  separator: ',',
  host: '',
  port: '',
  charset: 'ASCII',
  alert: false,
  station: 'control',
  ownAddress: '1',
  pagingAddress: '2',
  beepUrgent: '1',
  beepOther: '1',
  transmissions: '1',
  tls: '',
  connectSeconds: '5',
  totalSeconds: '30',
  perMinute: '',
} satisfies ChannelConfig

export const CHANNEL_NUMBERS = {
  port: { least: 1, most: 65_535, fallback: 444, whole: true },
  agentId: { least: 1, most: 2_147_483_647, fallback: 0, whole: true },
  beepUrgent: { least: 1, most: 9, fallback: 1, whole: true },
  beepOther: { least: 1, most: 9, fallback: 1, whole: true },
  transmissions: { least: 1, most: 9, fallback: 1, whole: true },
  connectSeconds: { least: 1, most: 60, fallback: 5 },
  totalSeconds: { least: 1, most: 120, fallback: 30 },
} as const satisfies Readonly<Record<string, NumberRule>>

/** Most messages a minute that a kind takes, by the services' own words; the kinds without one have no limit. */
export const MOST_PER_MINUTE: Readonly<Partial<Record<ChannelKind, number>>> = {
  wecomRobot: 20,
  wecomApp: 30,
  dingtalk: 20,
  feishu: 100,
}

/** The bounds of the limit that a site may set: it can only be lower than the kind's own. */
export const perMinuteRule = (kind: ChannelKind): NumberRule => ({
  least: 1,
  most: MOST_PER_MINUTE[kind] ?? 10_000,
  fallback: MOST_PER_MINUTE[kind] ?? 0,
  whole: true,
})

const HTTP = ['tls', 'connectSeconds', 'totalSeconds'] as const
const LINE = ['host', 'port', ...HTTP] as const

/** The settings and credentials that each kind has, besides name, store and limit. */
export const FIELDS_OF: Readonly<Record<ChannelKind, readonly string[]>> = {
  wecomRobot: ['webhook', ...HTTP],
  wecomApp: ['corpId', 'agentId', 'corpSecret', 'server', ...HTTP],
  dingtalk: ['webhook', 'signSecret', ...HTTP],
  feishu: ['webhook', 'signSecret', ...HTTP],
  ntfy: ['server', 'login', 'token', 'user', 'password', ...HTTP],
  gateway: ['url', 'body', 'headers', 'rules', 'together', 'separator', 'secrets', ...HTTP],
  snpp: [...LINE, 'charset', 'user', 'password', 'alert'],
  tap: [...LINE, 'password'],
  espa: [
    ...LINE,
    'charset',
    'station',
    'ownAddress',
    'pagingAddress',
    'beepUrgent',
    'beepOther',
    'transmissions',
  ],
  flow: [],
}

/** The values of a text such as `NAME=value&OTHER=value`, percent signs decoded, plus signs left as they are. */
export function secretsIn(text: string): Readonly<Record<string, string>> {
  const pairs = text
    .trim()
    .split('&')
    .map((pair) => /^([^=]+)=([^]*)$/.exec(pair.trim()))
    .flatMap((found) => (found ? [[plain(found[1] ?? '').trim(), plain(found[2] ?? '')]] : []))
  return Object.fromEntries(pairs) as Record<string, string>
}

function plain(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** The value that a rule of a gateway compares with, as it is typed: JSON but for objects and lists. */
export type TypedValue =
  | { readonly value: string | number | boolean | null | undefined; readonly isWrong?: undefined }
  | { readonly isWrong: true }

/** @param text blank = any value */
export function typedValue(text: string): TypedValue {
  if (text.trim() === '') return { value: undefined }
  try {
    const value: unknown = JSON.parse(text)
    const isPlain = value === null || ['string', 'number', 'boolean'].includes(typeof value)
    return isPlain ? { value: value as string | number | boolean | null } : { isWrong: true }
  } catch {
    return { isWrong: true }
  }
}

/** An address of a gateway without the parameters that are placeholders, which may be called as a login is. */
export const withoutPlaceholders = (url: string): string =>
  url.replace(/([?&])[^?&=#]*=\{\{[^{}]*\}\}/g, '$1').replace(/\{\{[^{}]*\}\}/g, 'x')
