import { SETTINGS_VERSION } from './rules.js'

export interface ResponseConfig {
  version: number
  name: string
  /** `auto`: success, unless the message carries an error; `failure`: always; `payload`: code and desc of msg.payload. */
  outcome: 'auto' | 'failure' | 'payload'
  code: string
  desc: string
  descType: string
  /** The form for an `http in` caller and for the payload. */
  format: 'auto' | 'xml' | 'json'
  /** The code that means success in JSON. */
  jsonSuccess: string
}

export const RESPONSE_DEFAULTS = {
  version: SETTINGS_VERSION,
  name: '',
  outcome: 'auto',
  code: '500',
  desc: '',
  descType: 'str',
  format: 'auto',
  jsonSuccess: '0',
} satisfies ResponseConfig
