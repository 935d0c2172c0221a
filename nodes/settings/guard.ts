/** The settings of a service that say who may call it. */
export interface GuardConfig {
  /** Certificate and key of an own port; blank = plain HTTP. */
  tls: string
  /** Whether callers must show a certificate that the TLS configuration's CA has signed. */
  clientCert: boolean
  /** Addresses and networks that may call; blank = all. */
  allow: string
  /** Addresses and networks of the proxies whose X-Forwarded-For is believed. */
  proxies: string
  /** What a caller must show in its Authorization header. */
  auth: '' | 'basic' | 'bearer'
  /** Whether the WSDL may be read without it. */
  wsdlOpen: boolean
  /** Whether the service may run although anybody can call it (reading A11). */
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
