import type { Channel, Page, PageResult } from './contract.js'
import { abortedBefore, unexpected } from './contract.js'

/** A channel of a function: it sends nothing once aborted, and whatever is thrown is a result. */
export const guarded = (
  send: (page: Page, signal: AbortSignal) => Promise<PageResult>,
): Channel => ({
  send: async (page, signal) => {
    if (signal.aborted) return abortedBefore
    try {
      return await send(page, signal)
    } catch {
      // The error may quote an address or a secret, so it is not kept.
      return unexpected
    }
  },
})
