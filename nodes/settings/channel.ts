import { SETTINGS_VERSION } from './rules.js'

export type ChannelKind = 'wecomRobot' | 'dingtalk' | 'feishu' | 'ntfy' | 'flow'

export interface ChannelConfig {
  version: number
  name: string
  store: string
  kind: ChannelKind
  /** Root of the ntfy server. */
  server: string
}

export const CHANNEL_DEFAULTS = {
  version: SETTINGS_VERSION,
  name: '',
  store: '',
  kind: 'ntfy',
  server: '',
} satisfies ChannelConfig
