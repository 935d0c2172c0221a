import { choose, contentToChoose } from '../../loop/index.js'
import type { Step } from '../../store/index.js'
import { audit } from './audit.js'
import {
  keepDecision,
  loadMeant,
  notDecided,
  peersOf,
  tellContent,
  type Decide,
  type DecidedOne,
} from './decisions.js'
import { contentOf } from './exam/load.js'
import { saveExam } from './exam/save.js'
import { reconcileExam } from './say.js'
import { now } from './sql.js'
import { withdraw } from './withdraw.js'

/**
 * People have found out which content of a critical value holds, after one that was set earlier came in later: it
 * counts from now on, like a correction, and somebody has to acknowledge it.
 */
export function* chooseContent(args: Decide & { readonly revision: number }): Step<DecidedOne> {
  const { actor, revision } = args
  const at = yield* now()
  const found = yield* loadMeant(args.which)
  if (typeof found === 'string') return notDecided(found)
  const { exam, alert } = found
  const { id, key, target } = alert
  const known = contentToChoose(alert, revision)
  if (!known) return notDecided('none')
  const stored = yield* contentOf(id, revision)
  const decision = yield* keepDecision(args, 'chooseContent', id, at)
  const { exam: after, setAt, isOtherPatient } = choose(exam, alert, known, stored.crisis, at)
  yield* withdraw(actor, exam.key, id, 'revised', isOtherPatient, at)
  const saved = yield* saveExam(exam, after, { at })
  yield* audit(actor, at, { kind: 'contentChosen', alert: id, detail: { revision, decision } })
  yield* reconcileExam(actor, saved, at)
  yield* tellContent(exam, alert, { ...stored, revision, setAt, kind: 'revision' }, at)
  const nodes = target === null ? [] : [target]
  return { problem: null, id: key, nodes, peers: yield* peersOf(exam.key) }
}
