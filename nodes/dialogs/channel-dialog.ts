import type { Page, PageResult, Verdict } from '../../src/delivery/channels/index.js'
import { asCrisisError, CrisisError, type Reason } from '../../src/messages/index.js'
import {
  meansOf,
  openChannel,
  previewOf,
  rateOf,
  readRules,
  requestOptionsOf,
  withRow,
} from '../channel/index.js'
import type { Runtime } from '../face/index.js'
import {
  CHANNEL_CREDENTIALS,
  CHANNEL_DEFAULTS,
  requireVariable,
  secretsIn,
  settingsOf,
  type ChannelConfig,
  type ChannelCredentials,
} from '../settings/index.js'
import { withVariables } from './variables.js'

/**
 * Answers what the dialog of a channel asks: what is wrong with it as it stands there, the request that a gateway would
 * get, and a test page.
 */
export function serveChannelDialog(runtime: Runtime): void {
  runtime.answer('channel-check', async (body) => check(runtime, typedIn(runtime, body)))
  runtime.answer('channel-test', async (body) => test(runtime, typedIn(runtime, body), body['to']))
}

interface Typed {
  readonly id: string
  readonly config: ChannelConfig
  readonly credentials: ChannelCredentials
}

/**
 * The settings of the open dialog, with saved secrets where none were typed: whoever may change flows could have them
 * sent anywhere by a flow.
 * @throws SettingError
 */
function typedIn(runtime: Runtime, body: Record<string, unknown>): Typed {
  const { id: asked, config: given = {}, credentials: typed = {} } = body
  const id = typeof asked === 'string' ? asked : ''
  const config = settingsOf<ChannelConfig>(
    withVariables(runtime, id, onlyLike(given, CHANNEL_DEFAULTS)),
    CHANNEL_DEFAULTS,
  )
  const saved = onlyTexts(runtime.credentials(id))
  const credentials = withVariables(runtime, id, { ...saved, ...onlyTexts(typed) })
  Object.values(credentials).forEach(requireVariable)
  return { id, config, credentials }
}

/** The settings of the type that they have by default; others are left to the default. */
function onlyLike(given: unknown, defaults: ChannelConfig): object {
  const settings = Object.entries(typeof given === 'object' && given !== null ? given : {})
  const known = defaults as unknown as Readonly<Record<string, unknown>>
  return Object.fromEntries(
    settings.filter(([name, value]: [string, unknown]) =>
      name === 'rules' ? isRows(value) : typeof value === typeof known[name],
    ),
  )
}

const isRows = (value: unknown): boolean =>
  Array.isArray(value) &&
  value.every((row: unknown) =>
    ['verdict', 'status', 'pointer', 'equals'].every(
      (name) => typeof (row as Record<string, unknown> | null)?.[name] === 'string',
    ),
  )

const CREDENTIALS: ReadonlySet<string> = new Set(CHANNEL_CREDENTIALS)

function onlyTexts(given: unknown): ChannelCredentials {
  const texts = Object.entries(typeof given === 'object' && given !== null ? given : {})
  return Object.fromEntries(
    texts.filter(
      ([name, value]: [string, unknown]) => CREDENTIALS.has(name) && typeof value === 'string',
    ),
  )
}

interface Checked {
  readonly problems: readonly Reason[]
  /** The request to a gateway, its secrets masked; '' = there is none. */
  readonly preview: string
}

const SECRET_SHOWN = '****'

function check(runtime: Runtime, { config, credentials }: Typed): Checked {
  const problems: Reason[] = []
  const attempt = <T>(run: () => T): T | undefined => {
    try {
      return run()
    } catch (thrown) {
      const { reason } = asCrisisError(thrown)
      if (!problems.some(({ en }) => en === reason.en)) problems.push(reason)
      return undefined
    }
  }
  attempt(() => rateOf(config))
  const means = attempt(() => meansOf(runtime, config))
  if (config.kind !== 'gateway') {
    if (means) attempt(() => openChannel(config, credentials, means))
    means?.poster.close()
    return { problems, preview: '' }
  }
  means?.poster.close()
  const preview = attempt(() => {
    const options = requestOptionsOf(config, credentials)
    const names = Object.keys(secretsIn(credentials.secrets ?? ''))
    const secrets = Object.fromEntries(names.map((name) => [name, SECRET_SHOWN]))
    return previewOf({ ...options, secrets })
  })
  problems.push(...readRules(config.rules).problems.map(withRow))
  return { problems, preview: preview ?? '' }
}

/** A person waits for it. */
const MAX_TEST_MS = 60_000

const TEST: Pick<Page, 'title' | 'text' | 'level' | 'urgent'> = {
  title: '测试，请忽略 / Test, please ignore',
  text: '【测试，请忽略】这是危急值通知渠道的测试消息，没有危急值。 / TEST, PLEASE IGNORE: a test of the paging channel, there is no critical value.',
  level: '',
  urgent: false,
}

/** For equipment that knows no Chinese. */
const ASCII_TEST = 'TEST, PLEASE IGNORE: a test of the paging channel, there is no critical value.'

/** The answer to the button: the channel's own verdict on the page. */
interface Tested extends Pick<Verdict, 'class' | 'code' | 'reason'> {
  readonly perAddress: readonly Pick<Verdict, 'class' | 'code' | 'reason'>[]
  /** As it went and came, without the secrets of the channel. */
  readonly request: string
  readonly answer: string
}

async function test(runtime: Runtime, { id, config, credentials }: Typed, to: unknown) {
  const means = meansOf(runtime, config)
  try {
    const channel = openChannel(config, credentials, means)
    if (!channel) throw new CrisisError('CHANNEL_IS_FLOW', IS_FLOW, '422')
    const page: Page = {
      ...TEST,
      id: `test-${Date.now()}`,
      to: addressesIn(to),
      ...(takesAsciiOnly(config) && { title: 'Test', text: ASCII_TEST }),
    }
    const result = await channel.send(page, AbortSignal.timeout(MAX_TEST_MS))
    const name = config.name.trim() || id
    runtime.log('CHANNEL_TESTED', {
      zh: `通过渠道“${name}”发送了一条测试通知：${result.class} ${result.code}`,
      en: `A test page was sent by the channel "${name}": ${result.class} ${result.code}`,
    })
    return testedOf(result)
  } finally {
    means.poster.close()
  }
}

const takesAsciiOnly = ({ kind, charset }: ChannelConfig): boolean =>
  kind === 'tap' ||
  ((kind === 'snpp' || kind === 'espa') && (charset === 'ASCII' || charset === 'Latin-1'))

/** Several addresses stand with commas, semicolons or blanks between them. */
const addressesIn = (to: unknown): readonly string[] =>
  typeof to === 'string' ? to.split(/[\s,;，；、]+/).filter((one) => one !== '') : []

const testedOf = (result: PageResult): Tested => {
  const { class: name, code, reason, perAddress = [], request, answer } = result
  return {
    class: name,
    code,
    reason,
    perAddress: perAddress.map(({ address, ...verdict }) => ({ address, ...verdict })),
    request: request?.toString('utf8') ?? '',
    answer: answer?.toString('utf8') ?? '',
  }
}

const IS_FLOW: Reason = {
  zh: '“本流程”渠道的通知由流程发出，请在流程中测试',
  en: 'Pages of this channel leave by the flow; test it there',
}
