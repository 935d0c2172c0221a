import { createHmac } from 'node:crypto'
import { distinct } from './addresses.js'
import type { Channel, Page, Verdict } from './contract.js'
import { ACCEPTED } from './contract.js'
import { guarded } from './guarded.js'
import { exchange, type HttpDoor, type HttpReply } from './http-call.js'
import { fieldOf, type Json } from './json.js'
import { clipped, mentionsOf } from './mentions.js'
import { contradiction, later, refusal, verdictOf, type CodeTable } from './reply-code.js'
import { Secrets, secretsOfAddress } from './secrets.js'

export interface FeishuRobotOptions {
  readonly door: HttpDoor
  /** The address that Feishu or Lark shows for the robot: a secret, since its end is the key. */
  readonly webhook: string
  /** The secret that the robot's messages are signed with, where it is set so. */
  readonly signSecret?: string | undefined
  /** Milliseconds since the epoch. Default is the clock of the machine. */
  readonly now?: () => number
}

/**
 * Answers of a Feishu robot, from the guide to custom bots (open.feishu.cn, `ucTM5YjL3ETO24yNxkjN`) and the page on
 * rate limits (`uUzN04SN3QjL1cDN`); 19001 as it is met in the field. A number that is not listed is a refusal as well.
 */
export const FEISHU_CODES: CodeTable = new Map([
  [9499, refusal('请求格式不正确或过大', 'the request is malformed or too big')],
  [11232, later('系统限流', 'too many messages')],
  [19001, refusal('webhook 地址无效', 'the webhook is invalid')],
  [19002, refusal('参数不正确', 'a parameter is wrong')],
  [
    19021,
    refusal('签名不符，或时间相差超过一小时', 'the signature is wrong, or the clock an hour off'),
  ],
  [19022, refusal('本机出口 IP 不在白名单中', 'our IP address is not allowed')],
  [19024, refusal('缺少自定义关键词', 'a keyword that the robot asks for is missing')],
  [99_991_400, later('调用频率超过限制', 'there were too many calls')],
])

const FEISHU = {
  name: { zh: '飞书机器人', en: 'the Feishu robot' },
  prefix: 'FEISHU',
  code: 'code',
  words: 'msg',
  table: FEISHU_CODES,
} as const

/** A request may have 20 KB. */
const TEXT_BYTES = 18_000

/**
 * HMAC-SHA256 of nothing, with time in seconds, line feed and secret as the key, in base64. The time may be an
 * hour off.
 */
export const feishuSign = (signSecret: string, seconds: number): string =>
  createHmac('sha256', `${seconds}\n${signSecret}`).digest('base64')

/** The request body of a text message, signed where there is a secret. */
export function feishuBody(
  { text, to }: Pick<Page, 'text' | 'to'>,
  signing?: { readonly signSecret: string; readonly seconds: number },
): unknown {
  const { all, mobiles, users } = mentionsOf(distinct(to))
  const ids = [...users, ...mobiles, ...(all ? ['all'] : [])]
  const tags = ids.map((id) => `<at user_id="${id.replace(/["<>&]/g, '')}"></at>`)
  return {
    ...(signing && {
      timestamp: `${signing.seconds}`,
      sign: feishuSign(signing.signSecret, signing.seconds),
    }),
    msg_type: 'text',
    content: { text: [clipped(text, TEXT_BYTES), ...tags].join(' ') },
  }
}

/** A robot in a group of Feishu or Lark: 100 messages a minute and 5 a second (`RATES`). */
export function feishuRobot(options: FeishuRobotOptions): Channel {
  const { door, webhook, signSecret, now = Date.now } = options
  const base = new Secrets([...secretsOfAddress(webhook), signSecret])
  return guarded(async (page, signal) => {
    const seconds = Math.floor(now() / 1000)
    const secrets = signSecret ? base.with(feishuSign(signSecret, seconds)) : base
    const body = JSON.stringify(feishuBody(page, signSecret ? { signSecret, seconds } : undefined))
    const done = await exchange(door, { url: webhook, body }, secrets, signal)
    const verdict = done.reply ? feishuVerdict(done.reply, done.json, secrets) : done.failed
    return { ...verdict, ...done.evidence }
  })
}

/**
 * By `code`. Robots of the first version answer `StatusCode` alone; where there are both, they must agree.
 */
function feishuVerdict(reply: HttpReply, json: Json | undefined, secrets: Secrets): Verdict {
  const old = { ...FEISHU, code: 'StatusCode', words: 'StatusMessage' }
  const beside = fieldOf(json, 'StatusCode')
  if (fieldOf(json, 'code') === undefined) return verdictOf(old, reply, json, secrets)
  const verdict = verdictOf(FEISHU, reply, json, secrets)
  const agrees = beside === undefined || beside === 0
  return verdict === ACCEPTED && !agrees ? contradiction(FEISHU.name, reply) : verdict
}
