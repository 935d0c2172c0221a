import type { Trouble } from '../../src/http/hosting/index.js'
import {
  asCrisisError,
  CrisisError,
  examNumbersIn,
  type ExamNumbers,
} from '../../src/messages/index.js'
import type { CrisisContext, Face } from '../face/index.js'
import type { Service } from '../service/index.js'
import type { Store } from '../store/index.js'

/** The answer to what is to be sent again in a moment: its bytes come again, or were stored too late to say so. */
const COMES_AGAIN: ReadonlySet<string> = new Set(['503'])

/** A caller may send anything as the name of an operation. */
const MAX_SHOWN = 64

/** More of something unreadable helps nobody, and a flood of it must not fill the disk. */
const MAX_QUARANTINE_BYTES = 64 * 1024

/** Tells people of calls that were refused, by a number under which their bytes are kept. */
export class Alarms {
  readonly #face: Face
  readonly #service: Service
  readonly #store: Store

  constructor(face: Face, service: Service, store: Store) {
    this.#face = face
    this.#service = service
    this.#store = store
  }

  tell(what: Trouble): void {
    const { operation, remoteAddress, raw, charset } = what
    const face = this.#face
    const error = new CrisisError(what.code, what.reason)
    // That it began is told once for all calls, by whoever follows the ledger; how many were refused is not.
    if (what.code === 'LEDGER_NEARLY_FULL' && what.count === undefined) return
    if (remoteAddress === '') {
      face.fail(error)
      return
    }
    const crisis = this.contextOf(operation, remoteAddress, raw && examNumbersIn(raw, charset))
    // A ledger that does not work must not hold up the alarm.
    const isFailing = this.#store.ledger.engine.state === 'failing'
    if (COMES_AGAIN.has(what.answer) || !raw || isFailing) {
      face.fail(error, { crisis })
      return
    }
    this.#quarantine(what, raw).then(
      (refusal) => face.fail(error, { crisis: { ...crisis, refusal } }),
      (failed: unknown) => {
        face.fail(error, { crisis })
        // A trouble that keeps a call from being stored keeps its bytes from it as well: that is one alarm.
        if (asCrisisError(failed).code !== what.code) face.fail(failed)
      },
    )
  }

  /** The part of a call that Catch nodes are told. */
  contextOf(
    operation: string,
    caller: string,
    { ExamNo, ApplyNo }: ExamNumbers = {},
  ): CrisisContext {
    return {
      ...(operation !== '' && { operation: operation.slice(0, MAX_SHOWN) }),
      service: this.#service.title,
      caller,
      ...(ExamNo !== undefined && { ExamNo }),
      ...(ApplyNo !== undefined && { ApplyNo }),
    }
  }

  async #quarantine(what: Trouble, raw: Buffer): Promise<number> {
    const store = this.#store
    const id = await store.ledger.run('quarantine', {
      actor: store.actor(this.#face),
      item: {
        service: this.#service.id,
        operation: what.operation,
        remoteAddress: what.remoteAddress,
        raw: this.#service.conceal(raw.subarray(0, MAX_QUARANTINE_BYTES)),
        charset: what.charset,
        code: what.code,
        reasonZh: what.reason.zh,
        reasonEn: what.reason.en,
      },
    })
    store.noteQuarantined(Math.min(raw.length, MAX_QUARANTINE_BYTES))
    return id
  }
}
