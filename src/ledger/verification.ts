import type { AuditPage, AuditPlace } from './operations/audit.js'

export interface Verification {
  readonly entries: number
  /** The first entry of each chain that does not follow from the one before it, or is missing at its end. */
  readonly broken: readonly { readonly chain: string; readonly seq: number }[]
}

/** Works chains of the audit out anew, in parts between which others get their turn. */
export async function verify(
  chains: readonly AuditPlace[],
  pageAfter: (place: AuditPlace) => Promise<AuditPage>,
): Promise<Verification> {
  const broken: { chain: string; seq: number }[] = []
  let entries = 0
  for (const start of chains) {
    let place: AuditPlace | null = start
    while (place) {
      const page: AuditPage = await pageAfter(place)
      entries += page.entries
      if (page.brokenAt !== null) broken.push({ chain: start.chain, seq: page.brokenAt })
      place = page.next
    }
  }
  return { entries, broken }
}
