import assert from 'node:assert/strict'
import {
  CRISIS_FIELDS,
  crisisOfObject,
  extraOfObject,
  isBlank,
  readCrisisDocument,
  requireKey,
  writeCrisisDocument,
  type Crisis,
  type ReadCrisis,
} from '../../src/messages/index.js'
import { refused, sample, seeded } from './support.js'

const wrap = (fields: string) => `<XmlDocument><Crisis>${fields}</Crisis></XmlDocument>`

function one(xml: string): ReadCrisis {
  const { crises } = readCrisisDocument(xml)
  assert.equal(crises.length, 1)
  return crises[0]!
}

const printed: Crisis = {
  ExamNo: '00000001',
  ApplyNo: '00000001',
  SickNo: 'C0001',
  OrderNo: '123415',
  CrisisType: '',
  CrisisCode: '1',
  CrisisName: '胎盘早剥',
  CrisisMemo: '加急处理。',
  CrisisSettor: { code: '040002', name: '管理员' },
  CrisisSetDate: '2014-06-16',
  CrisisSetTime: '16:33:27',
}

const GOLDEN =
  '<?xml version="1.0" encoding="UTF-8"?><XmlDocument><Crisis><ExamNo>00000001</ExamNo>' +
  '<ApplyNo>00000001</ApplyNo><SickNo>C0001</SickNo><OrderNo>123415</OrderNo><CrisisType></CrisisType>' +
  '<CrisisCode>1</CrisisCode><CrisisName>胎盘早剥</CrisisName><CrisisMemo>加急处理。</CrisisMemo>' +
  '<CrisisSettor code="040002">管理员</CrisisSettor><CrisisSetDate>2014-06-16</CrisisSetDate>' +
  '<CrisisSetTime>16:33:27</CrisisSetTime></Crisis></XmlDocument>'

describe('reading a critical value', () => {
  it('reads the sample of the document as it is printed', () => {
    assert.deepEqual(one(sample('crisis.xml')), { crisis: printed, extra: [], flags: [] })
  })

  it('reads the fields in any order', () => {
    const random = seeded(5)
    const fields = GOLDEN.slice(GOLDEN.indexOf('<ExamNo'), GOLDEN.indexOf('</Crisis>')).match(
      /<(\w+)[^>]*>[^<]*<\/\1>/g,
    )!
    assert.equal(fields.length, CRISIS_FIELDS.length)
    for (let round = 0; round < 50; round++) {
      const shuffled = fields
        .map((field) => [random(), field] as const)
        .sort(([a], [b]) => a - b)
        .map(([, field]) => field)
      assert.deepEqual(one(wrap(shuffled.join(''))), { crisis: printed, extra: [], flags: [] })
    }
  })

  it('never makes a number of an id', () => {
    for (const id of ['00000001', '1e5', '1234567890123456789012', '0x10', '-0', '1.50', 'true']) {
      const fields = CRISIS_FIELDS.filter(([, kind]) => kind === 'id').map(
        ([name]) => `<${name}>${id}</${name}>`,
      )
      const { crisis } = one(wrap(fields.join('')))
      for (const [name, kind] of CRISIS_FIELDS) {
        if (kind === 'id') assert.strictEqual(crisis[name], id)
      }
    }
  })

  it('takes pretty printing off an id and leaves a text alone', () => {
    const { crisis } = one(wrap('<ExamNo>\n  007 \u3000</ExamNo><CrisisMemo>\n a </CrisisMemo>'))
    assert.deepEqual(crisis, { ExamNo: '007', CrisisMemo: '\n a ' })
  })

  it('tells absent, empty and blank apart', () => {
    for (const blank of ['', ' ', '\u3000', '\u00a0', ' \t\n\u3000']) {
      const { crisis } = one(
        wrap(`<ExamNo>1</ExamNo><SickNo>${blank}</SickNo><CrisisMemo>${blank}</CrisisMemo>`),
      )
      assert.deepEqual(crisis, { ExamNo: '1', SickNo: blank, CrisisMemo: blank })
      assert.ok(isBlank(crisis.SickNo))
    }
    assert.equal(Object.hasOwn(one(wrap('<ExamNo>1</ExamNo>')).crisis, 'SickNo'), false)
    assert.equal(one(wrap('<ExamNo>1</ExamNo><SickNo/>')).crisis.SickNo, '')
  })

  it('reads a member of staff with a missing code, a missing name or neither', () => {
    const person = (xml: string) => one(wrap(xml)).crisis.CrisisSettor
    assert.deepEqual(person('<CrisisSettor>王</CrisisSettor>'), { code: '', name: '王' })
    assert.deepEqual(person('<CrisisSettor code="007"/>'), { code: '007', name: '' })
    assert.deepEqual(person('<CrisisSettor code=" 040002 "> 王 </CrisisSettor>'), {
      code: '040002',
      name: '王',
    })
    assert.deepEqual(person('<CrisisSettor/>'), { code: '', name: '' })
    assert.equal(person('<ExamNo>1</ExamNo>'), undefined)
  })

  it('keeps unknown elements whole and writes them back', () => {
    const unknown =
      '<Ward no="3" 名="西">三病区</Ward><Bed><No>12</No><Note a="&lt;&quot;">x</Note></Bed><备注>急</备注>'
    const { crisis, extra, flags } = one(wrap(`<ExamNo>1</ExamNo>${unknown}`))
    assert.deepEqual(flags, ['unknownElement'])
    assert.deepEqual(
      extra.map(({ name }) => name),
      ['Ward', 'Bed', '备注'],
    )
    assert.ok(writeCrisisDocument(crisis, { extra }).includes(`${unknown}</Crisis>`))
    const again = one(writeCrisisDocument(crisis, { extra }))
    assert.deepEqual(again.extra, extra)
    const cloned = JSON.parse(JSON.stringify({ extra })) as { extra: unknown }
    assert.deepEqual(extraOfObject(cloned), cloned.extra)
  })

  it('keeps text and elements in their order within unknown ones, white space too', () => {
    const unknown =
      '<所见>右肺<b>未见</b>气胸，<i a="1">左肺<u>可见</u> </i>\n<b></b>请<b>立即</b>处理。</所见>'
    const { crisis, extra } = one(wrap(`<ExamNo>1</ExamNo>${unknown}`))
    const written = writeCrisisDocument(crisis, { extra })
    assert.ok(written.includes(`${unknown}</Crisis>`))
    assert.deepEqual(one(written).extra, extra)
    // As a flow or the ledger hands it over.
    const said = extraOfObject(JSON.parse(JSON.stringify({ extra })) as object)
    assert.equal(writeCrisisDocument(crisis, { extra: said }), written)
  })

  it('writes what a flow has put behind an unknown element', () => {
    const extra = extraOfObject({ extra: [{ name: 'a', text: '1', tail: ' 2 & ' }, { name: 'b' }] })
    assert.match(
      writeCrisisDocument({ ExamNo: '1' }, { extra }),
      /<a>1<\/a> 2 &amp; <b><\/b><\/Crisis>/,
    )
    refused(() => extraOfObject({ extra: [{ name: 'a', tail: 1 }] }), 'VALUE_NOT_TEXT')
    refused(() => extraOfObject({ extra: [{ name: 'a', tail: '\ufffd' }] }), 'CHARSET_REPLACEMENT')
  })

  it('takes a repeat with the same content and refuses one with another', () => {
    const same = one(wrap('<ExamNo>1</ExamNo><ExamNo> 1 </ExamNo>'))
    assert.deepEqual([same.crisis, same.flags], [{ ExamNo: '1' }, ['repeatedElement']])
    for (const fields of [
      '<ExamNo>1</ExamNo><ExamNo>2</ExamNo>',
      '<ExamNo>1</ExamNo><ExamNo/>',
      '<ExamNo>1</ExamNo><examno>2</examno>',
      '<CrisisSettor code="1">王</CrisisSettor><CrisisSettor code="2">王</CrisisSettor>',
      '<CrisisSettor code="1" Code="2">王</CrisisSettor>',
      '<CrisisName>a<b/></CrisisName>',
    ]) {
      refused(() => one(wrap(fields)), 'DOCUMENT_AMBIGUOUS', fields)
    }
  })

  it('keeps several critical values apart, each with its own flags', () => {
    const { crises } = readCrisisDocument(
      '<XmlDocument><Crisis><ExamNo>1</ExamNo></Crisis><Crisis><ExamNo>2</ExamNo><X/></Crisis><Crisis/></XmlDocument>',
    )
    assert.deepEqual(
      crises.map(({ crisis, flags }) => [crisis, flags]),
      [
        [{ ExamNo: '1' }, []],
        [{ ExamNo: '2' }, ['unknownElement']],
        [{}, []],
      ],
    )
  })

  it('tolerates and flags another case and a prefix, wherever it stands', () => {
    const flagsOf = (xml: string) => {
      const { crisis, flags } = one(xml)
      assert.deepEqual(crisis, { ExamNo: '1' }, xml)
      return flags
    }
    const exam = '<ExamNo>1</ExamNo>'
    for (const xml of [
      `<XMLDOCUMENT><Crisis>${exam}</Crisis></XMLDOCUMENT>`,
      `<XmlDocument><CRISIS>${exam}</CRISIS></XmlDocument>`,
      wrap('<EXAMNO>1</EXAMNO>'),
    ]) {
      assert.deepEqual(flagsOf(xml), ['elementCase'], xml)
    }
    for (const xml of [
      `<p:XmlDocument xmlns:p="urn:p"><Crisis>${exam}</Crisis></p:XmlDocument>`,
      `<XmlDocument><p:Crisis xmlns:p="urn:p">${exam}</p:Crisis></XmlDocument>`,
      wrap('<p:ExamNo>1</p:ExamNo>'),
    ]) {
      assert.deepEqual(flagsOf(xml), ['elementNamespace'], xml)
    }
    const drifted = one(wrap('<CrisisSettor CODE="7">王</CrisisSettor>'))
    assert.deepEqual(drifted.crisis.CrisisSettor, { code: '7', name: '王' })
    assert.deepEqual(drifted.flags, ['elementCase'])
  })

  it('reads a document that is still escaped and one behind a BOM and blank lines', () => {
    const escaped = GOLDEN.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;')
    assert.deepEqual(one(escaped), { crisis: printed, extra: [], flags: ['doubleEscaped'] })
    assert.deepEqual(one(`\ufeff\r\n\n ${GOLDEN}\n`).crisis, printed)
  })

  it('refuses another document, none at all and one without a critical value', () => {
    refused(() => one(''), 'DOCUMENT_EMPTY')
    refused(() => one(' \u3000\n'), 'DOCUMENT_EMPTY')
    for (const xml of [
      '<response><code>0</code></response>',
      '<XmlDocument/>',
      '<XmlDocument><CrisisResponse/></XmlDocument>',
      '<Crisis><ExamNo>1</ExamNo></Crisis>',
    ]) {
      refused(() => one(xml), 'DOCUMENT_UNKNOWN', xml)
    }
  })

  it('says nothing of the content in an error', () => {
    for (const xml of [
      wrap('<ExamNo>SECRET1</ExamNo><ExamNo>SECRET2</ExamNo>'),
      wrap('<CrisisName>SECRET<b/></CrisisName>'),
      '<XmlDocument><SECRET></XmlDocument>',
      wrap('<SECRET>&SECRET;</SECRET>'),
    ]) {
      assert.throws(
        () => one(xml),
        (error: Error & { reason?: unknown }) =>
          !`${error.message}${JSON.stringify(error.reason)}`.includes('SECRET'),
      )
    }
  })
})

describe('writing a critical value', () => {
  it('writes every element the document prints, in its order', () => {
    assert.equal(writeCrisisDocument(printed), GOLDEN)
    assert.equal(
      writeCrisisDocument(Object.fromEntries(Object.entries(printed).toReversed())),
      GOLDEN,
    )
    assert.equal(
      writeCrisisDocument({ ApplyNo: '7' }),
      '<?xml version="1.0" encoding="UTF-8"?><XmlDocument><Crisis><ExamNo></ExamNo><ApplyNo>7</ApplyNo>' +
        '<SickNo></SickNo><OrderNo></OrderNo><CrisisType></CrisisType><CrisisCode></CrisisCode>' +
        '<CrisisName></CrisisName><CrisisMemo></CrisisMemo><CrisisSettor code=""></CrisisSettor>' +
        '<CrisisSetDate></CrisisSetDate><CrisisSetTime></CrisisSetTime></Crisis></XmlDocument>',
    )
    assert.equal(
      writeCrisisDocument([{ ApplyNo: '7', SickNo: '\u3000' }, { ExamNo: '8' }], {
        omitEmpty: true,
      }),
      '<?xml version="1.0" encoding="UTF-8"?><XmlDocument><Crisis><ApplyNo>7</ApplyNo></Crisis>' +
        '<Crisis><ExamNo>8</ExamNo></Crisis></XmlDocument>',
    )
  })

  it('brings every text back exactly', () => {
    for (const text of [
      '<',
      '&',
      '&amp;',
      '&lt;b&gt;',
      ']]>',
      '<![CDATA[x]]>',
      '<!-- x -->',
      `"'`,
      '汉字',
      '𠮷',
      '😀',
      'a\tb',
      'a\nb',
      'a\r\nb',
      'a\rb',
      '\u2028\u0085\u007f',
      '&#13;',
      '  ends  ',
    ]) {
      const crisis: Crisis = { ExamNo: '1', CrisisName: text, CrisisMemo: text }
      const { crisis: read } = one(writeCrisisDocument(crisis, { omitEmpty: true }))
      assert.deepEqual(read, crisis, JSON.stringify(text))
      const inside = text.trim()
      const person: Crisis = { CrisisSettor: { code: inside, name: inside } }
      const { crisis: staff } = one(writeCrisisDocument(person, { omitEmpty: true }))
      assert.deepEqual(staff, person, JSON.stringify(text))
    }
  })

  it('drops what XML cannot carry from a text', () => {
    const { crisis } = one(writeCrisisDocument({ ExamNo: '1', CrisisMemo: 'a\u0000\u000b\uffffb' }))
    assert.equal(crisis.CrisisMemo, 'ab')
  })
})

describe('a critical value in a payload', () => {
  it('is taken over without change', () => {
    assert.deepEqual(crisisOfObject({ ...printed, other: 1 }), printed)
    assert.deepEqual(crisisOfObject({ ExamNo: '1', SickNo: null, OrderNo: undefined }), {
      ExamNo: '1',
    })
    assert.deepEqual(crisisOfObject({ ApplyNo: '1', CrisisSettor: '王' }), {
      ApplyNo: '1',
      CrisisSettor: { code: '', name: '王' },
    })
  })

  it('is refused where a value is no text', () => {
    for (const value of [1, 0, true, ['1'], {}, new Date(0), 1n, Symbol('x')]) {
      const error = refused(() => crisisOfObject({ ExamNo: value }), 'VALUE_NOT_TEXT')
      assert.equal(error.answer, '422')
      refused(() => crisisOfObject({ ExamNo: '1', CrisisName: value }), 'VALUE_NOT_TEXT')
    }
    for (const CrisisSettor of [1, true, ['a'], { code: 40002 }, { name: { x: 1 } }]) {
      refused(() => crisisOfObject({ ExamNo: '1', CrisisSettor }), 'VALUE_NOT_TEXT')
    }
  })

  it('is refused where a character is lost, or writing would make another number of an id', () => {
    refused(() => crisisOfObject({ ExamNo: '1', CrisisName: '胎\ufffd' }), 'CHARSET_REPLACEMENT')
    refused(() => crisisOfObject({ ExamNo: '1', CrisisName: '\ud842' }), 'CHARSET_REPLACEMENT')
    refused(() => crisisOfObject({ ExamNo: '1\u00002' }), 'VALUE_CHARACTER')
    refused(
      () => crisisOfObject({ ExamNo: '1', CrisisSettor: { code: '4\u0001' } }),
      'VALUE_CHARACTER',
    )
  })

  it('is refused without a key; one alone is enough', () => {
    for (const keys of [
      {},
      { ExamNo: '' },
      { ExamNo: ' ', ApplyNo: '\u3000' },
      { SickNo: '1', ApplyNo: '\u00a0' },
    ]) {
      assert.equal(refused(() => crisisOfObject(keys), 'KEY_MISSING').answer, '422')
      assert.equal(refused(() => requireKey(keys), 'KEY_MISSING').answer, '422')
    }
    assert.deepEqual(crisisOfObject({ ExamNo: '1' }), { ExamNo: '1' })
    assert.deepEqual(crisisOfObject({ ApplyNo: '1', ExamNo: ' ' }), { ApplyNo: '1', ExamNo: ' ' })
  })

  it('is not taken from a prototype', () => {
    refused(() => crisisOfObject(Object.create({ ExamNo: '1' }) as object), 'KEY_MISSING')
  })
})

describe('unknown elements in a payload', () => {
  it('are refused unless they can be written and read back', () => {
    const loop: { name: string; children: unknown[] } = { name: 'a', children: [] }
    loop.children.push(loop)
    for (const extra of [
      'x',
      [1],
      [null],
      [{}],
      [{ name: '' }],
      [{ name: 'a b' }],
      [{ name: 'a><b' }],
      [{ name: '1a' }],
      [{ name: 'ª' }],
      [{ name: 'a²' }],
      [{ name: 'a', text: 1 }],
      [{ name: 'a', attributes: { b: 1 } }],
      [{ name: 'a', attributes: { 'b="" c': '1' } }],
      [{ name: 'a', children: 'x' }],
      [{ name: 'a', children: [{ name: '<' }] }],
      [loop],
    ]) {
      refused(() => extraOfObject({ extra }), 'VALUE_NOT_TEXT')
    }
    refused(() => extraOfObject({ extra: [{ name: 'a', text: '\ufffd' }] }), 'CHARSET_REPLACEMENT')
    refused(
      () => extraOfObject({ extra: [{ name: 'a', attributes: { b: '\udfff' } }] }),
      'CHARSET_REPLACEMENT',
    )
    assert.deepEqual(extraOfObject({}), [])
  })
})
