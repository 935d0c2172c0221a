import type { AddressResult, Evidence, PageClass, Verdict } from './contract.js'
import { ACCEPTED, noAddress } from './contract.js'

/** Addresses of a page without blanks and without the same one twice, in their order. */
export const distinct = (to: readonly string[]): readonly string[] => [
  ...new Set(to.map((address) => address.trim()).filter((address) => address !== '')),
]

/** The classes from the one that leaves most to be done. */
const WORST: readonly PageClass[] = ['unknown', 'retry', 'refused', 'accepted']

/**
 * The verdict on a page from those on its addresses: the worst of them, so that a page is accepted only when each
 * address was.
 */
export function combined(perAddress: readonly AddressResult[], retryAfterMs?: number): Verdict {
  const worst = WORST.flatMap((name) => perAddress.filter((one) => one.class === name))[0]
  if (worst === undefined) return noAddress
  const accepted = perAddress.filter((one) => one.class === 'accepted').length
  if (accepted === perAddress.length) return { ...ACCEPTED, perAddress }
  const rest = retryAfterMs === undefined ? { perAddress } : { perAddress, retryAfterMs }
  if (accepted === 0) return { class: worst.class, code: worst.code, reason: worst.reason, ...rest }
  const missing = perAddress.length - accepted
  return {
    class: worst.class,
    code: 'PARTLY_ACCEPTED',
    reason: {
      zh: `${perAddress.length} 个地址中有 ${missing} 个未被接收：${worst.reason.zh}`,
      en: `${missing} of ${perAddress.length} addresses were not taken: ${worst.reason.en}`,
    },
    ...rest,
  }
}

/** The same verdict for an address. */
export const of = (address: string, verdict: Verdict): AddressResult => ({
  address,
  class: verdict.class,
  code: verdict.code,
  reason: verdict.reason,
})

/** The evidence of several calls, one after the other. */
export function joined(calls: readonly Evidence[]): Evidence {
  const requests = calls.flatMap(({ request }) => request ?? [])
  const answers = calls.flatMap(({ answer }) => answer ?? [])
  return {
    ...(requests.length > 0 && { request: inRow(requests) }),
    ...(answers.length > 0 && { answer: inRow(answers) }),
  }
}

const BETWEEN = Buffer.from('\n\n')

const inRow = (parts: readonly Buffer[]): Buffer =>
  Buffer.concat(parts.flatMap((part, i) => (i === 0 ? [part] : [BETWEEN, part])))
