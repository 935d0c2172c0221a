import type { Ledger, Owed } from '../../ledger/index.js'
import type { AskedLimits, Roster } from '../../loop/index.js'
import type { Reason } from '../../messages/index.js'

/** The names that people gave the nodes of the flows, and which of them are there; an id that nobody knows is its own. */
export interface BoardNames {
  readonly node: (id: string) => string
  readonly peer: (id: string) => string
  /** The PACS or hospital that numbers belong to; '' where a site has only one. */
  readonly system: (system: string) => string
  /** True for a node that is in the flows, be it disabled. */
  readonly hasNode: (id: string) => boolean
  readonly hasPeer: (id: string) => boolean
  /** Whoever can take over what belongs to a node or a peer that is gone. */
  readonly takersOf: (gone: Gone) => readonly Taker[]
}

/** A node or a peer that is in no flow any more. */
export type Gone =
  { readonly peer: string } | { readonly node: string; readonly kind: Owed['kind'] }

export interface Taker {
  readonly id: string
  readonly name: string
}

/** A roster as it stands now. */
export interface RosterNow {
  readonly name: string
  readonly zone: string
  /** null = it cannot be used at all. */
  readonly roster: Roster | null
  /** When it was last read from its file, in epoch ms; null = it is a table of the node. */
  readonly readAt: number | null
  readonly problem: Reason | null
}

/** All that the read model needs of the nodes. */
export interface BoardSources {
  readonly ledger: Pick<Ledger, 'ask' | 'onHint'>
  readonly names: () => BoardNames
  readonly rosterNow: () => Promise<readonly RosterNow[]>
  /** Has what has come in counted for the figures; bounded, and never rejects. */
  readonly count: () => Promise<void>
  /** The zone of the hospital, in which days are meant. */
  readonly zone: string
  /** For alerts that no plan follows, and for figures and the register. */
  readonly limits: AskedLimits
}
