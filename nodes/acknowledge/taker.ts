import type { Acknowledged, Acknowledging, Ledger } from '../../src/ledger/index.js'
import { ConfigKind } from '../face/index.js'

/** Takes acts that come another way than by its flow or its link page, so that its flow hears of them. */
export interface ActTaker {
  readonly ledger: Ledger
  /** The PACS that the node is for; null = any. */
  readonly system: string | null
  /** By which an act is recorded; a lease for each. */
  acknowledging(): Acknowledging
  /** Called with what was recorded. */
  acted(acknowledged: Acknowledged): void
  /** Called where the commit of an act is not known. */
  unknown(acknowledging: Acknowledging): void
}

/** Given by each `crisis acknowledge` node. */
export const ACT_TAKER = new ConfigKind<ActTaker>('crisis acknowledge')
