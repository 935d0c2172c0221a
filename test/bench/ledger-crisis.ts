import type { CrisisToStore } from '../../src/ledger/index.js'
import { describeCrisis } from '../../src/loop/index.js'

/** A critical value as the nodes hand it to the ledger. */
export function crisisToStore({
  crisis,
  extra,
  flags,
}: Pick<CrisisToStore, 'crisis' | 'extra' | 'flags'>): CrisisToStore {
  const { flags: found, ...described } = describeCrisis('', '+08:00', crisis, extra)
  return { crisis, extra, flags: [...flags, ...found], ...described }
}
