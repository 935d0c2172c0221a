import { escapeText } from '../messages/index.js'
import type { Addressing } from './request-form.js'

interface Names {
  readonly namespace: string
  readonly anonymous: string
}

/** WS-Addressing 1.0 (W3C, 2006) and the submission of 2004/08, which Axis 2 and old WCF services speak. */
const NAMES: Readonly<Record<Addressing, Names>> = {
  '1.0': {
    namespace: 'http://www.w3.org/2005/08/addressing',
    anonymous: 'http://www.w3.org/2005/08/addressing/anonymous',
  },
  '2004/08': {
    namespace: 'http://schemas.xmlsoap.org/ws/2004/08/addressing',
    anonymous: 'http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous',
  },
}

/**
 * The blocks that a request carries in its Header.
 * @param to the address without a login
 * @param id a UUID, new with each call
 */
export function addressingBlocks(
  version: Addressing,
  { action, to, id }: { readonly action: string; readonly to: string; readonly id: string },
): string {
  const { namespace, anonymous } = NAMES[version]
  return [
    `<a:Action xmlns:a="${namespace}">${escapeText(action)}</a:Action>`,
    `<a:MessageID xmlns:a="${namespace}">urn:uuid:${id}</a:MessageID>`,
    `<a:ReplyTo xmlns:a="${namespace}"><a:Address>${anonymous}</a:Address></a:ReplyTo>`,
    `<a:To xmlns:a="${namespace}">${escapeText(to)}</a:To>`,
  ].join('')
}
