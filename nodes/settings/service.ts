import { GUARD_DEFAULTS, type GuardConfig, type GuardCredentials } from './guard.js'
import { SETTINGS_VERSION, type NumberRules } from './rules.js'

export interface ServiceConfig extends GuardConfig {
  version: number
  name: string
  store: string
  system: string
  mount: 'node-red' | 'port'
  /** Address to listen on with an own port; blank = all. */
  host: string
  port: string
  path: string
  /** The address that stands in our WSDL; blank = rebuilt from the request. */
  publicUrl: string
  /** Namespace of the operations in our WSDL and our answers; blank = ours, and in an answer that of the call. */
  namespace: string
  /** Name of the element that holds the answer, `*` = the operation's name; blank = `return`. */
  resultName: string
  /** Its namespace, `none` = without; blank = as the call had it. */
  resultNamespace: string
  /** Rules for calls of other shapes, as a dialect file holds them. */
  inbound: readonly object[]
  maxKilobytes: string
  bodySeconds: string
  answerSeconds: string
  allowGbk: boolean
  /** True when control characters, which XML does not allow, are replaced by visible marks; else they are refused. */
  markControls: boolean
  /** True when only the form of our own WSDL is taken. */
  strict: boolean
  zone: string
  /** Elements that the document does not name and that are no change of its content, separated by commas. */
  ignoredElements: string
  /** True when feedback must carry a licence that was issued. */
  licenceCheck: boolean
}

export interface ServiceCredentials extends GuardCredentials {
  /** JSON: `[{"application": "HIS", "licence": "…", "from": "2026-01-01", "until": "2026-12-31"}]` */
  licences?: string
}

export const SERVICE_DEFAULTS = {
  version: SETTINGS_VERSION,
  name: '',
  store: '',
  system: '',
  mount: 'node-red',
  host: '',
  port: '8088',
  path: '/pushService/services/pacs',
  publicUrl: '',
  namespace: '',
  resultName: '',
  resultNamespace: '',
  inbound: [],
  maxKilobytes: '384',
  bodySeconds: '10',
  answerSeconds: '10',
  allowGbk: false,
  markControls: false,
  strict: false,
  zone: '+08:00',
  ignoredElements: '',
  licenceCheck: true,
  ...GUARD_DEFAULTS,
} satisfies ServiceConfig

export const SERVICE_NUMBERS = {
  port: { least: 1, most: 65_535, fallback: 8088, whole: true },
  maxKilobytes: { least: 1, most: 65_536, fallback: 384 },
  bodySeconds: { least: 1, most: 3600, fallback: 10 },
  answerSeconds: { least: 1, most: 3600, fallback: 10 },
} as const satisfies NumberRules<ServiceConfig>
