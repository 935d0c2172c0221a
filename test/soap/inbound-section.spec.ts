import assert from 'node:assert/strict'
import { readCallMapping } from '../../src/bridges/index.js'
import { readInboundSection } from '../../src/soap/index.js'

describe('the rules of a service for calls of other shapes', () => {
  const problems = (...section: readonly unknown[]): readonly string[] => {
    const read = readInboundSection(section, (mapping) => readCallMapping(mapping, '+08:00'))
    return 'problems' in read ? read.problems.map(({ pointer }) => pointer) : []
  }
  const rule = { elements: ['A'], operation: 'SynCrisisInfo' }

  const WRONG: Readonly<Record<string, readonly unknown[]>> = {
    '/0': ['x'],
    '/0/element': [{ ...rule, element: 'B' }],
    '/0/elements': [{ operation: 'SynCrisisInfo' }],
    '/0/elements/0': [{ ...rule, elements: ['a:B'] }],
    '/0/elements/1': [{ ...rule, elements: ['A', 'A'] }],
    '/0/operation': [{ elements: ['A'] }],
    '/0/operation/parameter': [{ elements: ['A'], operation: { values: { x: 'SynCrisisInfo' } } }],
    '/0/operation/path': [
      {
        elements: ['A'],
        operation: { parameter: 'a', path: 'a//b', values: { x: 'SynCrisisInfo' } },
      },
    ],
    '/0/operation/values/x~1y': [
      { elements: ['A'], operation: { parameter: 'a', values: { 'x/y': 'Other' } } },
    ],
    '/0/document': [{ ...rule, parameters: ['a'], document: 'b' }],
    '/0/namespace': [{ ...rule, namespace: 'a b' }],
    '/0/unwrap/1': [{ ...rule, unwrap: ['base64', 'zip'] }],
    '/0/mapping/0/rows/0/field': [
      {
        ...rule,
        mapping: [{ document: 'crisis', format: 'xml', rows: [{ field: 'No', at: 'R/n' }] }],
      },
    ],
    '/0/answer/result': [{ ...rule, answer: { result: '1' } }],
    '/0/answer/fault': [{ ...rule, answer: { fault: 'yes' } }],
    '/0/answer/document': [{ ...rule, answer: { document: '<r>${code}</s>' } }],
    '/0/answer/failure': [{ ...rule, answer: { success: '1', failure: '200' } }],
    '/1/elements': [rule, { ...rule, namespace: 'urn:x' }],
  }
  for (const [pointer, section] of Object.entries(WRONG)) {
    it(`are refused with the place of the fault: ${pointer}`, () => {
      assert.deepEqual(problems(...section), [pointer])
    })
  }

  it('may name one element in two namespaces', () => {
    assert.deepEqual(problems({ ...rule, namespace: 'urn:x' }, { ...rule, namespace: 'none' }), [])
  })

  it('never let a failure be written as a success', () => {
    const answers: readonly (readonly [object, boolean])[] = [
      [{ success: '0', failure: '1' }, true],
      [{ success: '1', failure: '0' }, true],
      [{ success: '1', failure: '-1' }, true],
      [{ success: 'true', failure: 'false' }, true],
      [{ success: 'AA', failure: 'AE' }, true],
      [{ success: '0' }, true],
      [{ success: '0', failure: '0' }, false],
      [{ success: 'AA', failure: 'aa' }, false],
      [{ success: 'AA', failure: '0' }, false],
      [{ success: 'T000', failure: '1' }, false],
      [{ failure: 'ok' }, false],
      [{ success: 'T000' }, false],
    ]
    for (const [answer, isGood] of answers) {
      const found = problems({ ...rule, answer })
      assert.deepEqual(found, isGood ? [] : ['/0/answer/failure'], JSON.stringify(answer))
    }
    for (const document of [
      '<r>${desc}</r>',
      '<r><!--${code}--></r>',
      '<r>${id}</r>',
      '{"code":${desc}}',
    ]) {
      assert.deepEqual(
        problems({ ...rule, answer: { document } }),
        ['/0/answer/document'],
        document,
      )
    }
  })
})
