import type { PageResult } from './channels/index.js'
import { asCrisisError, type Reason } from '../messages/index.js'
import {
  DOWN_AFTER,
  type PagerOptions,
  type PagerState,
  type PageTrouble,
} from './pager-options.js'

/** A change that all instances and flows hear of by the ledger. */
export interface ChannelChange {
  readonly isDown: boolean
  readonly reason?: Reason
}

/** Knows whether the channel of a pager works, shows its state and tells each of its troubles once. */
export class PagerHealth {
  readonly #options: PagerOptions
  #failures = 0
  /** It has taken a page since the start, or since it was down. */
  #works = false
  #state: PagerState = { sending: 0, down: null, halted: false }

  constructor(options: PagerOptions) {
    this.#options = options
  }

  get state(): PagerState {
    return this.#state
  }

  /** The channel takes nothing: one message at a time is tried. It only slows this channel, and no other. */
  get isDown(): boolean {
    return this.#state.down !== null
  }

  sending(sending: number): void {
    this.#change({ sending })
  }

  /** @returns what the ledger has to know: that the channel is down, or that it works, be it the first time */
  tried({ class: kind, code, reason, perAddress }: PageResult): ChannelChange | null {
    if (kind === 'accepted') {
      this.#failures = 0
      const isKnown = this.#works
      this.#works = true
      if (!this.isDown) return isKnown ? null : { isDown: false }
      this.#change({ down: null })
      this.#tell({ kind: 'channelUp', code: 'CHANNEL_RECOVERED', reason: RECOVERED })
      return { isDown: false }
    }
    // A channel that says which addresses it refuses works: people with a wrong address are not its fault.
    if (kind === 'refused' && perAddress) return null
    this.#failures++
    if (this.#failures < DOWN_AFTER || this.isDown) return null
    this.#change({ down: { code, reason } })
    this.#works = false
    const why = {
      zh: `渠道未能接收通知，已改由其他渠道发送：${reason.zh}`,
      en: `The channel takes no pages, which go on to other channels: ${reason.en}`,
    }
    this.#tell({ kind: 'channelDown', code, reason: why })
    return { isDown: true, reason: why }
  }

  ledgerFailed(error: unknown): void {
    if (this.#state.halted) return
    this.#change({ halted: true })
    const { code, reason } = asCrisisError(error)
    this.#tell({ kind: 'ledger', code, reason })
  }

  ledgerWorks(): void {
    this.#change({ halted: false })
  }

  #change(change: Partial<PagerState>): void {
    const before = this.#state
    const next = { ...before, ...change }
    const names = Object.keys(next) as (keyof PagerState)[]
    if (names.every((name) => next[name] === before[name])) return
    this.#state = next
    guarded(() => this.#options.onChange?.(next))
  }

  #tell(trouble: Omit<PageTrouble, 'channel'>): void {
    guarded(() => this.#options.onTrouble({ ...trouble, channel: this.#options.channel }))
  }
}

const RECOVERED = { zh: '渠道已恢复', en: 'The channel takes pages again' }

/** Whatever a listener does, the pages go on. */
function guarded(call: () => void): void {
  try {
    call()
  } catch {
    // Its own fault, and its own to report.
  }
}
