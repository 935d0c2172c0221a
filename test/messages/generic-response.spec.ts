import assert from 'node:assert/strict'
import {
  checkedResponse,
  cutToBytes,
  failure,
  isBlank,
  looksLikeSuccess,
  MAX_DESC_BYTES,
  readGenericResponse,
  success,
  writeGenericResponse,
  writeGenericResponseJson,
  type FailureCode,
} from '../../src/messages/index.js'
import { refused, sample } from './support.js'

const byteLength = (text: string) => Buffer.byteLength(text, 'utf8')
const FAILURES = [
  '400',
  '401',
  '404',
  '405',
  '409',
  '413',
  '422',
  '500',
  '503',
] as const satisfies readonly FailureCode[]

const LIKE_SUCCESS = [
  '',
  ' ',
  '0',
  '00',
  '000000',
  '0.0',
  '0.',
  '.0',
  '.',
  '+0',
  '-0',
  '+',
  '-',
  '0x0',
  '0e5',
  ' 0 ',
  '1',
  '01',
  '1.0',
  '+1',
  '1e0',
  '0x1',
  '200',
  '0200',
  '200.0',
  '201',
  '204',
  '２００',
  '０',
  '１',
  'true',
  'TRUE',
  'ok',
  'OK',
  'success',
  'Succ',
  'succed',
  'y',
  'Yes',
  'T',
  'AA',
  '成功',
  '\u30000',
]
const UNLIKE_SUCCESS = [
  ...FAILURES,
  '-1',
  '2',
  '10',
  '100',
  '199',
  '300',
  '1001',
  'E01',
  'NO',
  'false',
  'AE',
  '失败',
]

/** An answer without what stands beside its code and is looked through by `classifyReply`. */
function answerIn(text: string): object {
  const { beside: _, ...answer } = readGenericResponse(text)
  return answer
}

describe('an answer of ours', () => {
  it('is the printed sample for a success', () => {
    assert.equal(
      writeGenericResponse(success()),
      '<?xml version="1.0" encoding="UTF-8"?><response><code>0</code><desc>成功</desc></response>',
    )
    assert.equal(writeGenericResponseJson(success()), '{"code":"0","desc":"成功"}')
    assert.equal(
      writeGenericResponseJson(success(), { successCode: '1' }),
      '{"code":"1","desc":"成功"}',
    )
  })

  it('has no failure code that anybody could take for a success', () => {
    for (const code of LIKE_SUCCESS)
      assert.equal(looksLikeSuccess(code), true, JSON.stringify(code))
    for (const code of UNLIKE_SUCCESS) assert.equal(looksLikeSuccess(code), false, code)
    for (const code of FAILURES) {
      const written = writeGenericResponse(failure(code, { zh: '未保存', en: 'x' }))
      assert.equal(readGenericResponse(written).code, code)
      assert.equal(
        writeGenericResponseJson(failure(code, { zh: 'x', en: 'x' }), { successCode: '1' }),
        `{"code":"${code}","desc":"x"}`,
      )
    }
  })

  it('is refused where its code is or could become a success', () => {
    const dropped = ['\u00010', '\u{0}1', '0\u000b', '4 0', '40\n', '\ufffe0', '\ud8000', '4０4']
    for (const code of [...LIKE_SUCCESS, ...dropped, '1234567', '失败']) {
      if (code !== '0')
        refused(() => checkedResponse(code, 'x'), 'RESPONSE_CODE', JSON.stringify(code))
    }
    for (const code of ['0', '-1', '404', '100000', 'E01', '<&>']) {
      const response = checkedResponse(code, 'x')
      assert.deepEqual(response, { code, desc: 'x' })
      assert.equal(readGenericResponse(writeGenericResponse(response)).code, code)
    }
  })

  it('never has an empty desc', () => {
    for (const blank of [
      undefined,
      '',
      ' ',
      '\u3000\u00a0',
      '\u0000\u0001',
      '\ufffe ',
      '\ufffd',
      `${' '.repeat(301)}x`,
    ]) {
      assert.equal(checkedResponse('0', blank).desc, '成功')
      assert.equal(checkedResponse('500', blank).desc, '失败')
      assert.equal(success(blank).desc, '成功')
    }
  })

  it('has a desc of at most 300 bytes, cut on a character', () => {
    for (const [unit, kept] of [
      ['a', 300],
      ['é', 150],
      ['汉', 100],
      ['𠮷', 75],
      ['😀', 75],
    ] as const) {
      for (let offset = 0; offset < 5; offset++) {
        const long = 'a'.repeat(offset) + unit.repeat(400)
        const { desc } = checkedResponse('500', long)
        assert.ok(long.startsWith(desc) && desc.isWellFormed(), unit)
        assert.ok(byteLength(desc) <= MAX_DESC_BYTES)
        assert.ok(byteLength(desc) > MAX_DESC_BYTES - byteLength(unit))
        assert.equal(
          readGenericResponse(writeGenericResponse({ code: '500', desc: long })).desc,
          desc,
        )
        const json = JSON.parse(writeGenericResponseJson({ code: '500', desc: long })) as {
          desc: string
        }
        assert.equal(json.desc, desc)
      }
      assert.equal(checkedResponse('500', unit.repeat(kept)).desc, unit.repeat(kept))
      assert.equal(failure('500', { zh: unit.repeat(400), en: '' }).desc, unit.repeat(kept))
    }
    // The bytes that count are those of the text, not those of its references.
    const references = '&'.repeat(300)
    assert.equal(
      readGenericResponse(writeGenericResponse({ code: '500', desc: references })).desc,
      references,
    )
  })

  it('brings its desc back exactly', () => {
    for (const desc of ['<&>"\']]>', '𠮷😀', 'a\tb\nc\r\nd\re']) {
      const response = checkedResponse('500', desc)
      assert.deepEqual(answerIn(writeGenericResponse(response)), {
        format: 'xml',
        code: '500',
        desc,
      })
      assert.deepEqual(answerIn(writeGenericResponseJson(response)), {
        format: 'json',
        code: '500',
        desc,
      })
    }
  })
})

describe('cutting to bytes', () => {
  it('keeps what fits and steps back to a character', () => {
    assert.equal(cutToBytes('汉字', 6), '汉字')
    assert.equal(cutToBytes('汉字', 5), '汉')
    assert.equal(cutToBytes('汉字', 2), '')
    assert.equal(cutToBytes('a😀', 4), 'a')
    assert.equal(cutToBytes('', 0), '')
  })
})

describe('blank', () => {
  it('is every kind of white space and nothing else', () => {
    for (const text of [undefined, '', ' ', '\t\r\n', '\u3000', '\u00a0', '\u2003', '\ufeff']) {
      assert.equal(isBlank(text), true, JSON.stringify(text))
    }
    for (const text of ['0', '.', '\u3000x', '无']) assert.equal(isBlank(text), false, text)
  })
})

describe('reading a generic response', () => {
  it('reads the samples of the document', () => {
    assert.deepEqual(answerIn(sample('generic-response.xml')), {
      format: 'xml',
      code: '0',
      desc: '成功',
    })
    assert.deepEqual(answerIn(sample('generic-response.json')), {
      format: 'json',
      code: '0',
      desc: '成功',
    })
  })

  it('takes all that is said for the desc, so that nothing of it is overlooked', () => {
    const desc = (xml: string) =>
      readGenericResponse(`<response><code>1</code>${xml}</response>`).desc
    assert.equal(desc(''), '')
    assert.equal(desc('<desc> a </desc>'), ' a ')
    assert.equal(desc('<desc>a</desc><Desc>b</Desc>'), 'a\nb')
    assert.equal(desc('<desc><p>a</p><p>b</p></desc>'), 'a\nb')
    assert.equal(desc('<detail><desc>a</desc></detail>'), 'a')
    assert.equal(readGenericResponse('{"code":"1","desc":{"msg":"a"}}').desc, '{"msg":"a"}')
  })
})
