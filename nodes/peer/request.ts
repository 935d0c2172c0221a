import {
  ADDRESSINGS,
  CARRIERS,
  messagePathsOf,
  propertyText,
  readRequestForm,
  type Constants,
  type ReadForm,
  type RequestForm,
  type RequestProblem,
} from '../../src/soap/index.js'
import { CrisisError, OUT_CHARSETS } from '../../src/messages/index.js'
import type { FlowMessage } from '../face/index.js'
import {
  choiceSetting,
  secretsIn,
  SettingError,
  type PeerConfig,
  type PeerCredentials,
} from '../settings/index.js'

/** The settings of a peer that make a request more than the interface document says. */
export type RequestConfig = Pick<
  PeerConfig,
  'parameters' | 'wrapper' | 'soapHeader' | 'addressing' | 'httpHeaders' | 'carrier' | 'charset'
>

/** A peer's environment variables and credentials, by the names that templates give them. */
export function constantsOf(
  variable: (name: string) => unknown,
  { user, password, licence, secrets = '' }: PeerCredentials,
): Constants {
  const named: Readonly<Record<string, string | undefined>> = {
    user,
    password,
    licence,
    ...secretsIn(secrets),
  }
  return (kind, name) => {
    if (kind === 'secret') return Object.hasOwn(named, name) ? named[name] : undefined
    const value = variable(name)
    // Node-RED has the blank text for one that there is not.
    return (typeof value === 'string' && value !== '') || typeof value === 'number'
      ? String(value)
      : undefined
  }
}

/** @throws SettingError SETTING_INVALID for a choice that there is not */
export function requestOf(
  config: RequestConfig,
  constants: Constants,
): { readonly form: ReadForm; readonly problems: readonly RequestProblem[] } {
  const form: RequestForm = {
    parameters: config.parameters,
    wrapper: config.wrapper,
    soapHeader: config.soapHeader,
    addressing: choiceSetting('addressing', config.addressing, ADDRESSINGS),
    httpHeaders: config.httpHeaders,
    carrier: choiceSetting('carrier', config.carrier, CARRIERS),
  }
  const charset = choiceSetting('charset', config.charset, OUT_CHARSETS) ?? 'UTF-8'
  return readRequestForm(form, constants, charset)
}

/**
 * The form of a peer's requests; undefined where nothing is asked for beyond the document.
 * @throws SettingError SETTING_INVALID with the place
 */
export function formOf(config: RequestConfig, constants: Constants): ReadForm | undefined {
  const { parameters, wrapper, soapHeader, addressing, httpHeaders, carrier } = config
  const texts = [wrapper, soapHeader, addressing, carrier]
  const rows = parameters.length + httpHeaders.length
  if (rows === 0 && texts.every((text) => text.trim() === '')) return undefined
  const { form, problems } = requestOf(config, constants)
  const [first] = problems
  if (!first) return form
  throw new SettingError('SETTING_INVALID', withPlace(first))
}

export const withPlace = ({ pointer, reason }: RequestProblem) => ({
  zh: `${pointer}：${reason.zh}`,
  en: `${pointer}: ${reason.en}`,
})

/**
 * Refuses a message that lacks something that the requests of its peer take from it.
 * @throws CrisisError MESSAGE_VALUE
 */
export function requireProperties(form: ReadForm | undefined, msg: FlowMessage): void {
  if (!form) return
  const missing = messagePathsOf(form).find((path) => propertyText(msg, path) === undefined)
  if (missing === undefined) return
  throw new CrisisError(
    'MESSAGE_VALUE',
    {
      zh: `对方的请求需要消息属性 msg.${missing}，而此消息没有（或不是文字、数字）；未发送`,
      en: `The peer's request needs msg.${missing}, which this message does not have as a text or a number; nothing was sent`,
    },
    '422',
  )
}
