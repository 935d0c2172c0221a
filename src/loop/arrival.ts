import { withExtra } from '../messages/index.js'
import {
  counting,
  held,
  isCancelled,
  isClosed,
  isOtherPatient,
  NEW_ALERT,
  reached,
  trimmed,
  withAlert,
  type Alert,
  type Content,
  type Exam,
  type NewDocument,
} from './exam.js'
import { isUnnamed } from './identity.js'

/** A critical value as it counts for its identity. */
export interface Arriving extends NewDocument {
  /** K: the same critical value sent again has the same key. */
  readonly key: string
  /** H, of all that counts as content: a change of it under the same key is a revision. */
  readonly content: string
  /** The hash of what the document itself names, without unknown elements. */
  readonly documentHash: string
  /** CrisisCode and CrisisName, as a hash: the same finding of an exam. */
  readonly finding: string
  readonly setAt: string | null
}

/**
 * The alert of an exam that a critical value is a content of: the one that its key K names, the one that says the
 * same already, or an open one of the same finding, of which it is a correction (reading section 2).
 */
export function alertFor(exam: readonly Alert[], item: Arriving): Alert | undefined {
  return (
    alertWithKey(exam, item.key) ??
    exam.findLast(({ content }) => content === item.content) ??
    exam.findLast((alert) => isSameFinding(alert, item))
  )
}

/** The alert that a key names, whichever of its contents had that key. */
export const alertWithKey = (exam: readonly Alert[], key: string): Alert | undefined =>
  exam.find(({ keys }) => keys.includes(key))

/**
 * The content of an exam that a flow hands over. A service may count other elements into the content than its flow
 * does, so that one that the flow names is known by what the document itself names.
 * @param revision the one that the flow says it is
 */
export function contentHandedOver(
  exam: readonly Alert[],
  { key, content, documentHash }: Pick<Arriving, 'key' | 'content' | 'documentHash'>,
  revision: number | undefined,
): { readonly alert: Alert; readonly revision: number } | null {
  const alert = alertWithKey(exam, key)
  const found =
    alert?.contents.find((one) => one.content === content) ??
    alert?.contents.find((one) => one.revision === revision && one.documentHash === documentHash)
  return alert && found ? { alert, revision: found.revision } : null
}

/**
 * The same finding with a new set time is a correction while the alert is open; afterwards it is a new one. A
 * finding that is not named equals nothing: it is an additional one, never a replacement.
 */
const isSameFinding = (alert: Alert, item: Arriving): boolean =>
  !isUnnamed(item.crisis) && alert.finding === item.finding && !isClosed(alert)

/**
 * What a critical value comes to. `revision` becomes the content that counts; `outOfOrder` was set before that and
 * so was overtaken on its way, or corrects the set time: a person decides. `resend` is known already.
 */
export type Arrival =
  | { readonly kind: 'new' }
  | { readonly kind: 'revision' | 'outOfOrder'; readonly alert: Alert; readonly revision: number }
  | {
      readonly kind: 'resend'
      readonly alert: Alert
      readonly revision: number
      /** Sent again after it was closed. */
      readonly late: boolean
      /** Sent again although it has been corrected since. */
      readonly earlier: boolean
    }

export function arrivalOf(known: Alert | undefined, item: Arriving): Arrival {
  if (!known) return { kind: 'new' }
  const same = known.contents.find(({ content }) => content === item.content)
  if (same) {
    return {
      kind: 'resend',
      alert: known,
      revision: same.revision,
      late: isClosed(known),
      earlier: same.revision !== known.revision,
    }
  }
  return {
    kind: isEarlier(known, item) ? 'outOfOrder' : 'revision',
    alert: known,
    revision: (known.contents.at(-1)?.revision ?? 0) + 1,
  }
}

/**
 * True when the flow is given a critical value that came in. What is known already is given to it again only where a
 * setting says so, or where no node has it any more; what was closed before is not.
 */
export const isHandedOut = (
  arrival: Arrival,
  { emitResends = false, isForgotten }: { emitResends?: boolean | undefined; isForgotten: boolean },
): boolean => arrival.kind !== 'resend' || (!arrival.late && (emitResends || isForgotten))

/** Applies a critical value to its exam. */
export interface Arrived {
  readonly arrival: Arrival
  /** The exam afterwards. */
  readonly exam: Exam
  /** The alerts of which another patient's number was said, so that all of the exam is held. */
  readonly others: readonly Alert[]
}

/**
 * A critical value comes in.
 * @param target the node whose flow is given it; null = none is
 * @param isReceiver a re-send goes to that node from now on
 * @param at epoch ms of our clock
 */
export function arrive(
  exam: Exam,
  item: Arriving,
  { target, isReceiver, at }: { target: string | null; isReceiver: boolean; at: number },
): Arrived {
  const arrival = arrivalOf(alertFor(exam.alerts, item), item)
  if (arrival.kind === 'new') {
    const others = otherPatients(exam.alerts, item)
    const opened = { ...exam, alerts: [...exam.alerts, newAlert(item, target, at)] }
    // What was told of closed findings must not be told of this one.
    const told = exam.alerts.every(isClosed) ? exam.told.map(inThePast) : exam.told
    const after = { ...opened, told }
    return { arrival, others, exam: others.length > 0 ? held(after) : after }
  }
  const known = withKey(arrival.alert, item.key)
  if (arrival.kind === 'resend') {
    const to = isReceiver ? target : known.target
    const alert = { ...known, resent: known.resent + 1, target: to }
    return { arrival, others: [], exam: withAlert(exam, alert) }
  }
  const { revision, kind } = arrival
  const others = otherPatients(exam.alerts, item)
  const alert = { ...known, contents: [...known.contents, contentOf(item, revision)] }
  const after =
    kind === 'revision'
      ? counting(
          exam,
          { ...alert, target: target ?? alert.target },
          { ...item, crisis: withExtra(item.crisis, item.extra), revision },
          at,
        )
      : // One that does not count names the patient whom the one that counts does not.
        withAlert(exam, { ...alert, sickNo: alert.sickNo || trimmed(item.crisis.SickNo) })
  return { arrival, others, exam: others.length > 0 ? held(after) : after }
}

const newAlert = (item: Arriving, target: string | null, at: number): Alert => ({
  id: NEW_ALERT,
  key: item.key,
  keys: [item.key],
  finding: item.finding,
  sickNo: trimmed(item.crisis.SickNo),
  stage: 'stored',
  revision: 1,
  content: item.content,
  setAt: item.setAt,
  openedAt: at,
  receivedAt: null,
  processedAt: null,
  fedBackAt: null,
  cancelledAt: null,
  hold: null,
  resent: 0,
  target,
  crisis: withExtra(item.crisis, item.extra),
  contents: [contentOf(item, 1)],
  milestones: [reached('stored', at)],
})

const contentOf = (
  { content, documentHash, ...document }: Arriving,
  revision: number,
): Content => ({
  revision,
  content,
  documentHash,
  document,
})

const withKey = (alert: Alert, key: string): Alert =>
  alert.keys.includes(key) ? alert : { ...alert, keys: [...alert.keys, key] }

const inThePast = ({ alert, parts }: Exam['told'][number]) => ({
  alert,
  parts: { ...parts, past: true as const },
})

/** Set before the current content was. */
const isEarlier = ({ setAt: current }: Alert, { setAt }: Arriving): boolean =>
  setAt !== null && current !== null && Date.parse(setAt) < Date.parse(current)

/** The alerts of an exam that another patient's number was said of. A cancelled one was none, as people have said. */
export const otherPatients = (
  exam: readonly Alert[],
  { crisis }: Pick<Arriving, 'crisis'>,
): readonly Alert[] => exam.filter((alert) => !isCancelled(alert) && isOtherPatient(alert, crisis))
