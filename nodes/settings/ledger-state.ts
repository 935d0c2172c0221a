/* The answer to the sidebar of the editor, which both sides know: numbers, ids and codes, and nothing of a patient. */

/** The number of things that need a person, by kind. `unclaimed` belongs to a node or a peer that is in no flow any more. */
export type StuckKind =
  'dead' | 'page' | 'hold' | 'orphan' | 'waits' | 'unclaimed' | 'unclaimedPeer' | 'refused'

export interface LedgerState {
  /** Id of the `crisis store`; '' = the file in the user directory, which nodes without one use. */
  readonly store: string
  /** `unused`: no node has it open, so nobody looks into it. */
  readonly state: 'works' | 'opening' | 'failing' | 'unused'
  /** Why it does not work; null = it does. */
  readonly reason: { readonly zh: string; readonly en: string } | null
  /** null = it is not known. */
  readonly seen: SeenLedger | null
}

/** Times are epoch milliseconds. */
export interface SeenLedger {
  /** The ledger's own time. */
  readonly at: number
  readonly open: number
  /** Of these: not received, and not processed, within the limits of the national figures. One may be both. */
  readonly overdue: { readonly received: number; readonly processed: number }
  /** Documents that are still to be delivered, by the id of their peer. */
  readonly owed: readonly {
    readonly peer: string
    readonly count: number
    readonly oldestAt: number | null
  }[]
  /** `node`: the peer, the channel or the node that it is about; '' = the ledger as a whole. */
  readonly stuck: readonly {
    readonly kind: StuckKind
    readonly node: string
    readonly count: number
  }[]
  readonly lastTrouble: {
    readonly code: string
    readonly reason: { readonly zh: string; readonly en: string }
    readonly at: number
    /** Id of the node that it is about, where it is about one. */
    readonly node: string
  } | null
}
