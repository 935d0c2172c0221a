import type { Flag } from './document.js'
import { MessageError } from './errors.js'
import type { ExtraElement } from './extra.js'
import {
  fieldsOfObject,
  writeDocument,
  writeFields,
  type FieldTable,
  type Person,
  type WriteFieldsOptions,
} from './fields.js'
import { readRecords } from './records.js'
import { isBlank } from './text.js'
import { knowNames, type XmlLimits } from './xml/index.js'

/** One critical value as `SynCrisisInfo` carries it (document 5.1). Absent elements are absent properties. */
export interface Crisis {
  /** 检查流水号; with ApplyNo the key that feedback comes back with */
  readonly ExamNo?: string
  /** 申请单号 */
  readonly ApplyNo?: string
  /** 病人号 */
  readonly SickNo?: string
  /** 医嘱号 */
  readonly OrderNo?: string
  /** 危急值类型; the document's own sample leaves it empty */
  readonly CrisisType?: string
  /** 危急等级编码 */
  readonly CrisisCode?: string
  /** 危急等级名称: the finding, the text a person must read */
  readonly CrisisName?: string
  /** 危急情况描述 */
  readonly CrisisMemo?: string
  /** 设置危急值的影像诊断医生 (spelt so in the document) */
  readonly CrisisSettor?: Person
  /** 危急设定日期, as written */
  readonly CrisisSetDate?: string
  /** 危急设定时间, as written */
  readonly CrisisSetTime?: string
}

/** The fields in the document's order. */
export const CRISIS_FIELDS = [
  ['ExamNo', 'id'],
  ['ApplyNo', 'id'],
  ['SickNo', 'id'],
  ['OrderNo', 'id'],
  ['CrisisType', 'id'],
  ['CrisisCode', 'id'],
  ['CrisisName', 'text'],
  ['CrisisMemo', 'text'],
  ['CrisisSettor', 'person'],
  ['CrisisSetDate', 'id'],
  ['CrisisSetTime', 'id'],
] as const satisfies FieldTable

knowNames(['XmlDocument', 'Crisis', ...CRISIS_FIELDS.map(([name]) => name)])

export interface ReadCrisis {
  readonly crisis: Crisis
  /** Content that the document does not name, in this Crisis, and beside it. */
  readonly extra: readonly ExtraElement[]
  readonly flags: readonly Flag[]
}

export interface CrisisDocument {
  /** One or more (A28), in the order in which they stand. */
  readonly crises: readonly ReadCrisis[]
}

/**
 * Reads a `SynCrisisInfo` document. A Crisis without its keys is still returned, so that each can be answered
 * for by itself; see `requireKey`.
 * @throws MessageError those of the gate, DOCUMENT_UNKNOWN, DOCUMENT_AMBIGUOUS
 */
export function readCrisisDocument(xml: string, limits: XmlLimits = {}): CrisisDocument {
  const records = readRecords(xml, limits, 'Crisis', CRISIS_FIELDS)
  return { crises: records.map(({ values, extra, flags }) => ({ crisis: values, extra, flags })) }
}

/**
 * The critical value in a message's payload.
 * @throws MessageError VALUE_NOT_TEXT, CHARSET_REPLACEMENT, KEY_MISSING
 */
export function crisisOfObject(payload: object): Crisis {
  const crisis = fieldsOfObject(payload, CRISIS_FIELDS) as Crisis
  requireKey(crisis)
  return crisis
}

/** Writes a `SynCrisisInfo` document with every element the document prints, in its order. */
export function writeCrisisDocument(
  crises: Crisis | readonly Crisis[],
  options: WriteFieldsOptions & { readonly extra?: readonly ExtraElement[] } = {},
): string {
  const list: readonly Crisis[] = Array.isArray(crises) ? crises : [crises as Crisis]
  const { extra } = options
  const bodies = list.map((crisis) => writeFields({ ...crisis }, CRISIS_FIELDS, extra, options))
  return writeDocument('Crisis', bodies, extra)
}

/**
 * Refuses only what nobody could ever match: both keys blank (A13). One alone is enough.
 * @throws MessageError KEY_MISSING, answered 422
 */
export function requireKey(document: {
  readonly ExamNo?: string
  readonly ApplyNo?: string
}): void {
  if (!isBlank(document.ExamNo) || !isBlank(document.ApplyNo)) return
  throw new MessageError(
    'KEY_MISSING',
    {
      zh: '检查流水号 ExamNo 与申请单号 ApplyNo 均为空，无法识别该危急值，请电话通知',
      en: 'ExamNo and ApplyNo are both blank, so the critical value cannot be identified; please telephone',
    },
    '422',
  )
}
