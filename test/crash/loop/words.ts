import type { PostgresAddress } from '../../../src/store/index.js'

/* What the test of the closed loop and its processes say to each other, and by what names they know things. */

export const WATCH = 'watch'
export const PAGE_NODE = 'page'
export const ACT_NODE = 'acknowledge'
export const CHANNELS = ['app', 'sms'] as const

/** The steps of the plan: each calls one role. The last one never stops. */
export const ROLES = ['nurse', 'doctor', 'head'] as const
const AFTER_MS = [0, 700, 1_400] as const
/** Longer than a run, so that it comes to rest. */
const REMIND_MS = 30 * 60_000

const steps = ROLES.map((role, n) => ({
  afterMs: AFTER_MS[n],
  until: n < 2 ? 'received' : 'processed',
  role,
  channels: [],
  repeatMs: n < 2 ? null : REMIND_MS,
  cap: null,
}))
export const RULES = JSON.stringify({
  plans: [{ id: 'p', name: 'p', limits: { receivedMs: 600_000, processedMs: null }, steps }],
  choice: { rows: [], highest: null },
  changes: false,
})

/** The person of a step cannot be reached by any channel for one exam in so many. */
const BROKEN_IN = 5
export const isBroken = (exam: string, step: number): boolean =>
  step === 0 && Number(exam) % BROKEN_IN === 0

/** The operations of the ledger at which a process is killed, and the call of a channel: each step of the loop. */
export const POINTS = [
  'storeCrises',
  'fireTimer',
  'takeHandouts',
  'sendPage',
  'claimPages',
  'channel',
  'concludePage',
  'settleHandout',
  'acknowledgeAlert',
] as const
export const MOMENTS = ['before', 'during', 'after'] as const

export interface Kill {
  readonly point: (typeof POINTS)[number]
  readonly moment: (typeof MOMENTS)[number]
  /** At which of the times that the process comes to the point, from 1. */
  readonly nth: number
}

export const ACTS = ['received', 'processed', 'refused'] as const
export type ActOf = (typeof ACTS)[number]

export type Request =
  | { readonly kind: 'store'; readonly exam: string }
  | { readonly kind: 'act'; readonly exam: string; readonly act: ActOf; readonly at: number }

export type Order =
  | { readonly kind: 'kill'; readonly kill: Kill }
  | { readonly kind: 'ask'; readonly id: number; readonly request: Request }

/** `why` is that of the ledger; null = it counts, and `failed` = nobody knows. */
export type Word =
  | { readonly kind: 'ready' }
  | { readonly kind: 'answer'; readonly id: number; readonly why: string | null }

/** The words that a process writes down at once, because it may be dead a moment later. */
export type Noted =
  | { readonly kind: 'killed'; readonly at: string }
  | { readonly kind: 'claimed'; readonly page: number; readonly askedAt: number }
  | { readonly kind: 'paged'; readonly page: number }

export interface LoopSettings {
  readonly store:
    | { readonly engine: 'sqlite'; readonly file: string }
    | { readonly engine: 'postgres'; readonly address: PostgresAddress }
  /** Its name, which no other process has or had. */
  readonly instance: string
  /** The receiver of pages. */
  readonly receiver: string
  /** The file of what is noted, one line each. */
  readonly notes: string
}
