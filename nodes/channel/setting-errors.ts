import { SettingError } from '../settings/index.js'

export const missing = (zh: string, en: string): SettingError =>
  new SettingError('SETTING_MISSING', { zh, en })

export const invalid = (zh: string, en: string): SettingError =>
  new SettingError('SETTING_INVALID', { zh, en })
