import { CLOSED_STAGES, OPEN_ALERT_STAGES } from '../loop/index.js'
import type { FhirCommunicationRequest } from './fhir-types.js'
import type { Hl7ResultStatus } from './hl7.js'

/**
 * The subject of a message about a critical value. Each bridge says it in its own way, so that nobody acts at once on a
 * value that is void, or takes a correction for a repeat.
 *
 * - `first`: the critical value as it was set
 * - `corrected`: a later content of it
 * - `wrongPatient`: the exam was said to be of two patients, and people must find out of which
 * - `cancelled`: two people have declared it void
 */
export type Situation = 'first' | 'corrected' | 'wrongPatient' | 'cancelled'

/** The stages that a message may tell. */
export const STAGES: readonly string[] = ['none', ...OPEN_ALERT_STAGES, ...CLOSED_STAGES]

/** OBX-11 (HL7 table 0085): final, correction, posted to the wrong patient, deleted. */
export const HL7_STATUS_OF: Readonly<Record<Situation, Hl7ResultStatus>> = {
  first: 'F',
  corrected: 'C',
  wrongPatient: 'W',
  cancelled: 'D',
}

/** The status of a CommunicationRequest (FHIR R4, request-status); a correction `replaces` the one before. */
export const FHIR_STATUS_OF: Readonly<Record<Situation, FhirCommunicationRequest['status']>> = {
  first: 'active',
  corrected: 'active',
  wrongPatient: 'entered-in-error',
  cancelled: 'revoked',
}

/** The situation that the stage, the flags and the revision of a message tell; the gravest one counts. */
export function situationOf(said: {
  readonly stage?: string | undefined
  readonly flags?: readonly string[] | undefined
  readonly revision?: number | undefined
}): Situation {
  const { stage, flags = [], revision = 1 } = said
  if (stage === 'cancelled' || flags.includes('cancelled')) return 'cancelled'
  if (flags.includes('possibleWrongPatient')) return 'wrongPatient'
  return revision > 1 ? 'corrected' : 'first'
}
