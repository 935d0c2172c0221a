import assert from 'node:assert/strict'
import { inboundFields, inboundRule } from '../../nodes/settings/inbound.js'
import {
  MAPPING_FIELDS,
  MAPPING_TIMES,
  mappingFields,
  mappingRow,
} from '../../nodes/settings/mapping.js'
import { MAPPED_FIELDS, TIME_FORMS } from '../../src/bridges/index.js'

describe('a section in its dialog', () => {
  it('has the fields and the forms of time that the runtime has', () => {
    assert.deepEqual(MAPPING_FIELDS, MAPPED_FIELDS)
    assert.deepEqual(MAPPING_TIMES, TIME_FORMS)
  })

  it('is saved as it was opened: rules of a service', () => {
    const mapping = [{ document: 'crisis', format: 'xml', rows: [{ field: 'ExamNo', at: 'R' }] }]
    for (const rule of [
      { elements: ['A'], operation: 'SynCrisisInfo' },
      { elements: ['A', 'B'], operation: 'SynCrisisResponseInfo', unwrap: ['xml:a/b', 'base64'] },
      {
        ...{ elements: ['A'], namespace: 'none', parameters: ['a', 'b'], document: '2' },
        operation: {
          ...{ parameter: 'a', path: 'x/y' },
          values: { p: 'SynCrisisInfo', q: 'SynCrisisInfo', r: 'SynCrisisResponseInfo' },
        },
        mapping,
        answer: {
          ...{ response: '*Reply', result: '*Result', resultNamespace: 'none' },
          ...{ document: '<r>${code}</r>', success: '1', failure: '-1', fault: true },
        },
      },
      { elements: ['A'], operation: 'SynCrisisInfo', answer: { document: 'json' } },
      // What is wrong stays to be seen.
      { elements: [], operation: { values: {} }, mapping: '{' },
    ]) {
      assert.deepEqual(inboundRule(inboundFields(rule)), rule)
    }
  })

  it('is saved as it was opened: rows of a mapping', () => {
    for (const row of [
      { field: 'ExamNo', at: 'R/n', required: true },
      { field: 'CrisisCode', at: '/a', values: { A: '1', '2': 'x=y' } },
      { field: 'setAt', at: 'R/t', time: 'epochMs' },
      { at: 'R/s', fixed: ' PACS ' },
      { field: 'CrisisType', fixed: 'CT' },
    ]) {
      assert.deepEqual(mappingRow(mappingFields(row)), row)
    }
  })
})
