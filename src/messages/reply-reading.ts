import { namesOfPointer, valueAtPointer } from './json-pointer.js'
import {
  ambiguousCode,
  besideIn,
  leavesOf,
  otherShape,
  placesOf,
  readJsonText,
  readXmlText,
  type ReadResponse,
} from './reply-parts.js'
import { findPlaces, startsAt, type Found } from './reply-find.js'
import type { XmlPlace } from './reply-place.js'
import type { RuleRow } from './reply-profile.js'
import { unwrapped } from './reply-unwrap.js'
import { isBlank } from './text.js'
import { textsOf, type XmlElement, type XmlLimits } from './xml/index.js'

/**
 * Reads an answer by the rule for its form and by no other; see `classifyReply`.
 * @throws MessageError those of the gate; DOCUMENT_UNKNOWN for another form; DOCUMENT_AMBIGUOUS where the code is not
 * there exactly once
 */
export function readByRules(
  answer: string,
  rows: readonly RuleRow[],
  limits: XmlLimits = {},
): ReadResponse {
  const row = rowFor(answer, rows)
  const { text, beside } = unwrapped(answer, row.unwrap, limits)
  const read = readForm(text, row, limits)
  return beside.length === 0 ? read : { ...read, beside: [...beside, ...read.beside] }
}

/** The rule for an answer by its form. @throws MessageError DOCUMENT_UNKNOWN where there is no rule */
export function rowFor(answer: string, rows: readonly RuleRow[]): RuleRow {
  const [first] = rows
  if (!first) throw otherShape()
  if (rows.length === 1) return first
  const form = looksLikeJson(answer) ? 'json' : 'xml'
  return rows.find((row) => row.form === form) ?? first
}

export const looksLikeJson = (text: string): boolean => /^[{["]/.test(text.trim())

function readForm(text: string, row: RuleRow, limits: XmlLimits): ReadResponse {
  switch (row.form) {
    case 'xml':
      return readXmlAnswer(text, row, limits)
    case 'json':
      return readJsonAnswer(text, row)
    case 'text': {
      const word = text.trim()
      if (row.shape?.test(word) === false) throw otherShape()
      return { format: 'text', code: word, desc: '', beside: [] }
    }
  }
}

function readXmlAnswer(text: string, row: RuleRow, limits: XmlLimits): ReadResponse {
  const root = readXmlText(text, limits)
  const places = xmlRow(row)
  if (!startsAt(root, places.code)) throw otherShape()
  const [code, ...more] = findPlaces(root, places.code)
  if (!code || more.length > 0 || hasRival(root, code, places.rivals)) throw ambiguousCode()
  if (code.attribute === undefined && code.element.children.length > 0) throw ambiguousCode()
  return {
    format: 'xml',
    code: code.text.trim(),
    desc: wordsAt(root, places.words, code),
    beside: [...besideIn(root, code)],
  }
}

/** A second element of the same name may contradict the first, however its name is written and wherever it stands. */
function hasRival(root: XmlElement, code: Found, names: ReadonlySet<string>): boolean {
  if (root !== code.element && names.has(root.name.toLowerCase())) return true
  return root.children.some((child) => hasRival(child, code, names))
}

interface XmlRow {
  readonly code: readonly XmlPlace[]
  readonly words: readonly XmlPlace[]
  /** In lower case. */
  readonly rivals: ReadonlySet<string>
}

const known = new WeakMap<RuleRow, XmlRow>()

/** The places of a rule, read once: every answer is read by them. */
function xmlRow(row: RuleRow): XmlRow {
  const before = known.get(row)
  if (before) return before
  const code = placesOf(row.code)
  const ofText = code.filter(({ attribute }) => attribute === undefined)
  const names = row.rivals ?? ofText.map((place) => place.names.at(-1) ?? '')
  const rivals = new Set(names.map((name) => name.toLowerCase()))
  const read = { code, words: row.words === '' ? [] : placesOf(row.words), rivals }
  known.set(row, read)
  return read
}

/** All that is said at the places, without the code. */
function wordsAt(root: XmlElement, places: readonly XmlPlace[], code: Found): string {
  const isRoot = (element: XmlElement): boolean => element === root
  return findPlaces(root, places, true)
    .flatMap(({ element, attribute, text }) => {
      if (attribute !== undefined) return [text]
      const texts = [...textsOf(element, code.element)]
      // Of a whole document the parts that say something, each trimmed.
      return isRoot(element)
        ? texts.filter((part) => !isBlank(part)).map((part) => part.trim())
        : texts
    })
    .join('\n')
}

function readJsonAnswer(text: string, row: RuleRow): ReadResponse {
  const value = readJsonText(text)
  const names = namesOfPointer(row.code)
  const code = valueAtPointer(value, row.code)
  if (typeof code === 'boolean' && row.isNeverBoolean) throw ambiguousCode()
  if (!['string', 'number', 'boolean'].includes(typeof code)) throw ambiguousCode()
  const wanted = new Set((row.rivals ?? [names.at(-1) ?? '']).map((name) => name.toLowerCase()))
  const all = [...leavesOf(value)]
  if (all.filter(({ name, isNamed }) => isNamed && wanted.has(name.toLowerCase())).length > 1)
    throw ambiguousCode()
  const said = row.words === '' ? '' : (valueAtPointer(value, row.words) ?? '')
  return {
    format: 'json',
    code: String(code).trim(),
    desc: typeof said === 'string' ? said : JSON.stringify(said),
    beside: all
      .filter(({ pointer, isLeaf }) => isLeaf && pointer !== row.code)
      .map(({ name, text: leaf }) => ({ name, text: leaf })),
  }
}
