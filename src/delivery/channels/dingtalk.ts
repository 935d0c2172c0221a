import { createHmac } from 'node:crypto'
import { distinct } from './addresses.js'
import type { Channel, Page } from './contract.js'
import { guarded } from './guarded.js'
import { exchange, type HttpDoor } from './http-call.js'
import { clipped, mentionsOf } from './mentions.js'
import { later, refusal, verdictOf, type CodeTable } from './reply-code.js'
import { Secrets, secretsOfAddress } from './secrets.js'

export interface DingtalkRobotOptions {
  readonly door: HttpDoor
  /** The address that DingTalk shows for the robot, its access token included: a secret. */
  readonly webhook: string
  /** The secret that the robot's messages are signed with, where it is set so. */
  readonly signSecret?: string | undefined
  /** Milliseconds since the epoch. Default is the clock of the machine. */
  readonly now?: () => number
}

/** Past 20 messages a minute a robot takes nothing for ten minutes. */
const THROTTLED_MS = 600_000

/**
 * Answers of a DingTalk robot: the table beside "custom robots send group messages" on open.dingtalk.com, and
 * 130101, 300001 and 300005 as they are met in the field. A number that is not listed is a refusal as well.
 */
export const DINGTALK_CODES: CodeTable = new Map([
  [-1, later('系统繁忙', 'the system is busy')],
  [88, refusal('鉴权失败', 'the access token is refused')],
  [40035, refusal('缺少参数', 'a parameter is missing')],
  [43004, refusal('内容类型不正确', 'the content type is wrong')],
  [90030, refusal('webhook 调用次数达到上限', 'the number of calls is used up')],
  [130101, later('发送过快，限流十分钟', 'too many messages; ten minutes', THROTTLED_MS)],
  [300001, refusal('access_token 不存在', 'there is no such access token')],
  [300005, refusal('access_token 不存在', 'there is no such access token')],
  [
    310000,
    refusal('安全设置未通过（关键词、签名、时间或 IP）', 'keyword, sign, time or IP is refused'),
  ],
  [400013, refusal('群已被解散', 'the group was dissolved')],
  [400101, refusal('access_token 不存在', 'there is no such access token')],
  [400102, refusal('机器人已停用', 'the robot is switched off')],
  [400105, refusal('不支持的消息类型', 'the type of the message is not supported')],
  [400106, refusal('机器人不在群中', 'the robot is not in the group')],
  [410100, later('发送过快，限流', 'too many messages', THROTTLED_MS)],
  [430101, refusal('含有不安全的外链', 'a link is taken for unsafe')],
  [430102, refusal('含有不合适的文本', 'the text is taken for improper')],
  [430103, refusal('含有不合适的图片', 'a picture is taken for improper')],
  [430104, refusal('含有不合适的内容', 'the content is taken for improper')],
])

const DINGTALK = {
  name: { zh: '钉钉机器人', en: 'the DingTalk robot' },
  prefix: 'DINGTALK',
  code: 'errcode',
  words: 'errmsg',
  table: DINGTALK_CODES,
} as const

/** Most bytes of a request, with room for its frame. */
const TEXT_BYTES = 18_000

/** The request body of a text message; a mention shows only where the text names it too. */
export function dingtalkBody({ text, to }: Pick<Page, 'text' | 'to'>): unknown {
  const { all, mobiles, users } = mentionsOf(distinct(to))
  const named = [...mobiles, ...users].map((one) => `@${one}`)
  return {
    msgtype: 'text',
    text: { content: [clipped(text, TEXT_BYTES), ...named].join(' ') },
    ...(to.length > 0 && { at: { atMobiles: mobiles, atUserIds: users, isAtAll: all } }),
  }
}

/**
 * The address with the time in ms and the signature: HMAC-SHA256 of time, line feed and secret with the secret as
 * key, in base64. It is good for an hour.
 */
export function dingtalkAddress(webhook: string, signSecret: string, now: number): string {
  const sign = createHmac('sha256', signSecret).update(`${now}\n${signSecret}`).digest('base64')
  const separator = webhook.includes('?') ? '&' : '?'
  return `${webhook}${separator}timestamp=${now}&sign=${encodeURIComponent(sign)}`
}

/** A robot in a group of DingTalk: 20 messages a minute (`RATES`), or it takes nothing for ten minutes. */
export function dingtalkRobot(options: DingtalkRobotOptions): Channel {
  const { door, webhook, signSecret, now = Date.now } = options
  const base = new Secrets([...secretsOfAddress(webhook), signSecret])
  return guarded(async (page, signal) => {
    const signed = signSecret ? dingtalkAddress(webhook, signSecret, now()) : webhook
    const secrets = signSecret ? base.with(...signatureOf(signed)) : base
    const body = JSON.stringify(dingtalkBody(page))
    const done = await exchange(door, { url: signed, body }, secrets, signal)
    const verdict = done.reply ? verdictOf(DINGTALK, done.reply, done.json, secrets) : done.failed
    return { ...verdict, ...done.evidence }
  })
}

/** A signature opens the robot for an hour. */
const signatureOf = (address: string): readonly string[] => {
  const sign = /[?&]sign=([^&]*)/.exec(address)?.[1]
  return sign === undefined ? [] : [decodeURIComponent(sign)]
}
