import { randomUUID } from 'node:crypto'
import type { Channel, Page, PageResult } from '../../src/delivery/channels/index.js'
import type { Reason } from '../../src/messages/index.js'
import { contextOf, type Face, type FlowMessage } from '../face/index.js'

/**
 * The channel that is *this flow*: a page leaves by the third output, and the flow hands its message back to the node,
 * as it is when the page was sent, with an error from a Catch node or with `failed` when it was not.
 */
export class FlowChannel implements Channel {
  readonly #face: Face
  readonly #name: string
  readonly #answerMs: number
  readonly #waiting = new Map<string, (result: PageResult) => void>()

  /** @param answerMs time in which the flow has to say what became of a page */
  constructor(face: Face, name: string, answerMs: number) {
    this.#face = face
    this.#name = name
    this.#answerMs = answerMs
  }

  async send(page: Page, signal: AbortSignal): Promise<PageResult> {
    if (signal.aborted) return NOT_BEGUN
    const token = `${this.#face.id}/${randomUUID()}`
    const { promise, resolve } = Promise.withResolvers<PageResult>()
    this.#waiting.set(token, resolve)
    const timer = setTimeout(() => resolve(silent(this.#answerMs)), this.#answerMs)
    const end = (): void => resolve(silent(this.#answerMs))
    signal.addEventListener('abort', end, { once: true })
    try {
      this.#face.send([null, null, this.#messageOf(page, token)])
      return await promise
    } finally {
      clearTimeout(timer)
      signal.removeEventListener('abort', end)
      this.#waiting.delete(token)
    }
  }

  /** With the properties that the common notification nodes read. */
  #messageOf({ to, text, title, level, link, urgent }: Page, token: string): FlowMessage {
    return {
      payload: text,
      topic: title,
      title,
      message: text,
      priority: urgent ? 2 : 1,
      to: to.length === 1 ? to[0] : to,
      ...(level !== '' && { level }),
      ...(link !== undefined && { link }),
      crisis: { paged: { token, channel: this.#name } },
    }
  }

  /** Takes what the flow says of a page. @returns false when nobody waits for it here */
  take(msg: FlowMessage): boolean {
    const paged = contextOf(msg).paged
    const resolve = this.#waiting.get(paged?.token ?? '')
    if (!resolve) return false
    const failed = failureIn(msg, paged?.failed)
    resolve(failed === null ? ACCEPTED_BY_FLOW : notSent(failed))
    return true
  }
}

/** A message with the token of a page of this node, whether or not somebody still waits for it. */
export const isAnswer = (face: Face, msg: FlowMessage): boolean => {
  const token: unknown = (contextOf(msg).paged as { readonly token?: unknown } | undefined)?.token
  return typeof token === 'string' && token.startsWith(`${face.id}/`)
}

/** Why the flow has not sent a page; null = it has. */
function failureIn({ error }: FlowMessage, failed: boolean | string | undefined): string | null {
  if (typeof failed === 'string') return failed
  if (failed === true) return ''
  if (error === undefined || error === null || error === false) return null
  const message: unknown = typeof error === 'object' ? (error as Error).message : error
  return typeof message === 'string' ? message : ''
}

const NOT_BEGUN: PageResult = {
  class: 'retry',
  code: 'ABORTED',
  reason: { zh: '发送前已被取消，未发送任何内容', en: 'It was cancelled before anything was sent' },
}

const ACCEPTED_BY_FLOW: PageResult = {
  class: 'accepted',
  code: 'ACCEPTED',
  reason: { zh: '流程已发送', en: 'The flow has sent it' },
}

/** More than that no person reads of an error. */
const MOST_SAID = 300

function notSent(said: string): PageResult {
  const why = said.slice(0, MOST_SAID)
  const reason: Reason = {
    zh: `流程未能发送${why && `：${why}`}`,
    en: `The flow has not sent it${why && `: ${why}`}`,
  }
  return { class: 'refused', code: 'PAGE_FLOW_FAILED', reason }
}

const silent = (limitMs: number): PageResult => ({
  class: 'unknown',
  code: 'PAGE_FLOW_SILENT',
  reason: {
    zh: `流程在 ${limitMs / 1000} 秒内没有把结果送回本节点，是否已发出不明`,
    en: `The flow has not handed the result back within ${limitMs / 1000} s; whether it was sent is unknown`,
  },
})
