import { ConfigKind, type Face } from '../face/index.js'
import {
  isCallable,
  isPath,
  requireTypable,
  SettingError,
  type AcknowledgeConfig,
} from '../settings/index.js'

/** Turns the token of a link into the address that a message carries. The token is minted in the ledger (`mintLink`). */
export interface LinkIssuer {
  url(token: string): string
  /** Time in which a link can be used, in ms. */
  readonly expiresMs: number
}

/** Given by a `crisis acknowledge` node that hosts its link page; one without has none. */
export const LINKS = new ConfigKind<LinkIssuer>('crisis acknowledge')

/**
 * The links of a node; null where it has none.
 * @throws SettingError SETTING_INVALID
 */
export function issuerOf(
  { publicUrl, path }: Pick<AcknowledgeConfig, 'publicUrl' | 'path'>,
  expiresMs: number,
): LinkIssuer | null {
  const address = publicUrl.trim().replace(/\/+$/, '')
  if (address === '') return null
  requireTypable(address)
  if (!isCallable(address)) throw badAddress()
  if (!isPath(path)) throw badPath()
  const place = path.trim().replace(/\/+$/, '')
  return { expiresMs, url: (token) => `${address}${place}/${token}` }
}

/** A telephone sends what is typed into the page through networks that are not the hospital's. */
export function warnOfPlain(face: Face, { publicUrl }: Pick<AcknowledgeConfig, 'publicUrl'>): void {
  if (!/^http:/i.test(publicUrl.trim())) return
  face.warn('LINK_PLAIN', {
    zh: '链接页的公开地址是 http://：内容未加密，请改用 https://',
    en: 'The public address of the link page is http://, so that nothing is encrypted; use https://',
  })
}

export function warnOfLogin(face: Face): void {
  face.warn('LINK_LOGIN', {
    zh: '本 Node-RED 的 HTTP 节点需要登录（httpNodeAuth）：收到链接的人须先登录才能打开链接页',
    en: 'The HTTP nodes of this Node-RED ask for a login (httpNodeAuth): whoever gets a link has to log in before its page opens',
  })
}

export const noHttp = (): SettingError =>
  new SettingError('SETTING_INVALID', {
    zh: '本 Node-RED 关闭了 HTTP 节点（httpNodeRoot），无法提供链接页：请清空公开地址',
    en: 'This Node-RED has its HTTP nodes switched off (httpNodeRoot), so that there can be no link page: clear the public address',
  })

const badAddress = () =>
  new SettingError('SETTING_INVALID', {
    zh: '链接页的公开地址应为 https://主机 这样的地址',
    en: 'The public address of the link page should be an address such as https://host',
  })

const badPath = () =>
  new SettingError('SETTING_INVALID', {
    zh: '链接页的路径应为 /crisis/link 这样，只含字母、数字、- 与 _',
    en: 'The path of the link page should be like /crisis/link, of letters, digits, - and _ only',
  })
