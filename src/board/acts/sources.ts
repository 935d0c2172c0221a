import type { Acknowledged, Acknowledging, Actor, Decision, Ledger } from '../../ledger/index.js'

/** The flow that hears of what people have done, so that feedback goes on from there. */
export interface FlowOfActs {
  /** By which an act is recorded; a lease for each. */
  readonly acknowledging: () => Acknowledging
  /** Called with what was recorded. */
  readonly acted: (acknowledged: Acknowledged) => void
  /** Called where the commit of an act is not known. */
  readonly unknown: (acknowledging: Acknowledging) => void
  /** False = no flow hears of it: the act is recorded, and feedback to the PACS is left to people. */
  readonly isTold: boolean
}

export type UnclaimedDecision = Pick<Decision, 'by' | 'reason'>

/** All that acts need of the nodes. */
export interface ActSources {
  readonly ledger: Pick<Ledger, 'ask' | 'run' | 'hint'>
  readonly actor: () => Actor
  /** @param system the PACS that the alert is of */
  readonly flowFor: (system: string) => FlowOfActs
  readonly unclaimed: {
    /**
     * Gives what belongs to a node or a peer that is gone to another one. @returns how much that is
     * @throws CrisisError where the one runs, or the other does not
     */
    readonly passOn: (id: string, to: string, decision: UnclaimedDecision) => Promise<number>
    /** The same to nobody. */
    readonly giveUp: (id: string, decision: UnclaimedDecision) => Promise<number>
  }
}
