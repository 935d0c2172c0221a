import { later, refusal, type CodeTable } from './reply-code.js'

/** By minute: what is over it is blocked for 60 s (developer.work.weixin.qq.com/document/path/90454). */
const BLOCKED_MS = 60_000

/**
 * Answers of WeCom, from its table of global codes (developer.work.weixin.qq.com/document/path/90455). A number
 * that is not listed here is a refusal as well.
 */
export const WECOM_CODES: CodeTable = new Map([
  [-1, later('系统繁忙', 'the system is busy')],
  [6000, later('数据版本冲突', 'another call changed the same data')],
  [40001, refusal('secret 不正确', 'the secret is wrong')],
  [40003, refusal('无效的成员账号', 'the user id is invalid')],
  [40008, refusal('消息类型或格式不正确', 'the type or form of the message is wrong')],
  [40013, refusal('企业 ID 不正确', 'the corp id is wrong')],
  [40014, refusal('access_token 无效', 'the access token is invalid')],
  [40031, refusal('成员账号列表不正确', 'the list of user ids is wrong')],
  [40032, refusal('成员账号过多', 'there are too many user ids')],
  [40056, refusal('应用 agentid 不正确', 'the agent id is wrong')],
  [40058, refusal('参数不正确，或内容过长', 'a parameter is wrong, or the text is too long')],
  [41001, refusal('缺少 access_token', 'the access token is missing')],
  [42001, refusal('access_token 已过期', 'the access token has expired')],
  [44004, refusal('内容为空', 'the text is empty')],
  [45002, refusal('内容过长', 'the text is too long')],
  [45009, later('调用频率超过限制', 'there were too many calls', BLOCKED_MS)],
  [45033, later('并发调用超过限制', 'there are too many calls at a time')],
  [48002, refusal('应用无此接口权限', 'the application may not call this')],
  [60011, refusal('应用无权限访问该成员', 'the application may not reach this user')],
  [60020, refusal('本机出口 IP 不在可信列表中', 'our IP address is not on the trusted list')],
  [60111, refusal('成员账号不存在', 'there is no such user id')],
  [81013, refusal('成员、部门和标签全部无效', 'all users, departments and tags are invalid')],
  [
    93000,
    refusal('webhook 地址无效，或机器人已被移出群', 'the webhook is invalid or its robot removed'),
  ],
  [93008, refusal('机器人不在群中', 'the robot is not in the group')],
  [301002, refusal('无权操作该应用', 'the secret belongs to another application')],
])

export const WECOM_NAME = { zh: '企业微信', en: 'WeCom' } as const

export const WECOM = {
  name: WECOM_NAME,
  prefix: 'WECOM',
  code: 'errcode',
  words: 'errmsg',
  table: WECOM_CODES,
} as const

/** Most bytes of a text message (documents 90236 and 99398). */
export const WECOM_TEXT_BYTES = 2048
