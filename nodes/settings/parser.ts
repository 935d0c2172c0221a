import { SETTINGS_VERSION, type NumberRules } from './rules.js'

export interface ParserConfig {
  version: number
  name: string
  /** `auto`: text is read, an object is written. */
  action: 'auto' | 'read' | 'write' | 'fhir' | 'hl7' | 'paging' | 'mapIn' | 'mapOut'
  document: 'auto' | 'crisis' | 'feedback' | 'response'
  property: string
  /** The table of `mapIn` and `mapOut`, as a dialect file holds it; without rows = none. */
  mapping: object
  zone: string
  application: string
  fhirBase: string
  hl7Sender: string
  hl7SenderFacility: string
  hl7Receiver: string
  hl7ReceiverFacility: string
  /** The issuer of the patient number. */
  hl7Assigner: string
  /** Telephone number, chat or topic of the channel; blank = msg.to. */
  pagingTo: string
  /** Named in front of a page; blank = nobody. */
  pagingHospital: string
  /** Minutes in which to act; blank = at once. */
  pagingMinutes: string
  /** The address to log in at; `{id}` stands for the id of the alert. Blank = no link. */
  pagingLink: string
  /** Whom the robot of a group chat mentions: mobile numbers or user ids, or `all`, separated by commas. */
  pagingMention: string
  channel: 'wecom' | 'dingtalk' | 'feishu' | 'ntfy' | 'telegram' | 'sms'
}

export interface ParserCredentials {
  licence?: string
}

export const PARSER_DEFAULTS = {
  version: SETTINGS_VERSION,
  name: '',
  action: 'auto',
  document: 'auto',
  property: 'payload',
  mapping: { document: 'crisis', format: 'xml', rows: [] },
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
} satisfies ParserConfig

export const PARSER_NUMBERS = {
  // Blank = at once, which no number says.
  pagingMinutes: { least: 1, most: 1440, fallback: 1, whole: true },
} as const satisfies NumberRules<ParserConfig>
