import type { Reason } from '../messages/index.js'
import { unescapeHl7 } from './hl7-text.js'

export type Hl7AckCode =
  | 'ACK_ACCEPTED'
  /** The peer has stored the message and not yet processed it: the application's answer is still to come. */
  | 'ACK_COMMIT_ONLY'
  | 'ACK_APPLICATION_ERROR'
  | 'ACK_APPLICATION_REJECT'
  | 'ACK_COMMIT_ERROR'
  | 'ACK_COMMIT_REJECT'
  | 'ACK_CODE_UNKNOWN'
  /** It acknowledges another message than ours. */
  | 'ACK_OTHER_ID'
  /** Several answers in one, or an acceptance that reports an error. */
  | 'ACK_AMBIGUOUS'
  | 'ACK_UNREADABLE'

export interface Hl7Ack {
  /** True when the peer's application has taken the message over. */
  readonly success: boolean
  readonly code: Hl7AckCode
  readonly reason: Reason
  /** The peer's own words (MSA-3, ERR-8). They may name the patient: not for logs. */
  readonly text?: string
}

const FAILURES: Readonly<Record<string, Hl7AckCode>> = {
  CA: 'ACK_COMMIT_ONLY',
  AE: 'ACK_APPLICATION_ERROR',
  AR: 'ACK_APPLICATION_REJECT',
  CE: 'ACK_COMMIT_ERROR',
  CR: 'ACK_COMMIT_REJECT',
}

const REASONS: Readonly<Record<Hl7AckCode, Reason>> = {
  ACK_ACCEPTED: { zh: '对方已接收并处理（AA）', en: 'The peer has accepted the message (AA)' },
  ACK_COMMIT_ONLY: {
    zh: '对方仅确认收到（CA），尚未给出应用确认（AA），不能视为成功',
    en: 'The peer has only confirmed receipt (CA); until it accepts (AA) this is no success',
  },
  ACK_APPLICATION_ERROR: {
    zh: '对方处理消息出错（AE），请联系对方系统管理员',
    en: 'The peer failed to process the message (AE); contact its administrator',
  },
  ACK_APPLICATION_REJECT: {
    zh: '对方拒绝该消息（AR），请核对消息类型、版本与收发方设置',
    en: 'The peer rejects the message (AR); check message type, version and the sender and receiver settings',
  },
  ACK_COMMIT_ERROR: {
    zh: '对方未能保存消息（CE），请联系对方系统管理员',
    en: 'The peer failed to store the message (CE); contact its administrator',
  },
  ACK_COMMIT_REJECT: {
    zh: '对方拒绝接收该消息（CR），请核对消息类型、版本与收发方设置',
    en: 'The peer refuses to take the message (CR); check message type, version and the sender and receiver settings',
  },
  ACK_CODE_UNKNOWN: {
    zh: '对方应答的确认码（MSA-1）未知，不能视为成功',
    en: "The peer's acknowledgement code (MSA-1) is unknown, so this is no success",
  },
  ACK_OTHER_ID: {
    zh: '对方应答的消息控制号（MSA-2）不是本消息的，不能视为成功',
    en: 'The acknowledgement names another message (MSA-2), so this is no success',
  },
  ACK_AMBIGUOUS: {
    zh: '对方应答自相矛盾或含多条消息，请人工核实',
    en: "The peer's answer contradicts itself or holds several messages; a person must look",
  },
  ACK_UNREADABLE: {
    zh: '对方应答为空、不完整或不是 HL7 确认消息',
    en: "The peer's answer is empty, cut short or no HL7 acknowledgement",
  },
}

/**
 * Reads an HL7 v2 acknowledgement. Success only when MSA-1 is `AA` and MSA-2 is the control id that was sent;
 * everything else, whatever it is, is a failure with a code. Never throws.
 */
export function readAck(text: unknown, expectedControlId: string): Hl7Ack {
  if (typeof text !== 'string') return outcome('ACK_UNREADABLE')
  // Peers end segments with LF or CRLF too, and some transports hand over the MLLP frame: VT is white space
  // to trim, FS ends the message.
  const segments = text
    .replaceAll('\u001c', '\r')
    .split(/[\r\n]/)
    .map((line) => line.trim())
    .filter((line) => line !== '')
  const separator = /^MSH([^\sA-Za-z0-9])/.exec(segments[0] ?? '')?.[1]
  if (separator === undefined) return outcome('ACK_UNREADABLE')

  const named = (name: string): string[][] =>
    segments.map((line) => line.split(separator)).filter((fields) => fields[0] === name)
  const [msa, ...otherMsa] = named('MSA')
  if (named('MSH').length > 1 || otherMsa.length > 0) return outcome('ACK_AMBIGUOUS')
  if (!msa) return outcome('ACK_UNREADABLE')

  const errors = named('ERR')
  const words = [msa[3], ...errors.map((fields) => fields[8])].find((field) => field?.trim())
  const said = words === undefined ? undefined : unescapeHl7(words.trim())

  const code = msa[1]?.trim() ?? ''
  const controlId = msa[2]?.trim() ?? ''
  if (controlId === '' || controlId !== expectedControlId) return outcome('ACK_OTHER_ID', said)
  if (code !== 'AA') {
    // Object.hasOwn: a peer's word such as `constructor` must not find what every object has.
    const failure = Object.hasOwn(FAILURES, code) ? FAILURES[code] : undefined
    return outcome(failure ?? 'ACK_CODE_UNKNOWN', said)
  }
  // ERR-4 is the severity since 2.5; W and I may come with an acceptance, an error (E, F) may not (as A4).
  if (errors.some((fields) => /^\s*[EF]\s*$/.test(fields[4] ?? '')))
    return outcome('ACK_AMBIGUOUS', said)
  return outcome('ACK_ACCEPTED', said)
}

function outcome(code: Hl7AckCode, text?: string): Hl7Ack {
  const success = code === 'ACK_ACCEPTED'
  return { success, code, reason: REASONS[code], ...(text === undefined ? {} : { text }) }
}
