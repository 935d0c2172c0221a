import type { CrisisToStore } from '../../src/ledger/index.js'
import {
  alertKey,
  contentHash,
  feedbackKey,
  findingKey,
  readCrisisQuality,
} from '../../src/loop/index.js'

/** A critical value as the nodes hand it to the ledger. */
export function crisisToStore({
  crisis,
  extra,
  flags,
}: Pick<CrisisToStore, 'crisis' | 'extra' | 'flags'>): CrisisToStore {
  const quality = readCrisisQuality(crisis, '+08:00')
  return {
    crisis,
    extra,
    flags: [...flags, ...quality.flags],
    key: alertKey('', crisis),
    content: contentHash('', crisis, extra),
    documentHash: contentHash('', crisis),
    examKey: feedbackKey('', crisis),
    finding: findingKey(crisis),
    setAt: quality.setAt.at,
  }
}
