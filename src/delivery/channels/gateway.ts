import { combined, distinct, joined, of } from './addresses.js'
import type { AddressResult, Channel, Page, PageResult } from './contract.js'
import { noAddress } from './contract.js'
import {
  badHeader,
  filledJson,
  filledText,
  type TemplateProblem,
  type TemplateValues,
} from './gateway-template.js'
import { gatewayVerdict, ruleProblems, type GatewayRules } from './gateway-rules.js'
import { guarded } from './guarded.js'
import { exchange, JSON_TYPE, type HttpDoor, type HttpRequest } from './http-call.js'
import { Secrets } from './secrets.js'

export interface GatewayOptions {
  readonly door: HttpDoor
  /** Placeholders in it are written as `encodeURIComponent` does. */
  readonly url: string
  /** A JSON text with placeholders; blank = GET, without a body and without headers of its own. */
  readonly body: string
  /** Default is the content type of JSON. */
  readonly headers?: Readonly<Record<string, string>> | undefined
  readonly rules: GatewayRules
  /** Values of `{{secret:NAME}}`. */
  readonly secrets?: Readonly<Record<string, string>> | undefined
  /** True for one request with all addresses: `to` is then a list. Default is one request for each. */
  readonly together?: boolean
  /** Between addresses where a list stands inside a string. Default is a comma. */
  readonly separator?: string
}

/**
 * Any gateway over HTTP that takes and answers JSON, such as the hospital's for SMS: a template for the request, and
 * rules for the answer. With wrong rules or a template that cannot be filled nothing is sent.
 */
export function gateway(options: GatewayOptions): Channel {
  const { door, rules, together = false } = options
  const secrets = new Secrets(Object.values(options.secrets ?? {}))
  const [wrongRule] = ruleProblems(rules)

  const call = async (page: Page, to: string | readonly string[], signal: AbortSignal) => {
    const request = requestOf(options, page, to)
    if ('problem' in request) return refusedBy(request.problem)
    const done = await exchange(door, request, secrets, signal)
    const verdict = done.reply ? gatewayVerdict(rules, done.reply, done.json) : done.failed
    return { ...verdict, ...done.evidence }
  }

  return guarded(async (page, signal) => {
    if (wrongRule) return refusedBy(wrongRule)
    const addresses = distinct(page.to)
    if (addresses.length === 0) return noAddress
    if (together) return call(page, addresses, signal)
    const results: AddressResult[] = []
    const calls: PageResult[] = []
    for (const address of addresses) {
      const result = await call(page, address, signal)
      calls.push(result)
      results.push(of(address, result))
    }
    const waitMs = calls.find(({ retryAfterMs }) => retryAfterMs !== undefined)?.retryAfterMs
    return { ...combined(results, waitMs), ...joined(calls) }
  })
}

/** The request for a page, or why none can be made. */
export function requestOf(
  options: Pick<GatewayOptions, 'url' | 'body' | 'headers' | 'secrets' | 'separator'>,
  page: Page,
  to: string | readonly string[],
): HttpRequest | { readonly problem: TemplateProblem } {
  const { separator = ',' } = options
  const values = valuesOf(page, to, options.secrets ?? {})
  const url = filledText(options.url, values, separator, encodeURIComponent)
  if (url.problem) return url
  const headers: Record<string, string> = {}
  for (const [name, template] of Object.entries(options.headers ?? JSON_TYPE)) {
    const filled = filledText(template, values, separator, (value) => value)
    if (filled.problem) return filled
    // A line end would begin another header.
    if (!/^[!#$%&'*+.^`|~\w-]+$/.test(name) || !/^[\t\x20-\x7e\x80-\xff]*$/.test(filled.text)) {
      return { problem: badHeader(name) }
    }
    headers[name] = filled.text
  }
  if (options.body.trim() === '') {
    const [header] = Object.keys(options.headers ?? {})
    return header === undefined ? { url: url.text } : { problem: badHeader(header) }
  }
  const body = filledJson(options.body, values, separator)
  return body.problem ? body : { url: url.text, body: body.text, headers }
}

const valuesOf = (
  page: Page,
  to: string | readonly string[],
  secrets: Readonly<Record<string, string>>,
): TemplateValues => ({
  id: page.id,
  to,
  text: page.text,
  title: page.title,
  level: page.level,
  link: page.link ?? '',
  urgent: page.urgent,
  ...Object.fromEntries(Object.entries(secrets).map(([name, value]) => [`secret:${name}`, value])),
})

const refusedBy = ({
  code,
  reason,
}: Pick<TemplateProblem, 'reason'> & { code: string }): PageResult => ({
  class: 'refused',
  code,
  reason,
})
