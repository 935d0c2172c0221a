import { translate, type TranslateOptions } from '../../src/bridges/index.js'
import { contextOf, type Face, type FlowMessage, type Send } from '../face/index.js'
import {
  numberSetting,
  PARSER_DEFAULTS,
  PARSER_NUMBERS,
  SettingError,
  settingsOf,
  zoneSetting,
  type ParserConfig,
  type ParserCredentials,
} from '../settings/index.js'
import { besideOf } from './beside.js'

/** Turns the document in a message into its other form, or into another language. */
export async function parse(
  face: Face,
  saved: ParserConfig,
  msg: FlowMessage,
  send: Send,
): Promise<void> {
  const config = settingsOf<ParserConfig>(saved, PARSER_DEFAULTS)
  const { runtime } = face
  const { value, context, beside } = translate({
    value: runtime.property(msg, config.property),
    context: BRIDGES.has(config.action) ? besideOf(msg) : {},
    config: optionsOf(config),
    licence: face.credentials<ParserCredentials>().licence ?? '',
    to: typeof msg['to'] === 'string' ? msg['to'] : undefined,
    language: runtime.language,
    now: new Date(),
  })
  runtime.setProperty(msg, config.property, value)
  for (const [name, part] of Object.entries(beside)) msg[name] = part
  msg.crisis = { ...contextOf(msg), ...context }
  face.show('activity', 'ready')
  send([msg])
}

/** The actions that put into words what stands beside the document. */
const BRIDGES: ReadonlySet<ParserConfig['action']> = new Set(['fhir', 'hl7', 'paging'])

/** @throws SettingError SETTING_INVALID */
function optionsOf(config: ParserConfig): TranslateOptions {
  zoneSetting(config.zone)
  const isPage = config.action === 'paging'
  if (isPage) requireLink(config.pagingLink.trim())
  return { ...config, minutes: isPage ? minutesOf(config.pagingMinutes) : undefined }
}

/** @throws SettingError SETTING_INVALID */
function minutesOf(text: string): number | undefined {
  if (text.trim() === '') return undefined
  return numberSetting('pagingMinutes', text, PARSER_NUMBERS.pagingMinutes)
}

/** @throws SettingError SETTING_INVALID */
function requireLink(link: string): void {
  const example = link.replaceAll('{id}', 'id')
  if (link === '' || (/^https?:\/\/[^\s/?#]/i.test(example) && URL.canParse(example))) return
  throw new SettingError('SETTING_INVALID', {
    zh: '通知中的链接应以 http:// 或 https:// 开头',
    en: 'The link of a page should begin with http:// or https://',
  })
}
