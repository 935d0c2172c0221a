import assert from 'node:assert/strict'
import { crisisToHl7, escapeHl7, unescapeHl7, type Hl7Options } from '../../src/bridges/index.js'
import type { Crisis } from '../../src/messages/index.js'
import { codeIs, sampleCrisis } from './sample.js'

const options: Hl7Options = {
  key: 'a1b2c3d4e5f60718',
  sendingApplication: 'CRISIS',
  sendingFacility: 'RAD',
  receivingApplication: 'HIS',
  receivingFacility: 'HOSPITAL',
  assigner: 'HOSPITAL',
  now: new Date('2014-06-16T08:33:30.456Z'),
  setAt: '2014-06-16T16:33:27+08:00',
}

/** Segments as lists of fields, MSH shifted so that index and field number agree. */
function parse(text: string): string[][] {
  assert.ok(text.endsWith('\r'), 'the last segment is ended too')
  assert.doesNotMatch(text, /\n|\r\r/)
  return text
    .slice(0, -1)
    .split('\r')
    .map((line) => {
      const fields = line.split('|')
      return fields[0] === 'MSH' ? ['MSH', '|', ...fields.slice(1)] : fields
    })
}

const segmentsOf = (crisis: Crisis, changed: Partial<Hl7Options> = {}): string[][] =>
  parse(crisisToHl7(crisis, { ...options, ...changed }).text)

const field = (segments: string[][], name: string, number: number): string | undefined =>
  segments.find(([found]) => found === name)?.[number]

describe('a critical value in HL7 v2.5.1', () => {
  it('is the ORU^R01 of the mapping table for the sample of the document', () => {
    const { text, controlId } = crisisToHl7(sampleCrisis(), options)
    assert.equal(controlId, '5539B69671E1EAAE1071')
    assert.equal(
      text,
      [
        `MSH|^~\\&|CRISIS|RAD|HIS|HOSPITAL|20140616163330+0800||ORU^R01^ORU_R01|${controlId}|P|2.5.1||||||UNICODE UTF-8`,
        'PID|||C0001^^^HOSPITAL^PI||^^^^^^U',
        'ORC|RE|123415|00000001|00000001',
        'OBR|1|123415|00000001|CRISIS^危急值^L|||20140616163327+0800||||||||||||||||||P|||||||040002&管理员',
        'TQ1|1||||||||S',
        'OBX|1|TX|CRISIS^危急值^L||胎盘早剥|||AA|||F|||20140616163327+0800||040002^管理员',
        'NTE|1||加急处理。',
        'OBX|2|TX|CRISISCODE^危急等级编码^L||1||||||F|||20140616163327+0800||040002^管理员',
        '',
      ].join('\r'),
    )
  })

  it('puts every field at its number', () => {
    const segments = segmentsOf(
      { ...sampleCrisis(), CrisisType: 'IM' },
      {
        acceptAck: 'AL',
        applicationAck: 'NE',
        status: 'C',
        patientName: '王测试',
        examCode: { code: 'US01', text: '产科超声', system: '99EXAM' },
        findingCode: { code: 'CV', text: '危急值', system: '99LAB' },
      },
    )
    assert.equal(field(segments, 'MSH', 15), 'AL')
    assert.equal(field(segments, 'MSH', 16), 'NE')
    assert.equal(field(segments, 'MSH', 18), 'UNICODE UTF-8')
    assert.equal(field(segments, 'PID', 5), '王测试^^^^^^L')
    assert.equal(field(segments, 'OBR', 4), 'US01^产科超声^99EXAM')
    assert.equal(field(segments, 'OBR', 25), 'P')
    assert.equal(field(segments, 'OBR', 32), '040002&管理员')
    assert.equal(field(segments, 'TQ1', 9), 'S')
    const observations = segments.filter(([name]) => name === 'OBX')
    assert.deepEqual(
      observations.map((fields) => [fields[1], fields[3], fields[5], fields[8], fields[11]]),
      [
        ['1', 'CV^危急值^99LAB', '胎盘早剥', 'AA', 'C'],
        ['2', 'CRISISCODE^危急等级编码^L', '1', '', 'C'],
        ['3', 'CRISISTYPE^危急值类型^L', 'IM', '', 'C'],
      ],
    )
  })

  it('leaves blank and absent fields empty, and still raises the alarm', () => {
    const expected = segmentsOf({ ApplyNo: '7' }, { setAt: undefined }).slice(1)
    assert.deepEqual(
      expected.map((fields) => fields.join('|')),
      [
        'PID|||||^^^^^^U',
        'ORC|RE|||7',
        `OBR|1|||CRISIS^危急值^L${'|'.repeat(21)}P`,
        'TQ1|1||||||||S',
        'OBX|1|TX|CRISIS^危急值^L||危急值（名称未填写）|||AA|||F',
      ],
    )
    const blank = ' \u3000'
    const blanks: Crisis = {
      ExamNo: '',
      ApplyNo: ' 7 ',
      SickNo: blank,
      OrderNo: blank,
      CrisisType: '',
      CrisisCode: blank,
      CrisisName: blank,
      CrisisMemo: blank,
      CrisisSettor: { code: '', name: blank },
    }
    assert.deepEqual(
      segmentsOf(blanks, { setAt: undefined, patientName: blank }).slice(1),
      expected,
    )
  })

  it('names the half of a person that is known', () => {
    const settorOf = (code: string, name: string) => {
      const segments = segmentsOf({ ApplyNo: '7', CrisisSettor: { code, name } })
      return [field(segments, 'OBR', 32), field(segments, 'OBX', 16)]
    }
    assert.deepEqual(settorOf('', '管理员'), ['&管理员', '^管理员'])
    assert.deepEqual(settorOf('040002', ''), ['040002', '040002'])
  })

  it('lets no text leave its field', () => {
    const hostile = 'a|b^c~d\\e&f\rPID|x\nMSH|^~\\&\r\n汉字𠮷😀\u000b\u001c'
    const plain = segmentsOf({ ...sampleCrisis(), CrisisType: '1' })
    const segments = segmentsOf(
      {
        ExamNo: hostile,
        ApplyNo: hostile,
        SickNo: hostile,
        OrderNo: hostile,
        CrisisType: hostile,
        CrisisCode: hostile,
        CrisisName: hostile,
        CrisisMemo: hostile,
        CrisisSettor: { code: hostile, name: hostile },
      },
      { assigner: hostile, sendingApplication: hostile },
    )
    assert.deepEqual(
      segments.map((fields) => [fields[0], fields.length]),
      plain.map((fields) => [fields[0], fields.length]),
    )
    assert.equal(field(segments, 'OBX', 16)?.split('^').length, 2)
    assert.equal(field(segments, 'OBR', 32)?.split('&').length, 2)
    assert.equal(field(segments, 'PID', 3)?.split('^').length, 5)
    assert.equal(
      unescapeHl7(field(segments, 'OBX', 5) ?? ''),
      'a|b^c~d\\e&f\nPID|x\nMSH|^~\\&\n汉字𠮷😀',
    )
  })

  it('keeps the control id on a re-send and changes it with key, revision and status', () => {
    const idOf = (changed: Partial<Hl7Options> = {}) =>
      crisisToHl7(sampleCrisis(), { ...options, ...changed }).controlId
    assert.equal(idOf({ now: new Date('2014-06-16T09:00:00Z'), revision: 1, status: 'F' }), idOf())
    const ids = [
      idOf(),
      idOf({ key: 'b' }),
      idOf({ revision: 2 }),
      idOf({ status: 'D' }),
      idOf({ revision: 2, status: 'W' }),
    ]
    assert.equal(new Set(ids).size, ids.length)
    for (const id of ids) assert.match(id, /^[0-9A-F]{20}$/)
  })

  it('writes times in the offset they have', () => {
    const timesOf = (changed: Partial<Hl7Options>) => {
      const segments = segmentsOf(sampleCrisis(), changed)
      return [field(segments, 'MSH', 7), field(segments, 'OBX', 14)]
    }
    assert.deepEqual(timesOf({ offset: '-05:30', setAt: '2014-06-16T08:33:27.5Z' }), [
      '20140616030330-0530',
      '20140616083327+0000',
    ])
    assert.deepEqual(timesOf({ offset: '+14:00', setAt: undefined }), ['20140616223330+1400', ''])
    for (const changed of [
      { now: new Date(Number.NaN) },
      { offset: '8' },
      { offset: 'Asia/Shanghai' },
      { setAt: '2014-06-16T16:33:27' },
    ]) {
      assert.throws(() => timesOf(changed), codeIs('BRIDGE_TIME_INVALID'), JSON.stringify(changed))
    }
  })

  it('refuses a blank key', () => {
    assert.throws(() => segmentsOf(sampleCrisis(), { key: '' }), codeIs('BRIDGE_KEY_BLANK'))
  })
})

describe('HL7 escapes', () => {
  it('are those of the standard', () => {
    assert.equal(
      escapeHl7('|^~\\&\r\n\r\n\n\r.'),
      '\\F\\\\S\\\\R\\\\E\\\\T\\\\.br\\\\.br\\\\.br\\\\.br\\.',
    )
    assert.equal(escapeHl7('\\F\\'), '\\E\\F\\E\\')
  })

  it('come back as they were, line ends as line feeds', () => {
    const pieces = ['|', '^', '~', '\\', '&', '\n', 'F', 'E', '.br', '汉', '𠮷', ' ', '']
    for (const a of pieces)
      for (const b of pieces)
        for (const c of pieces)
          for (const d of pieces) {
            const text = a + b + c + d
            const escaped = escapeHl7(text)
            assert.doesNotMatch(escaped, /[|^~&\r\n]/)
            assert.equal(unescapeHl7(escaped), text)
          }
  })

  it('leaves an escape it does not know as it is', () => {
    assert.equal(unescapeHl7('\\H\\bold\\N\\ \\X0D\\ \\'), '\\H\\bold\\N\\ \\X0D\\ \\')
  })
})
