import {
  departmentsIn,
  FIELDS_OF,
  fullWidthIn,
  holdsLogin,
  isCallable,
  isZeroAndOther,
  isZone,
  lineAndColumn,
  looksLikeSuccess,
  numberBy,
  shiftsIn,
  perMinuteRule,
  placesIn,
  typedValue,
  withoutPlaceholders,
  type ChannelKind,
  type GatewayRuleRow,
  type NumberRule,
} from './shared.js'

/** A fault of a setting: the key of a text, and what stands in that. */
export interface Wrong {
  readonly key: string
  readonly options?: Readonly<Record<string, string | number>>
}

export type Verdict = true | Wrong

/**
 * A rule for one setting. `${NAME}` never comes this far: the editor accepts it before it asks.
 * @param setting answers with another setting, as it stands in the open dialog, else as it was saved
 */
export type Rule = (value: unknown, setting: (name: string) => unknown) => Verdict

const wrong = (key: string, options?: Wrong['options']): Wrong => ({
  key,
  ...(options && { options }),
})

export const textOf = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' ? String(value).trim() : ''

/** A number within bounds. A flow of an earlier version does not have the setting, which means its default. */
function number(rule: NumberRule): Rule {
  const { least, most, whole = false } = rule
  const key = whole ? 'crisis-store.error.whole' : 'crisis-store.error.number'
  return (value) => {
    const text = textOf(value)
    // The runtime takes a blank for the default; a person who has emptied a field is asked.
    const isGood = text !== '' && numberBy(rule, text) !== undefined
    const isPlain = !whole || /^-?\d+$/.test(text)
    return value === undefined || (isGood && isPlain) || wrong(key, { least, most })
  }
}

/** The rules of all numbers of a node, by the table that the runtime reads them by. */
export const numbers = <Name extends string>(
  table: Readonly<Record<Name, NumberRule>>,
): Record<Name, Rule> =>
  Object.fromEntries(
    Object.entries<NumberRule>(table).map(([name, rule]) => [name, number(rule)]),
  ) as Record<Name, Rule>

export const blankOr =
  (rule: Rule): Rule =>
  (value, setting) =>
    textOf(value) === '' ? true : rule(value, setting)

/** A rule that holds only where another setting makes it matter. */
export const where =
  (applies: (setting: (name: string) => unknown) => boolean, rule: Rule): Rule =>
  (value, setting) =>
    applies(setting) ? rule(value, setting) : true

export const address: Rule = (value) => {
  const given = textOf(value)
  const found = fullWidthIn(given)
  if (found !== undefined) return wrong('crisis-store.error.fullWidth', { found })
  return given === '' || isCallable(given) || wrong('crisis-store.error.address')
}

/** The address of a peer, which its WSDL may name instead. */
export const peerAddress: Rule = (value, setting) =>
  textOf(value) === '' && textOf(setting('wsdl')) === ''
    ? wrong('crisis-peer.error.nowhere')
    : address(value, setting)

export const zone: Rule = (value) =>
  (typeof value === 'string' && isZone(value)) || wrong('crisis-store.error.zone')

export const path: Rule = (value) =>
  /^\/[^\s?#]*$/.test(String(value)) || wrong('crisis-service.error.path')

/** No white space, and nothing that no URI has (RFC 3986). */
export const namespace: Rule = (value) =>
  /^[^\s<>"{}|\\^`]*$/.test(textOf(value)) || wrong('crisis-service.error.namespace')

export const resultName: Rule = (value) =>
  /^(?:[A-Za-z_*][\w.*-]*)?$/.test(textOf(value)) || wrong('crisis-service.error.resultName')

const V4 = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/

/** As a browser reads one in an address. */
const isV6 = (text: string): boolean =>
  /^[0-9a-f:.]+$/i.test(text) && URL.canParse(`http://[${text}]/`)

/** An address or a network, as `AddressList` of the runtime takes it, which asks Node's own list. */
function isEntry(entry: string): boolean {
  const [written = '', length, more] = entry.split('/')
  const plain = written.replace(/%.*$/, '')
  const isV4 = V4.test(plain)
  if (more !== undefined || !(isV4 || isV6(plain))) return false
  const isMapped = !isV4 && /^::ffff:\d+\.\d+\.\d+\.\d+$/i.test(plain)
  const bits = Number(length) - (isMapped ? 96 : 0)
  const most = isV4 || isMapped ? 32 : 128
  return length === undefined || (/^\d{1,3}$/.test(length) && bits >= 1 && bits <= most)
}

export const isAddressList = (text: string): boolean =>
  text
    .split(/[\s,;，；、]+/)
    .filter((entry) => entry !== '')
    .every(isEntry)

export const addresses: Rule = (value) =>
  isAddressList(textOf(value)) || wrong('crisis-service.error.addresses')

/** A failure code, which nobody may take for a success. */
export const failureCode: Rule = (value) => {
  const code = textOf(value).normalize('NFKC').trim()
  if (code.length > 6) return wrong('generic-response.error.codeLength')
  return !looksLikeSuccess(code) || wrong('generic-response.error.codeSuccess')
}

export const jsonCode: Rule = (value) => {
  const { length } = textOf(value)
  return (length > 0 && length <= 6) || wrong('generic-response.error.jsonSuccess')
}

export const jsonCodes: Rule = (value) => {
  if (textOf(value) === '') return wrong('crisis-peer.error.jsonSuccess')
  return !isZeroAndOther(textOf(value).split(',')) || wrong('crisis-peer.error.jsonBoth')
}

export const fhirBase: Rule = (value) =>
  /^[a-z][a-z0-9+.-]*:\S+$/i.test(textOf(value)) || wrong('crisis-parser.error.fhirBase')

/** Settings that a connection cannot do without. */
export const given: Rule = (value) =>
  value === undefined || textOf(value) !== '' || wrong('crisis-store.error.blank')

/** The engine needs locks and flushes that network drives do not keep. */
export const local: Rule = (value) =>
  !/^[\\/]{2}/.test(textOf(value)) || wrong('crisis-store.error.network')

/** One row of the table that says what replies of a peer mean. */
export interface ReplyRow {
  readonly code: string
  readonly words?: string
  readonly action: string
}

export const replyTable: Rule = (value) => {
  const rows = (value ?? []) as readonly ReplyRow[]
  const codes = rows.map(({ code }) => textOf(code))
  if (codes.includes('')) return wrong('crisis-peer.error.replyBlank')
  const keys = rows.map(({ words }, index) => `${codes[index]}\n${textOf(words)}`)
  const twice = codes.find((_, index) => keys.indexOf(keys[index] ?? '') !== index)
  return twice === undefined || wrong('crisis-peer.error.replyTwice', { code: twice })
}

/** A rule names the element that it is for; all else is for the runtime to say. */
export const inbound: Rule = (value) => {
  const rows = (value ?? []) as readonly { readonly elements?: readonly string[] }[]
  const bad = rows.findIndex(({ elements = [] }) => elements.length === 0)
  return bad < 0 || wrong('crisis-service.error.inbound', { rule: bad + 1 })
}

/** A table that maps nothing is none. */
export const mapping: Rule = (value) => {
  const { rows = [], template = '' } = (value ?? {}) as {
    readonly rows?: readonly unknown[]
    readonly template?: string
  }
  return rows.length > 0 || template !== '' || wrong('crisis-parser.error.mapping')
}

/** The places of a template; whether it is well-formed once filled is for the runtime to say. */
export const template: Rule = (value) => {
  const text = typeof value === 'string' ? value.trim() : ''
  const { unknown } = placesIn(text)
  return (
    unknown === undefined ||
    wrong('crisis-peer.error.place', {
      place: unknown.written,
      ...lineAndColumn(text, unknown.at),
    })
  )
}

/** Exactly one of the parameters is the document. */
export const parameters: Rule = (value) => {
  const rows = (value ?? []) as readonly { readonly name: string; readonly from: string }[]
  if (rows.length === 0) return true
  if (rows.some(({ name }) => textOf(name) === '')) return wrong('crisis-peer.error.parameterBlank')
  const documents = rows.filter(({ from }) => from === 'document').length
  return documents === 1 || wrong('crisis-peer.error.oneDocument')
}

/** A plan that calls nobody is none; all else is for the runtime to say, which has the rules. */
export const planSteps: Rule = (value) => isFilled(value) || wrong('crisis-plan.error.empty')

/** So it is with a roster. */
export const rosterRows: Rule = (value) => isFilled(value) || wrong('crisis-roster.error.empty')

const isFilled = (value: unknown): boolean =>
  value === undefined || (value as readonly unknown[]).length > 0

export const shifts: Rule = (value) =>
  shiftsIn(textOf(value)) !== undefined || wrong('crisis-store.error.shifts')

export const departments: Rule = (value) =>
  departmentsIn(textOf(value)) !== undefined || wrong('crisis-store.error.departments')

/** A rule that holds for the kinds of channels that have the setting. */
export const ofChannel = (name: string, rule: Rule): Rule =>
  where((setting) => FIELDS_OF[setting('kind') as ChannelKind]?.includes(name) ?? false, rule)

export const channelNumber = (name: string, bounds: NumberRule): Rule =>
  ofChannel(name, number(bounds))

export const perMinute: Rule = (value, setting) =>
  number(perMinuteRule(setting('kind') as ChannelKind))(value, setting)

/** A server of ntfy is needed; WeCom has its own. */
export const channelServer: Rule = ofChannel('server', (value, setting) =>
  textOf(value) === '' && setting('kind') === 'ntfy'
    ? wrong('crisis-store.error.blank')
    : address(value, setting),
)

export const channelHost: Rule = (value) => {
  const host = textOf(value)
  if (host === '') return wrong('crisis-store.error.blank')
  const found = fullWidthIn(host)
  if (found !== undefined) return wrong('crisis-store.error.fullWidth', { found })
  return !/[\s/@]/.test(host) || wrong('crisis-channel.error.host')
}

export const stationAddress: Rule = (value, setting) =>
  (/^[0-9A-Za-z]$/.test(textOf(value)) && setting('ownAddress') !== setting('pagingAddress')) ||
  wrong('crisis-channel.error.station')

/** An address with placeholders, without a login of its own. */
export const gatewayAddress: Rule = (value, setting) => {
  const plain = withoutPlaceholders(textOf(value))
  if (plain === '') return wrong('crisis-store.error.blank')
  return holdsLogin(plain) ? wrong('crisis-channel.error.login') : address(plain, setting)
}

/** Whatever no rule calls accepted is not, so that there has to be one. */
export const gatewayRules: Rule = (value) => {
  const rows = (value ?? []) as readonly GatewayRuleRow[]
  if (!rows.some(({ verdict }) => verdict === 'accepted')) {
    return wrong('crisis-channel.error.noRule')
  }
  const bad = rows.findIndex(({ equals }) => typedValue(equals).isWrong)
  return bad < 0 || wrong('crisis-channel.error.value', { row: bad + 1 })
}
