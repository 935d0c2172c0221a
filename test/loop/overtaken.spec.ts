import assert from 'node:assert/strict'
import {
  isClosedBy,
  isOvertakenElsewhere,
  overtakerOf,
  sentBefore,
  type HandedAgain,
  type OrderedDocument,
  type SentContent,
} from '../../src/loop/index.js'
import type { Crisis, CrisisFeedback } from '../../src/messages/index.js'
import { alertOf } from './exams.js'

const RECEPTION: CrisisFeedback = { CrisisReceiver: { code: '1', name: '医生' } }
const WHOLE: CrisisFeedback = { ...RECEPTION, ProcessResult: '已处理' }
const EXAM = { system: '', key: 'x', alerts: [alertOf(1, { revision: 2 })], told: [] }

const value = (id: number, revision: number | null, document = `value ${id}`): OrderedDocument => ({
  id,
  operation: 'SynCrisisInfo',
  document,
  alert: 1,
  node: 'node',
  revision,
  says: null,
})
const feedback = (id: number, says: CrisisFeedback | null): OrderedDocument => ({
  ...value(id, null, `feedback ${id}`),
  operation: 'SynCrisisResponseInfo',
  says,
})

type Row = readonly [rule: string, actual: unknown, right: unknown]

/** The alert's content that counts is its second. */
const ROWS: readonly Row[] = [
  [
    'a dead letter of an earlier content is closed by what was delivered after it',
    isClosedBy(EXAM, value(1, 1), value(2, 2), true),
    true,
  ],
  [
    'and is not while that is not delivered',
    isClosedBy(EXAM, value(1, 1), value(2, 2), false),
    false,
  ],
  [
    'one of the content that counts is not closed by an earlier content',
    isClosedBy(EXAM, value(1, 2), value(2, 1), true),
    false,
  ],
  ['but by the same content', isClosedBy(EXAM, value(1, 2), value(2, 2), true), true],
  [
    'the same document of the same node closes it however it has ended',
    isClosedBy(EXAM, value(1, 2, 'same'), value(2, 2, 'same'), false),
    true,
  ],
  [
    'not that of another node',
    isClosedBy(EXAM, value(1, 2, 'same'), { ...value(2, 2, 'same'), node: 'other' }, false),
    false,
  ],
  [
    'dead feedback is closed by feedback that says all of it',
    isClosedBy(EXAM, feedback(1, RECEPTION), feedback(2, WHOLE), true),
    true,
  ],
  [
    'not by feedback that says less',
    isClosedBy(EXAM, feedback(1, WHOLE), feedback(2, RECEPTION), true),
    false,
  ],
  [
    "nor by a person's own words",
    isClosedBy(EXAM, feedback(1, RECEPTION), feedback(2, null), true),
    false,
  ],
  [
    'an earlier content is not sent again after a later document',
    overtakerOf(EXAM, value(1, 1), [value(2, 2)]),
    2,
  ],
  [
    'the content that counts is sent again after an earlier one',
    overtakerOf(EXAM, value(1, 2), [value(2, 1)]),
    null,
  ],
  [
    'not when the peer has the same content',
    overtakerOf(EXAM, value(1, 2), [value(2, 2), value(3, 1)]),
    2,
  ],
  [
    'of a content that is not known it is not known that it counts',
    overtakerOf(EXAM, value(1, null), [value(2, null)]),
    2,
  ],
  [
    'feedback is not sent again after any later feedback of the exam',
    overtakerOf(EXAM, feedback(1, WHOLE), [feedback(2, null)]),
    2,
  ],
  ['and is where there is none', overtakerOf(EXAM, feedback(1, WHOLE), []), null],
  [
    'what is ready for a peer that is gone stays when the other peer has something later',
    isOvertakenElsewhere({ state: 'ready' }, 2),
    true,
  ],
  ['a dead letter moves all the same', isOvertakenElsewhere({ state: 'dead' }, 2), false],
  ['and so does the last one', isOvertakenElsewhere({ state: 'ready' }, undefined), false],
]

const at = (time: string): Crisis => ({ CrisisSetDate: '2026-01-01', CrisisSetTime: time })
const sent = (change: Partial<SentContent> = {}): SentContent => ({
  id: 7,
  document: '<sent/>',
  saidRevision: null,
  revision: null,
  crisis: null,
  ...change,
})
const again = (change: Partial<HandedAgain> = {}): HandedAgain => ({
  crisis: at('10:00:00'),
  document: '<again/>',
  saidRevision: undefined,
  revision: null,
  ...change,
})
const same = { outbox: 7, isSame: true }
const later = { outbox: 7, isSame: false }

/** Handed over again by its flow, what stands in the outbox, and the answer. The content that counts is the second. */
const AGAIN: readonly (readonly [
  rule: string,
  handed: HandedAgain,
  stands: readonly SentContent[],
  right: unknown,
])[] = [
  ['nothing stands there', again(), [], null],
  ['the same document stands there', again(), [sent({ document: '<again/>' })], same],
  [
    'the same document of another revision is not the same',
    again({ saidRevision: 2 }),
    [sent({ document: '<again/>', saidRevision: 1 })],
    null,
  ],
  [
    'the content that counts is sent, whatever stands there',
    again({ revision: 2 }),
    [sent({ revision: 1, crisis: at('11:00:00') })],
    null,
  ],
  [
    'an earlier content is not sent after the one that counts',
    again({ revision: 1 }),
    [sent({ revision: 2, crisis: at('09:00:00') })],
    later,
  ],
  [
    'the set time tells what is later',
    again(),
    [sent({ crisis: at('11:00:00'), saidRevision: 1 })],
    later,
  ],
  [
    'or earlier',
    again({ saidRevision: 1 }),
    [sent({ crisis: at('09:00:00'), saidRevision: 3 })],
    null,
  ],
  [
    'with the same set time the revisions that the flows say do',
    again({ saidRevision: 1 }),
    [sent({ crisis: at('10:00:00'), saidRevision: 3 })],
    later,
  ],
  [
    'or the numbers of the contents',
    again({ revision: 3 }),
    [sent({ crisis: at('10:00:00'), revision: 4 })],
    later,
  ],
  ['and where nothing tells, it is sent', again(), [sent()], null],
]

describe('the order of the documents to one peer', () => {
  for (const [rule, actual, right] of ROWS) it(rule, () => assert.deepEqual(actual, right))
})

describe('a critical value that its flow hands over again', () => {
  for (const [rule, handed, stands, right] of AGAIN) {
    it(rule, () => assert.deepEqual(sentBefore({ revision: 2 }, handed, stands), right))
  }
})
