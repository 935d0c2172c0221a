import { createHash } from 'node:crypto'
import { isBlank, type Crisis, type Person } from '../messages/index.js'
import { escapeHl7 } from './hl7-text.js'
import { checkIdentity, type AlertIdentity } from './identity.js'
import { hl7TimeOfDate, hl7TimeOfInstant } from './instant.js'

/** Result status, OBX-11 (HL7 table 0085): final, correction, deleted, posted to the wrong patient. */
export type Hl7ResultStatus = 'F' | 'C' | 'D' | 'W'

/** When the peer shall acknowledge (HL7 table 0155): always, never, on error, on success. */
export type Hl7AckCondition = 'AL' | 'NE' | 'ER' | 'SU'

/** A coded element (CE): code, its text, and the system that the code belongs to. */
export interface Hl7Code {
  readonly code: string
  readonly text: string
  readonly system: string
}

export interface Hl7Options extends AlertIdentity {
  readonly sendingApplication: string
  readonly sendingFacility: string
  readonly receivingApplication: string
  readonly receivingFacility: string
  /** Issuer of the patient number: the namespace in PID-3. */
  readonly assigner: string
  /** When the message is written, MSH-7. */
  readonly now: Date
  /** Offset in which `now` is written, `±hh:mm`. Default is `+08:00`. */
  readonly offset?: string | undefined
  /** When the critical value was set, ISO 8601 with offset. Absent = not known, so the fields stay empty. */
  readonly setAt?: string | undefined
  /** Default is `F`. */
  readonly status?: Hl7ResultStatus | undefined
  /** Further patient numbers that the exam was said to be of; told in a note, because people must check them. */
  readonly otherPatients?: readonly string[] | undefined
  /** The patient's name, where enrichment knows it. Absent = the name is sent as unspecified. */
  readonly patientName?: string | undefined
  /** The examination, OBR-4, in the site's own codes. Default is the code of `findingCode`. */
  readonly examCode?: Hl7Code | undefined
  /** Code of the finding, OBX-3. Default is the local code `CRISIS` 危急值. */
  readonly findingCode?: Hl7Code | undefined
  /** MSH-15 per peer. Absent = the original acknowledgement mode. */
  readonly acceptAck?: Hl7AckCondition | undefined
  /** MSH-16 per peer. */
  readonly applicationAck?: Hl7AckCondition | undefined
}

export interface Hl7Message {
  /** Every segment ends with a carriage return; the MLLP frame is the transport's. */
  readonly text: string
  /** MSH-10: what the acknowledgement must name. */
  readonly controlId: string
}

const FINDING: Hl7Code = { code: 'CRISIS', text: '危急值', system: 'L' }
const LEVEL: Hl7Code = { code: 'CRISISCODE', text: '危急等级编码', system: 'L' }
const TYPE: Hl7Code = { code: 'CRISISTYPE', text: '危急值类型', system: 'L' }

/** Critical abnormal, for findings in words (HL7 table 0078); HH and LL are for numbers. */
const CRITICAL = 'AA'

/** Some receivers drop an observation without a value, and with it the alarm. */
const NAME_MISSING = '危急值（名称未填写）'

/**
 * A critical value as an HL7 v2.5.1 ORU^R01. The control id is the same whenever the same revision is sent
 * again, so that a receiver can tell a re-send from a second alert.
 * @throws BridgeError BRIDGE_KEY_BLANK, BRIDGE_REVISION_INVALID, BRIDGE_TIME_INVALID
 */
export function crisisToHl7(crisis: Crisis, options: Hl7Options): Hl7Message {
  const status = options.status ?? 'F'
  const controlId = controlIdOf(options, status)
  const setTime = options.setAt === undefined ? '' : hl7TimeOfInstant(options.setAt)
  const finding = options.findingCode ?? FINDING
  const order = id(crisis.OrderNo)
  const exam = id(crisis.ExamNo)
  const patient = id(crisis.SickNo)

  const observation = (position: number, code: Hl7Code, value: string, abnormal = ''): string =>
    segment('OBX', {
      1: String(position),
      2: 'TX',
      3: coded(code),
      5: escapeHl7(value),
      8: abnormal,
      11: status,
      14: setTime,
      16: staff(crisis.CrisisSettor, '^'),
    })
  const name = isBlank(crisis.CrisisName) ? NAME_MISSING : (crisis.CrisisName ?? '')
  const memo = isBlank(crisis.CrisisMemo) ? '' : escapeHl7(crisis.CrisisMemo ?? '')
  const codes = [
    { code: LEVEL, value: crisis.CrisisCode },
    { code: TYPE, value: crisis.CrisisType },
  ].filter(({ value }) => !isBlank(value))

  const segments = [
    header(options, controlId),
    segment('PID', {
      3: patient && joined([patient, '', '', escapeHl7(options.assigner), 'PI'], '^'),
      5: isBlank(options.patientName) ? '^^^^^^U' : `${id(options.patientName)}^^^^^^L`,
    }),
    segment('ORC', { 1: 'RE', 2: order, 3: exam, 4: id(crisis.ApplyNo) }),
    segment('OBR', {
      1: '1',
      2: order,
      3: exam,
      4: coded(options.examCode ?? finding),
      7: setTime,
      // Preliminary: a critical value says nothing about whether the report is final.
      25: 'P',
      32: staff(crisis.CrisisSettor, '&'),
    }),
    segment('TQ1', { 1: '1', 9: 'S' }),
    observation(1, finding, name, CRITICAL),
    // Directly behind the finding that they explain.
    ...[memo, patientNote(crisis, options.otherPatients ?? [])]
      .filter((note) => note !== '')
      .map((note, index) => segment('NTE', { 1: String(index + 1), 3: note })),
    ...codes.map(({ code, value }, index) => observation(index + 2, code, value?.trim() ?? '')),
  ]
  return { text: segments.map((line) => `${line}\r`).join(''), controlId }
}

/** Both numbers, where there is another one than that of this message. */
function patientNote(crisis: Crisis, others: readonly string[]): string {
  const numbers = [...new Set([crisis.SickNo ?? '', ...others].map((number) => number.trim()))]
  return numbers.length > 1 ? escapeHl7(`病人号可能有误，请核实：${numbers.join(' / ')}`) : ''
}

function header(options: Hl7Options, controlId: string): string {
  // MSH-1 is the separator itself, so every field stands one place before its number.
  return segment('MSH', {
    1: '^~\\&',
    2: escapeHl7(options.sendingApplication),
    3: escapeHl7(options.sendingFacility),
    4: escapeHl7(options.receivingApplication),
    5: escapeHl7(options.receivingFacility),
    6: hl7TimeOfDate(options.now, options.offset),
    8: 'ORU^R01^ORU_R01',
    9: controlId,
    10: 'P',
    11: '2.5.1',
    14: options.acceptAck ?? '',
    15: options.applicationAck ?? '',
    17: 'UNICODE UTF-8',
  })
}

/** MSH-10 holds 20 characters (HL7 2.5.1 section 2.15.9.10). */
const CONTROL_ID_LENGTH = 20

/**
 * The status is part of it: a deletion of a revision must not look like a re-send of that revision, which
 * receivers drop as a duplicate.
 */
function controlIdOf(identity: AlertIdentity, status: Hl7ResultStatus): string {
  const { key, revision } = checkIdentity(identity)
  return createHash('sha256')
    .update(JSON.stringify([key, revision, status]))
    .digest('hex')
    .slice(0, CONTROL_ID_LENGTH)
    .toUpperCase()
}

/** Fields by their number, without the empty ones at the end. */
function segment(name: string, fields: Readonly<Record<number, string>>): string {
  const length = Math.max(...Object.keys(fields).map(Number))
  return joined([name, ...Array.from({ length }, (_, index) => fields[index + 1] ?? '')], '|')
}

function coded({ code, text, system }: Hl7Code): string {
  return joined([escapeHl7(code), escapeHl7(text), escapeHl7(system)], '^')
}

/** Staff number, then the name; in OBR-32 they are sub-components. */
function staff(person: Person | undefined, separator: '^' | '&'): string {
  return joined([id(person?.code), id(person?.name)], separator)
}

function id(text: string | undefined): string {
  return escapeHl7(text?.trim() ?? '')
}

function joined(values: readonly string[], separator: string): string {
  const length = values.findLastIndex((value) => value !== '') + 1
  return values.slice(0, length).join(separator)
}
