import { FlagSet, nameMatches, readDocument, type Flag } from './document.js'
import { MessageError } from './errors.js'
import {
  fieldsOfObject,
  readFields,
  writeFields,
  type FieldTable,
  type Person,
  type WriteFieldsOptions,
} from './fields.js'
import { isBlank } from './text.js'
import { XML_DECLARATION, type XmlElement, type XmlLimits } from './xml.js'

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

export interface ReadCrisis {
  readonly crisis: Crisis
  /** Elements of this Crisis that the document does not name. */
  readonly extra: readonly XmlElement[]
  readonly flags: readonly Flag[]
}

export interface CrisisDocument {
  /** One or more (A28), in the order in which they stand. */
  readonly crises: readonly ReadCrisis[]
  /** Elements beside `Crisis` that the document does not name. */
  readonly extra: readonly XmlElement[]
}

/**
 * Reads a `SynCrisisInfo` document. A Crisis without its keys is still returned, so that each can be answered
 * for by itself; see `requireKey`.
 * @throws MessageError those of the gate, DOCUMENT_UNKNOWN, DOCUMENT_AMBIGUOUS
 */
export function readCrisisDocument(xml: string, limits: XmlLimits = {}): CrisisDocument {
  const { root, flags } = readDocument(xml, 'XmlDocument', limits)
  const { found, extra, shared } = elementsNamed(root, 'Crisis', flags)
  return {
    crises: found.map((element) => {
      const own = new FlagSet(shared)
      const { values, extra: unknown } = readFields(element, CRISIS_FIELDS, own)
      return { crisis: values, extra: unknown, flags: own.list }
    }),
    extra,
  }
}

/**
 * The one kind of element that a document is for, apart from what else stands in it.
 * @throws MessageError DOCUMENT_UNKNOWN when there is none
 */
export function elementsNamed(
  root: XmlElement,
  name: string,
  flags: readonly Flag[],
  besides: readonly string[] = [],
): { found: XmlElement[]; extra: XmlElement[]; shared: readonly Flag[] } {
  const shared = new FlagSet(flags)
  const found: XmlElement[] = []
  const extra: XmlElement[] = []
  for (const child of root.children) {
    if (nameMatches(child, name, shared)) {
      found.push(child)
    } else if (!besides.some((known) => nameMatches(child, known, shared))) {
      extra.push(child)
      shared.add('unknownElement')
    }
  }
  if (found.length === 0) {
    throw new MessageError('DOCUMENT_UNKNOWN', {
      zh: `XmlDocument 中没有 ${name} 节点`,
      en: `There is no ${name} element in XmlDocument`,
    })
  }
  return { found, extra, shared: shared.list }
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
  options: WriteFieldsOptions & { readonly extra?: readonly XmlElement[] } = {},
): string {
  const list: readonly Crisis[] = Array.isArray(crises) ? crises : [crises as Crisis]
  const bodies = list.map(
    (crisis) =>
      `<Crisis>${writeFields({ ...crisis }, CRISIS_FIELDS, options.extra, options)}</Crisis>`,
  )
  return `${XML_DECLARATION}<XmlDocument>${bodies.join('')}</XmlDocument>`
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
