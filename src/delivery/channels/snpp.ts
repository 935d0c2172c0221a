import { ACCEPTED, type Channel, type PageClass, type Verdict } from './contract.js'
import type { OpenLine, Talk } from './line.js'
import { lineChannel, type Progress } from './line-channel.js'
import { LineError } from './line-error.js'
import { lineBytes, unsendableText, type LineCharset } from './line-text.js'
import { Secrets } from './secrets.js'

export interface SnppOptions {
  readonly open: OpenLine
  /** Default is ASCII, which all gateways take. */
  readonly charset?: LineCharset
  /** For gateways that ask for LOGIn (level 2). Default is none. */
  readonly login?: { readonly id: string; readonly password?: string | undefined } | undefined
  /** Asks the pager to alert at urgent pages by ALERt 1 (level 2), where the gateway knows it. Default is false. */
  readonly alert?: boolean
  /** Longest wait for an answer, in ms. Default is 10 000. */
  readonly replyMs?: number
  /** Longest time of a page with all its addresses, in ms. Default is 30 000. */
  readonly limitMs?: number
}

const DEFAULT_REPLY_MS = 10_000
const DEFAULT_LIMIT_MS = 30_000
/** Nothing depends on an answer to QUIT but whether the two sides were in step. */
const QUIT_MS = 2_000

interface Reply {
  readonly code: number
  readonly words: string
}

/** Lines of help that come before the answer itself. */
const MULTI_LINE = 214

/**
 * A gateway for pagers by SNPP (RFC 1861, level 1, and LOGIn and ALERt of level 2). Each address is a transaction of
 * its own, PAGEr, MESSage and SEND, so that each has its verdict. The answers of the gateway belong to a page only in
 * step: something that comes unasked, or an answer to QUIT that is not its own, makes what was accepted unknown.
 */
export function snpp(options: SnppOptions): Channel {
  const { open, charset = 'ASCII', login, limitMs = DEFAULT_LIMIT_MS } = options
  const secrets = new Secrets([login?.password])
  return lineChannel({
    open,
    limitMs,
    secrets,
    check: ({ text }) => (lineBytes(text, charset) ? undefined : unsendableText),
    talk: async (talk, page, progress) => {
      const session = new SnppSession(talk, options.replyMs ?? DEFAULT_REPLY_MS)
      const text = lineBytes(page.text, charset) ?? Buffer.alloc(0)
      const refusal = await session.begin(login, secrets)
      if (refusal) {
        for (const address of progress.addresses) progress.set(address, refusal)
        return
      }
      for (const address of progress.addresses) {
        const isAlert = options.alert === true && page.urgent
        await session.page(address, text, isAlert, progress, secrets)
      }
      await session.end(progress)
    },
  })
}

class SnppSession {
  readonly #talk: Talk
  readonly #replyMs: number

  constructor(talk: Talk, replyMs: number) {
    this.#talk = talk
    this.#replyMs = replyMs
  }

  /** Waits for the greeting and logs in; a verdict when the gateway will take nothing. */
  async begin(login: SnppOptions['login'], secrets: Secrets): Promise<Verdict | undefined> {
    const greeting = await this.#reply(this.#replyMs)
    if (!isPositive(greeting.code)) return refusalOf(greeting, secrets)
    if (!login) return undefined
    const words = ['LOGI', login.id, ...(login.password ? [login.password] : [])]
    const reply = await this.#ask(Buffer.from(words.join(' ')))
    return isTaken(reply.code) ? undefined : refusalOf(reply, secrets)
  }

  async page(
    address: string,
    text: Buffer,
    isAlert: boolean,
    progress: Progress,
    secrets: Secrets,
  ): Promise<void> {
    const commands = [
      Buffer.from(`PAGE ${address}`),
      Buffer.concat([Buffer.from('MESS '), text]),
      ...(isAlert ? [Buffer.from('ALER 1')] : []),
    ]
    for (const command of commands) {
      const reply = await this.#ask(command)
      if (isTaken(reply.code)) continue
      // A gateway of level 1 does not know it, and the page goes without.
      if (reply.code === 500 && command.subarray(0, 4).toString() === 'ALER') continue
      progress.set(address, refusalOf(reply, secrets))
      await this.#ask(RESET)
      return
    }
    progress.handOver(address)
    const reply = await this.#ask(Buffer.from('SEND'))
    const name = snppClass(reply.code)
    progress.set(address, name === 'accepted' ? ACCEPTED : answered(reply, name, secrets))
    if (name !== 'accepted') await this.#ask(RESET)
  }

  /** Says goodbye. An answer that is another command's shows that an earlier one was taken for the wrong command. */
  async end(progress: Progress): Promise<void> {
    try {
      const reply = await this.#ask(Buffer.from('QUIT'), QUIT_MS)
      if (reply.code === 221 || reply.code === 421) return
    } catch (error) {
      // Many gateways close at once.
      if (error instanceof LineError && error.code !== 'LINE_PROTOCOL') return
    }
    progress.doubt(outOfStep)
  }

  #ask(command: Buffer, limitMs = this.#replyMs): Promise<Reply> {
    if (this.#talk.hasMore) throw new LineError('LINE_PROTOCOL')
    this.#talk.write(Buffer.concat([command, Buffer.from('\r\n')]))
    return this.#reply(limitMs)
  }

  async #reply(limitMs: number): Promise<Reply> {
    for (;;) {
      const line = await this.#talk.read((buffered) => {
        const end = buffered.indexOf(0x0a)
        return end < 0 ? undefined : end + 1
      }, limitMs)
      const [, code, more, words = ''] = LINE.exec(line.toString('utf8').trimEnd()) ?? []
      if (code === undefined) throw new LineError('LINE_PROTOCOL')
      if (Number(code) === MULTI_LINE || more === '-') continue
      return { code: Number(code), words }
    }
  }
}

const LINE = /^(\d{3})(?:([- ])(.*))?$/s
const RESET = Buffer.from('RESE')

/** Positive and about a command; 21x is help, 22x is about the connection. */
const isTaken = (code: number): boolean => code >= 200 && code < 300 && !/^2[12]/.test(`${code}`)

const isPositive = (code: number): boolean => code >= 200 && code < 300

/** A technical fault, such as equipment that is down, where 550 is an administrative one (RFC 1861 section 5). */
const LATER: ReadonlySet<number> = new Set([554])

/**
 * The verdict of an answer to SEND, by its class: 2 and, for two-way pagers, 8 and 9 are taken; 4 ends the connection;
 * 5 and 7 are refusals. All else is unknown.
 */
export function snppClass(code: number): PageClass {
  const hundred = Math.floor(code / 100)
  if (isTaken(code) || hundred === 8 || hundred === 9) return 'accepted'
  if (hundred === 4 || LATER.has(code)) return 'retry'
  return hundred === 5 || hundred === 7 ? 'refused' : 'unknown'
}

function answered({ code, words }: Reply, name: PageClass, secrets: Secrets): Verdict {
  const said = secrets.words(words)
  const quote = said === '' ? '' : `: ${said}`
  return {
    class: name,
    code: `SNPP_${code}`,
    reason: {
      zh: `寻呼网关（SNPP）返回 ${code}${quote}`,
      en: `The paging gateway (SNPP) answered ${code}${quote}`,
    },
  }
}

/** The verdict of an answer that is no success before SEND: nothing is handed over yet, whatever the answer. */
const refusalOf = (reply: Reply, secrets: Secrets): Verdict =>
  answered(reply, snppClass(reply.code) === 'refused' ? 'refused' : 'retry', secrets)

const outOfStep: Verdict = {
  class: 'unknown',
  code: 'SNPP_OUT_OF_STEP',
  reason: {
    zh: '寻呼网关（SNPP）的应答与命令不对应，是否已接收不明',
    en: 'The answers of the paging gateway (SNPP) do not belong to its commands; whether it was taken is unknown',
  },
}
