import { isBlank } from '../messages/index.js'
import { BridgeError } from './errors.js'

/** The alert that a bridged message is about; the other side matches re-sends and corrections by it. */
export interface AlertIdentity {
  /** The alert's key K (reading section 2), the same for every re-send. */
  readonly key: string
  /** 1 for the first content, counting up with every correction. Default is 1. */
  readonly revision?: number | undefined
}

/** @throws BridgeError BRIDGE_KEY_BLANK, BRIDGE_REVISION_INVALID */
export function checkIdentity(identity: AlertIdentity): { key: string; revision: number } {
  const { key, revision = 1 } = identity
  if (isBlank(key)) {
    throw new BridgeError('BRIDGE_KEY_BLANK', {
      zh: '危急值标识为空，对方无法识别重发与更正',
      en: "The alert's key is blank, so the other side could not match re-sends and corrections",
    })
  }
  if (!Number.isSafeInteger(revision) || revision < 1) {
    throw new BridgeError('BRIDGE_REVISION_INVALID', {
      zh: '危急值修订号必须是从 1 开始的整数',
      en: "The alert's revision must be a whole number counting from 1",
    })
  }
  return { key: key.trim(), revision }
}
