import { isBlank, type Crisis } from '../messages/index.js'
import { isCancelled, isClosed, type Alert } from './exam.js'

/** A critical value as it counts for its identity. */
export interface Arriving {
  readonly crisis: Crisis
  /** H. */
  readonly content: string
  /** CrisisCode and CrisisName, as a hash. */
  readonly finding: string
  readonly setAt: string | null
}

/**
 * The alert of an exam that a critical value is a content of: the one that its key K names, the one that says the
 * same already, or an open one of the same finding, of which it is a correction (reading section 2).
 * @param byKey the alert that K names
 */
export function alertFor(
  exam: readonly Alert[],
  byKey: number | undefined,
  item: Arriving,
): Alert | undefined {
  return (
    exam.find(({ id }) => id === byKey) ??
    exam.findLast(({ content }) => content === item.content) ??
    exam.findLast((alert) => isSameFinding(alert, item))
  )
}

/**
 * The same finding with a new set time is a correction while the alert is open; afterwards it is a new one. A
 * finding that is not named equals nothing: it is an additional one, never a replacement.
 */
const isSameFinding = (alert: Alert, item: Arriving): boolean =>
  !isUnnamed(item.crisis) && alert.finding === item.finding && !isClosed(alert)

const isUnnamed = ({ CrisisCode, CrisisName }: Crisis): boolean =>
  isBlank(CrisisCode) && isBlank(CrisisName)

/** The contents that are kept of an alert. */
export interface Contents {
  /** The highest number. */
  readonly last: number
  /** The number of the one that says the same as what comes in; null when none does. */
  readonly same: number | null
}

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

export function arrivalOf(known: Alert | undefined, contents: Contents, item: Arriving): Arrival {
  if (!known) return { kind: 'new' }
  if (contents.same !== null) {
    return {
      kind: 'resend',
      alert: known,
      revision: contents.same,
      late: isClosed(known),
      earlier: contents.same !== known.revision,
    }
  }
  return {
    kind: isEarlier(known, item) ? 'outOfOrder' : 'revision',
    alert: known,
    revision: contents.last + 1,
  }
}

/** Set before the current content was. */
const isEarlier = ({ setAt: current }: Alert, { setAt }: Arriving): boolean =>
  setAt !== null && current !== null && Date.parse(setAt) < Date.parse(current)

/** The alerts of an exam that another patient's number was said of. A cancelled one was none, as people have said. */
export function otherPatients(exam: readonly Alert[], { crisis }: Arriving): readonly Alert[] {
  const after = (crisis.SickNo ?? '').trim()
  if (isBlank(after)) return []
  return exam.filter(
    (alert) => !isCancelled(alert) && !isBlank(alert.sickNo) && alert.sickNo !== after,
  )
}
