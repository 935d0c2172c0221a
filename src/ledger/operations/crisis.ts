import {
  alertFor,
  arrive,
  isHandedOut,
  type Alert,
  type Arrival,
  type Arrived,
} from '../../loop/index.js'
import type { Step } from '../../store/index.js'
import type { CrisisToStore, Owed, StoredCrisis } from '../types.js'
import { audit, type AuditEntry } from './audit.js'
import { loadExam, type LoadedExam } from './exam/load.js'
import { saveExam } from './exam/save.js'
import { rematch } from './feedback.js'
import { keepRaw } from './records.js'
import { owe } from './handouts.js'
import { holdReports, sayNow } from './say.js'
import { isGone, type Receiving } from './receiving.js'
import { now } from './sql.js'
import { withdraw } from './withdraw.js'

export interface StoreCrises extends Receiving {
  readonly crises: readonly CrisisToStore[]
}

/**
 * Stores critical values by the identity rules of reading section 2, each with its revision, its audit entry
 * and the message that is owed for it, in the one transaction that an answer of `0` stands for (A3).
 */
export function* storeCrises(args: StoreCrises): Step<readonly StoredCrisis[]> {
  const at = yield* now()
  const raw = yield* keepRaw(args.origin, 'SynCrisisInfo', at)
  const stored: StoredCrisis[] = []
  for (const item of args.crises) {
    // Two instances must not store the same critical value at the same moment.
    const exam = yield* loadExam({ system: args.origin.system, examKey: item.examKey })
    stored.push(yield* storeCrisis(args, exam, item, { raw, at }))
  }
  return stored
}

/** @param exam as it was loaded, with its lock */
export function* storeCrisis(
  args: Omit<Receiving, 'origin'>,
  exam: LoadedExam,
  item: CrisisToStore,
  { raw, at }: { readonly raw: number; readonly at: number },
): Step<StoredCrisis> {
  const { actor } = args
  const known = alertFor(exam.alerts, item)
  const isForgotten = known !== undefined && isGone(known.target, args)
  const target = args.target === '' ? null : args.target
  const arrived = arrive(exam, item, { target, isReceiver: isForgotten, at })
  const { arrival, others } = arrived
  const wrongPatient = others.length > 0
  // Documents are locked before the alert, as by those who record a delivery: two that wait for each other would both
  // have to repeat.
  if (wrongPatient) yield* holdReports(actor, item.examKey, at)
  if (arrival.kind === 'revision') {
    // What may have been said of another patient is not said of this one, once people have decided.
    yield* withdraw(actor, item.examKey, arrival.alert.id, 'revised', wrongPatient, at)
  }
  const saved = yield* saveExam(exam, arrived.exam, { at, raw })
  // Feedback that waits may have to wait for something else from now on.
  const hasReports = exam.alerts.length > 0 || exam.told.length > 0
  if (arrival.kind !== 'resend' && hasReports) yield* sayNow(actor, saved, at)
  const alert = arrival.kind === 'new' ? saved.alerts.at(-1)! : arrival.alert
  yield* audit(actor, at, { ...entryOf(arrived), alert: alert.id })
  if (wrongPatient) yield* audit(actor, at, { kind: 'wrongPatient', alert: alert.id })
  const result = { ...resultOf(arrival), alert: alert.id, wrongPatient }
  const isOwed = isHandedOut(arrival, { emitResends: args.emitResends, isForgotten })
  const owed = isOwed ? yield* tellFlow(args, item, { ...result, others }, alert.key, at) : null
  if (arrival.kind === 'new' && exam.hasOrphans) yield* rematch(actor, saved, alert.id, at)
  return { ...result, owed }
}

function entryOf({ arrival, exam }: Arrived): AuditEntry {
  if (arrival.kind === 'new') return { kind: 'stored', detail: { findings: exam.alerts.length } }
  const { kind, revision } = arrival
  return { kind: kind === 'resend' ? resent(arrival) : AUDITED[kind], detail: { revision } }
}

const AUDITED = { revision: 'revised', outOfOrder: 'outOfOrder' } as const

const resent = ({ earlier, late }: Extract<Arrival, { readonly kind: 'resend' }>): string =>
  earlier ? 'earlierContent' : late ? 'lateDuplicate' : 'resent'

const resultOf = (arrival: Arrival) => ({
  revision: arrival.kind === 'new' ? 1 : arrival.revision,
  kind: arrival.kind,
  late: arrival.kind === 'resend' && arrival.late,
  earlier: arrival.kind === 'resend' && arrival.earlier,
})

type Result = Omit<StoredCrisis, 'owed'> & { readonly others?: readonly Alert[] }

function* tellFlow(
  args: Pick<Receiving, 'target' | 'lease'>,
  item: CrisisToStore,
  { others = [], ...result }: Result,
  id: string,
  at: number,
): Step<Owed | null> {
  if (args.target === '') return null
  return yield* owe({
    kind: 'crisis',
    target: args.target,
    alert: result.alert,
    isNew: result.kind === 'new',
    at,
    lease: args.lease,
    content: {
      crisis: item.crisis,
      extra: item.extra,
      flags: item.flags,
      id,
      examKey: item.examKey,
      setAt: item.setAt,
      receivedAt: at,
      ...(item.form && { form: item.form }),
      ...result,
      // Whoever has to find out which patient is the right one needs both, with what is said of each.
      ...(others.length > 0 && {
        otherPatients: others.map(({ key, sickNo, crisis }) => ({
          id: key,
          SickNo: sickNo,
          crisis,
        })),
      }),
    },
  })
}
