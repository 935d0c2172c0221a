import assert from 'node:assert/strict'
import {
  MAPPED_FIELDS,
  readByTable,
  readMappingSection,
  readMappingTable,
  TIME_FORMS,
  writeByTable,
  type MappingTable,
} from '../../src/bridges/index.js'
import { CrisisError } from '../../src/messages/index.js'
import { CRISIS, FEEDBACK } from '../support/calls.js'
import { seeded } from '../messages/support.js'

const ZONE = '+08:00'
const OPTIONS = { zone: ZONE, now: new Date('2026-11-30T08:00:00+08:00'), uuid: 'u-1' }

const tableOf = (table: object): MappingTable => {
  const read = readMappingTable({ document: 'crisis', format: 'xml', ...table })
  assert.ok('value' in read, JSON.stringify(read))
  return read.value
}
const valuesOf = (table: object, text: string) =>
  readByTable(tableOf(table), text, ZONE).map(({ values }) => values)
const codeOf = (run: () => unknown): string => {
  try {
    run()
    return ''
  } catch (thrown) {
    assert.ok(thrown instanceof CrisisError, String(thrown))
    return `${thrown.code} ${thrown.message}`
  }
}

/** As hospitals have them: a critical value of an alert platform, in XML and in JSON. */
const ROWS = [
  { field: 'ExamNo', at: 'Request/Body/ReportId', required: true },
  { field: 'SickNo', at: 'Request/Body/Patient/@id' },
  { field: 'CrisisCode', at: 'Request/Body/Level', values: { A: '1', B: '2', b: '2' } },
  { field: 'CrisisName', at: 'Request/Body/Finding' },
  { field: 'CrisisSettor.code', at: 'Request/Body/Doctor/@no' },
  { field: 'CrisisSettor.name', at: 'Request/Body/Doctor' },
  { field: 'setAt', at: 'Request/Body/Time', time: 'yyyyMMddHHmmss' },
  { field: 'CrisisType', fixed: 'CT' },
  { at: 'Request/Header/Sender', fixed: 'PACS' },
]
const XML =
  '<p:Request xmlns:p="urn:p"><Header><Sender>RIS</Sender></Header><Body><ReportId> 0012 </ReportId><Patient id="C1"/>' +
  '<Level>B</Level><Finding> 张力性气胸 </Finding><Doctor no="040002">管理员</Doctor><Time>20261130083327</Time></Body></p:Request>'
const MAPPED = {
  ExamNo: '0012',
  SickNo: 'C1',
  CrisisCode: '2',
  CrisisName: ' 张力性气胸 ',
  CrisisSettor: { code: '040002', name: '管理员' },
  CrisisSetDate: '2026-11-30',
  CrisisSetTime: '08:33:27',
  CrisisType: 'CT',
}
const JSON_ROWS = ROWS.map((row) => ({
  ...row,
  ...(row.at !== undefined && {
    at: `/${row.at.replace('Request/', '').replace('@', '').replace('Doctor', 'Doctor/name').replace('name/no', 'no')}`,
  }),
}))

describe('a mapping of documents of another system', () => {
  it('reads XML by its paths, whatever the prefixes', () => {
    assert.deepEqual(valuesOf({ rows: ROWS }, XML), [MAPPED])
  })

  it('reads JSON by its pointers, and its numbers as they are written', () => {
    const json =
      '{"Body":{"ReportId":12345678901234567890,"Level":"B","Doctor":{"no":"040002","name":null},"Time":"2026-11-30T00:33:27Z"}}'
    assert.deepEqual(valuesOf({ format: 'json', rows: JSON_ROWS }, json), [
      {
        ...{ ExamNo: '12345678901234567890', CrisisCode: '2', CrisisType: 'CT' },
        CrisisSettor: { code: '040002', name: '' },
        ...{ CrisisSetDate: '2026-11-30', CrisisSetTime: '08:33:27' },
      },
    ])
  })

  it('writes what it has read', () => {
    const xml = writeByTable(tableOf({ namespace: 'urn:p', rows: ROWS }), [MAPPED], OPTIONS)
    assert.equal(
      xml.replace(/^<\?.*?\?>/, ''),
      '<Request xmlns="urn:p"><Body><ReportId>0012</ReportId><Patient id="C1"></Patient><Level>B</Level>' +
        '<Finding> 张力性气胸 </Finding><Doctor no="040002">管理员</Doctor><Time>20261130083327</Time></Body>' +
        '<Header><Sender>PACS</Sender></Header></Request>',
    )
    const json = writeByTable(tableOf({ format: 'json', rows: JSON_ROWS }), [MAPPED], OPTIONS)
    assert.deepEqual(JSON.parse(json), {
      Body: {
        ...{ ReportId: '0012', Patient: { id: 'C1' }, Level: 'B', Finding: ' 张力性气胸 ' },
        ...{ Doctor: { no: '040002', name: '管理员' }, Time: '20261130083327' },
      },
      Header: { Sender: 'PACS' },
    })
  })

  it('fills a template in place of that', () => {
    const template =
      '<R id="${uuid}"><T>${now}</T><C l="${CrisisCode}">${CrisisName}</C><S>${setAt}</S></R>'
    const rows = ROWS.filter(({ field }) => field !== undefined)
    const text = writeByTable(
      tableOf({ rows, template }),
      [{ ...MAPPED, CrisisName: '<&"' }],
      OPTIONS,
    )
    assert.equal(
      text,
      '<R id="u-1"><T>2026-11-30 08:00:00</T><C l="B">&lt;&amp;&quot;</C><S>20261130083327</S></R>',
    )
    assert.match(
      codeOf(() => writeByTable(tableOf({ rows, template }), [{ ApplyNo: '1' }], OPTIONS)),
      /^MAPPING_MISSING Request\/Body\/ReportId/,
    )
  })

  it('reads and writes several records, with what they share', () => {
    for (const [format, each, shared, no] of [
      ['xml', 'R/L/I', 'R/Dept', 'R/L/I/@no'],
      ['json', '/L', '/Dept', '/L/no'],
    ]) {
      const table = {
        ...{ format, each },
        rows: [
          { field: 'ExamNo', at: no },
          { field: 'CrisisType', at: shared },
        ],
      }
      const documents = ['1', '2'].map((ExamNo) => ({ ExamNo, CrisisType: 'US' }))
      const text = writeByTable(tableOf(table), documents, OPTIONS)
      assert.deepEqual(valuesOf(table, text), documents, text)
      assert.match(
        codeOf(() => writeByTable(tableOf({ ...table, each: undefined }), documents, OPTIONS)),
        /^MAPPING_SEVERAL/,
      )
    }
  })

  it('gives any document back that was written by the same table', () => {
    const random = seeded(15)
    const below = (most: number): number => Math.floor(random() * most)
    const pieces = [
      '<',
      '&',
      ']]>',
      '"',
      "'",
      '\\',
      '\n',
      '\r',
      '\t',
      ' ',
      '危',
      '𠮷',
      'a',
      '0',
      '~',
      '/',
      '{',
    ]
    const text = (): string =>
      `x${Array.from({ length: below(6) }, () => pieces[below(pieces.length)]).join('')}x`
    const places = {
      xml: [
        'R/a',
        'R/b/@c',
        'R/b/d',
        'R/@e',
        'R/中文/f',
        'R/g',
        'R/h',
        'R/i',
        'R/j',
        'R/k',
        'R/l',
        'R/m',
        'R/n',
      ],
      json: [
        '/a',
        '/b/0',
        '/b/1/c',
        '/~0',
        '/d~1e',
        '/中文/f',
        '/g',
        '/h',
        '/i',
        '/j',
        '/k',
        '/l',
        '/m',
      ],
    } as const
    for (let round = 0; round < 500; round++) {
      const document = round % 2 === 0 ? 'crisis' : 'feedback'
      const format = below(2) === 0 ? 'xml' : 'json'
      const time = TIME_FORMS[below(TIME_FORMS.length)]
      const isDateOrTime = /(?:Date|Time)$/
      const fields = MAPPED_FIELDS[document].filter((name) => !isDateOrTime.test(name))
      const rows = fields.map((field, index) => ({
        ...{ field, at: places[format][index] ?? assert.fail(field) },
        ...(field.endsWith('At') && { time }),
        ...(field === 'ApplyNo' && { values: { A: '1', B: '2' } }),
      }))
      const values: Record<string, unknown> = {}
      for (const name of fields) {
        const [field = '', part] = name.split('.')
        if (name.endsWith('At')) continue
        if (part) values[field] = { ...(values[field] as object), [part]: text() }
        else values[field] = name === 'ApplyNo' ? String(1 + below(2)) : text()
      }
      const dates =
        document === 'crisis'
          ? { CrisisSetDate: '2014-06-16', CrisisSetTime: '16:33:27' }
          : {
              ...{ CrisisReceiveDate: '1999-12-31', CrisisReceiveTime: '23:59:59' },
              ...{ ProcessDate: '2024-02-29', ProcessTime: '00:00:00' },
            }
      const table = tableOf({ document, format, rows })
      const written = writeByTable(table, [{ ...values, ...dates }], OPTIONS)
      const [back] = readByTable(table, written, ZONE)
      assert.deepEqual({ ...back?.values, ...back?.header }, { ...values, ...dates }, written)
    }
  })

  it('reads times of each form, and keeps one that says nothing for certain as it is written', () => {
    const read = (text: string, time?: string) =>
      valuesOf({ rows: [{ field: 'setAt', at: 'R', ...(time && { time }) }] }, `<R>${text}</R>`)[0]
    const at = { CrisisSetDate: '2026-11-30', CrisisSetTime: '08:33:27' }
    assert.deepEqual(read('2026/11/30 8:33:27'), at)
    assert.deepEqual(read('1795998807000', 'epochMs'), at)
    assert.deepEqual(read('1795998807', 'epochSeconds'), at)
    assert.deepEqual(read('99999999999999', 'epochSeconds'), { CrisisSetDate: '99999999999999' })
    assert.deepEqual(read('soon'), { CrisisSetDate: 'soon' })
    assert.deepEqual(read(' '), {})
  })

  const REFUSED: Readonly<Record<string, readonly [table: object, text: string, code: RegExp]>> = {
    'a path that finds two': [
      { rows: ROWS },
      XML.replace('<Level>', '<Level>A</Level><Level>'),
      /^DOCUMENT_AMBIGUOUS Request\/Body\/Level/,
    ],
    'a way that finds two': [
      { rows: ROWS },
      XML.replace('</Body>', '</Body><Body><Level>A</Level></Body>'),
      /^DOCUMENT_AMBIGUOUS/,
    ],
    'a name that stands twice in JSON': [
      { format: 'json', rows: JSON_ROWS },
      '{"Body":{"ReportId":"1","ReportId":"2"}}',
      /^DOCUMENT_AMBIGUOUS ReportId/,
    ],
    'elements in place of a value': [
      { rows: ROWS },
      XML.replace('B</Level>', '<x/></Level>'),
      /^DOCUMENT_AMBIGUOUS Request\/Body\/Level/,
    ],
    'an object in place of a value': [
      { format: 'json', rows: JSON_ROWS },
      '{"Body":{"ReportId":{}}}',
      /^DOCUMENT_AMBIGUOUS \/Body\/ReportId/,
    ],
    'a value in no list': [
      { rows: ROWS },
      XML.replace('B</Level>', 'C</Level>'),
      /^MAPPING_VALUE .*Request\/Body\/Level/,
    ],
    'a missing value that is required': [
      { rows: ROWS },
      XML.replace(' 0012 ', ' '),
      /^MAPPING_MISSING Request\/Body\/ReportId/,
    ],
    'another root': [{ rows: ROWS }, '<Other/>', /^MAPPING_MISSING/],
    'no record': [
      { each: 'R/I', rows: [{ field: 'ExamNo', at: 'R/I/N' }] },
      '<R/>',
      /^MAPPING_MISSING R\/I/,
    ],
    'what is no XML': [{ rows: ROWS }, '{}', /^XML_NOT_WELL_FORMED/],
    'what is no JSON': [{ format: 'json', rows: JSON_ROWS }, XML, /^DOCUMENT_UNKNOWN/],
    'a DOCTYPE': [{ rows: ROWS }, `<!DOCTYPE a>${XML}`, /^XML_DOCTYPE/],
  }
  for (const [name, [table, text, code]] of Object.entries(REFUSED)) {
    it(`refuses ${name}, with the place and without the value`, () => {
      const said = codeOf(() => valuesOf(table, text))
      assert.match(said, code)
      assert.doesNotMatch(said, /0012|气胸/)
    })
  }

  it('writes nothing that the other system could not understand', () => {
    const cases: readonly (readonly [object, object, RegExp])[] = [
      [{ rows: ROWS }, { ...MAPPED, CrisisCode: '9' }, /^MAPPING_VALUE/],
      [{ rows: ROWS }, { ...MAPPED, CrisisSetDate: 'soon' }, /^MAPPING_VALUE/],
      [{ rows: ROWS }, { ApplyNo: '1' }, /^MAPPING_MISSING/],
      [
        {
          rows: [
            { field: 'ExamNo', at: 'R/n' },
            { field: 'ApplyNo', at: 'R/n' },
          ],
        },
        { ExamNo: '1', ApplyNo: '2' },
        /^MAPPING_VALUE/,
      ],
    ]
    for (const [table, document, code] of cases) {
      assert.match(
        codeOf(() => writeByTable(tableOf(table), [document], OPTIONS)),
        code,
      )
    }
    assert.ok(
      writeByTable(
        tableOf({ document: 'feedback', rows: [{ field: 'ExamNo', at: 'R' }] }),
        [FEEDBACK],
        OPTIONS,
      ),
    )
    assert.ok(writeByTable(tableOf({ rows: [{ field: 'ExamNo', at: 'R' }] }), [CRISIS], OPTIONS))
  })

  const row = { field: 'ExamNo', at: 'R/n' }
  const WRONG: Readonly<Record<string, object>> = {
    '/rows': { rows: [] },
    '/row': { rows: [row], row: [] },
    '/format': { rows: [row], format: 'csv' },
    '/namespace': { rows: [row], namespace: 'a b' },
    '/each': { rows: [row], each: 'R' },
    '/rows/0': { rows: [{ field: 'ExamNo' }] },
    '/rows/0/at': { rows: [{ ...row, at: 'R//n' }] },
    '/rows/0/field': { rows: [{ ...row, field: 'ProcessResult' }] },
    '/rows/0/time': { rows: [{ ...row, time: 'epochMs' }] },
    '/rows/0/values/ A': { rows: [{ ...row, values: { A: '1', ' A': '2' } }] },
    '/rows/0/required': { rows: [{ ...row, required: 'yes' }] },
    '/rows/1/field': { rows: [row, { field: 'ExamNo', at: 'R/m' }] },
    '/rows/1/at': { rows: [row, { field: 'ApplyNo', at: 'R/n/m' }] },
    '/template': { rows: [row], template: '<R>${Exam}</R>' },
  }
  for (const [pointer, table] of Object.entries(WRONG)) {
    it(`is refused with the place of its fault: ${pointer}`, () => {
      const read = readMappingTable({ document: 'crisis', format: 'xml', ...table })
      const found = 'problems' in read ? read.problems.map((problem) => problem.pointer) : []
      assert.deepEqual(found, [pointer])
    })
  }

  it('may stand for each document once in a section', () => {
    const table = { document: 'crisis', format: 'xml', rows: [row] }
    const feedback = { ...table, document: 'feedback' }
    assert.ok('value' in readMappingSection([table, feedback]))
    const read = readMappingSection([table, table])
    assert.deepEqual('problems' in read && read.problems.map(({ pointer }) => pointer), [
      '/1/document',
    ])
  })
})
