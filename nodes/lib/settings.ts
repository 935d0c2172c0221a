import type { Language } from './language.js'
import { GUARD_DEFAULTS, type GuardConfig, type GuardCredentials } from './guard-settings.js'
import type { PeerConfig } from './peer-settings.js'
import { SETTINGS_VERSION } from './setting-values.js'

export { DECLARATIONS, type Declaration, type PeerConfig, type ReplyRow } from './peer-settings.js'
export { numberSetting, SettingError, settingsOf, zoneSetting } from './setting-values.js'

/*
 * The settings of every node as they stand in a flow. Names are for ever: they are in users' flows.
 * Numbers are texts here, because `${ENV}` may stand for one until the flow starts.
 */

export interface PeerCredentials {
  /** Header/License of the feedback we send. */
  licence?: string
  user?: string
  password?: string
  /** Put into the query of its addresses: `user=someone&password=secret`. */
  query?: string
}

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
  maxKilobytes: string
  bodySeconds: string
  answerSeconds: string
  allowGbk: boolean
  /** True when control characters, which XML does not allow, are replaced by visible marks; else they are refused. */
  markControls: boolean
  /** Whether only the form of our own WSDL is taken. */
  strict: boolean
  zone: string
  /** Elements that the document does not name and that are no change of its content, separated by commas. */
  ignoredElements: string
  /** Whether feedback must carry a licence that was issued. */
  licenceCheck: boolean
}

export interface ServiceCredentials extends GuardCredentials {
  /** JSON: `[{"application": "HIS", "licence": "…", "from": "2026-01-01", "until": "2026-12-31"}]` */
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
  /** Feedback only: leave out the elements of the processing while nothing of it is known (A20). */
  omitEmptyProcess: boolean
  /** Feedback only: send a stage although another finding of the exam has not reached it (A19). */
  perAlert: boolean
  /** Feedback only: send receiving together with processing, in one message (A20). */
  combinedOnly: boolean
}

export interface InConfig {
  version: number
  name: string
  service: string
  /** When the caller is answered: as soon as it is stored, or when a generic response node says so. */
  answer: 'stored' | 'flow'
  /** Critical values only: hand a re-send to the flow again. */
  emitResends: boolean
  /** How long a message may still be lost with its flow before it counts as given, in seconds. */
  graceSeconds: string
  /** Feedback only: what becomes of feedback of an exam that is not known here. */
  unknownExams: 'refuse' | 'accept'
}

export interface StoreConfig {
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
  /** How long bytes as they came and went are kept, in days, once their alert is closed. */
  rawDays: string
  /** How long closed alerts are kept, in days. */
  alertDays: string
  /** After how many days an alert that nobody has fed back counts as closed; 0 = never. */
  unansweredDays: string
  /** How often the file is backed up, in hours; 0 = never. */
  backupHours: string
  /** How many backups are kept. */
  backupKeep: string
  /** Free room on the disk of the file below which nothing new is accepted, in MiB; 0 = not looked at. */
  reserveMegabytes: string
}

export interface StoreCredentials {
  password?: string
}

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
  /** Named in front of a page; blank = nobody. */
  pagingHospital: string
  /** Minutes in which to act; blank = at once. */
  pagingMinutes: string
  /** Where to log in; `{id}` stands for the id of the alert. Blank = no link. */
  pagingLink: string
  /** Whom the robot of a group chat mentions: mobile numbers or user ids, or `all`, separated by commas. */
  pagingMention: string
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
    style: '',
    element: '',
    namespace: '',
    parameter: '',
    soapAction: '',
    charset: '',
    cdata: false,
    declaration: '',
    connectSeconds: '5',
    totalSeconds: '15',
    maxKilobytes: '4096',
    lenient: false,
    allowGbk: false,
    replyProfile: '',
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
    namespace: '',
    resultName: '',
    resultNamespace: '',
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
  } satisfies ServiceConfig,
  out: {
    version: SETTINGS_VERSION,
    name: '',
    peer: '',
    source: 'payload',
    fields: [],
    omitEmpty: false,
    omitEmptyProcess: false,
    perAlert: false,
    combinedOnly: false,
  } satisfies OutConfig,
  in: {
    version: SETTINGS_VERSION,
    name: '',
    service: '',
    answer: 'stored',
    emitResends: false,
    graceSeconds: '30',
    unknownExams: 'refuse',
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
    pagingHospital: '',
    pagingMinutes: '',
    pagingLink: '',
    pagingMention: '',
    channel: 'wecom',
  } satisfies ParserConfig,
} as const
