import type { PageClass } from '../../loop/index.js'
import type { Reason } from '../../messages/index.js'

export type { PageClass } from '../../loop/index.js'

/** One page to one or more people by one channel. Its text is ready made, and names neither patient nor finding. */
export interface Page {
  readonly id: string
  /** Addresses as the channel writes them. A robot mentions them in its group, and may have none. */
  readonly to: readonly string[]
  readonly text: string
  readonly title: string
  /** As the source writes it; '' = not known. */
  readonly level: string
  readonly link?: string | undefined
  /** False for what can wait some seconds: an edge of the hour, a softer tone. */
  readonly urgent: boolean
}

/** The channel's verdict on one address. */
export interface AddressResult {
  readonly address: string
  readonly class: PageClass
  /** Stable; see `Verdict`. */
  readonly code: string
  readonly reason: Reason
}

export interface Verdict {
  readonly class: PageClass
  /**
   * Stable: `ACCEPTED`, the code of an error, or the answer's own code behind the name of the channel, such as
   * `WECOM_81013` or `SNPP_550`.
   */
  readonly code: string
  readonly reason: Reason
  /** One for each address, in the order of the page, from channels that tell addresses apart. */
  readonly perAddress?: readonly AddressResult[]
  /** Time before which the channel will take nothing, in ms from now. */
  readonly retryAfterMs?: number
}

/** The bytes that went and came, without the secrets of the channel. */
export interface Evidence {
  readonly request?: Buffer
  readonly answer?: Buffer
}

export interface PageResult extends Verdict, Evidence {}

/**
 * Hands pages to one service. A channel that is *this flow* is none of these: its pages go out of the node as
 * messages, and the flow says what became of them.
 */
export interface Channel {
  /**
   * Never rejects, and ends within the limits of time of the channel. Once `signal` is aborted nothing more is sent.
   */
  send(page: Page, signal: AbortSignal): Promise<PageResult>
}

export const ACCEPTED: Verdict = {
  class: 'accepted',
  code: 'ACCEPTED',
  reason: {
    zh: '渠道已接收（不代表已送达或已读）',
    en: 'The channel has taken it; that is neither delivered nor read',
  },
}

export const noAddress: Verdict = {
  class: 'refused',
  code: 'PAGE_ADDRESS_MISSING',
  reason: {
    zh: '没有接收地址，未发送任何内容',
    en: 'There is no address to page; nothing was sent',
  },
}

export const abortedBefore: Verdict = {
  class: 'retry',
  code: 'ABORTED',
  reason: { zh: '发送前已被取消，未发送任何内容', en: 'It was cancelled before anything was sent' },
}

/** A fault of ours: what was sent by then is not known. */
export const unexpected: Verdict = {
  class: 'unknown',
  code: 'UNEXPECTED',
  reason: {
    zh: '渠道内部错误，是否已发出不明',
    en: 'An internal error of the channel; whether it was sent is unknown',
  },
}
