import {
  dingtalkBody,
  feishuBody,
  mentionsOf,
  ntfyBody,
  wecomRobotBody,
} from '../delivery/channels/index.js'
import { isBlank, type Crisis } from '../messages/index.js'
import { BridgeError } from './errors.js'
import { levelOf } from './page-level.js'
import type { Situation } from './situation.js'

export type PagingLanguage = 'zh-CN' | 'en-US'

export type PagingChannel = 'wecom' | 'dingtalk' | 'feishu' | 'ntfy' | 'telegram' | 'sms'

export interface PagingOptions {
  readonly crisis: Crisis
  /** The alert's id; only its short form is shown. */
  readonly id: string
  readonly language: PagingLanguage
  /** Minutes left to act. Absent or none left = at once. */
  readonly minutes?: number | undefined
  readonly hospital?: string | undefined
  /** Address to log in at; must name no patient, as the rest of the page does not. */
  readonly link?: string | undefined
  /** Told in the page, so that nobody acts on a void value or takes a correction for a repeat. Default is `first`. */
  readonly situation?: Situation | undefined
  /** True when the same was paged before and is handed out again. Default is false. */
  readonly repeated?: boolean | undefined
  /** True when the text was damaged before it came: the page then says so. Default is false. */
  readonly damaged?: boolean | undefined
}

/** The properties that the common notification nodes read from a message. */
export interface PagingText {
  readonly payload: string
  readonly topic: string
  readonly title: string
  readonly message: string
  /** 0 to 2, and always 2: a level code is a soft datum, and no page is ever ranked lower on a guess (A15). */
  readonly priority: number
}

/**
 * The text that calls a person. It names neither the patient nor the finding, which do not belong on a
 * telephone's lock screen or in a group chat: it says which alert, how grave, and asks to log in.
 */
export function pagingText(options: PagingOptions): PagingText {
  const { language } = options
  const words = {
    alert: shortId(options.id),
    level: levelOf(options.crisis.CrisisCode),
    minutes: minutesLeft(options.minutes),
    hospital: options.hospital?.trim() ?? '',
    link: options.link?.trim() ?? '',
    situation: options.situation ?? 'first',
    repeated: options.repeated ?? false,
    damaged: options.damaged ?? false,
  }
  const { title, text } = language === 'zh-CN' ? chinese(words) : english(words)
  return { payload: text, topic: title, title, message: text, priority: 2 }
}

interface Words {
  /** ' #' and the short id, or '' when the id has none. */
  readonly alert: string
  /** '' = not known. */
  readonly level: string
  readonly minutes: number | undefined
  readonly hospital: string
  readonly link: string
  readonly situation: Situation
  readonly repeated: boolean
  readonly damaged: boolean
}

const TITLES: Readonly<Record<Situation, { readonly zh: string; readonly en: string }>> = {
  first: { zh: '危急值', en: 'Critical value' },
  corrected: { zh: '危急值更正', en: 'Critical value corrected' },
  wrongPatient: { zh: '危急值：病人可能有误', en: 'Critical value, possibly the wrong patient' },
  cancelled: { zh: '危急值作废', en: 'Critical value cancelled' },
}

function chinese(words: Words) {
  const { alert, level, minutes, hospital, link, situation, repeated, damaged } = words
  const title = `${repeated ? '重复通知：' : ''}${TITLES[situation].zh}${alert}`
  const from = hospital === '' ? '' : `【${hospital}】`
  const grave = level === '' ? '级别见系统' : `${level}级`
  const when = minutes === undefined ? '立即' : `于${minutes}分钟内`
  const act: Readonly<Record<Situation, string>> = {
    first: `请${when}登录系统处理。`,
    corrected: `内容已更正，请${when}登录系统按更正后的内容处理。`,
    wrongPatient: `同一检查的病人号前后不一，请${when}登录系统核实病人后再处理。`,
    cancelled: '该危急值已作废，请勿据此处理，详情见系统。',
  }
  const warning = damaged ? '文字可能有乱码，请核对原报告。' : ''
  const where = link === '' ? '' : ` ${link}`
  return { title, text: `${from}${title}（${grave}），${act[situation]}${warning}${where}` }
}

function english(words: Words) {
  const { alert, level, minutes, hospital, link, situation, repeated, damaged } = words
  const title = `${repeated ? 'Repeated: ' : ''}${TITLES[situation].en}${alert}`
  const from = hospital === '' ? '' : `[${hospital}] `
  const grave = level === '' ? 'see the system for its level' : `level ${level}`
  const when =
    minutes === undefined ? 'at once' : `within ${minutes} ${minutes === 1 ? 'minute' : 'minutes'}`
  const act: Readonly<Record<Situation, string>> = {
    first: `log in and act ${when}.`,
    corrected: `its content was corrected; log in and act on it ${when}.`,
    wrongPatient: `the exam was sent for two patients; log in ${when} and check which is right before acting.`,
    cancelled: 'it is void; do not act on it. Log in for details.',
  }
  const warning = damaged ? ' Its text may be garbled: check the original report.' : ''
  const where = link === '' ? '' : ` ${link}`
  return { title, text: `${from}${title} (${grave}): ${act[situation]}${warning}${where}` }
}

const SHORT_ID_LENGTH = 6

/** Long enough to tell open alerts apart, short enough to say over the telephone. */
function shortId(id: string): string {
  const short = id
    .replace(/[^0-9A-Za-z]/g, '')
    .slice(-SHORT_ID_LENGTH)
    .toUpperCase()
  return short === '' ? '' : ` #${short}`
}

function minutesLeft(minutes: number | undefined): number | undefined {
  const whole = Math.floor(minutes ?? 0)
  return Number.isFinite(whole) && whole > 0 ? whole : undefined
}

export interface PagingTarget {
  /** The ntfy topic, the Telegram chat or the telephone number. */
  readonly to?: string | undefined
  /** Mobile numbers or user ids of the channel, or `all`; SMS and ntfy mention nobody. */
  readonly mention?: readonly string[] | undefined
  /** The address that a tap on an ntfy notice opens. */
  readonly link?: string | undefined
}

/**
 * The request body for a channel's webhook. The robots of WeCom, DingTalk and Feishu carry their address in the URL.
 * For SMS the body is plain `{to, text}`, since every gateway has its own shape.
 * @throws BridgeError PAGING_ADDRESS_MISSING, PAGING_CHANNEL_UNKNOWN
 */
export function pagingBody(
  channel: PagingChannel,
  { title, message: text }: PagingText,
  { to, mention = [], link }: PagingTarget = {},
): unknown {
  switch (channel) {
    case 'wecom':
      return wecomRobotBody({ text, to: mention })
    case 'dingtalk':
      return dingtalkBody({ text, to: mention })
    case 'feishu':
      return feishuBody({ text, to: mention })
    case 'ntfy':
      return ntfyBody({ title, text, urgent: true, link }, addressOf(to))
    case 'telegram': {
      const names = mentionsOf(mention).users.map((name) => `@${name.replace(/^@/, '')}`)
      return { chat_id: addressOf(to), text: [text, ...names].join(' ') }
    }
    case 'sms':
      return { to: addressOf(to), text }
    default:
      // The channel may come out of a message, where no compiler has looked.
      channel satisfies never
      throw new BridgeError('PAGING_CHANNEL_UNKNOWN', {
        zh: '未知的通知渠道，通知未发出，请检查渠道设置',
        en: 'The paging channel is unknown, so nobody would be paged; check its setting',
      })
  }
}

/** A page to nobody would be accepted by some gateways and reach no one. */
function addressOf(to: string | undefined): string {
  if (to === undefined || isBlank(to)) {
    throw new BridgeError('PAGING_ADDRESS_MISSING', {
      zh: '未设置接收地址（手机号、会话或主题），通知无法送达，请改用其他方式通知',
      en: 'No address is set (telephone number, chat or topic), so nobody would be paged; notify in another way',
    })
  }
  return to.trim()
}
