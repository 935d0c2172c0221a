import {
  CRISIS_FIELDS,
  crisisOfObject,
  extraOfObject,
  FEEDBACK_FIELDS,
  feedbackOfObject,
  readCrisisDocument,
  readFeedbackDocument,
  writeCrisisDocument,
  writeFeedbackDocument,
  type Person,
} from '../../../src/messages/index.js'
import assert from 'node:assert/strict'
import { assertSame, attempt, checkStrings } from '../checks.js'
import { crisisDocument, feedbackDocument } from '../documents.js'
import { readReference } from '../reference-xml.js'
import type { Target } from './target.js'

const HEADER = { Application: 'HIS', License: 'x' }

/** What a flow hands over: whatever is taken is written, and read again as it was said. */
export const payload: Target = {
  name: 'payload',
  fresh(choices) {
    const { records } = choices.once(2) ? crisisDocument(choices) : feedbackDocument(choices)
    const [{ fields, extra } = { fields: {}, extra: [] }] = records
    return Buffer.from(JSON.stringify({ ...fields, extra }))
  },
  run(bytes) {
    const said = bytes.toString()
    let object: unknown
    try {
      object = JSON.parse(said)
    } catch {
      return
    }
    if (typeof object !== 'object' || object === null) return
    const source = object
    const { value: extra = [] } = attempt(said, () => extraOfObject(source))
    const { value: crisis } = attempt(said, () => crisisOfObject(source))
    if (crisis) {
      checkStrings(crisis)
      const xml = writeCrisisDocument(crisis, { extra })
      assert.ok(readReference(xml), 'written so that it is not well-formed')
      const again = attempt(said, () => readCrisisDocument(xml))
      // What is unknown may be too deep, or known by another case.
      if (again.value) checkSaid({ ...again.value.crises[0]?.crisis }, { ...crisis }, CRISIS_FIELDS)
    }
    const { value: feedback } = attempt(said, () => feedbackOfObject(source))
    if (!feedback) return
    checkStrings(feedback)
    const xml = writeFeedbackDocument(HEADER, feedback, { extra })
    assert.ok(readReference(xml), 'written so that it is not well-formed')
    const again = attempt(said, () => readFeedbackDocument(xml))
    if (!again.value) return
    assertSame(again.value.header, HEADER, 'the header')
    checkSaid({ ...again.value.feedbacks[0]?.feedback }, { ...feedback }, FEEDBACK_FIELDS)
  },
}

type Fields = Readonly<Record<string, string | Person>>

function checkSaid(
  read: Fields,
  said: Fields,
  table: readonly (readonly [name: string, kind: string])[],
): void {
  for (const [name, kind] of table) {
    const value = said[name] ?? (kind === 'person' ? { code: '', name: '' } : '')
    if (typeof value === 'string') {
      assert.equal(read[name], kind === 'text' ? carried(value) : trimmed(carried(value)), name)
    } else {
      const code = carried(value.code).trim()
      assertSame(read[name], { code, name: trimmed(carried(value.name)) }, name)
    }
  }
}

const trimmed = (text: string): string => (text.trim() === '' ? text : text.trim())

/** What XML can carry of a text. */
const carried = (text: string): string =>
  text.replaceAll(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '')
