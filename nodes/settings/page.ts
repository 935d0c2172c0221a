import { SETTINGS_VERSION, type NumberRules } from './rules.js'

/** A channel that is tried when those before it have failed. */
export interface PageChannelRow {
  /** The id of a `crisis channel` node. */
  channel: string
}

export interface PageConfig {
  version: number
  name: string
  store: string
  /** The id of the `crisis channel` that is tried first. */
  channel: string
  rows: PageChannelRow[]
  /** Named in front of a page; blank = nobody. */
  hospital: string
  /** Blank = the language of the hospital. */
  language: '' | 'zh-CN' | 'en-US'
  /** The id of a `crisis acknowledge` node, by whose one-time links people answer; blank = by none. */
  acknowledge: string
  /** The address to log in at; `{id}` stands for the id of the critical value. Blank = no link. */
  link: string
  /** Time in which a page that no plan has asked for makes sense, in minutes. */
  lifeMinutes: string
  /** Time in which the flow has to say what became of a page that it sends itself, in seconds. */
  answerSeconds: string
  /** 3 where a channel is *this flow*: its pages leave by the third. */
  outputs: number
}

export const PAGE_DEFAULTS = {
  version: SETTINGS_VERSION,
  name: '',
  store: '',
  channel: '',
  rows: [],
  hospital: '',
  language: '',
  acknowledge: '',
  link: '',
  lifeMinutes: '30',
  answerSeconds: '30',
  outputs: 2,
} satisfies PageConfig

export const PAGE_NUMBERS = {
  lifeMinutes: { least: 1, most: 1440, fallback: 30 },
  answerSeconds: { least: 1, most: 600, fallback: 30 },
} as const satisfies NumberRules<PageConfig>

/** All channels of a page in the order in which they are tried, each once. */
export const channelsOf = ({
  channel,
  rows,
}: Pick<PageConfig, 'channel' | 'rows'>): readonly string[] => [
  ...new Set([channel, ...rows.map((row) => row.channel)].filter((id) => id !== '')),
]
