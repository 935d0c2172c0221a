import { requireKey } from './crisis.js'
import type { Flag } from './document.js'
import { extraOf, type ExtraElement } from './extra.js'
import {
  content,
  fieldsOfObject,
  writeDocument,
  writeFields,
  type FieldTable,
  type Person,
  type WriteFieldsOptions,
} from './fields.js'
import { FieldReader, readRecords } from './records.js'
import { isBlank } from './text.js'
import { knowNames, type XmlLimits } from './xml/index.js'

/** A clinician's feedback as `SynCrisisResponseInfo` carries it (document 5.2, CrisisResponse). */
export interface CrisisFeedback {
  /** 检查流水号 */
  readonly ExamNo?: string
  /** 申请单号 */
  readonly ApplyNo?: string
  /** 接收到危急通知的临床医生 */
  readonly CrisisReceiver?: Person
  /** 危急通知接收日期, as written */
  readonly CrisisReceiveDate?: string
  /** 危急通知接收时间, as written */
  readonly CrisisReceiveTime?: string
  /** 危急处理人员 */
  readonly ProcessStaff?: Person
  /** 危急处理日期, as written */
  readonly ProcessDate?: string
  /** 危急处理时间, as written */
  readonly ProcessTime?: string
  /** 危急处理意见; the document's own sample is one space */
  readonly ProcessSuggest?: string
  /** 危急情况处理结果说明 */
  readonly ProcessResult?: string
}

/** The fields in the document's order. */
export const FEEDBACK_FIELDS = [
  ['ExamNo', 'id'],
  ['ApplyNo', 'id'],
  ['CrisisReceiver', 'person'],
  ['CrisisReceiveDate', 'id'],
  ['CrisisReceiveTime', 'id'],
  ['ProcessStaff', 'person'],
  ['ProcessDate', 'id'],
  ['ProcessTime', 'id'],
  ['ProcessSuggest', 'text'],
  ['ProcessResult', 'text'],
] as const satisfies FieldTable

/** The sender of feedback (document 5.2, Header). `License` is a secret: it never enters a message, a log or a status. */
export interface FeedbackHeader {
  /** 程序名称 */
  readonly Application: string
  /** 身份验证码, issued by the PACS */
  readonly License: string
}

const HEADER_FIELDS = [
  ['Application', 'id'],
  ['License', 'id'],
] as const satisfies FieldTable

knowNames([
  'Header',
  'CrisisResponse',
  ...[...HEADER_FIELDS, ...FEEDBACK_FIELDS].map(([name]) => name),
])

export interface ReadFeedback {
  readonly feedback: CrisisFeedback
  /** Content that the document does not name, in this CrisisResponse, and beside it. */
  readonly extra: readonly ExtraElement[]
  readonly flags: readonly Flag[]
}

export interface FeedbackDocument {
  /** Absent properties were absent elements. */
  readonly header: Partial<FeedbackHeader>
  /** One or more, in the order in which they stand. */
  readonly feedbacks: readonly ReadFeedback[]
}

/**
 * Reads a `SynCrisisResponseInfo` document. Who may speak is not judged here.
 * @throws MessageError those of the gate, DOCUMENT_UNKNOWN, DOCUMENT_AMBIGUOUS
 */
export function readFeedbackDocument(xml: string, limits: XmlLimits = {}): FeedbackDocument {
  const header = new FieldReader('Header', HEADER_FIELDS)
  const records = readRecords(xml, limits, 'CrisisResponse', FEEDBACK_FIELDS, header)
  return {
    header: header.values,
    feedbacks: records.map(({ values, extra, flags }) => ({ feedback: values, extra, flags })),
  }
}

/**
 * The feedback in a message's payload.
 * @throws MessageError VALUE_NOT_TEXT, CHARSET_REPLACEMENT, KEY_MISSING
 */
export function feedbackOfObject(payload: object): CrisisFeedback {
  const feedback = fieldsOfObject(payload, FEEDBACK_FIELDS) as CrisisFeedback
  requireKey(feedback)
  return feedback
}

export interface WriteFeedbackOptions extends WriteFieldsOptions {
  readonly extra?: readonly ExtraElement[]
  /** Leaves out the elements of the processing while nothing of it is known (A20). Default is false. */
  readonly omitEmptyProcess?: boolean
}

const PROCESS_FIELDS = [
  'ProcessStaff',
  'ProcessDate',
  'ProcessTime',
  'ProcessSuggest',
  'ProcessResult',
] as const

const isEmpty = (value: string | Person | undefined): boolean =>
  typeof value === 'object' ? isBlank(value.code) && isBlank(value.name) : isBlank(value)

/**
 * Writes a `SynCrisisResponseInfo` document. What is not known is written empty and never invented (A20);
 * with `omitEmpty` it is left out.
 */
export function writeFeedbackDocument(
  header: FeedbackHeader,
  feedback: CrisisFeedback,
  options: WriteFeedbackOptions = {},
): string {
  const { extra = [] } = options
  const isUnprocessed = PROCESS_FIELDS.every(
    (name) => isEmpty(feedback[name]) && !extraOf(extra, name),
  )
  const table =
    options.omitEmptyProcess && isUnprocessed
      ? FEEDBACK_FIELDS.filter(([name]) => !PROCESS_FIELDS.some((process) => process === name))
      : FEEDBACK_FIELDS
  const fields = writeFields({ ...feedback }, table, extra, options)
  return writeDocument(
    'CrisisResponse',
    [fields],
    extra,
    `<Header><Application>${content(header.Application)}</Application>` +
      `<License>${content(header.License)}</License></Header>`,
  )
}
