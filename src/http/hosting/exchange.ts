import type { IncomingMessage, ServerResponse } from 'node:http'
import {
  asCrisisError,
  decodeBytes,
  failure,
  markForbidden,
  type CrisisError,
  type DecodedText,
  type Flag,
} from '../../messages/index.js'
import {
  meantOperation,
  openDocument,
  readCall,
  type KnownFrames,
  type Operation,
  type ReplyForm,
  type RuledCall,
  type SoapCall,
} from '../../soap/index.js'
import { rootPart } from '../body-part.js'
import { takeBody, type Body } from './body.js'
import type { Deadline, Deadlines } from './deadlines.js'
import { MAX_NAME, notCanonical, type CallForm, type Forms } from './form.js'
import {
  ambiguousArgument,
  answerLate,
  missingArgument,
  operationBusy,
  unknownOperation,
  unknownValue,
} from './front-errors.js'
import type { Address, Answer, Trouble } from './hosted.js'
import type { UnderWay } from './load.js'
import { refuse, Reply, type Replies } from './replies.js'

export const DEFAULT_ANSWER_LIMIT_MS = 10_000

/** The text of an envelope, and what is unusual about it. */
type ReadText = Pick<DecodedText, 'text' | 'flags'>

/** Control characters as visible marks; flagged where there were any. */
function withMarks({ text, flags }: ReadText): ReadText {
  const marked = markForbidden(text)
  return marked === text
    ? { text, flags }
    : { text: marked, flags: [...flags, 'controlCharacters'] }
}

/** The parts that all calls of one address share. */
export interface Served {
  readonly address: Address
  readonly tell: (trouble: Trouble) => void
  readonly deadlines: Deadlines
  readonly frames: KnownFrames
  readonly forms: Forms
  readonly replies: Replies
}

/**
 * One call, from its bytes to its answer: `begin`, `#read`, `#ask`, `#answer`. It is answered once, and where the
 * handler answers at once no promise, timer or controller is made on the way but the handler's own.
 */
export class Exchange {
  readonly #receivedAt = new Date()
  #raw: Buffer | undefined
  #charset = ''
  #call: SoapCall | undefined
  /** The operation that is meant, as far as it is known. */
  #operation = ''
  #deadline: Deadline | undefined
  #isOver = false

  constructor(
    private readonly served: Served,
    private readonly remoteAddress: string,
    private readonly underWay: UnderWay | undefined,
    private readonly req: IncomingMessage,
    private readonly res: ServerResponse,
  ) {}

  begin(): void {
    const { address, deadlines } = this.served
    takeBody(this.req, address.options.body ?? {}, deadlines, this.underWay, (body, error) => {
      try {
        if (body) this.#read(body)
        else this.#refuse(error)
      } catch {
        // All that can fail is answered inside; should that fail, only this one connection goes.
        this.#end()
        this.res.destroy()
      }
    })
  }

  #read(body: Body): void {
    const { address, forms, frames } = this.served
    const { headers } = this.req
    let call: SoapCall
    let form: CallForm
    let text: ReadText
    try {
      this.#raw = body.bytes
      const part = rootPart(body.bytes, headers['content-type'])
      this.#raw = part.bytes
      const decoded = body.decoded
        ? { text: part.bytes.toString(), charset: 'utf-8', from: 'parser' as const, flags: [] }
        : decodeBytes(part.bytes, {
            contentType: part.contentType,
            allowGbk: address.options.allowGbk ?? false,
          })
      this.#charset = decoded.charset
      text = address.options.markControls ? withMarks(decoded) : decoded
      call = readCall(text.text, address.options.xml, frames, address.options.rules)
      form = forms.of(
        call,
        decoded,
        {
          contentType: headers['content-type'],
          contentEncoding: headers['content-encoding'],
          userAgent: headers['user-agent'],
        },
        address.options.names?.namespace,
      )
      this.#call = call
      this.#operation = call.operation
      this.#tellForm(call, form)
    } catch (thrown) {
      this.#refuse(thrown)
      return
    }
    try {
      this.#ask(call, form, text.flags)
    } catch (thrown) {
      this.#fail(thrown)
    }
  }

  #tellForm(call: SoapCall, form: CallForm): void {
    const operation = call.operation.slice(0, MAX_NAME)
    try {
      this.served.address.options.onForm?.({ remoteAddress: this.remoteAddress, operation, form })
    } catch {
      // The caller's answer matters more than a listener that fails.
    }
  }

  /** @throws whatever the handler throws, and HttpError where it is not asked */
  #ask(call: SoapCall, form: CallForm, flags: readonly Flag[]): void {
    const { address, deadlines } = this.served
    const { ruled } = call
    const operation = ruled ? this.#meant(call, ruled) : call.operation
    const handler = address.handler(operation)
    if (handler === undefined) throw unknownOperation(operation, this.#known())
    if (handler === 'busy') throw operationBusy()
    if (address.options.strict && form.deviations.length > 0) throw notCanonical(form)
    if (call.ambiguous) throw ambiguousArgument()
    if (call.argument === null) throw missingArgument()
    const answer = handler({
      operation,
      document: ruled
        ? openDocument(ruled, call.argument, operation as Operation, address.options.xml)
        : call.argument,
      version: call.version,
      form,
      flags: flags.length === 0 ? call.flags : [...flags, ...call.flags],
      receivedAt: this.#receivedAt,
      remoteAddress: this.remoteAddress,
      // Read before this line.
      raw: this.#raw!,
      charset: this.#charset,
    })
    if (!(answer instanceof Promise)) {
      this.#answer(answer)
      return
    }
    const limitMs = address.options.answerLimitMs ?? DEFAULT_ANSWER_LIMIT_MS
    this.#deadline = deadlines.add(limitMs, () => this.#fail(answerLate(limitMs)))
    answer.then(
      (given) => this.#answer(given),
      (thrown: unknown) => this.#fail(thrown),
    )
  }

  /** @throws HttpError OPERATION_UNKNOWN, MessageError */
  #meant(call: SoapCall, ruled: RuledCall): Operation {
    const { options } = this.served.address
    const operation = meantOperation(ruled, options.xml)
    if (operation !== undefined) return (this.#operation = operation)
    const said = ruled.rule.operation
    throw unknownValue(call.operation, typeof said === 'string' ? [] : [...said.values.keys()])
  }

  /** The names of all that may be called here. */
  #known(): readonly string[] {
    const { address } = this.served
    const operations: readonly string[] = address.operations()
    const { rules } = address.options
    return rules ? [...new Set([...operations, ...rules.elements])] : operations
  }

  get #names(): ReplyForm | undefined {
    return this.#call?.ruled?.rule.reply ?? this.served.address.options.names
  }

  #answer(given: Answer): void {
    if (this.#isOver) return
    try {
      // Whatever a handler gives, which may be nothing.
      this.#send(this.served.replies.to(this.#call!, given, this.#names))
    } catch (thrown) {
      this.#fail(thrown)
    }
  }

  /** Answers a call that was read, but could not be handled, with a failure code. */
  #fail(thrown: unknown): void {
    if (this.#isOver) return
    const { answer, reason } = this.#trouble(thrown)
    this.#send(new Reply(this.#call!, failure(answer, reason), this.#names))
  }

  #send(reply: Reply): void {
    this.#end()
    const { sendReply } = this.served.address.options
    try {
      if (sendReply) sendReply(reply.ready, this.res)
      else reply.send(this.res)
    } catch {
      this.res.destroy()
    }
  }

  /** Answers what could not be read with a Fault. */
  #refuse(thrown: unknown): void {
    const error = this.#trouble(thrown)
    this.#end()
    refuse(this.req, this.res, error)
  }

  #trouble(thrown: unknown): CrisisError {
    const error = asCrisisError(thrown)
    const { code, reason, answer } = error
    this.served.tell({
      code,
      reason,
      answer,
      remoteAddress: this.remoteAddress,
      operation: this.#operation,
      raw: this.#raw,
      charset: this.#charset,
    })
    return error
  }

  #end(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#deadline?.stop()
    this.underWay?.leave()
  }
}
