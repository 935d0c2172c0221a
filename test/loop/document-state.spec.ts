import assert from 'node:assert/strict'
import {
  DOCUMENT_EVENTS,
  DOCUMENT_STATES,
  afterAttempt,
  transitionOf,
  voided,
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

describe('a document after an attempt', () => {
  const ROWS = [
    ['done', null, null, { event: 'delivered' }],
    ['ready', null, null, { event: 'retried' }],
    ['held', null, null, { event: 'stopped' }],
    ['dead', null, null, { event: 'refused' }],
    ['ready', 11, null, { event: 'retried' }],
    ['ready', 10, null, { event: 'refused', because: 'expired' }],
    // The peer has it, late or not.
    ['done', 10, 'alertCancelled', { event: 'delivered' }],
    // Held back, it is tried again when people have decided.
    ['ready', null, 'wrongPatient', { event: 'retried' }],
    // Nobody may send again what is void.
    ['ready', null, 'alertCancelled', { event: 'broughtBack', because: 'alertCancelled' }],
    ['dead', 10, 'alertCancelled', { event: 'broughtBack', because: 'alertCancelled' }],
    ['held', null, 'revised', { event: 'broughtBack', because: 'revised' }],
  ] as const
  for (const [verdict, expiresAt, blocked, right] of ROWS) {
    it(`${verdict}, expires ${expiresAt}, blocked ${blocked}: ${right.event}`, () => {
      assert.deepEqual(afterAttempt(verdict, { expiresAt, blocked }, 10), right)
    })
  }
})

describe('the documents of an alert that people cancel', () => {
  const of = (...states: readonly DocumentState[]) =>
    voided(
      states.map((state, n) => ({ id: n + 1, state, node: 'node', endedAt: endOf(state) })),
    ).map(({ id, becomes, isTold }) => `${id} ${becomes}${isTold ? ', told' : ''}`)
  const endOf = (state: DocumentState) => (['ready', 'leased'].includes(state) ? null : 1)
  const ROWS: readonly (readonly [states: readonly DocumentState[], right: readonly string[]])[] = [
    [['ready'], ['1 ended, told']],
    [['leased'], ['1 stopped']],
    [['done'], ['1 told, told']],
    [['cancelled'], []],
    [['done', 'ready'], ['2 ended, told']],
    [
      ['dead', 'done'],
      ['1 ended', '2 told, told'],
    ],
    // The message of each waits for an outcome.
    [
      ['ready', 'ready'],
      ['1 ended, told', '2 ended, told'],
    ],
    [
      ['ready', 'done'],
      ['1 ended, told', '2 told, told'],
    ],
    [['done', 'leased'], ['2 stopped']],
    [['done', 'cancelled'], ['1 told, told']],
  ]
  for (const [states, right] of ROWS) {
    it(`${states.join(', ')}: ${right.join('; ')}`, () => assert.deepEqual(of(...states), right))
  }

  it('are told to each node that sent one', () => {
    const all = ['a', 'b'].map((node, n) => ({ id: n, state: 'done' as const, node, endedAt: 1 }))
    assert.deepEqual(
      voided(all).map(({ node }) => node),
      ['a', 'b'],
    )
  })
})
