import { asCrisisError } from '../../messages/index.js'
import { combined, distinct, of } from './addresses.js'
import type { AddressResult, Channel, Page, PageResult, Verdict } from './contract.js'
import { abortedBefore, noAddress } from './contract.js'
import { guarded } from './guarded.js'
import { opened, Talk, Turns, type OpenLine } from './line.js'
import { LineError } from './line-error.js'
import { isLineAddress, unsendableAddress } from './line-text.js'
import type { Secrets } from './secrets.js'

/** The verdicts of a talk that goes on, so that one that breaks off leaves a verdict on each address. */
export class Progress {
  readonly #verdicts = new Map<string, Verdict>()
  #handedOver: string | undefined

  constructor(readonly addresses: readonly string[]) {}

  /** From now on the page for this address may have been taken. */
  handOver(address: string): void {
    this.#handedOver = address
  }

  set(address: string, verdict: Verdict): void {
    this.#verdicts.set(address, verdict)
    if (this.#handedOver === address) this.#handedOver = undefined
  }

  /** Takes back what was accepted, when it turns out that answers may have been another's. */
  doubt(verdict: Verdict): void {
    for (const [address, known] of this.#verdicts) {
      if (known.class === 'accepted') this.#verdicts.set(address, verdict)
    }
  }

  /** One result for each address; for those without a verdict the talk has ended by an error. */
  results(broken: Verdict): readonly AddressResult[] {
    return this.addresses.map((address) => {
      const known = this.#verdicts.get(address)
      if (known) return of(address, known)
      return of(address, this.#handedOver === address ? { ...broken, class: 'unknown' } : broken)
    })
  }
}

export interface LineKind {
  readonly open: OpenLine
  /** Longest time of a talk, in ms. */
  readonly limitMs: number
  readonly secrets: Secrets
  /** A verdict on the page before any line is opened; undefined = it can be sent. */
  readonly check: (page: Page) => Verdict | undefined
  /** Talks until each address has its verdict; what it throws is the verdict on those that have none. */
  readonly talk: (talk: Talk, page: Page, progress: Progress) => Promise<void>
}

/** A channel over a line: one talk at a time, each within its limit, with a verdict on each address. */
export function lineChannel({ open, limitMs, secrets, check, talk }: LineKind): Channel {
  const turns = new Turns()

  const send = async (page: Page, signal: AbortSignal): Promise<PageResult> => {
    const wrong = check(page)
    if (wrong) return wrong
    const addresses = distinct(page.to)
    if (addresses.length === 0) return noAddress
    const sendable = addresses.filter(isLineAddress)
    const progress = new Progress(sendable)
    const evidence: { request?: Buffer; answer?: Buffer } = {}
    // Once a talk is over without an error each address has its verdict.
    let broken: Verdict = abortedBefore
    if (sendable.length > 0) {
      try {
        const line = await opened(open, signal, limitMs)
        const own = new Talk(line.stream, { signal, limitMs })
        try {
          await talk(own, page, progress)
        } finally {
          own.close()
          line.release()
          evidence.request = secrets.bytes(own.sent)
          evidence.answer = secrets.bytes(own.received)
        }
      } catch (thrown) {
        broken = brokenBy(thrown)
        const isOutOfStep = thrown instanceof LineError && thrown.code === 'LINE_PROTOCOL'
        if (isOutOfStep) progress.doubt({ ...broken, class: 'unknown' })
      }
    }
    const results = new Map(progress.results(broken).map((result) => [result.address, result]))
    const perAddress = addresses.map(
      (address) => results.get(address) ?? of(address, unsendableAddress),
    )
    return { ...combined(perAddress), ...evidence }
  }

  return guarded((page, signal) => turns.run(() => send(page, signal), signal, abortedBefore))
}

/** The verdict on what was not handed over when a talk broke off: it can be sent again. */
function brokenBy(thrown: unknown): Verdict {
  const { code, reason } = asCrisisError(thrown)
  return { class: 'retry', code, reason }
}
