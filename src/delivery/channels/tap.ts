import { ACCEPTED, type Channel, type PageClass, type Verdict } from './contract.js'
import type { OpenLine, Talk } from './line.js'
import { lineChannel, type Progress } from './line-channel.js'
import { LineError } from './line-error.js'
import { lineBytes, unsendableText } from './line-text.js'
import { Secrets } from './secrets.js'
import { tapBlocks } from './tap-block.js'

export interface TapOptions {
  /** A TCP connection or a serial device, which has its own parity: what comes is read as 7 bits. */
  readonly open: OpenLine
  /** The password of the logon. Default is none. */
  readonly password?: string | undefined
  readonly timing?: Partial<TapTiming>
  /** Longest time of a page with all its addresses, in ms. Default is 60 000. */
  readonly limitMs?: number
}

/** The timing parameters of TAP 1.8 section 7, in ms. */
export interface TapTiming {
  /** Between two CR while `ID=` is awaited. */
  readonly t1: number
  /** Longest wait for each answer of the terminal. */
  readonly t3: number
}

export const TAP_TIMING: TapTiming = { t1: 2_000, t3: 10_000 }

/** Transmissions of CR, of a logon, and of a block that was answered by NAK (n1, n2 of section 7). */
const TRIES = 3
const DEFAULT_LIMIT_MS = 60_000

const [EOT, ACK, CR, LF, NAK, ESC, RS] = [0x04, 0x06, 0x0d, 0x0a, 0x15, 0x1b, 0x1e] as const

type Sign = 'ack' | 'nak' | 'rs' | 'disconnect' | 'goAhead' | 'id'

interface Answer {
  readonly sign: Sign
  /** Response codes of the message sequence before it (appendix A). */
  readonly codes: readonly number[]
  readonly words: string
}

/**
 * A paging terminal by TAP (Telocator Alphanumeric Protocol, version 1.8 of 1997, and the older ones without response
 * codes). One logon carries all addresses of a page, each as a transaction of its own.
 */
export function tap(options: TapOptions): Channel {
  const { open, password = '', limitMs = DEFAULT_LIMIT_MS } = options
  const timing = { ...TAP_TIMING, ...options.timing }
  const secrets = new Secrets([password])
  return lineChannel({
    open,
    limitMs,
    secrets,
    check: ({ text }) => (lineBytes(text, 'ASCII') ? undefined : unsendableText),
    talk: async (talk, page, progress) => {
      const session = new TapSession(talk, timing, secrets)
      const refusal = await session.logOn(password)
      if (refusal) {
        for (const address of progress.addresses) progress.set(address, refusal)
        return
      }
      const text = lineBytes(page.text, 'ASCII')?.toString('latin1') ?? ''
      for (const address of progress.addresses) await session.page(address, text, progress)
      await session.end(progress)
    },
  })
}

class TapSession {
  readonly #talk: Talk
  readonly #timing: TapTiming
  readonly #secrets: Secrets
  /** Why the terminal has ended the session. */
  #ended: Verdict | undefined

  constructor(talk: Talk, timing: TapTiming, secrets: Secrets) {
    this.#talk = talk
    this.#timing = timing
    this.#secrets = secrets
  }

  /** Steps 3 to 7; a verdict when the terminal does not let us in. */
  async logOn(password: string): Promise<Verdict | undefined> {
    await this.#talk.settle(0)
    await this.#awaitId()
    for (let i = 0; i < TRIES; i++) {
      await this.#talk.settle(0)
      this.#talk.write(`\x1bPG1${password}\r`)
      const answer = await this.#logonAnswer()
      if (answer.sign === 'disconnect') return this.#refusal(answer, 'TAP_DISCONNECTED')
      if (answer.sign !== 'ack') continue
      const goAhead = await this.#answer(['goAhead', 'disconnect'])
      return goAhead.sign === 'goAhead' ? undefined : this.#refusal(goAhead, 'TAP_DISCONNECTED')
    }
    return said('refused', 'TAP_LOGON', '登录被拒绝', 'the logon was refused')
  }

  /** Step 8: each block until it is answered. */
  async page(address: string, text: string, progress: Progress): Promise<void> {
    if (this.#ended) return progress.set(address, this.#ended)
    let answer: Answer | undefined
    const blocks = tapBlocks(address, text)
    for (const [i, block] of blocks.entries()) {
      // Only the last block ends the transaction.
      const isLast = i === blocks.length - 1
      answer = await this.#sendBlock(block, () => isLast && progress.handOver(address))
      if (answer.sign !== 'ack') break
    }
    if (answer) progress.set(address, this.#judge(answer))
  }

  /**
   * Steps 9 and 10: a terminal may still take back what it has acknowledged, and does not say which of them. An ACK
   * more than there were blocks does no harm, and a NAK shows that one was taken for another's.
   */
  async end(progress: Progress): Promise<void> {
    if (this.#ended) return
    this.#talk.write('\x04\r')
    try {
      let answer: Answer
      do {
        answer = await this.#answer(['ack', 'nak', 'rs', 'disconnect'])
      } while (answer.sign === 'ack')
      const isRefusal = answer.sign !== 'disconnect' || answer.codes.some((code) => code >= 500)
      if (!isRefusal) return
      const verdict = this.#refusal(answer, 'TAP_REJECTED_LATE', 'refused')
      const isOnly = progress.addresses.length === 1 && answer.sign === 'rs'
      progress.doubt(isOnly ? verdict : { ...verdict, class: 'unknown' })
    } catch (error) {
      // The goodbye is optional, and a line may drop with it.
      if (!(error instanceof LineError) || error.code === 'LINE_PROTOCOL') throw error
    }
  }

  /** `ID=` may be an answer to an earlier CR: the terminal then answers the logon all the same. */
  async #logonAnswer(): Promise<Answer> {
    const signs = ['ack', 'nak', 'disconnect', 'id'] as const
    const first = await this.#answer(signs)
    if (first.sign !== 'id') return first
    try {
      return await this.#answer(signs, this.#timing.t1)
    } catch (error) {
      if (error instanceof LineError && error.code === 'LINE_TIMEOUT') return first
      throw error
    }
  }

  async #awaitId(): Promise<void> {
    for (let i = 0; ; i++) {
      this.#talk.write('\r')
      try {
        await this.#answer(['id'], this.#timing.t1)
        return
      } catch (error) {
        const isLast = i === TRIES - 1
        if (isLast || !(error instanceof LineError) || error.code !== 'LINE_TIMEOUT') throw error
      }
    }
  }

  async #sendBlock(block: Buffer, onSent: () => void): Promise<Answer> {
    for (let i = 1; ; i++) {
      if (this.#talk.hasMore) {
        // Line ends may follow an answer; all else would be taken for the answer to this block.
        const rest = await this.#talk.settle(0)
        if (rest.some((byte) => byte !== CR && byte !== LF)) throw new LineError('LINE_PROTOCOL')
      }
      this.#talk.write(block)
      onSent()
      const answer = await this.#answer(['ack', 'nak', 'rs', 'disconnect'])
      if (answer.sign !== 'nak' || i === TRIES) return answer
    }
  }

  #judge(answer: Answer): Verdict {
    const isPositive = answer.codes.some((code) => code >= 200 && code < 300)
    const isNegative = answer.codes.some((code) => code >= 500 && code < 600)
    if (answer.sign === 'ack') return isNegative ? contradicting : ACCEPTED
    if (isPositive && !isNegative) return contradicting
    if (answer.sign === 'nak') return this.#refusal(answer, 'TAP_NAK', 'retry')
    if (answer.sign === 'rs') return this.#refusal(answer, 'TAP_RS', 'refused')
    this.#ended = this.#refusal(answer, 'TAP_DISCONNECTED')
    return this.#ended
  }

  /** The verdict by the response code, or by the sign where there is none. */
  #refusal(answer: Answer, fallback: string, name: PageClass = 'retry'): Verdict {
    const code = answer.codes.findLast((one) => one >= 500) ?? answer.codes.findLast(isLimit)
    const words = this.#secrets.words(answer.words)
    return code === undefined
      ? said(name, fallback, words, words)
      : said(tapClass(code), `TAP_${code}`, words, words)
  }

  async #answer(signs: readonly Sign[], limitMs = this.#timing.t3): Promise<Answer> {
    let found: { readonly sign: Sign; readonly at: number; readonly end: number } | undefined
    const bytes = await this.#talk.read((buffered) => {
      found = signIn(buffered)
      return found?.end
    }, limitMs)
    if (!found || !signs.includes(found.sign)) throw new LineError('LINE_PROTOCOL')
    const sequence = sevenBits(bytes.subarray(0, found.at)).toString('latin1')
    // XON and XOFF may stand anywhere.
    const lines = sequence.replace(/[^\r\n\x20-\x7e]/g, '').split(/[\r\n]+/)
    const codes = lines.flatMap((line) => /^(\d{3})(?!\d)/.exec(line)?.[1] ?? []).map(Number)
    return { sign: found.sign, codes, words: lines.join(' ').trim() }
  }
}

/** 112 and 113: no more pages, or no more time, in this session. */
const isLimit = (code: number): boolean => code === 112 || code === 113

/** Codes of what another session may cure: time-outs, checksums, quotas, a pager out of reach. */
const LATER: ReadonlySet<number> = new Set([112, 113, 501, 502, 503, 506, 512, 514, 516])

/** The class of a response code of TAP 1.8 appendix A in an answer that is no ACK. */
export function tapClass(code: number): PageClass {
  if (LATER.has(code)) return 'retry'
  return code >= 500 && code < 600 ? 'refused' : 'unknown'
}

const sevenBits = (bytes: Buffer): Buffer => Buffer.from(bytes.map((byte) => byte & 0x7f))

/** The first sign in what has come, with the line ends behind it; undefined while there is none. */
function signIn(buffered: Buffer): { sign: Sign; at: number; end: number } | undefined {
  const bytes = sevenBits(buffered)
  for (let at = 0; at < bytes.length; at++) {
    const sign = signAt(bytes, at)
    if (sign === undefined) continue
    let end = at + SIGN_LENGTH[sign]
    while (bytes[end] === CR || bytes[end] === LF) end++
    return { sign, at, end }
  }
  return undefined
}

const SIGN_LENGTH: Readonly<Record<Sign, number>> = {
  ack: 1,
  nak: 1,
  rs: 1,
  disconnect: 2,
  goAhead: 3,
  id: 3,
}

function signAt(bytes: Buffer, at: number): Sign | undefined {
  switch (bytes[at]) {
    case ACK:
      return 'ack'
    case NAK:
      return 'nak'
    case RS:
      return 'rs'
    case ESC:
      if (bytes[at + 1] === EOT) return 'disconnect'
      return bytes.toString('latin1', at + 1, at + 3) === '[p' ? 'goAhead' : undefined
    default:
      return bytes.toString('latin1', at, at + 3) === 'ID=' ? 'id' : undefined
  }
}

function said(name: PageClass, code: string, zh: string, en: string): Verdict {
  const quote = (words: string): string => (words === '' ? '' : `: ${words}`)
  return {
    class: name,
    code,
    reason: {
      zh: `寻呼终端（TAP）未接收（${code.replace('TAP_', '')}）${quote(zh)}`,
      en: `The paging terminal (TAP) did not take it (${code.replace('TAP_', '')})${quote(en)}`,
    },
  }
}

const contradicting: Verdict = {
  class: 'unknown',
  code: 'ANSWER_CONTRADICTS',
  reason: {
    zh: '寻呼终端（TAP）的应答自相矛盾，是否已接收不明',
    en: 'The answer of the paging terminal (TAP) contradicts itself; whether it was taken is unknown',
  },
}
