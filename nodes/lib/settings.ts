import { CrisisError, isZone, type Reason } from '../../src/messages/index.js'
import type { SoapVersion } from '../../src/soap/index.js'

/**
 * The settings of every node as they stand in a flow. Names are for ever: they are in users' flows.
 * Numbers are texts here, because `${ENV}` may stand for one until the flow starts.
 */
export const SETTINGS_VERSION = 1

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
  namespace: string
  parameter: string
  soapAction: string
  connectSeconds: string
  totalSeconds: string
  maxKilobytes: string
  allowGbk: boolean
  /** JSON success codes, separated by commas; blank = a JSON answer is never a success. */
  jsonSuccess: string
  /** Header/Application of the feedback we send. */
  application: string
  /** Zone of the remote's dates and times. */
  zone: string
  tls: string
  /** How many documents may be on their way at a time. */
  parallel: string
  /** How many calls a minute at the most; 0 = no limit. */
  perMinute: string
  /** The age at which an undelivered document is reported, in minutes. */
  troubleMinutes: string
  /** The age at which it is given to a person, in hours; blank = never. */
  expireHours: string
  /** What a reply code of this peer means, where it is not what the document says. */
  replyTable: ReplyRow[]
}

export interface ReplyRow {
  code: string
  action: 'deliver' | 'retry' | 'hold'
}

export interface PeerCredentials {
  /** Header/License of the feedback we send. */
  licence?: string
}

export interface ServiceConfig {
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
  maxKilobytes: string
  bodySeconds: string
  answerSeconds: string
  allowGbk: boolean
  /** Whether only the form of our own WSDL is taken. */
  strict: boolean
  zone: string
  /** Whether feedback must carry a licence that was issued. */
  licenceCheck: boolean
}

export interface ServiceCredentials {
  /** JSON: `[{"application": "HIS", "licence": "…"}]` */
  licences?: string
}

/** One row of the field table of an `out` node: where a field's value comes from. */
export interface FieldRow {
  /** A field of the document; `CrisisSettor.code`, `CrisisSettor.name`, `setAt`, `receiveAt`, `processAt` for parts. */
  name: string
  type: string
  value: string
}

export interface OutConfig {
  version: number
  name: string
  peer: string
  /** `payload`: msg.payload is the document; `fields`: the rows below make it. */
  source: 'payload' | 'fields'
  fields: FieldRow[]
  omitEmpty: boolean
  /** Feedback only: send a stage although another finding of the exam has not reached it (A19). */
  perAlert: boolean
}

export interface InConfig {
  version: number
  name: string
  service: string
  /** When the caller is answered: as soon as it is stored, or when a generic response node says so. */
  answer: 'stored' | 'flow'
  /** Critical values only: hand a re-send to the flow again. */
  emitResends: boolean
}

export interface StoreConfig {
  version: number
  name: string
  engine: 'file' | 'postgres'
  /** Path of the file; blank = one in the user directory. */
  file: string
  host: string
  port: string
  database: string
  user: string
  tls: string
  /** How long bytes as they came and went are kept, in days, once their alert is closed. */
  rawDays: string
  /** How long closed alerts are kept, in days. */
  alertDays: string
  /** How often the file is backed up, in hours; 0 = never. */
  backupHours: string
  /** How many backups are kept. */
  backupKeep: string
}

export interface StoreCredentials {
  password?: string
}

export interface RegisterConfig {
  version: number
  name: string
  store: string
  query: 'open' | 'trace' | 'dead' | 'replay' | 'cancel' | 'depth' | 'callers' | 'verify'
  limit: string
}

export interface ResponseConfig {
  version: number
  name: string
  /** `auto`: success, unless the message carries an error; `failure`: always; `payload`: code and desc of msg.payload. */
  outcome: 'auto' | 'failure' | 'payload'
  code: string
  desc: string
  descType: string
  /** The form for an `http in` caller and for the payload. */
  format: 'auto' | 'xml' | 'json'
  /** The code that means success in JSON. */
  jsonSuccess: string
}

export interface ParserConfig {
  version: number
  name: string
  /** `auto`: text is read, an object is written. */
  action: 'auto' | 'read' | 'write' | 'fhir' | 'hl7' | 'paging'
  document: 'auto' | 'crisis' | 'feedback' | 'response'
  property: string
  zone: string
  application: string
  fhirBase: string
  hl7Sender: string
  hl7SenderFacility: string
  hl7Receiver: string
  hl7ReceiverFacility: string
  /** Who issued the patient number. */
  hl7Assigner: string
  /** Telephone number, chat or topic of the channel; blank = msg.to. */
  pagingTo: string
  channel: 'wecom' | 'dingtalk' | 'feishu' | 'ntfy' | 'telegram' | 'sms'
}

export interface ParserCredentials {
  licence?: string
}

/** What each node starts with; the dialogs have the same, and a test compares them. */
export const DEFAULTS = {
  store: {
    version: SETTINGS_VERSION,
    name: '',
    engine: 'file',
    file: '',
    host: '127.0.0.1',
    port: '5432',
    database: 'crisis',
    user: '',
    tls: '',
    rawDays: '90',
    alertDays: '1095',
    backupHours: '24',
    backupKeep: '7',
  } satisfies StoreConfig,
  register: {
    version: SETTINGS_VERSION,
    name: '',
    store: '',
    query: 'open',
    limit: '100',
  } satisfies RegisterConfig,
  peer: {
    version: SETTINGS_VERSION,
    name: '',
    store: '',
    system: '',
    wsdl: '',
    address: '',
    soapVersion: '',
    namespace: '',
    parameter: '',
    soapAction: '',
    connectSeconds: '5',
    totalSeconds: '15',
    maxKilobytes: '4096',
    allowGbk: false,
    jsonSuccess: '',
    application: 'HIS',
    zone: '+08:00',
    tls: '',
    parallel: '4',
    perMinute: '0',
    troubleMinutes: '5',
    expireHours: '',
    replyTable: [],
  } satisfies PeerConfig,
  service: {
    version: SETTINGS_VERSION,
    name: '',
    store: '',
    system: '',
    mount: 'node-red',
    host: '',
    port: '8088',
    path: '/pushService/services/pacs',
    publicUrl: '',
    maxKilobytes: '4096',
    bodySeconds: '10',
    answerSeconds: '10',
    allowGbk: false,
    strict: false,
    zone: '+08:00',
    licenceCheck: true,
  } satisfies ServiceConfig,
  out: {
    version: SETTINGS_VERSION,
    name: '',
    peer: '',
    source: 'payload',
    fields: [],
    omitEmpty: false,
    perAlert: false,
  } satisfies OutConfig,
  in: {
    version: SETTINGS_VERSION,
    name: '',
    service: '',
    answer: 'stored',
    emitResends: false,
  } satisfies InConfig,
  response: {
    version: SETTINGS_VERSION,
    name: '',
    outcome: 'auto',
    code: '500',
    desc: '',
    descType: 'str',
    format: 'auto',
    jsonSuccess: '0',
  } satisfies ResponseConfig,
  parser: {
    version: SETTINGS_VERSION,
    name: '',
    action: 'auto',
    document: 'auto',
    property: 'payload',
    zone: '+08:00',
    application: 'HIS',
    fhirBase: '',
    hl7Sender: '',
    hl7SenderFacility: '',
    hl7Receiver: '',
    hl7ReceiverFacility: '',
    hl7Assigner: '',
    pagingTo: '',
    channel: 'wecom',
  } satisfies ParserConfig,
} as const

/**
 * A node's settings as this version of the package understands them: what a flow does not say has its
 * default, so that a flow of an earlier version, or one written by hand, keeps its meaning.
 * @throws SettingError SETTING_INVALID for settings of a later version, which are not guessed at;
 * SETTING_MISSING for an environment variable that is not set, whose reference Node-RED leaves as it is
 */
export function settingsOf<T extends { version: number }>(config: object, defaults: T): T {
  const given = Object.entries(config).filter(([, value]) => value !== undefined && value !== null)
  const settings: T = { ...defaults, ...Object.fromEntries(given) }
  if (settings.version > SETTINGS_VERSION) {
    throw new SettingError('SETTING_INVALID', {
      zh: '该节点的设置来自更新的版本，请升级本节点包',
      en: 'The settings of this node are of a later version; update this package',
    })
  }
  const unset = given
    .map(([, value]) => /^\$\{([^{}]+)\}$/.exec(typeof value === 'string' ? value : '')?.[1])
    .find((variable) => variable !== undefined)
  if (unset !== undefined) {
    throw new SettingError('SETTING_MISSING', {
      zh: `环境变量 ${unset} 未设置`,
      en: `The environment variable ${unset} is not set`,
    })
  }
  return settings
}

/** A setting that cannot be used. The node shows it in red and refuses its work; nothing is guessed. */
export class SettingError extends CrisisError {
  override readonly name: string = 'SettingError'

  constructor(code: 'SETTING_INVALID' | 'SETTING_MISSING' | 'LICENCE_MISSING', reason: Reason) {
    super(code, reason, '503')
  }
}

/**
 * A number written as text, within its bounds.
 * @throws SettingError SETTING_INVALID
 */
export function numberSetting(
  name: string,
  text: string | number | undefined,
  bounds: {
    readonly least: number
    readonly most: number
    readonly fallback: number
    readonly whole?: boolean
  },
): number {
  const trimmed = String(text ?? '').trim()
  if (trimmed === '') return bounds.fallback
  const value = Number(trimmed)
  const number = bounds.whole ? Number.isInteger(value) : Number.isFinite(value)
  if (!number || value < bounds.least || value > bounds.most) {
    throw new SettingError('SETTING_INVALID', {
      zh: `设置“${name}”应为 ${bounds.least} 到 ${bounds.most} 之间的${bounds.whole ? '整数' : '数字'}`,
      en: `The setting ${name} should be a ${bounds.whole ? 'whole number' : 'number'} from ${bounds.least} to ${bounds.most}`,
    })
  }
  return value
}

/** @throws SettingError SETTING_INVALID */
export function zoneSetting(zone: string): string {
  if (isZone(zone)) return zone
  throw new SettingError('SETTING_INVALID', {
    zh: '时区应为 +08:00 这样的偏移或 Asia/Shanghai 这样的名称',
    en: 'The time zone should be an offset such as +08:00 or a name such as Asia/Shanghai',
  })
}
