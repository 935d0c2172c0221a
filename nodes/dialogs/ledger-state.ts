import type { LastTrouble, Ledger, Monitored } from '../../src/ledger/index.js'
import { asCrisisError } from '../../src/messages/index.js'
import type { Runtime } from '../face/index.js'
import { hasPeer, inFlows } from '../handout/index.js'
import {
  settingsOf,
  STORE_DEFAULTS,
  type LedgerState,
  type SeenLedger,
  type StoreConfig,
  type StuckKind,
} from '../settings/index.js'
import { findOpen, STORE } from '../store/index.js'

/** Limits of the national figures, in ms. */
const LIMITS = { receivedMs: 10 * 60_000, processedMs: 30 * 60_000 } as const

/** Age that an answer may have, in ms, so that ten open editors ask the ledger no more than one. */
const KEPT_MS = 2_000

/** Patience with the ledger, in ms. */
const BUDGET_MS = 4_000

const kept = new WeakMap<Ledger, { readonly at: number; readonly looked: Promise<Looked> }>()

interface Looked {
  readonly monitored: Monitored
  readonly last: LastTrouble | null
}

/** Answers the sidebar: the state of every ledger that a `crisis store` in the flows names, and of the one of nodes without. */
export function serveLedgerState(runtime: Runtime): void {
  runtime.answer(
    'state',
    async () => {
      const named = runtime.inFlows().filter(({ type }) => type === 'crisis store')
      const all = await Promise.all(named.map(({ id }) => stateOf(runtime, id)))
      const plain = ledgerOf(runtime, '')
      const isNamed = named.some(({ id }) => plain !== undefined && ledgerOf(runtime, id) === plain)
      const isPlain = plain !== undefined && !isNamed
      return { ledgers: isPlain ? [...all, await stateOf(runtime, '')] : all }
    },
    'flows.read',
  )
}

/** undefined = no node uses it. A password whose variable is not set names no ledger either. */
function ledgerOf(runtime: Runtime, id: string): Ledger | undefined {
  const saved = id === '' ? undefined : runtime.config(STORE, id)
  if (id !== '' && !saved) return undefined
  const config = settingsOf<StoreConfig>(saved?.config ?? {}, STORE_DEFAULTS)
  try {
    return findOpen(config, saved?.password() ?? '')
  } catch {
    return undefined
  }
}

/** Never rejects. */
async function stateOf(runtime: Runtime, store: string): Promise<LedgerState> {
  const ledger = ledgerOf(runtime, store)
  if (!ledger) return { store, state: 'unused', reason: null, seen: null }
  const { state, trouble } = ledger.engine
  if (state === 'opening') return { store, state, reason: null, seen: null }
  if (state !== 'ready')
    return { store, state: 'failing', reason: trouble?.reason ?? null, seen: null }
  try {
    const seen = seenOf(runtime, ledger, await look(ledger))
    return { store, state: 'works', reason: null, seen }
  } catch (thrown) {
    return { store, state: 'failing', reason: asCrisisError(thrown).reason, seen: null }
  }
}

function look(ledger: Ledger): Promise<Looked> {
  const known = kept.get(ledger)
  const age = known ? Date.now() - known.at : KEPT_MS
  // A clock that was set back must not keep an answer for hours.
  if (known && age >= 0 && age < KEPT_MS) return known.looked
  const budget = { budgetMs: BUDGET_MS }
  const looked = Promise.all([
    ledger.ask('monitor', LIMITS, budget),
    ledger.ask('lastTrouble', undefined, budget),
  ]).then(([monitored, last]) => ({ monitored, last }))
  kept.set(ledger, { at: Date.now(), looked })
  return looked
}

function seenOf(runtime: Runtime, ledger: Ledger, { monitored, last }: Looked): SeenLedger {
  const { at, open, overdue, waiting } = monitored
  const isPeer = hasPeer(runtime, ledger)
  const known = inFlows(runtime)
  const subject = last?.subject ?? ''
  return {
    at,
    open: open.reduce((sum, { count }) => sum + count, 0),
    overdue,
    owed: byNode(waiting, ({ peer }) => peer)
      .filter(({ node }) => isPeer(node))
      .map(({ node, ...pile }) => ({ peer: node, ...pile })),
    stuck: stuckOf(monitored, { isPeer, isNode: known }),
    lastTrouble: last && {
      code: last.code,
      reason: last.reason,
      at: last.at,
      node: subject !== '' && known(subject) ? subject : '',
    },
  }
}

interface Pile {
  readonly count: number
  readonly oldestAt: number | null
}

/** Piles of the same node as one. */
function byNode<T extends Pile>(
  piles: readonly T[],
  nodeOf: (pile: T) => string,
): readonly (Pile & { readonly node: string })[] {
  const found = new Map<string, Pile>()
  for (const pile of piles) {
    const node = nodeOf(pile)
    const { count = 0, oldestAt = null } = found.get(node) ?? {}
    const times = [oldestAt, pile.oldestAt].flatMap((one) => one ?? [])
    found.set(node, {
      count: count + pile.count,
      oldestAt: times.length > 0 ? Math.min(...times) : null,
    })
  }
  return [...found].map(([node, pile]) => ({ node, ...pile }))
}

interface InFlows {
  readonly isPeer: (id: string) => boolean
  readonly isNode: (id: string) => boolean
}

function stuckOf(monitored: Monitored, { isPeer, isNode }: InFlows): SeenLedger['stuck'] {
  const { dead, pagesFailed, heldExams, orphans, parked, waiting, handouts, quarantined } =
    monitored
  const piles = (kind: StuckKind, found: readonly (Pile & { readonly node: string })[]) =>
    found.map(({ node, count }) => ({ kind, node, count }))
  const whole = (kind: StuckKind, count: number) => (count > 0 ? [{ kind, node: '', count }] : [])
  const ofPeers = byNode(dead, ({ peer }) => peer)
  const undelivered = byNode([...waiting, ...parked], ({ peer }) => peer)
  return [
    ...piles('dead', ofPeers),
    ...piles(
      'page',
      byNode(pagesFailed, ({ channel }) => channel),
    ),
    ...whole('hold', heldExams),
    ...whole('orphan', orphans),
    ...piles(
      'waits',
      byNode(
        parked.filter(({ peer }) => isPeer(peer)),
        ({ peer }) => peer,
      ),
    ),
    ...piles(
      'unclaimed',
      byNode(handouts, ({ node }) => node).filter(({ node }) => !isNode(node)),
    ),
    ...piles(
      'unclaimedPeer',
      undelivered.filter(({ node }) => !isPeer(node)),
    ),
    ...whole('refused', quarantined),
  ]
}
