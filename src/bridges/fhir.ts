import {
  isBlank,
  withoutControlCharacters,
  type Crisis,
  type CrisisFeedback,
  type Person,
} from '../messages/index.js'
import { BridgeError } from './errors.js'
import type {
  FhirAnnotation,
  FhirCodeableConcept,
  FhirCommunication,
  FhirCommunicationRequest,
  FhirIdentifier,
  FhirPayload,
  FhirReference,
} from './fhir-types.js'
import { checkIdentity, type AlertIdentity } from './identity.js'
import { checkInstant } from './instant.js'

/** 电子申请单编号, the national identifier seen in Chinese CDA documents. */
const APPLY_NO_SYSTEM = 'urn:oid:2.16.156.10011.1.24'
const CATEGORY_SYSTEM = 'http://terminology.hl7.org/CodeSystem/communication-category'

export interface FhirOptions extends AlertIdentity {
  /** The site's own absolute URI, under which its identifier and code systems are named. No default. */
  readonly base: string
}

export interface FhirRequestOptions extends FhirOptions {
  /** When the critical value was set, ISO 8601 with offset. Absent = not known, so nothing is said. */
  readonly setAt?: string | undefined
  /** Until when somebody must have acted, ISO 8601 with offset. */
  readonly limitAt?: string | undefined
  /** Further patient numbers that the exam was said to be of; told in a note, because people must check them. */
  readonly otherPatients?: readonly string[] | undefined
  /** `completed` once processed, `revoked` once superseded or cancelled. Default is `active`. */
  readonly status?: FhirCommunicationRequest['status'] | undefined
}

export interface FhirFeedbackOptions extends FhirOptions {
  /** When the notice was received, ISO 8601 with offset. Absent = not known, so reception is not asserted. */
  readonly receivedAt?: string | undefined
  /** When the case was handled, ISO 8601 with offset. Absent = not known, so handling is not asserted. */
  readonly processedAt?: string | undefined
  /** Header/Application: the program that relayed the reception. The licence has no place here. */
  readonly application?: string | undefined
}

/** Absent = the feedback does not assert that stage. */
export interface FhirFeedback {
  readonly received?: FhirCommunication
  readonly processed?: FhirCommunication
}

/**
 * A critical value as a FHIR R4 CommunicationRequest. Blank values are left out, since FHIR forbids empty
 * strings; a later revision is a new resource that replaces the one before.
 * @throws BridgeError FHIR_BASE_INVALID, BRIDGE_KEY_BLANK, BRIDGE_REVISION_INVALID, BRIDGE_TIME_INVALID
 */
export function crisisToFhir(
  crisis: Crisis,
  options: FhirRequestOptions,
): FhirCommunicationRequest {
  const base = checkBase(options.base)
  const { key, revision } = checkIdentity(options)
  const order = identifier(`${base}/sid/order-no`, crisis.OrderNo)
  const patient = identifier(`${base}/sid/sick-no`, crisis.SickNo)
  const exam = identifier(`${base}/sid/exam-no`, crisis.ExamNo)
  return present<FhirCommunicationRequest>({
    resourceType: 'CommunicationRequest',
    identifier: [
      { system: `${base}/sid/crisis`, value: key },
      // All revisions share the key, so `replaces` needs an identifier that tells them apart.
      revisionIdentifier(base, key, revision),
    ],
    basedOn: order && [{ type: 'ServiceRequest', identifier: order }],
    replaces: revision > 1 ? [requestReference(base, key, revision - 1)] : undefined,
    groupIdentifier: identifier(APPLY_NO_SYSTEM, crisis.ApplyNo),
    status: options.status ?? 'active',
    category: [{ coding: [{ system: CATEGORY_SYSTEM, code: 'alert' }] }],
    priority: 'stat',
    subject: patient && { type: 'Patient', identifier: patient },
    about: exam && [{ type: 'ServiceRequest', identifier: exam }],
    payload: payloads(crisis.CrisisName, crisis.CrisisMemo),
    occurrencePeriod:
      options.limitAt === undefined ? undefined : { end: checkInstant(options.limitAt) },
    authoredOn: options.setAt === undefined ? undefined : checkInstant(options.setAt),
    requester: person(base, crisis.CrisisSettor),
    reasonCode: reasonCode(base, crisis),
    note: patientNote(crisis, options.otherPatients ?? []),
  })
}

/** Both numbers, where there is another one than that of this resource. */
function patientNote(
  crisis: Crisis,
  others: readonly string[],
): readonly FhirAnnotation[] | undefined {
  const numbers = [...new Set([crisis.SickNo, ...others].map((number) => textOf(number)?.trim()))]
  return numbers.length > 1
    ? [
        {
          text: `病人号可能有误，请核实：${numbers.map((number) => number ?? '（空）').join(' / ')}`,
        },
      ]
    : undefined
}

/**
 * A clinician's feedback as FHIR R4 Communications: reception (A) and, once processed, the handling (B) in
 * response to it. A stage is asserted only when who and when are known, handling only with its result too
 * (reading A22): a fragment must not look completed.
 * @throws BridgeError FHIR_BASE_INVALID, BRIDGE_KEY_BLANK, BRIDGE_REVISION_INVALID, BRIDGE_TIME_INVALID
 */
export function feedbackToFhir(
  feedback: CrisisFeedback,
  options: FhirFeedbackOptions,
): FhirFeedback {
  const base = checkBase(options.base)
  const { key, revision } = checkIdentity(options)
  const basedOn = [requestReference(base, key, revision)]
  const stageIdentifier = (stage: string): FhirIdentifier => ({
    system: `${base}/sid/crisis-feedback`,
    value: `${key}-${revision}-${stage}`,
  })
  const receiver = person(base, feedback.CrisisReceiver)
  const application = textOf(options.application)
  const received =
    receiver && options.receivedAt !== undefined
      ? present<FhirCommunication>({
          resourceType: 'Communication',
          identifier: [stageIdentifier('received')],
          basedOn,
          status: 'completed',
          sender: application === undefined ? undefined : { type: 'Device', display: application },
          recipient: [receiver],
          received: checkInstant(options.receivedAt),
        })
      : undefined
  const staff = person(base, feedback.ProcessStaff)
  const processed =
    staff && options.processedAt !== undefined && !isBlank(feedback.ProcessResult)
      ? present<FhirCommunication>({
          resourceType: 'Communication',
          identifier: [stageIdentifier('processed')],
          // Also here, not only through A: feedback may report the handling without a reception.
          basedOn,
          inResponseTo: received && [
            { type: 'Communication', identifier: stageIdentifier('received') },
          ],
          status: 'completed',
          sender: staff,
          sent: checkInstant(options.processedAt),
          payload: payloads(feedback.ProcessSuggest, feedback.ProcessResult),
        })
      : undefined
  return present<FhirFeedback>({ received, processed })
}

/** An absolute URI with room for a path behind it: no query, no fragment, no white space. */
const BASE = /^[a-z][a-z0-9+.-]*:[^\s?#"<>\\^`{|}]+$/i

function checkBase(base: string): string {
  if (!BASE.test(base) || !URL.canParse(base)) {
    throw new BridgeError('FHIR_BASE_INVALID', {
      zh: '请设置本院 FHIR 标识体系的绝对 URI（没有默认值），例如 https://hospital.example/fhir',
      en: "Set the absolute URI of the site's own FHIR systems (there is no default), such as https://hospital.example/fhir",
    })
  }
  return base.replace(/\/+$/, '')
}

function revisionIdentifier(base: string, key: string, revision: number): FhirIdentifier {
  return { system: `${base}/sid/crisis-revision`, value: `${key}-${revision}` }
}

function requestReference(base: string, key: string, revision: number): FhirReference {
  return {
    type: 'CommunicationRequest',
    identifier: revisionIdentifier(base, key, revision),
  }
}

function reasonCode(base: string, crisis: Crisis): readonly FhirCodeableConcept[] | undefined {
  const coding = [
    { system: `${base}/CodeSystem/crisis-level`, code: codeOf(crisis.CrisisCode) },
    { system: `${base}/CodeSystem/crisis-type`, code: codeOf(crisis.CrisisType) },
  ].filter((entry): entry is { system: string; code: string } => entry.code !== undefined)
  const text = textOf(crisis.CrisisName)
  if (coding.length === 0 && text === undefined) return undefined
  return [present<FhirCodeableConcept>({ coding: coding.length > 0 ? coding : undefined, text })]
}

function person(base: string, { code, name }: Partial<Person> = {}): FhirReference | undefined {
  const staffNo = identifier(`${base}/sid/staff-no`, code)
  const display = textOf(name)?.trim()
  if (!staffNo && display === undefined) return undefined
  return present<FhirReference>({ identifier: staffNo, display })
}

function identifier(system: string, value: string | undefined): FhirIdentifier | undefined {
  const known = textOf(value)?.trim()
  return known === undefined ? undefined : { system, value: known }
}

/** Those that say something, in their order. */
function payloads(...texts: readonly (string | undefined)[]): readonly FhirPayload[] | undefined {
  const found = texts.map(textOf).filter((text) => text !== undefined)
  return found.length > 0 ? found.map((contentString) => ({ contentString })) : undefined
}

/** FHIR `string`: never empty, and no control characters (R4 section 2.24.0.1). */
function textOf(text: string | undefined): string | undefined {
  const clean = withoutControlCharacters(text ?? '')
  return isBlank(clean) ? undefined : clean
}

/** FHIR `code`: no white space at the ends and single spaces inside (R4 section 2.24.0.1). */
function codeOf(text: string | undefined): string | undefined {
  return textOf(text)?.trim().replace(/\s+/g, ' ')
}

/** Leaves out what is undefined, so that an unknown value is an absent element. */
function present<T extends object>(element: { [K in keyof T]: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(element).filter(([, value]) => value !== undefined)) as T
}
