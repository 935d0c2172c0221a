import { DEFAULT_ZONE, type Crisis } from '../messages/index.js'
import { alertWithKey } from './arrival.js'
import {
  cancelled,
  counting,
  isCancelled,
  isOtherPatient,
  released,
  type Alert,
  type Content,
  type Exam,
} from './exam.js'
import { findingKey } from './identity.js'
import { readCrisisQuality } from './stage.js'

/* Decisions that people make on an exam. Null where there is nothing that they could decide so. */

/** The alert with that number, unless it is cancelled. */
export function standingAlert({ alerts }: Exam, id: number): Alert | null {
  const alert = alerts.find((one) => one.id === id)
  return alert && !isCancelled(alert) ? alert : null
}

/** Applies the end of a hold to its exam. */
export interface Lifted {
  /** The exam afterwards. */
  readonly exam: Exam
  /** The alerts that are no longer held, as they were; the cancelled one is not among them. */
  readonly released: readonly Alert[]
  /** The alert that was for the wrong patient, as it was; null = none was. */
  readonly wrong: Alert | null
}

/**
 * Two people have found out who the patient is.
 * @param wrongKey K of the alert that was for the wrong patient and is cancelled with it; null = none was
 */
export function lift(exam: Exam, wrongKey: string | null, at: number): Lifted | null {
  const named = wrongKey === null ? undefined : alertWithKey(exam.alerts, wrongKey)
  const wrong = named && !isCancelled(named) ? named : null
  const held = exam.alerts.filter(({ hold }) => hold !== null)
  if (held.length === 0 || (wrongKey !== null && !wrong)) return null
  return {
    exam: released(wrong ? cancelled(exam, wrong, at) : exam),
    released: held.filter(({ id }) => id !== wrong?.id),
    wrong,
  }
}

/** Applies the choice of a content to its exam. */
export interface Chosen {
  /** The exam afterwards. */
  readonly exam: Exam
  readonly setAt: string | null
  /** The content is of another patient, so that nothing that was said before may be said of it. */
  readonly isOtherPatient: boolean
}

/**
 * People have found out which content of an alert holds: it counts from now on, like a correction.
 * @param crisis that content
 */
export function choose(
  exam: Exam,
  alert: Alert,
  { revision, content }: Pick<Alert, 'revision' | 'content'>,
  crisis: Crisis,
  at: number,
): Chosen {
  const zone = alert.setAt?.slice(-DEFAULT_ZONE.length) ?? DEFAULT_ZONE
  const { setAt } = readCrisisQuality(crisis, zone)
  const finding = findingKey(crisis)
  return {
    exam: counting(exam, alert, { revision, content, finding, setAt: setAt.at, crisis }, at),
    setAt: setAt.at,
    isOtherPatient: isOtherPatient(alert, crisis),
  }
}

/** The content of a number that people may choose: any but the one that counts. */
export const contentToChoose = (alert: Alert, revision: number): Content | null =>
  alert.contents.find((one) => one.revision === revision && revision !== alert.revision) ?? null
