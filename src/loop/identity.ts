import { hash as digest } from 'node:crypto'
import {
  CRISIS_FIELDS,
  FEEDBACK_FIELDS,
  isBlank,
  isTechnical,
  type Crisis,
  type CrisisFeedback,
  type ExtraElement,
  type XmlElement,
} from '../messages/index.js'

/** A text as it counts for identity: white space at its ends removed and NFC (reading section 2). */
export const normalised = (text: string | undefined): string => (text ?? '').normalize('NFC').trim()

/**
 * The key K of an alert: the same critical value sent again has the same key. When the set date or time is
 * missing, or the finding is not named, it is made of all fields, since nothing else tells two findings apart
 * (reading section 2).
 * @param peer which PACS it came from, so that two campuses may reuse an ExamNo (A27)
 */
export function alertKey(peer: string, crisis: Crisis): string {
  const isUndated = isBlank(crisis.CrisisSetDate) || isBlank(crisis.CrisisSetTime)
  if (isUndated || isUnnamed(crisis)) return contentHash(peer, crisis)
  return hash([
    peer,
    crisis.ExamNo,
    crisis.ApplyNo,
    crisis.CrisisSetDate,
    crisis.CrisisSetTime,
    crisis.CrisisCode,
    crisis.CrisisName,
  ])
}

/** The finding is not named, and so equals no other one. */
export const isUnnamed = ({ CrisisCode, CrisisName }: Crisis): boolean =>
  isBlank(CrisisCode) && isBlank(CrisisName)

/**
 * The hash H of everything the document says: a change of it under the same key is a revision.
 * @param extra what the document does not name; what is known not to count is left out before
 */
export function contentHash(
  peer: string,
  crisis: Crisis,
  extra: readonly ExtraElement[] = [],
): string {
  const values: (string | undefined)[] = []
  for (const [name] of CRISIS_FIELDS) {
    // An absent member of staff takes two places as well: absent and empty are the same (A21).
    if (name === 'CrisisSettor') values.push(crisis[name]?.code, crisis[name]?.name)
    else values.push(crisis[name])
  }
  return hash([peer, ...values, ...extraParts(extra)])
}

/**
 * Unknown content as one text, in any order. Without any it is nothing, so that documents without it keep the hash that
 * they always had; an element in the record keeps its part of it.
 */
function extraParts(extra: readonly ExtraElement[]): readonly string[] {
  const parts = extra
    .filter((element) => !isVoid(element))
    .map((element) => {
      const part = partOf(element)
      return JSON.stringify(element.place ? [element.place, part] : part)
    })
  return parts.length === 0 ? [] : [JSON.stringify(parts.toSorted())]
}

/** Says nothing, as an absent one does (A21). */
const isVoid = ({ attributes, children, text, tail }: XmlElement): boolean =>
  isBlank(text) && isBlank(tail) && children.length === 0 && Object.keys(attributes).length === 0

type Part = readonly [
  name: string,
  attributes: readonly string[],
  text: string,
  children: readonly (Part | PartWithTail)[],
]
/** Only where text follows, so that elements without it keep the hash that they always had. */
type PartWithTail = readonly [...Part, tail: string]

/**
 * An element without what is no part of its meaning: its prefix, the order of attributes, white space at ends.
 * No text of a text: each level would double the quotes of those below it.
 */
function partOf({ name, attributes, children, text, tail }: XmlElement): Part | PartWithTail {
  const pairs = Object.entries(attributes).filter(([key]) => !isTechnical(key))
  const part: Part = [
    name,
    pairs.map(([key, value]) => JSON.stringify([key, normalised(value)])).toSorted(),
    normalised(text),
    children.map(partOf),
  ]
  return isBlank(tail) ? part : [...part, normalised(tail)]
}

/**
 * The content that counts for identity: not what a sender changes with each send, such as the time of it.
 * @param ignored names of unknown elements and attributes in small letters, and `#text` for text between elements
 */
export function countingExtra(
  extra: readonly ExtraElement[],
  ignored: ReadonlySet<string>,
): readonly ExtraElement[] {
  if (extra.length === 0 || ignored.size === 0) return extra
  return extra.map((element): ExtraElement => {
    const isKnown = element.place === 'known'
    const text = isKnown && ignored.has('#text') ? '' : element.text
    const { tail, ...rest } = { ...element, text }
    const own =
      isKnown || !ignored.has(element.name.toLowerCase())
        ? { ...rest, attributes: counting(element.attributes, ignored) }
        : // Text that stands behind it is not its own.
          { ...rest, name: '', attributes: {}, children: [], text: '' }
    return tail === undefined || ignored.has('#text') ? own : { ...own, tail }
  })
}

function counting(
  attributes: XmlElement['attributes'],
  ignored: ReadonlySet<string>,
): XmlElement['attributes'] {
  const isCounting = (key: string): boolean =>
    !ignored.has(key.slice(key.indexOf(':') + 1).toLowerCase())
  const counts = Object.entries(attributes).filter(([key]) => isCounting(key))
  // Declarations alone say nothing.
  return Object.fromEntries(counts.every(([key]) => isTechnical(key)) ? [] : counts)
}

/** The finding alone: the same one of the same exam with a new set time is a correction (reading section 2). */
export function findingKey(crisis: Crisis): string {
  return hash([crisis.CrisisCode, crisis.CrisisName])
}

/**
 * The hash of everything a feedback says: the same again is a duplicate (reading section 2).
 * @param extra as for `contentHash`
 */
export function feedbackHash(
  feedback: CrisisFeedback,
  extra: readonly ExtraElement[] = [],
): string {
  const values: (string | undefined)[] = []
  for (const [name] of FEEDBACK_FIELDS) {
    if (name === 'CrisisReceiver' || name === 'ProcessStaff') {
      values.push(feedback[name]?.code, feedback[name]?.name)
    } else values.push(feedback[name])
  }
  return hash([...values, ...extraParts(extra)])
}

/** The key X that feedback comes back with: the only link the interface gives (reading section 2). */
export function feedbackKey(peer: string, document: Crisis | CrisisFeedback): string {
  return hash([peer, document.ExamNo, document.ApplyNo])
}

function hash(parts: readonly (string | undefined)[]): string {
  // JSON keeps the parts apart, so that ['ab', 'c'] and ['a', 'bc'] differ.
  return digest('sha256', JSON.stringify(parts.map(normalised)))
}
