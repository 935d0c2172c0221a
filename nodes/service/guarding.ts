import { AddressList, Guard, type Credential, type PortTls } from '../../src/http/hosting/index.js'
import type { Reason } from '../../src/messages/index.js'
import type { Operation } from '../../src/soap/index.js'
import type { Runtime } from '../face/index.js'
import {
  isBasicUser,
  isPathSecret,
  SettingError,
  type ServiceConfig,
  type ServiceCredentials,
} from '../settings/index.js'

/** The guards of a service, as its settings say. */
export interface Guarding {
  readonly guard: Guard | undefined
  readonly tls: PortTls | undefined
  /** The last part of the path that only callers know, if there is one. */
  readonly pathSecret: string | undefined
  /** An address with its secret part. */
  readonly withSecret: (address: string) => string
  /** True when an operation is guarded by what the service itself asks for. */
  guards(operation: Operation): boolean
}

/**
 * Reads the settings of a service that say who may call it.
 * @throws SettingError, HttpError ADDRESS_LIST; what cannot be understood never lets anybody in
 */
export function readGuarding(
  runtime: Runtime,
  config: ServiceConfig,
  credentials: Partial<ServiceCredentials>,
): Guarding {
  const allow = listOf(config.allow)
  const proxies = listOf(config.proxies)
  const credential = credentialOf(config, credentials)
  const tls = config.mount === 'port' ? tlsOf(runtime, config) : undefined
  const pathSecret = pathSecretOf(credentials)
  const isGuarded =
    allow !== undefined ||
    credential !== undefined ||
    tls?.requestCert === true ||
    pathSecret !== ''
  return {
    guard:
      allow || proxies || credential
        ? new Guard({ allow, proxies, credential, wsdlOpen: config.wsdlOpen })
        : undefined,
    tls,
    pathSecret: pathSecret === '' ? undefined : pathSecret,
    withSecret: (path) => (pathSecret === '' ? path : `${path.replace(/\/+$/, '')}/${pathSecret}`),
    // A critical value carries no licence (document 5.1), feedback does.
    guards: (operation) =>
      isGuarded || (operation === 'SynCrisisResponseInfo' && config.licenceCheck),
  }
}

export const unguarded = (): SettingError =>
  new SettingError('UNGUARDED', {
    zh: '该服务没有任何防护，网络中任何人都可以调用：请至少设置一项：允许的地址、认证方式、客户端证书或保密路径；确需如此时勾选“不设防护”',
    en: 'This service has no access control, so anybody on the network can call it: set the allowed addresses, an authentication, client certificates or a secret path; if it must be so, tick “No access control”',
  })

const listOf = (text: string): AddressList | undefined =>
  text.trim() === '' ? undefined : new AddressList(text)

function credentialOf(
  { auth }: ServiceConfig,
  { user = '', secret = '' }: Partial<ServiceCredentials>,
): Credential | undefined {
  if (auth === '') return undefined
  const isUserBad = auth === 'basic' && !isBasicUser(user)
  if (secret === '' || isUserBad) {
    throw missing({
      zh: '已选择认证方式，但用户名、密码或令牌未填写，或用户名含有冒号',
      en: 'An authentication is chosen, but its user, password or token is missing, or the user has a colon in it',
    })
  }
  if (auth === 'basic') return { scheme: 'basic', user: user.trim(), password: secret }
  if (auth === 'bearer') return { scheme: 'bearer', token: secret.trim() }
  throw invalid({ zh: '认证方式无法识别', en: 'The authentication is not one that is known' })
}

function tlsOf(runtime: Runtime, config: ServiceConfig): PortTls | undefined {
  if (config.tls === '') {
    // Never without where it was asked for.
    if (config.clientCert) throw noTls()
    return undefined
  }
  const options = runtime.tls(config.tls)
  if (!options) throw noTls()
  // A configuration whose files cannot be read gives nothing, which the port refuses.
  const { key, cert, ca, pfx, passphrase } = options
  const own = Object.fromEntries(
    Object.entries({ key, cert, ca, pfx, passphrase }).filter(([, value]) => value !== undefined),
  )
  if (!config.clientCert) return own
  // Without a CA of its own, whoever has a certificate of any public one would come in.
  if (ca === undefined && pfx === undefined) {
    throw missing({
      zh: '要求客户端证书时，TLS 配置中必须有签发这些证书的 CA 证书',
      en: 'To ask for client certificates, the TLS configuration must hold the certificate of the CA that signs them',
    })
  }
  return { ...own, requestCert: true, rejectUnauthorized: true }
}

function pathSecretOf({ pathSecret = '' }: Partial<ServiceCredentials>): string {
  const secret = pathSecret.trim()
  if (secret === '' || isPathSecret(secret)) return secret
  throw invalid({
    zh: '保密路径应为 16 到 128 个字母、数字、“-”或“_”',
    en: 'The secret path should be 16 to 128 letters, digits, - or _',
  })
}

const missing = (reason: Reason) => new SettingError('SETTING_MISSING', reason)
const invalid = (reason: Reason) => new SettingError('SETTING_INVALID', reason)

const noTls = () =>
  missing({
    zh: '所选的 TLS 配置已被删除或停用，或未选择',
    en: 'The TLS configuration is not chosen, or was deleted or disabled',
  })
