import assert from 'node:assert/strict'
import {
  DOCUMENT_EVENTS,
  DOCUMENT_STATES,
  transitionOf,
  type DocumentEvent,
  type DocumentState,
} from '../../src/loop/index.js'

const STATES = Object.keys(DOCUMENT_STATES) as DocumentState[]
const EVENTS = Object.keys(DOCUMENT_EVENTS) as DocumentEvent[]

const into = (state: DocumentState): DocumentEvent[] =>
  EVENTS.filter((event) => transitionOf(event).to === state)
const outOf = (state: DocumentState): DocumentEvent[] =>
  EVENTS.filter((event) => transitionOf(event).from.includes(state))

describe('the states of a document', () => {
  it('are reached and left, but for those that are for good', () => {
    for (const state of STATES) {
      assert.ok(into(state).length > 0, `${state} is reached`)
      const isForGood = state === 'done' || state === 'cancelled'
      assert.equal(outOf(state).length === 0, isForGood, `${state} is left`)
    }
  })

  it('are sent from one state only, and delivered from what is being sent', () => {
    assert.deepEqual(into('leased'), ['claimed'])
    assert.deepEqual(transitionOf('claimed').from, ['ready'])
    assert.deepEqual(into('done'), ['delivered'])
    assert.deepEqual(transitionOf('delivered').from, ['leased'])
  })

  it('leave what is on the wire to the instance that has it', () => {
    assert.deepEqual(outOf('leased').toSorted(), [
      'broughtBack',
      'delivered',
      'refused',
      'retried',
      'returned',
      'stopped',
    ])
  })

  it('bring back to be sent only what comes from the wire', () => {
    assert.deepEqual(into('ready').toSorted(), ['retried', 'returned'])
  })

  it('let a dead letter end in no way but as cancelled', () => {
    for (const state of ['held', 'dead'] as const) {
      for (const event of outOf(state)) assert.equal(transitionOf(event).to, 'cancelled', event)
    }
  })

  it('are shown to a person in both languages', () => {
    for (const { zh, en } of Object.values(DOCUMENT_STATES)) {
      assert.match(zh, /[\u4E00-\u9FFF]/)
      assert.match(en, /^[a-z]/)
    }
  })
})
