import { CrisisError, type FailureCode, type Reason } from '../messages/index.js'

export type BridgeErrorCode =
  /** The site's own URI for FHIR systems is missing or no absolute URI. */
  | 'FHIR_BASE_INVALID'
  /** An alert without a key cannot be found again at the other side. */
  | 'BRIDGE_KEY_BLANK'
  | 'BRIDGE_REVISION_INVALID'
  /** A time without an offset, or one that no calendar has. */
  | 'BRIDGE_TIME_INVALID'
  /** The channel needs an address (phone, chat, topic) and got none. */
  | 'PAGING_ADDRESS_MISSING'
  | 'PAGING_CHANNEL_UNKNOWN'
  /** A value that the list of a mapping does not have. */
  | 'MAPPING_VALUE'
  /** A value that a mapping requires. */
  | 'MAPPING_MISSING'
  /** A node that maps was given no table. */
  | 'MAPPING_ABSENT'
  /** Several documents for a mapping of one. */
  | 'MAPPING_SEVERAL'

/** A critical value that cannot be put into another language, because of a setting or of what the caller gave. */
export class BridgeError extends CrisisError {
  override readonly name: string = 'BridgeError'

  constructor(
    override readonly code: BridgeErrorCode,
    reason: Reason,
    answer: FailureCode = '500',
  ) {
    super(code, reason, answer)
  }
}
