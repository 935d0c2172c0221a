import {
  gateway,
  JSON_TYPE,
  requestOf,
  ruleProblems,
  type Channel,
  type GatewayOptions,
  type GatewayRule,
  type GatewayRules,
  type HttpDoor,
  type Page,
} from '../../src/delivery/channels/index.js'
import { isBlank, type Reason } from '../../src/messages/index.js'
import {
  isCallable,
  requireTypable,
  secretsIn,
  SettingError,
  typedValue,
  type ChannelConfig,
  type ChannelCredentials,
  type GatewayRuleRow,
} from '../settings/index.js'
import { invalid, missing } from './setting-errors.js'

/** @throws SettingError */
export function gatewayOf(
  config: ChannelConfig,
  credentials: Readonly<ChannelCredentials>,
  door: HttpDoor,
): Channel {
  const options = { ...requestOptionsOf(config, credentials), rules: rulesOf(config.rules), door }
  // A template that cannot be filled is told of at once, not at the first page.
  previewOf(options)
  return gateway(options)
}

/** The settings of a gateway that make its requests. */
export type RequestOptions = Pick<
  GatewayOptions,
  'url' | 'body' | 'headers' | 'secrets' | 'together' | 'separator'
>

/** @throws SettingError */
export function requestOptionsOf(
  config: ChannelConfig,
  { secrets = '' }: Readonly<ChannelCredentials>,
): RequestOptions {
  const url = config.url.trim()
  if (url === '') throw missing('未填写网关地址', 'The address of the gateway is missing')
  requireTypable(url)
  if (!isCallable(url)) {
    throw invalid(
      '网关地址应以 http:// 或 https:// 开头',
      'The address of the gateway should begin with http:// or https://',
    )
  }
  const given = headersIn(config.headers)
  // Without a body there is no type either.
  const headers = isBlank(config.body) ? given : { ...JSON_TYPE, ...given }
  const { body, together, separator } = config
  const isBare = Object.keys(headers).length === 0
  return {
    url,
    body,
    together,
    separator,
    secrets: secretsIn(secrets),
    ...(!isBare && { headers }),
  }
}

/** @throws SettingError */
function headersIn(text: string): Readonly<Record<string, string>> {
  if (isBlank(text)) return {}
  let given: unknown
  try {
    given = JSON.parse(text)
  } catch {
    // Told below.
  }
  const isObject = typeof given === 'object' && given !== null && !Array.isArray(given)
  const entries: readonly (readonly [string, unknown])[] = isObject ? Object.entries(given!) : []
  const isText = (entry: readonly [string, unknown]): entry is readonly [string, string] =>
    typeof entry[1] === 'string'
  if (!isObject || !entries.every(isText)) {
    throw invalid(
      '请求头应为 JSON 对象，其中的值都是文本，例如 {"authorization": "Bearer {{secret:token}}"}',
      'The headers should be a JSON object of texts, such as {"authorization": "Bearer {{secret:token}}"}',
    )
  }
  return Object.fromEntries(entries.map(([name, value]) => [name.toLowerCase(), value]))
}

/** A rule that cannot be used, by its row from 1; null = none in particular. */
export interface RowProblem {
  readonly row: number | null
  readonly reason: Reason
}

/** The rules that rows mean, and the faults in them. */
export function readRules(rows: readonly GatewayRuleRow[]): {
  readonly rules: GatewayRules
  readonly problems: readonly RowProblem[]
} {
  const numbered = rows.map((row, i) => ({ ...row, row: i + 1 }))
  const wrong = numbered.filter(({ equals }) => typedValue(equals).isWrong)
  const untyped = wrong.map(({ row }): RowProblem => ({ row, reason: UNTYPED }))
  const listOf = (verdict: GatewayRuleRow['verdict']) =>
    numbered.filter((row) => row.verdict === verdict)
  const lists = { accepted: listOf('accepted'), refused: listOf('refused'), retry: listOf('retry') }
  const rules = {
    accepted: lists.accepted.map(ruleOf),
    refused: lists.refused.map(ruleOf),
    retry: lists.retry.map(ruleOf),
  }
  const found = ruleProblems(rules).map(({ path, reason }): RowProblem => {
    const [list = '', index] = path.split('/')
    const row = lists[list as keyof typeof lists][Number(index)]?.row
    return { row: index === undefined ? null : (row ?? null), reason }
  })
  return { rules, problems: [...untyped, ...found] }
}

const UNTYPED: Reason = {
  zh: '值应为 JSON：数字写 0，文本写 "0"，或 true、false、null',
  en: 'A value is JSON: 0 for the number, "0" for the text, or true, false, null',
}

function ruleOf({ status, pointer, equals }: GatewayRuleRow): GatewayRule {
  const { value } = typedValue(equals) as { readonly value?: GatewayRule['equals'] }
  return {
    ...(!isBlank(status) && { status: status.trim() }),
    ...(!isBlank(pointer) && { pointer: pointer.trim() }),
    ...(value !== undefined && { equals: value }),
  }
}

/** @throws SettingError SETTING_INVALID with the first fault, and its row */
function rulesOf(rows: readonly GatewayRuleRow[]): GatewayRules {
  const { rules, problems } = readRules(rows)
  const [first] = problems
  if (!first) return rules
  throw new SettingError('SETTING_INVALID', withRow(first))
}

export const withRow = ({ row, reason }: RowProblem): Reason =>
  row === null
    ? reason
    : { zh: `应答规则第 ${row} 条：${reason.zh}`, en: `Rule ${row} of the answers: ${reason.en}` }

/** A page to try a template with. It has a line end and quotes, which a template must survive. */
const SAMPLE: Page = {
  id: 'sample',
  to: ['13800000000', '13900000000'],
  text: '危急值 "1级"\n请登录系统处理',
  title: '危急值 1级',
  level: '1',
  link: 'https://crisis.example/1',
  urgent: true,
}

/**
 * The request that a sample page makes.
 * @throws SettingError SETTING_INVALID for a template that cannot be filled
 */
export function previewOf(options: RequestOptions): string {
  const to = options.together ? SAMPLE.to : '13800000000'
  const request = requestOf(options, SAMPLE, to)
  if ('problem' in request) throw new SettingError('SETTING_INVALID', request.problem.reason)
  const { url, body, headers = {} } = request
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`)
  return [`${body === undefined ? 'GET' : 'POST'} ${url}`, ...lines, '', body ?? '']
    .join('\n')
    .trimEnd()
}
