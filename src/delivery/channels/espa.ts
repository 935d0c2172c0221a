import { ACCEPTED, type Channel, type PageClass, type Verdict } from './contract.js'
import { espaBlock } from './espa-block.js'
import type { OpenLine, Talk } from './line.js'
import { lineChannel, type Progress } from './line-channel.js'
import { LineError } from './line-error.js'
import { lineBytes, unsendableText, type LineCharset } from './line-text.js'
import { Secrets } from './secrets.js'

export interface EspaOptions {
  /** A TCP connection or a serial device, which has its own parity. */
  readonly open: OpenLine
  /**
   * `control`: we are the control station and take the line ourselves. `polled`: the paging system is, and we send
   * when it polls us. Default is `control`.
   */
  readonly station?: 'control' | 'polled'
  /** Our address on the line. Default is `1`, which the proposal gives to the calling side. */
  readonly ownAddress?: string
  /** The paging system's address on the line. Default is `2`. */
  readonly pagingAddress?: string
  /** Default is ASCII. */
  readonly charset?: LineCharset
  /** Beep coding of urgent pages and of others, 1 to 9 as the paging system is set up. Default is 1 for both. */
  readonly beep?: { readonly urgent: number; readonly other: number }
  /** Default is 1. */
  readonly transmissions?: number
  /** Longest wait for an answer, in ms. Default is 5 000. */
  readonly replyMs?: number
  /** Longest wait to be polled, in ms. Default is 10 000. */
  readonly pollMs?: number
  /** Longest time of a page with all its addresses, in ms. Default is 30 000. */
  readonly limitMs?: number
}

const DEFAULT_REPLY_MS = 5_000
const DEFAULT_POLL_MS = 10_000
const DEFAULT_LIMIT_MS = 30_000

/** Time in which a second answer may still come, in ms: it must not be taken for that to what is sent next. */
const SETTLE_MS = 50

/** Transmissions of a block that was damaged on its way. */
const TRIES = 3

const [EOT, ENQ, ACK, NAK] = [0x04, 0x05, 0x06, 0x15] as const

/**
 * A paging system by ESPA 4.4.4 (proposal of November 1984, as G. Scott has annotated it), over ISO 1745: the line is
 * taken by `address ENQ`, the paging system selected by `address ENQ`, and a block acknowledged by ACK. Each address
 * of a page is a selection and a block of its own.
 */
export function espa(options: EspaOptions): Channel {
  const { open, charset = 'ASCII', limitMs = DEFAULT_LIMIT_MS, transmissions = 1 } = options
  const beep = options.beep ?? { urgent: 1, other: 1 }
  return lineChannel({
    open,
    limitMs,
    secrets: new Secrets([]),
    check: ({ text }) => (lineBytes(text, charset) ? undefined : unsendableText),
    talk: async (talk, page, progress) => {
      const session = new EspaSession(talk, options)
      const text = lineBytes(page.text, charset) ?? Buffer.alloc(0)
      for (const address of progress.addresses) {
        const block = espaBlock({
          address,
          text,
          beep: page.urgent ? beep.urgent : beep.other,
          transmissions,
          priority: page.urgent ? 1 : 2,
        })
        await session.page(address, block, progress)
      }
    },
  })
}

interface Answer {
  readonly sign: 'ack' | 'nak' | 'eot'
  /** The digit before a NAK; '' = none. */
  readonly prefix: string
}

class EspaSession {
  readonly #talk: Talk
  readonly #options: EspaOptions
  readonly #replyMs: number

  constructor(talk: Talk, options: EspaOptions) {
    this.#talk = talk
    this.#options = options
    this.#replyMs = options.replyMs ?? DEFAULT_REPLY_MS
  }

  async page(address: string, block: Buffer, progress: Progress): Promise<void> {
    try {
      const refusal = await this.#select()
      if (refusal) return progress.set(address, refusal)
      progress.handOver(address)
      progress.set(address, await this.#send(block))
    } finally {
      // Gives the line back, whatever has happened on it.
      this.#end()
    }
  }

  /** Takes the line and selects the paging system; a verdict when it will not listen. */
  async #select(): Promise<Verdict | undefined> {
    const { station = 'control', ownAddress = '1', pagingAddress = '2' } = this.#options
    if (station === 'polled') await this.#awaitPoll(ownAddress)
    else {
      await this.#talk.settle(0)
      this.#talk.write(Buffer.from([EOT, ...Buffer.from(ownAddress), ENQ]))
    }
    this.#talk.write(Buffer.from([...Buffer.from(pagingAddress), ENQ]))
    const answer = await this.#answer()
    if (answer.sign !== 'ack') return notReady(answer)
    const late = await this.#talk.settle(SETTLE_MS)
    return late.some((byte) => byte === NAK || byte === EOT) ? notReady(answer) : undefined
  }

  /** A poll is an address and ENQ; those of other stations pass by. */
  async #awaitPoll(ownAddress: string): Promise<void> {
    const poll = Buffer.from([...Buffer.from(ownAddress), ENQ])
    await this.#talk.read((buffered) => {
      const at = buffered.lastIndexOf(poll)
      // A poll that something follows is over.
      return at >= 0 && at + poll.length === buffered.length ? buffered.length : undefined
    }, this.#options.pollMs ?? DEFAULT_POLL_MS)
  }

  async #send(block: Buffer): Promise<Verdict> {
    for (let i = 1; ; i++) {
      this.#talk.write(block)
      const answer = await this.#answer()
      if (answer.sign === 'ack') {
        const late = await this.#talk.settle(SETTLE_MS)
        if (late.includes(NAK)) throw new LineError('LINE_PROTOCOL')
        return ACCEPTED
      }
      if (answer.sign === 'eot') return brokenOff
      const isDamaged = answer.prefix === '' || answer.prefix === '1'
      if (!isDamaged || i === TRIES) return refusedBy(answer.prefix)
      if (this.#talk.hasMore) throw new LineError('LINE_PROTOCOL')
    }
  }

  async #answer(): Promise<Answer> {
    const bytes = await this.#talk.read((buffered) => {
      const at = buffered.findIndex((byte) => byte === ACK || byte === NAK || byte === EOT)
      return at < 0 ? undefined : at + 1
    }, this.#replyMs)
    const sign = bytes.at(-1) === ACK ? 'ack' : bytes.at(-1) === NAK ? 'nak' : 'eot'
    const prefix = bytes.toString('latin1', 0, bytes.length - 1)
    // The protocol has nothing before an ACK: this one may be another's.
    if (prefix !== '' && (sign === 'ack' || prefix.length > 1)) throw new LineError('LINE_PROTOCOL')
    return { sign, prefix }
  }

  #end(): void {
    try {
      this.#talk.write(Buffer.from([EOT]))
    } catch (error) {
      if (!(error instanceof LineError)) throw error
    }
  }
}

/**
 * The class of a NAK to a block by its prefix (section 2.4). 1, or none, is a transmission error, which Nortel's and
 * Avaya's manuals of eESPA confirm; 2 is busy and 3 an invalid message, as the trade has it.
 */
export const espaClass = (prefix: string): PageClass => (prefix === '3' ? 'refused' : 'retry')

const refusedBy = (prefix: string): Verdict => ({
  class: espaClass(prefix),
  code: `ESPA_NAK${prefix}`,
  reason: {
    zh: `寻呼系统（ESPA 4.4.4）未接收（NAK ${prefix || '无前缀'}）`,
    en: `The paging system (ESPA 4.4.4) did not take it (NAK ${prefix || 'without a prefix'})`,
  },
})

const notReady = ({ prefix }: Answer): Verdict => ({
  class: 'retry',
  code: 'ESPA_NOT_READY',
  reason: {
    zh: `寻呼系统（ESPA 4.4.4）未就绪，未发送${prefix === '' ? '' : `（NAK ${prefix}）`}`,
    en: `The paging system (ESPA 4.4.4) is not ready, so nothing was sent${prefix === '' ? '' : ` (NAK ${prefix})`}`,
  },
})

const brokenOff: Verdict = {
  class: 'unknown',
  code: 'ESPA_EOT',
  reason: {
    zh: '寻呼系统（ESPA 4.4.4）未确认就结束了传输，是否已接收不明',
    en: 'The paging system (ESPA 4.4.4) ended the transmission without an answer; whether it was taken is unknown',
  },
}
