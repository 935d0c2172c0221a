import type { Licence } from '../../src/http/hosting/index.js'
import { joinDateTime } from '../../src/messages/index.js'
import { SettingError, unsetVariable, variableIn } from '../settings/index.js'

interface Row {
  readonly application: string
  readonly licence: string
  readonly from?: unknown
  readonly until?: unknown
}

/** The licences of the list: one row whose variable is not set must not shut out the others. */
export interface LicenceList {
  readonly licences: readonly Licence[]
  readonly problem: SettingError | undefined
}

/**
 * The licences as the dialog keeps them. Days are those of the service's zone, the last one included; a list
 * of the first version has none. Application and licence may stand for variables, which Node-RED does not look for
 * inside of a list.
 * @param variable the value of a variable; undefined or '' where there is none
 * @throws SettingError SETTING_INVALID
 */
export function readLicences(
  json: string | undefined,
  zone: string,
  variable: (name: string) => string | undefined,
): LicenceList {
  if (json === undefined || json.trim() === '') return { licences: [], problem: undefined }
  let list: unknown
  try {
    list = JSON.parse(json)
  } catch {
    // The text holds secrets, so nothing of it goes into the error.
    list = undefined
  }
  if (!Array.isArray(list) || !list.every(isRow)) throw unreadable()
  let problem: SettingError | undefined
  const valueOf = (text: string): string => {
    const name = variableIn(text)
    if (name === undefined) return text
    const value = variable(name) ?? ''
    if (value === '') problem ??= unsetVariable(name)
    return value
  }
  // A row without a licence is none, whatever is sent.
  const licences = list.map(({ application, licence, from, until }) => ({
    application: valueOf(application),
    licence: valueOf(licence),
    from: instantOf(from, '00:00:00', zone),
    until: instantOf(until, '23:59:59.999', zone),
  }))
  return { licences, problem }
}

function isRow(value: unknown): value is Row {
  const { application, licence } = (value ?? {}) as Partial<Row>
  return typeof application === 'string' && typeof licence === 'string'
}

/** A day that cannot be read is no day without a limit. */
function instantOf(day: unknown, time: string, zone: string): number | undefined {
  if (day === undefined || day === '') return undefined
  const { epochMs } = joinDateTime(typeof day === 'string' ? day : 'none', time, zone)
  if (epochMs === null) throw unreadable()
  return epochMs
}

const unreadable = () =>
  new SettingError('SETTING_INVALID', {
    zh: '身份验证码列表无法读取，请在服务配置中重新填写（日期应为 2026-12-31 这样的形式）',
    en: 'The list of licences cannot be read; enter it again in the settings of the service (days such as 2026-12-31)',
  })
