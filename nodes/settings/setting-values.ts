import { CrisisError, isZone, type Reason } from '../../src/messages/index.js'
import { fullWidthIn } from './address.js'
import { numberBy, SETTINGS_VERSION, variableIn, type NumberRule } from './rules.js'

/**
 * A node's settings as this version of the package understands them: what a flow does not say has its
 * default, so that a flow of an earlier version, or one written by hand, keeps its meaning.
 * @throws SettingError SETTING_INVALID for settings of a later version, which are not guessed at;
 * SETTING_MISSING for an environment variable that is not set, whose reference Node-RED leaves as it is
 */
export function settingsOf<T extends { version: number }>(config: object, defaults: T): T {
  const given = Object.entries(config).filter(([, value]) => value !== undefined && value !== null)
  const settings: T = { ...defaults, ...Object.fromEntries(given) }
  if (settings.version > SETTINGS_VERSION) {
    throw new SettingError('SETTING_INVALID', {
      zh: '该节点的设置来自更新的版本，请升级本节点包',
      en: 'The settings of this node are of a later version; update this package',
    })
  }
  for (const [, value] of given) requireVariable(value)
  return settings
}

/**
 * Looks into the rows of a setting as well, for Node-RED puts variables there too.
 * @throws SettingError SETTING_MISSING where Node-RED has left `${NAME}` as it is, since there is no such variable
 */
export function requireVariable(value: unknown): void {
  const unset = variableIn(value)
  if (unset !== undefined) throw unsetVariable(unset)
  if (typeof value === 'object' && value !== null) Object.values(value).forEach(requireVariable)
}

/** The variables that a typed field of the kind "environment variable" names: one by its bare name, or some in a text. */
export function variablesIn(value: string): readonly string[] {
  const name = value.trim()
  if (name === '') return []
  const found = [...value.matchAll(/\$\{([^}]+)\}/g)].map(([, inside = '']) => inside)
  return found.length > 0 ? found : [value]
}

export const unsetVariable = (name: string): SettingError =>
  new SettingError('SETTING_MISSING', {
    zh: `环境变量 ${name} 未设置`,
    en: `The environment variable ${name} is not set`,
  })

/** A setting that cannot be used. The node shows it in red and refuses its work; nothing is guessed. */
export class SettingError extends CrisisError {
  override readonly name: string = 'SettingError'

  constructor(
    code: 'SETTING_INVALID' | 'SETTING_MISSING' | 'LICENCE_MISSING' | 'UNGUARDED',
    reason: Reason,
  ) {
    super(code, reason, '503')
  }
}

/**
 * A number written as text, within its bounds.
 * @throws SettingError SETTING_INVALID
 */
export function numberSetting(
  name: string,
  text: string | number | undefined,
  rule: NumberRule,
): number {
  const value = numberBy(rule, text)
  if (value !== undefined) return value
  throw new SettingError('SETTING_INVALID', {
    zh: `设置“${name}”应为 ${rule.least} 到 ${rule.most} 之间的${rule.whole ? '整数' : '数字'}`,
    en: `The setting ${name} should be a ${rule.whole ? 'whole number' : 'number'} from ${rule.least} to ${rule.most}`,
  })
}

/** One of several words, undefined when blank. @throws SettingError SETTING_INVALID */
export function choiceSetting<T extends string>(
  name: string,
  value: string,
  choices: readonly T[],
): T | undefined {
  if (value === '') return undefined
  const choice = choices.find((one) => one === value)
  if (choice !== undefined) return choice
  throw new SettingError('SETTING_INVALID', {
    zh: `设置“${name}”的值不在可选范围内`,
    en: `The setting ${name} has a value that is none of its choices`,
  })
}

/** @throws SettingError SETTING_INVALID for an address with punctuation that no address has */
export function requireTypable(address: string): void {
  const found = fullWidthIn(address)
  if (found === undefined) return
  throw new SettingError('SETTING_INVALID', {
    zh: `地址中有中文标点“${found}”，请改用英文输入法输入`,
    en: `The address has the full-width character “${found}” of a Chinese keyboard; type the ASCII one`,
  })
}

/** @throws SettingError SETTING_INVALID */
export function zoneSetting(zone: string): string {
  if (isZone(zone)) return zone
  throw new SettingError('SETTING_INVALID', {
    zh: '时区应为 +08:00 这样的偏移或 Asia/Shanghai 这样的名称',
    en: 'The time zone should be an offset such as +08:00 or a name such as Asia/Shanghai',
  })
}

/** Warns of an address that holds a login. */
export const LOGIN_IN_ADDRESS: Reason = {
  zh: '地址中含有登录信息，会保存在流程文件中并随流程导出：打开对方系统的对话框，它会被移到“登录”下，只加密保存在凭证中，保存并部署即可',
  en: 'The address holds a login, which stands in the flow file and goes with every export: open the dialog of the peer, which moves it to "Login", where it is kept in the encrypted credentials; then save and deploy',
}

/** Warns of a template that holds a login. */
export const LOGIN_IN_TEMPLATE: Reason = {
  zh: '网关地址中含有登录信息，会保存在流程文件中并随流程导出：请改写为 {{secret:名称}}，并把值填入“密钥”',
  en: 'The address of the gateway holds a login, which stands in the flow file and goes with every export: write {{secret:NAME}} in its place, and its value under "Secrets"',
}

/** Warns of a peer that may speak old TLS. */
export const OLD_TLS_ALLOWED: Reason = {
  zh: '已允许此对方使用旧版 TLS（1.0、1.1）：这些版本可被破解，仅限对方无法升级时在内网使用，请尽快升级对方',
  en: 'This peer may speak old TLS (1.0, 1.1), which can be broken: only for one that cannot be upgraded, inside of the hospital; have it upgraded soon',
}
