import type { FieldRow } from './out.js'
import { SETTINGS_VERSION, type NumberRules } from './rules.js'

/** Replies, or digits of a keypad, and the act that they stand for. */
export interface WordRow {
  /** With commas between them. */
  words: string
  action: 'received' | 'processed' | 'refused' | 'passedOn'
}

export interface AcknowledgeConfig {
  version: number
  name: string
  store: string
  /** The PACS whose critical values are meant, as at the service; '' = any. */
  system: string
  /** Of the times in feedback documents: that of the PACS. */
  zone: string
  /** The source of each part of an act; one without a row is looked for in the payload, then in `msg.crisis`. */
  fields: FieldRow[]
  words: WordRow[]
  /** ProcessResult where nobody has given one. */
  result: string
  /** The address of Node-RED's HTTP nodes as telephones reach it; '' = no links. */
  publicUrl: string
  path: string
  linkHours: string
  /** The name of the hospital on the link page. */
  hospital: string
  /** The id of a `crisis roster` node, whose people may take over a link, and whose addresses a person has that it is passed on to. */
  roster: string
  /** Others who may take over a link, one a line: number and name. */
  people: string
  /** Time in which the flow has to act on a message before that counts as given, in seconds. */
  graceSeconds: string
}

export const ACKNOWLEDGE_DEFAULTS = {
  version: SETTINGS_VERSION,
  name: '',
  store: '',
  system: '',
  zone: '+08:00',
  fields: [],
  words: [
    { words: '1, 收到, received', action: 'received' },
    { words: '2, 已处理, processed', action: 'processed' },
    { words: '3, 拒绝, refused', action: 'refused' },
  ],
  result: '已处理',
  publicUrl: '',
  path: '/crisis/link',
  linkHours: '24',
  hospital: '',
  roster: '',
  people: '',
  graceSeconds: '30',
} satisfies AcknowledgeConfig

export const ACKNOWLEDGE_NUMBERS = {
  linkHours: { least: 0.1, most: 168, fallback: 24 },
  graceSeconds: { least: 0, most: 3600, fallback: 30 },
} as const satisfies NumberRules<AcknowledgeConfig>

/** The parts of an act that a row can say. */
export const ACT_FIELDS = [
  'id',
  'ExamNo',
  'ApplyNo',
  'action',
  'person.code',
  'person.name',
  'role',
  'time',
  'how',
  'readBack',
  'note',
  'revision',
  'step',
  'to.code',
  'to.name',
] as const

export type ActField = (typeof ACT_FIELDS)[number]

/** People as they are typed, one a line: a number, a blank or a comma, and a name. */
export const peopleIn = (
  text: string,
): readonly { readonly code: string; readonly name: string }[] =>
  text.split('\n').flatMap((line) => {
    const [code = '', ...name] = line.trim().split(/[\s,，、;；]+/)
    return code === '' ? [] : [{ code, name: name.join(' ') }]
  })

/** A path that can stand behind an address: parts of letters, digits, `-` and `_`. */
export const isPath = (path: string): boolean => /^(?:\/[\w-]+)+\/?$/.test(path.trim())
