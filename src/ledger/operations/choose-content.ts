import { findingKey, isCancelled, readCrisisQuality } from '../../loop/index.js'
import { DEFAULT_ZONE } from '../../messages/index.js'
import type { Step } from '../engine/types.js'
import { audit } from './audit.js'
import { note, peersOf, whichExam, type Decide, type NotDecided } from './decisions.js'
import { alertsOf, contentOf, contentHashOf, lockExam } from './exam/load.js'
import { setCurrent } from './exam/save.js'
import { owe } from './owed.js'
import { settleExam } from './parked.js'
import { now } from './sql.js'
import { forgetTold } from './told.js'
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
  const { system, pair } = found
  yield* lockExam(system, pair)
  const meant = (yield* alertsOf(system, pair)).find(({ id }) => id === found.alert)
  const content = meant && (yield* contentHashOf(meant.id, revision))
  if (!meant || isCancelled(meant) || meant.revision === revision || !content) {
    return { problem: 'none', ...nothing }
  }
  const chosen = yield* contentOf(meant.id, revision)
  const decision = yield* note(args, 'chooseContent', meant.id, at)
  const after = (chosen.crisis.SickNo ?? '').trim()
  const isOtherPatient = after !== '' && meant.sickNo !== '' && after !== meant.sickNo
  yield* withdraw(actor, pair, meant.id, 'revised', isOtherPatient, at)
  const zone = meant.setAt?.slice(-'+08:00'.length) ?? DEFAULT_ZONE
  const setAt = readCrisisQuality(chosen.crisis, zone).setAt.at
  const finding = findingKey(chosen.crisis)
  yield* setCurrent(meant.id, { ...chosen, revision, content, finding, setAt }, '', at)
  yield* forgetTold(system, pair, meant.id)
  yield* audit(actor, at, {
    kind: 'contentChosen',
    alert: meant.id,
    detail: { revision, decision },
  })
  yield* settleExam(actor, system, pair, at)
  const result = { problem: null, id: meant.key, peers: yield* peersOf(pair) }
  if (meant.target === null) return { ...result, nodes: [] }
  yield* owe({
    kind: 'crisis',
    target: meant.target,
    alert: meant.id,
    at,
    content: {
      ...chosen,
      id: meant.key,
      pair,
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
