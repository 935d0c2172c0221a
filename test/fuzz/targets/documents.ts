import assert from 'node:assert/strict'
import {
  CRISIS_FIELDS,
  FEEDBACK_FIELDS,
  isBlank,
  isTechnical,
  readCrisisDocument,
  readFeedbackDocument,
  readGenericResponse,
  requireKey,
  writeCrisisDocument,
  writeFeedbackDocument,
  type ExtraElement,
  type Person,
  type XmlElement,
} from '../../../src/messages/index.js'
import { assertSame, attempt, checkStrings } from '../checks.js'
import { crisisDocument, feedbackDocument } from '../documents.js'
import { readReference, type ReferenceElement } from '../reference-xml.js'
import type { Target } from './target.js'

/** The three decoders on text of any kind. */
export const documents: Target = {
  name: 'documents',
  fresh: (choices) =>
    Buffer.from((choices.once(2) ? crisisDocument(choices) : feedbackDocument(choices)).xml),
  run(bytes) {
    checkDocuments(bytes.toString())
  },
}

/** What must hold whichever text a sender, a flow or a peer hands over as a document. */
export function checkDocuments(text: string): void {
  checkCrises(text)
  checkFeedbacks(text)
  attempt(text, () => readGenericResponse(text))
}

function checkCrises(text: string): void {
  const { value: document } = attempt(text, () => readCrisisDocument(text))
  if (!document) return
  const elements = recordsIn(text, 'crisis')
  assert.equal(document.crises.length, elements.length)
  for (const [index, { crisis, extra }] of document.crises.entries()) {
    checkStrings(crisis)
    checkFields({ ...crisis }, CRISIS_FIELDS, elements[index]!)
    attempt(text, () => requireKey(crisis))
    const again = readCrisisDocument(writeCrisisDocument(crisis, { extra })).crises[0]
    assertSame(keptIn({ ...again?.crisis }), keptIn({ ...crisis }), 'written and read again')
    assertSame(asSet(again?.extra), asSet(extra), 'extra, written and read again')
  }
}

function checkFeedbacks(text: string): void {
  const { value: document } = attempt(text, () => readFeedbackDocument(text))
  if (!document) return
  checkStrings(document.header)
  const elements = recordsIn(text, 'crisisresponse')
  assert.equal(document.feedbacks.length, elements.length)
  const header = { Application: '', License: '', ...document.header }
  for (const [index, { feedback, extra }] of document.feedbacks.entries()) {
    checkStrings(feedback)
    checkFields({ ...feedback }, FEEDBACK_FIELDS, elements[index]!)
    const again = readFeedbackDocument(writeFeedbackDocument(header, feedback, { extra }))
    const [first] = again.feedbacks
    assertSame(again.header, header, 'header, written and read again')
    assertSame(keptIn({ ...first?.feedback }), keptIn({ ...feedback }), 'written and read again')
    assertSame(asSet(first?.extra), asSet(extra), 'extra, written and read again')
  }
}

/** The elements of that name as the reference has them. What was read must be well-formed for it too. */
function recordsIn(text: string, name: string): readonly ReferenceElement[] {
  const trimmed = text.trim()
  const xml = /^&lt;/i.test(trimmed) ? unescaped(trimmed).trim() : trimmed
  const root = readReference(xml, { surrogateReferences: true })
  assert.ok(root, 'accepted what is not well-formed')
  return root.children.filter((child) => localName(child) === name)
}

export const localName = ({ name }: ReferenceElement): string =>
  name.slice(name.indexOf(':') + 1).toLowerCase()

/** By the order of their escaping: `&amp;` last, so that nothing is unescaped twice. */
export const unescaped = (text: string): string =>
  text
    .replace(
      /&#(?:x([0-9a-fA-F]{1,6})|([0-9]{1,7}));/g,
      (whole, hex?: string, decimal?: string) => {
        const point = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16)
        // Kept apart from what is escaped below.
        return point <= 0x10ffff ? hidden(String.fromCodePoint(point)) : whole
      },
    )
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&apos;', "'")
    .replaceAll('&amp;', '&')
    .replaceAll(HIDDEN, '&')

const HIDDEN = '\u{10fffe}'
const hidden = (character: string): string => (character === '&' ? HIDDEN : character)

function checkFields(
  fields: Readonly<Record<string, string | Person>>,
  table: readonly (readonly [name: string, kind: string])[],
  element: ReferenceElement,
): void {
  for (const [name, kind] of table) {
    const [first] = element.children.filter((child) => localName(child) === name.toLowerCase())
    const value = fields[name]
    assert.equal(value === undefined, first === undefined, `${name} is there, or it is not`)
    if (value === undefined || first === undefined) continue
    const text = kind === 'text' || isBlank(first.text) ? first.text : first.text.trim()
    if (typeof value === 'string') {
      assert.equal(value, text, name)
      continue
    }
    const codes = [...first.attributes].filter(([key]) => key.toLowerCase() === 'code')
    assertSame(value, { code: codes[0]?.[1].trim() ?? '', name: text }, name)
  }
}

/** Without what is written although it was not there. */
const keptIn = (fields: Readonly<Record<string, string | Person>>): unknown =>
  Object.fromEntries(
    Object.entries(fields).filter(([, value]) =>
      typeof value === 'string' ? value !== '' : value.code !== '' || value.name !== '',
    ),
  )

/** Unknown content as it is written again, in any order: without prefixes of elements, and whoever declares those of attributes. */
export const asSet = (extra: readonly ExtraElement[] = []): readonly string[] =>
  extra.map((element) => JSON.stringify([element.place, ...forwarded(element)])).toSorted()

function forwarded({ name, attributes, children, text, tail = '' }: XmlElement): unknown[] {
  const kept = Object.entries(attributes).filter(([key]) => !isTechnical(key))
  return [
    name,
    kept.toSorted(([one], [other]) => (one < other ? -1 : 1)),
    children.map(forwarded),
    text,
    tail,
  ]
}
