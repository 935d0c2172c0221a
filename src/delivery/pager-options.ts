import type { StartTimer } from '../http/index.js'
import type { Ledger, PageRate } from '../ledger/index.js'
import type { Reason } from '../messages/index.js'
import type { PageClass } from '../loop/index.js'
import type { Channel } from './channels/index.js'

export interface PagerOptions {
  readonly ledger: Ledger
  /** Id of the channel whose pages it sends: the one that pages name in their ways. */
  readonly channel: string
  /** The name that people gave the channel. */
  readonly name?: string
  /** Name of this instance: in the audit, with each attempt, and at the beginning of each lease. */
  readonly instance: string
  /** The audit chain to write into, and who writes, as `Store.actor` gives both. */
  readonly chain: string
  readonly actor: string
  /**
   * The service. A channel whose settings cannot be used is one that refuses each page with that reason, so that pages go
   * on to other channels and nobody waits for one that never works.
   */
  readonly transport: Channel
  /** The limit of the service, which holds over all instances. Default is none. */
  readonly rate?: PageRate | null
  /**
   * True for a group chat, in which all see each message anyway: pages of several people may then be one when the limit
   * lets no more go. Default is false.
   */
  readonly isShared?: boolean
  /** Most messages on their way at a time by this instance. Default is 8. */
  readonly parallel?: number
  /** Longest time for an attempt, in ms: above all limits of time of the channel itself. Default is 30 000. */
  readonly timeoutMs?: number
  /** Is told of what a person should know; each thing once. */
  readonly onTrouble: (trouble: PageTrouble) => void
  /** Is told of the class of each attempt that has ended, before it is recorded. Must not throw. */
  readonly onAttempt?: (kind: PageClass) => void
  /** Is told when the state has changed. */
  readonly onChange?: (state: PagerState) => void
  readonly startTimer?: StartTimer
  /** Epoch ms, for the record only. Default is Date.now. */
  readonly now?: () => number
}

export const DEFAULT_PARALLEL_PAGES = 8
export const DEFAULT_PAGE_TIMEOUT_MS = 30_000
/** Attempts in a row that came to nothing, after which the channel counts as down. */
export const DOWN_AFTER = 3

/**
 * - `channelDown`, `channelUp`: the channel takes nothing; it takes pages again
 * - `ledger`: what was sent cannot be recorded, or nothing can be read; nothing is sent meanwhile
 */
export interface PageTrouble {
  readonly kind: 'channelDown' | 'channelUp' | 'ledger'
  /** Stable: that of the last attempt or of the error; of `channelUp`, CHANNEL_RECOVERED. */
  readonly code: string
  readonly reason: Reason
  readonly channel: string
}

export interface PagerState {
  /** Messages on their way. */
  readonly sending: number
  /** Why the channel takes nothing; null = it takes pages, or none was tried yet. */
  readonly down: { readonly code: string; readonly reason: Reason } | null
  /** The ledger does not work, so that nothing is sent. */
  readonly halted: boolean
}
