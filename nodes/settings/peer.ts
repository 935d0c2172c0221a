import type { OutCharset, ReplyProfile, ReplyRule } from '../../src/messages/index.js'
import type {
  Addressing,
  BodyStyle,
  Carrier,
  HeaderRow,
  ParameterRow,
  SoapVersion,
} from '../../src/soap/index.js'
import { SETTINGS_VERSION } from './rules.js'

/** The settings of a peer, as they stand in a flow. */
export interface PeerConfig {
  version: number
  name: string
  /** The `crisis store` that holds the outbox; blank = the file in the user directory. */
  store: string
  /** The PACS whose exam numbers these are; blank where there is only one. */
  system: string
  /** Address of the remote's WSDL; blank = none, the bundled one is used. */
  wsdl: string
  /** Address to call; blank = the one in the WSDL. */
  address: string
  soapVersion: '' | SoapVersion
  /** The filling of the Body; blank = as the WSDL says. */
  style: '' | BodyStyle
  /** Name of the element in the Body; blank = as the WSDL says, else that of the operation. */
  element: string
  /** `""` = none; blank = the one in the WSDL. */
  namespace: string
  parameter: string
  /** `""` = the empty one; blank = the one in the WSDL. */
  soapAction: string
  /** Of the requests; blank = UTF-8. */
  charset: '' | OutCharset
  /** True when the document goes in CDATA. */
  cdata: boolean
  /** The encoding that the document's own declaration names; `none` = no declaration; blank = `charset`. */
  declaration: '' | Declaration
  /** The parameters of the operation in the order of the WSDL; none = the document's alone. */
  parameters: ParameterRow[]
  /** A document around ours, as a template; blank = none. */
  wrapper: string
  /** A block of the SOAP header, as a template; blank = none. */
  soapHeader: string
  /** WS-Addressing; blank = none. */
  addressing: '' | Addressing
  /** HTTP headers beside our own, or in the place of them; values are templates. */
  httpHeaders: HeaderRow[]
  /** The kind of post without SOAP; blank = SOAP. */
  carrier: '' | Carrier
  /** True for a peer that speaks no TLS but 1.0 or 1.1. */
  oldTls: boolean
  connectSeconds: string
  totalSeconds: string
  maxKilobytes: string
  /** True when answers that break the rules of HTTP are read all the same. */
  lenient: boolean
  allowGbk: boolean
  /** The shape of its answers; blank = the document's own. */
  replyProfile: ReplyProfile
  /** The meaning of its answers as data, for the shape `rule`; null = none. */
  replyRule: ReplyRule | null
  /** JSON success codes, separated by commas; blank = a JSON answer is never a success. */
  jsonSuccess: string
  /** Header/Application of the feedback we send. */
  application: string
  /** Zone of the remote's dates and times. */
  zone: string
  /** Seconds that are added to the times of the feedback that goes out, which is then recorded wrongly there (A33). */
  clockOffset: string
  tls: string
  /** The way in which we say who we are; blank = not at all. User and password are credentials. */
  login: '' | Login
  /** Number of documents that may be on their way at a time. */
  parallel: string
  /** Most calls a minute; 0 = no limit. */
  perMinute: string
  /** The age at which an undelivered document is reported, in minutes. */
  troubleMinutes: string
  /** The age at which it is given to a person, in hours; blank = never. */
  expireHours: string
  /** Meanings of reply codes of this peer, where it is not what the document says. */
  replyTable: ReplyRow[]
}

export const LOGINS = ['basic', 'digest', 'bearer', 'token-text', 'token-digest'] as const
export type Login = (typeof LOGINS)[number]

export const DECLARATIONS = ['none', 'UTF-8', 'GBK', 'GB2312', 'GB18030', 'UTF-16'] as const
export type Declaration = (typeof DECLARATIONS)[number]

export interface ReplyRow {
  code: string
  /** Only for answers that say this; absent = for all of this code. */
  words?: string
  action: 'deliver' | 'retry' | 'hold'
}

export interface PeerCredentials {
  /** Header/License of the feedback we send. */
  licence?: string
  user?: string
  password?: string
  /** Put into the query of its addresses: `user=someone&password=secret`. */
  query?: string
  /** Values of `{{secret:NAME}}`: `NAME=value&OTHER=value`. */
  secrets?: string
}

export const PEER_DEFAULTS = {
  version: SETTINGS_VERSION,
  name: '',
  store: '',
  system: '',
  wsdl: '',
  address: '',
  soapVersion: '',
  style: '',
  element: '',
  namespace: '',
  parameter: '',
  soapAction: '',
  charset: '',
  cdata: false,
  declaration: '',
  parameters: [],
  wrapper: '',
  soapHeader: '',
  addressing: '',
  httpHeaders: [],
  carrier: '',
  oldTls: false,
  connectSeconds: '5',
  totalSeconds: '15',
  maxKilobytes: '4096',
  lenient: false,
  allowGbk: false,
  replyProfile: '',
  replyRule: null,
  jsonSuccess: '',
  application: 'HIS',
  zone: '+08:00',
  clockOffset: '0',
  tls: '',
  login: '',
  parallel: '4',
  perMinute: '0',
  troubleMinutes: '5',
  expireHours: '',
  replyTable: [],
} satisfies PeerConfig
