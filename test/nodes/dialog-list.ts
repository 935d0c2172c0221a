import { loadDefinitions } from './editor-half.js'

const STORE = {
  version: 1,
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
}
const PEER = {
  version: 1,
  name: '',
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
  store: '',
  system: '',
  parallel: '4',
  perMinute: '0',
  troubleMinutes: '5',
  expireHours: '',
  replyTable: [],
}
const SERVICE = {
  version: 1,
  name: '',
  mount: 'node-red',
  host: '',
  port: '8088',
  path: '/pushService/services/pacs',
  publicUrl: '',
  maxKilobytes: '4096',
  bodySeconds: '10',
  answerSeconds: '10',
  allowGbk: false,
  zone: '+08:00',
  licenceCheck: true,
  store: '',
  system: '',
}
const OUT = { version: 1, name: '', peer: '', source: 'payload', fields: [], omitEmpty: false }
const FEEDBACK_OUT = { ...OUT, perAlert: false }
const FEEDBACK_IN = { version: 1, name: '', service: '', answer: 'stored' }
const IN = { ...FEEDBACK_IN, emitResends: false }
const REGISTER = { version: 1, name: '', store: '', query: 'open', limit: '100' }
const RESPONSE = {
  version: 1,
  name: '',
  outcome: 'auto',
  code: '500',
  desc: '',
  descType: 'str',
  format: 'auto',
  jsonSuccess: '0',
}
const PARSER = {
  version: 1,
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
}

/** Type, ports (none = a config node), settings with their defaults, credentials. */
export const NODES = {
  'crisis-store': ['crisis store', undefined, STORE, ['password']],
  'crisis-peer': ['crisis peer', undefined, PEER, ['licence']],
  'crisis-service': ['crisis service', undefined, SERVICE, ['licences']],
  'crisis-out': ['crisis out', [1, 2], OUT, []],
  'crisis-in': ['crisis in', [0, 1], IN, []],
  'crisis-feedback-out': ['crisis feedback out', [1, 2], FEEDBACK_OUT, []],
  'crisis-feedback-in': ['crisis feedback in', [0, 1], FEEDBACK_IN, []],
  'generic-response': ['generic response', [1, 1], RESPONSE, []],
  'crisis-parser': ['crisis parser', [1, 1], PARSER, ['licence']],
  'crisis-register': ['crisis register', [1, 1], REGISTER, []],
} as const satisfies Record<
  string,
  readonly [string, readonly [number, number] | undefined, object, readonly string[]]
>

export const SETS = Object.keys(NODES) as (keyof typeof NODES)[]
const definitions = loadDefinitions(SETS)

export const definitionOf = (set: keyof typeof NODES) => definitions.get(NODES[set][0])!

/** What a validator says of a value, for a node with these settings. */
export function verdict(
  set: keyof typeof NODES,
  name: string,
  value: unknown,
  settings: object = {},
) {
  const node = { ...NODES[set][2], ...settings }
  return definitionOf(set).defaults[name]!.validate!.call(node, value, {})
}
