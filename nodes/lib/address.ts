import { fullWidthIn, queryOf } from '../settings/address-rules.js'
import { SettingError } from './setting-values.js'

/** @throws SettingError SETTING_INVALID for an address with punctuation that no address has */
export function requireTypable(address: string): void {
  const found = fullWidthIn(address)
  if (found === undefined) return
  throw new SettingError('SETTING_INVALID', {
    zh: `地址中有中文标点“${found}”，请改用英文输入法输入`,
    en: `The address has the full-width character “${found}” of a Chinese keyboard; type the ASCII one`,
  })
}

/**
 * An address with a login in its query.
 * @param login as it stands in a query: `user=someone&password=secret`; parameters that the address has are left alone
 */
export function withLogin(address: string, login: string): string {
  const text = address.trim()
  if (login.trim() === '' || !/^https?:/i.test(text) || !URL.canParse(text)) return text
  const [front = '', hash = ''] = text.split('#', 2)
  const has = queryOf(text)
  // As they are written: some servers tell `%20` from `+`.
  const added = login
    .trim()
    .replace(/^[?&]+/, '')
    .split('&')
    .filter((pair) => pair !== '' && !has.has(decoded(pair.split('=', 1)[0] ?? '')))
    .join('&')
  if (added === '') return text
  return `${front}${front.includes('?') ? '&' : '?'}${added}${hash === '' ? '' : `#${hash}`}`
}

/** The values of a login, as they are written and as they are meant. */
export const valuesOf = (login: string): string[] => {
  const values = login.split('&').map((pair) => pair.replace(/^[^=]*=?/, ''))
  return [...new Set([...values, ...values.map(decoded)])].filter((value) => value !== '')
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    return text
  }
}
