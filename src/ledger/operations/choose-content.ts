import { choose, contentToChoose, standingAlert } from '../../loop/index.js'
import type { Step } from '../../store/index.js'
import { audit } from './audit.js'
import { keepDecision, peersOf, whichExam, type Decide, type NotDecided } from './decisions.js'
import { contentOf, loadExam } from './exam/load.js'
import { saveExam } from './exam/save.js'
import { owe } from './handouts.js'
import { reconcileExam } from './say.js'
import { now } from './sql.js'
import { withdraw } from './withdraw.js'

export interface Chosen {
  readonly problem: NotDecided | null
  readonly id: string | null
  /** The nodes whose flows are told. */
  readonly nodes: readonly string[]
  /** The peers to which something may go now. */
  readonly peers: readonly string[]
}

/**
 * People have found out which content of a critical value holds, after one that was set earlier came in later: it
 * counts from now on, like a correction, and somebody has to acknowledge it.
 */
export function* chooseContent(args: Decide & { readonly revision: number }): Step<Chosen> {
  const { actor, revision } = args
  const at = yield* now()
  const nothing = { id: null, nodes: [], peers: [] }
  const found = yield* whichExam(args.which)
  if (typeof found === 'string') return { problem: found, ...nothing }
  const { examKey } = found
  const exam = yield* loadExam(found)
  const meant = standingAlert(exam, found.alert)
  const known = contentToChoose(meant, revision)
  if (!meant || !known) return { problem: 'none', ...nothing }
  const stored = yield* contentOf(meant.id, revision)
  const decision = yield* keepDecision(args, 'chooseContent', meant.id, at)
  const { exam: after, setAt, isOtherPatient } = choose(exam, meant, known, stored.crisis, at)
  yield* withdraw(actor, examKey, meant.id, 'revised', isOtherPatient, at)
  const saved = yield* saveExam(exam, after, { at })
  yield* audit(actor, at, {
    kind: 'contentChosen',
    alert: meant.id,
    detail: { revision, decision },
  })
  yield* reconcileExam(actor, saved, at)
  const result = { problem: null, id: meant.key, peers: yield* peersOf(examKey) }
  if (meant.target === null) return { ...result, nodes: [] }
  yield* owe({
    kind: 'crisis',
    target: meant.target,
    alert: meant.id,
    at,
    content: {
      ...stored,
      id: meant.key,
      examKey,
      setAt,
      receivedAt: at,
      alert: meant.id,
      revision,
      kind: 'revision',
      late: false,
      earlier: false,
      wrongPatient: false,
    },
  })
  return { ...result, nodes: [meant.target] }
}
