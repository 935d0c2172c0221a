import type { Actor } from '../ledger/index.js'
import { DEFAULT_TROUBLE_AGE_MS, type CourierOptions } from './courier-options.js'
import type { Reporter } from './courier-reporter.js'

/**
 * Gives what has waited for too long to a person, and reports what has waited for long. Never rejects.
 * @param isClosed then nobody may hear what is noted as told, so that it is left to the courier that follows
 */
export async function lookAtAge(
  options: CourierOptions,
  actor: Actor,
  reporter: Reporter,
  isClosed: () => boolean,
): Promise<void> {
  const { ledger, peer } = options
  const { expiresAfterMs = null, troubleAgeMs: ageMs = DEFAULT_TROUBLE_AGE_MS } = options
  try {
    await ledger.run('tend', { peer })
    for (const expired of await ledger.run('expireDocuments', { actor, peer, expiresAfterMs })) {
      reporter.expired(expired)
    }
    if (isClosed()) return
    const old = await ledger.run('noteOld', { actor, peer, ageMs })
    if (old) reporter.old(old, ageMs)
    if (isClosed()) return
    const waits = await ledger.run('noteWaits', { actor, peer, ageMs })
    if (waits) reporter.waits(waits, ageMs)
  } catch {
    // When the ledger does not work, the next claim says so.
  }
}
