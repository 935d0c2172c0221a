import type { Actor, Ledger } from '../ledger/index.js'

/** Interval between searches for stranded pages, in ms. */
export const STRANDED_EVERY_MS = 10_000

/**
 * Brings pages on their way that nobody else would: of an instance that died while it was sending, of a channel that
 * nobody tends any more, and those whose time is over. Whoever has a ledger open may do so for all.
 * @param busy a channel of which all hands have been full for a while; default is none
 * @throws LedgerError
 */
export async function endStrandedPages(
  ledger: Ledger,
  actor: Actor,
  busy: string | null = null,
): Promise<void> {
  for (const page of await ledger.run('strandedPages', { busy })) {
    await ledger.run('concludePage', { actor, ...page })
  }
}
