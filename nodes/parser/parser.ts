import {
  readMappingTable,
  translate,
  type MappingTable,
  type TranslateOptions,
} from '../../src/bridges/index.js'
import { firstProblem } from '../../src/messages/index.js'
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

type Options = TranslateOptions & Pick<ParserConfig, 'property'>

/** Makes a node turn the documents in its messages into their other form, or into another language. */
export function parseFor(face: Face, saved: ParserConfig): void {
  let options: Options | undefined
  const read = (): Options => (options ??= optionsOf(saved))
  face.onInput(async (msg, send) => parse(face, read(), msg, send))
  if (!MAPPINGS.has(saved.action)) return
  face.onceStarted(() => {
    try {
      read()
    } catch (thrown) {
      face.show('fault', 'badSetting')
      face.fail(thrown)
    }
  })
}

function parse(face: Face, options: Options, msg: FlowMessage, send: Send): void {
  const { runtime } = face
  const { property } = options
  const { value, context, beside } = translate({
    value: runtime.property(msg, property),
    context: BRIDGES.has(options.action) ? besideOf(msg) : {},
    config: options,
    licence: face.credentials<ParserCredentials>().licence ?? '',
    to: typeof msg['to'] === 'string' ? msg['to'] : undefined,
    language: runtime.language,
    now: new Date(),
  })
  runtime.setProperty(msg, property, value)
  for (const [name, part] of Object.entries(beside)) msg[name] = part
  msg.crisis = { ...contextOf(msg), ...context }
  face.show('activity', 'ready')
  send([msg])
}

/** The actions whose table is said to be wrong at the start, before a document comes. */
const MAPPINGS: ReadonlySet<ParserConfig['action']> = new Set(['mapIn', 'mapOut'])

/** The actions that put into words what stands beside the document. */
const BRIDGES: ReadonlySet<ParserConfig['action']> = new Set(['fhir', 'hl7', 'paging'])

/** @throws SettingError SETTING_INVALID */
function optionsOf(saved: ParserConfig): Options {
  const config = settingsOf<ParserConfig>(saved, PARSER_DEFAULTS)
  zoneSetting(config.zone)
  const isPage = config.action === 'paging'
  if (isPage) requireLink(config.pagingLink.trim())
  return {
    ...config,
    minutes: isPage ? minutesOf(config.pagingMinutes) : undefined,
    table: MAPPINGS.has(config.action) ? tableOf(config.mapping) : undefined,
  }
}

/** @throws SettingError SETTING_INVALID, with the place */
function tableOf(mapping: object): MappingTable {
  const read = readMappingTable(mapping)
  if ('value' in read) return read.value
  const { zh, en } = firstProblem(read.problems)
  throw new SettingError('SETTING_INVALID', { zh: `映射表 ${zh}`, en: `Mapping ${en}` })
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
