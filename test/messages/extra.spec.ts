import assert from 'node:assert/strict'
import {
  extraOfObject,
  readCrisisDocument,
  readFeedbackDocument,
  writeCrisisDocument,
  writeFeedbackDocument,
} from '../../src/messages/index.js'
import { refused } from './support.js'

const HEADER = { Application: 'HIS', License: '1' }
const wrap = (inside: string): string => `<XmlDocument>${inside}</XmlDocument>`
const crisisWith = (inside: string): string => wrap(`<Crisis><ExamNo>1</ExamNo>${inside}</Crisis>`)

const KEPT: readonly (readonly [name: string, xml: string, flag: string, written: RegExp])[] = [
  [
    'attributes of a field',
    crisisWith('<CrisisName level="2" unit="mmol/L">6.9</CrisisName>'),
    'unknownAttribute',
    /<CrisisName level="2" unit="mmol\/L">6.9<\/CrisisName>/,
  ],
  [
    'attributes of a person beside the code',
    crisisWith('<CrisisSettor phone="138&quot;" code="1">李</CrisisSettor>'),
    'unknownAttribute',
    /<CrisisSettor code="1" phone="138&quot;">李<\/CrisisSettor>/,
  ],
  [
    'a prefixed attribute, with the namespace that an element around it declares',
    '<XmlDocument xmlns:h="urn:h"><Crisis><ExamNo>1</ExamNo><CrisisSettor h:code="1">李</CrisisSettor></Crisis></XmlDocument>',
    'unknownAttribute',
    /<CrisisSettor code="" xmlns:h="urn:h" h:code="1">李<\/CrisisSettor>/,
  ],
  [
    'a prefixed attribute whose namespace nobody declares',
    crisisWith('<CrisisMemo v:kind="x">a</CrisisMemo>'),
    'unknownAttribute',
    /<CrisisMemo xmlns:v="urn:undeclared:v" v:kind="x">a<\/CrisisMemo>/,
  ],
  [
    'prefixed attributes within an unknown element',
    crisisWith('<Note xmlns:p="urn:p" p:a="1"><b p:c="2">x</b></Note>'),
    'unknownElement',
    /<Note xmlns:p="urn:p" p:a="1"><b xmlns:p="urn:p" p:c="2">x<\/b><\/Note>/,
  ],
  [
    'attributes of the record and of the root',
    '<XmlDocument batch="7"><Crisis urgent="true"><ExamNo>1</ExamNo></Crisis></XmlDocument>',
    'unknownAttribute',
    /<XmlDocument batch="7"><Crisis urgent="true">/,
  ],
  [
    'text at the beginning of the record',
    wrap('<Crisis>K+ 6.9 <![CDATA[<mmol/L>]]><ExamNo>1</ExamNo></Crisis>'),
    'unknownText',
    /<Crisis>K\+ 6.9 &lt;mmol\/L&gt;<ExamNo>/,
  ],
  [
    'text behind a field',
    wrap('<Crisis><ExamNo>1</ExamNo> 请电话 <ApplyNo>2</ApplyNo></Crisis>'),
    'unknownText',
    /<ExamNo>1<\/ExamNo> 请电话 <ApplyNo>/,
  ],
  [
    'text behind an unknown element',
    crisisWith('<右肺>清晰</右肺>，未见气胸'),
    'unknownText',
    /<右肺>清晰<\/右肺>，未见气胸<\/Crisis>/,
  ],
  [
    'text beside the record',
    wrap('CALL NOW<Crisis><ExamNo>1</ExamNo></Crisis> 速 '),
    'unknownText',
    /<XmlDocument>CALL NOW<Crisis>.*<\/Crisis> 速 <\/XmlDocument>/,
  ],
  [
    'an element beside the record, and text behind it',
    wrap('<Urgency a="1">高<b>！</b></Urgency> 速<Crisis><ExamNo>1</ExamNo></Crisis>'),
    'unknownElement',
    /<XmlDocument><Urgency a="1">高<b>！<\/b><\/Urgency> 速<Crisis>/,
  ],
  [
    'elements before, between and behind the known ones',
    wrap(
      '<A/>甲<Crisis>始<B/>乙<ExamNo>1</ExamNo>丙<C/>丁<D/><ApplyNo>2</ApplyNo><CrisisSetTime/><E/>末</Crisis>尾<F/>',
    ),
    'unknownElement',
    /^<[^>]*><XmlDocument><A><\/A>甲<Crisis>始<B><\/B>乙<ExamNo>1<\/ExamNo>丙<C><\/C>丁<D><\/D><ApplyNo>2<\/ApplyNo>.*<\/CrisisSetTime><E><\/E>末<\/Crisis>尾<F><\/F><\/XmlDocument>$/,
  ],
  [
    'an element behind a field that is written elsewhere',
    crisisWith('<CrisisSetTime>10:00</CrisisSetTime><Zone>+8</Zone><CrisisName>6.9</CrisisName>'),
    'unknownElement',
    /<CrisisSetTime>10:00<\/CrisisSetTime><Zone>\+8<\/Zone><\/Crisis>/,
  ],
  [
    'a value in an element that says that it has none',
    crisisWith('<OrderNo xsi:nil="true">5</OrderNo>'),
    'unknownAttribute',
    /<OrderNo nil="true">5<\/OrderNo>/,
  ],
]

describe('what a document does not name', () => {
  for (const [name, xml, flag, written] of KEPT) {
    it(`is kept, flagged and written back in its place: ${name}`, () => {
      const [read] = readCrisisDocument(xml).crises
      const { crisis, extra, flags } = read!
      assert.ok(flags.includes(flag), flags.join())
      const again = writeCrisisDocument(crisis, { extra })
      assert.match(again, written)
      // As a flow or the ledger hands it over, and as the next receiver reads it.
      const said = extraOfObject(JSON.parse(JSON.stringify({ extra })) as object)
      assert.equal(writeCrisisDocument(crisis, { extra: said }), again)
      const [further] = readCrisisDocument(again).crises
      assert.equal(writeCrisisDocument(further!.crisis, { extra: further!.extra }), again)
    })
  }

  it('is so in feedback, where an empty processing with an attribute is written too', () => {
    const xml = wrap(
      '<Header><Application>HIS</Application><License>1</License></Header><!-- a -->' +
        '<CrisisResponse by="app"><ExamNo>1</ExamNo><ProcessStaff role="nurse"/></CrisisResponse><Ward>7</Ward>',
    )
    const [read] = readFeedbackDocument(xml).feedbacks
    const { feedback, extra, flags } = read!
    assert.deepEqual(flags.toSorted(), ['unknownAttribute', 'unknownElement'])
    const written = writeFeedbackDocument(HEADER, feedback, { extra, omitEmptyProcess: true })
    assert.match(written, /<CrisisResponse by="app">/)
    assert.match(written, /<ProcessStaff code="" role="nurse">/)
    assert.match(written, /<\/CrisisResponse><Ward>7<\/Ward><\/XmlDocument>$/)
  })

  it('stands in feedback where it stood, also behind what is left out', () => {
    const xml = wrap(
      '<A/><Header><Application>HIS</Application><License>1</License></Header><B/>' +
        '<CrisisResponse><C/><ExamNo>1</ExamNo><D/><ProcessDate/><E/><ProcessTime/></CrisisResponse><F/>',
    )
    const { feedback, extra } = readFeedbackDocument(xml).feedbacks[0]!
    const written = writeFeedbackDocument(HEADER, feedback, {
      extra: extraOfObject(JSON.parse(JSON.stringify({ extra })) as object),
      omitEmpty: true,
      omitEmptyProcess: true,
    })
    assert.equal(
      written.replace(/^<\?.*?\?>/, '').replaceAll(/<(\w)><\/\1>/g, '<$1/>'),
      wrap(
        '<A/><Header><Application>HIS</Application><License>1</License></Header><B/>' +
          '<CrisisResponse><C/><ExamNo>1</ExamNo><D/><E/></CrisisResponse><F/>',
      ),
    )
  })

  it('is left out where it is only how XML is written, and where it speaks of the caller', () => {
    const [read] = readCrisisDocument(
      '<XmlDocument xmlns="urn:a" xmlns:xsi="urn:b" xsi:schemaLocation="c"><Header><License>secret</License></Header>\n' +
        '<Crisis xsi:type="d"> <ExamNo xsi:type="e" s:encodingStyle="f">1</ExamNo>\u3000<OrderNo xsi:nil="true"/></Crisis></XmlDocument>',
    ).crises
    assert.deepEqual(read!.extra, [])
    assert.deepEqual(read!.flags, ['unknownElement'])
  })

  it('is refused where it is a record in a wrong place', () => {
    const record = '<Crisis><ExamNo>2</ExamNo></Crisis>'
    const first = '<Crisis><ExamNo>1</ExamNo></Crisis>'
    for (const xml of [
      wrap(`${first}<More>${record}</More>`),
      wrap(`${first}<More><Deep>${record}</Deep></More>`),
      wrap(`<Header>${record}</Header>${first}`),
      wrap(`${first}<crisis>`.replace('<crisis>', '<X><crisis/></X>')),
      wrap(`${first}<CrisisResponse><ExamNo>1</ExamNo></CrisisResponse>`),
      wrap(`${first}<XmlDocument>${record}</XmlDocument>`),
      crisisWith(record),
      crisisWith(`<Note>${record}</Note>`),
      crisisWith('<p:Crisis/>'),
    ]) {
      refused(() => readCrisisDocument(xml), 'DOCUMENT_AMBIGUOUS', xml)
    }
    refused(
      () =>
        readFeedbackDocument(wrap(`<CrisisResponse><ExamNo>1</ExamNo></CrisisResponse>${first}`)),
      'DOCUMENT_AMBIGUOUS',
    )
  })

  it('is taken from an object only in its own shape', () => {
    for (const entry of [
      { name: 'a', place: 'somewhere' },
      { name: 'a', after: 1 },
      { name: 'a', attributes: { 'a:': '1' } },
      { name: 'a', attributes: { 'a:b:c': '1' } },
      { name: 'a', attributes: { ':b': '1' } },
    ]) {
      refused(() => extraOfObject({ extra: [entry] }), 'VALUE_NOT_TEXT', JSON.stringify(entry))
    }
  })
})
