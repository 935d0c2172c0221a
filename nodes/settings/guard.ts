/** The settings of a service that say who may call it. */
export interface GuardConfig {
  /** Certificate and key of an own port; blank = plain HTTP. */
  tls: string
  /** True when callers must show a certificate that the TLS configuration's CA has signed. */
  clientCert: boolean
  /** Addresses and networks that may call; blank = all. */
  allow: string
  /** Addresses and networks of the proxies whose X-Forwarded-For is believed. */
  proxies: string
  /** The scheme of the Authorization header that a caller must show; blank = none. */
  auth: '' | 'basic' | 'bearer'
  /** True when the WSDL may be read without it. */
  wsdlOpen: boolean
  /** True when the service may run although anybody can call it (reading A11). */
  unguarded: boolean
}

export interface GuardCredentials {
  /** Of Basic authentication. */
  user?: string
  /** Password of Basic authentication, or the bearer token. */
  secret?: string
  /** A last part of the path that only callers know. */
  pathSecret?: string
}

export const GUARD_DEFAULTS = {
  tls: '',
  clientCert: false,
  allow: '',
  proxies: '',
  auth: '',
  wsdlOpen: false,
  unguarded: false,
} satisfies GuardConfig

/** The service of a flow that was saved before there were guards: none of them is in it, ticked or not. */
export const isOfBefore = (saved: object): boolean =>
  'version' in saved && saved.version === 1 && !('unguarded' in saved)
