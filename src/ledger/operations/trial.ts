import type { Step } from '../../store/index.js'
import { audit, type Actor } from './audit.js'
import { now } from './sql.js'

/** A test value that a person sends to a peer from its dialog, past the outbox. */
export interface Trial {
  readonly actor: Actor
  readonly peer: string
  readonly operation: string
  /** The ExamNo of the test value, which is invented. */
  readonly examNo: string
  /** The person who is signed in to the editor; '' where nobody has to be. */
  readonly by: string
  /** Class and code of the outcome; absent = it is about to be sent. */
  readonly outcome?: { readonly class: string; readonly code: string } | undefined
}

/** Notes in the audit that a test value is sent, and what came of it. */
export function* noteTrial({ actor, outcome, ...trial }: Trial): Step<void> {
  const { peer, operation, examNo, by } = trial
  const detail = {
    peer,
    operation,
    examNo,
    by,
    ...(outcome && { class: outcome.class, code: outcome.code }),
  }
  yield* audit(actor, yield* now(), { kind: outcome ? 'trialEnded' : 'trialBegun', detail })
}
