import { distinct } from './addresses.js'
import type { Channel, Page } from './contract.js'
import { guarded } from './guarded.js'
import { exchange, type HttpDoor } from './http-call.js'
import { clipped, mentionsOf } from './mentions.js'
import { verdictOf } from './reply-code.js'
import { Secrets, secretsOfAddress } from './secrets.js'
import { WECOM, WECOM_TEXT_BYTES } from './wecom-codes.js'

export interface WecomRobotOptions {
  readonly door: HttpDoor
  /** The address that WeCom shows for the robot, its key included: a secret. */
  readonly webhook: string
}

/** The request body of a text message (developer.work.weixin.qq.com/document/path/99398). */
export function wecomRobotBody({ text, to }: Pick<Page, 'text' | 'to'>): unknown {
  const { all, mobiles, users } = mentionsOf(distinct(to))
  const list = [...users, ...(all ? ['@all'] : [])]
  return {
    msgtype: 'text',
    text: {
      content: clipped(text, WECOM_TEXT_BYTES),
      ...(list.length > 0 && { mentioned_list: list }),
      ...(mobiles.length > 0 && { mentioned_mobile_list: mobiles }),
    },
  }
}

/**
 * A robot in a group of WeCom: 20 messages a minute (`RATES`). Its answer says that the group has the message, and
 * nothing of those who are mentioned.
 */
export function wecomRobot({ door, webhook }: WecomRobotOptions): Channel {
  const secrets = new Secrets(secretsOfAddress(webhook))
  return guarded(async (page, signal) => {
    const body = JSON.stringify(wecomRobotBody(page))
    const done = await exchange(door, { url: webhook, body }, secrets, signal)
    const verdict = done.reply ? verdictOf(WECOM, done.reply, done.json, secrets) : done.failed
    return { ...verdict, ...done.evidence }
  })
}
