import assert from 'node:assert/strict'
import {
  feedbackOfObject,
  readFeedbackDocument,
  writeFeedbackDocument,
  type CrisisFeedback,
} from '../../src/messages/index.js'
import { refused, sample } from './support.js'

const printed: CrisisFeedback = {
  ExamNo: '00000001',
  ApplyNo: '00000001',
  CrisisReceiver: { code: '040002', name: '管理员' },
  CrisisReceiveDate: '2014-06-16',
  CrisisReceiveTime: '16:43:27',
  ProcessStaff: { code: '040002', name: '管理员' },
  ProcessDate: '2014-06-16',
  ProcessTime: '16:43:27',
  ProcessSuggest: ' ',
  ProcessResult: '已处理',
}
const header = { Application: 'HIS', License: '0000001' }

const GOLDEN =
  '<?xml version="1.0" encoding="UTF-8"?><XmlDocument><Header><Application>HIS</Application>' +
  '<License>0000001</License></Header><CrisisResponse><ExamNo>00000001</ExamNo>' +
  '<ApplyNo>00000001</ApplyNo><CrisisReceiver code="040002">管理员</CrisisReceiver>' +
  '<CrisisReceiveDate>2014-06-16</CrisisReceiveDate><CrisisReceiveTime>16:43:27</CrisisReceiveTime>' +
  '<ProcessStaff code="040002">管理员</ProcessStaff><ProcessDate>2014-06-16</ProcessDate>' +
  '<ProcessTime>16:43:27</ProcessTime><ProcessSuggest> </ProcessSuggest>' +
  '<ProcessResult>已处理</ProcessResult></CrisisResponse></XmlDocument>'

const HEADER = '<Header><Application>HIS</Application><License>0000001</License></Header>'
const wrap = (body: string, head = HEADER) => `<XmlDocument>${head}${body}</XmlDocument>`

describe('feedback', () => {
  it('is read from the sample of the document as it is printed', () => {
    assert.deepEqual(readFeedbackDocument(sample('crisis-response.xml')), {
      header,
      feedbacks: [{ feedback: printed, extra: [], flags: [] }],
    })
  })

  it('is written with every element the document prints, in its order', () => {
    assert.equal(writeFeedbackDocument(header, printed), GOLDEN)
    assert.deepEqual(readFeedbackDocument(GOLDEN).feedbacks[0]?.feedback, printed)
    assert.equal(
      writeFeedbackDocument(header, { ExamNo: '1' }, { omitEmpty: true }),
      `<?xml version="1.0" encoding="UTF-8"?>${wrap('<CrisisResponse><ExamNo>1</ExamNo></CrisisResponse>')}`,
    )
    // Nothing of the processing is invented for a reception.
    assert.match(
      writeFeedbackDocument(header, { ExamNo: '1' }),
      /<ProcessStaff code=""><\/ProcessStaff><ProcessDate><\/ProcessDate><ProcessTime><\/ProcessTime><ProcessSuggest><\/ProcessSuggest><ProcessResult><\/ProcessResult>/,
    )
  })

  it('leaves the processing out only while nothing of it is known, where that is asked for', () => {
    const write = (feedback: CrisisFeedback) =>
      writeFeedbackDocument({ Application: '', License: '' }, feedback, { omitEmptyProcess: true })
    const ProcessStaff = { code: '', name: ' ' }
    const received = write({ ExamNo: '1', ProcessSuggest: '\u3000', ProcessStaff })
    assert.match(received, /<CrisisReceiveTime><\/CrisisReceiveTime><\/CrisisResponse>/)
    assert.doesNotMatch(received, /Process/)
    const processed = write({ ExamNo: '1', ProcessResult: '已处理' })
    assert.match(processed, /<ProcessSuggest><\/ProcessSuggest><ProcessResult>已处理</)
  })

  it('keeps unknown elements, also nested, and writes them back', () => {
    const unknown = '<Role 级="2">护士<Sub a="1"/></Role>'
    const [read] = readFeedbackDocument(
      wrap(`<CrisisResponse>${unknown}<ExamNo>1</ExamNo></CrisisResponse>`),
    ).feedbacks
    assert.deepEqual(read?.flags, ['unknownElement'])
    const written = writeFeedbackDocument(header, read.feedback, { extra: read.extra })
    assert.deepEqual(readFeedbackDocument(written).feedbacks[0]?.extra, read.extra)
  })

  it('reads several, each by itself', () => {
    const { feedbacks } = readFeedbackDocument(
      wrap(
        '<CrisisResponse><ExamNo>1</ExamNo></CrisisResponse><CrisisResponse><ExamNo>2</ExamNo><X/></CrisisResponse>',
      ),
    )
    assert.deepEqual(
      feedbacks.map(({ feedback, flags }) => [feedback.ExamNo, flags]),
      [
        ['1', []],
        ['2', ['unknownElement']],
      ],
    )
  })

  it('keeps a licence as it is written and flags drift of the header', () => {
    const one = '<CrisisResponse><ExamNo>1</ExamNo></CrisisResponse>'
    const licence = (text: string) =>
      readFeedbackDocument(wrap(one, `<Header><License>${text}</License></Header>`)).header.License
    for (const text of ['0000001', '1e5', '&lt;&amp;&quot;', '汉字𠮷', ' ']) {
      assert.equal(
        licence(text),
        text.replace('&lt;', '<').replace('&amp;', '&').replace('&quot;', '"'),
      )
    }
    assert.deepEqual(readFeedbackDocument(wrap(one, '')).header, {})
    const drifted = readFeedbackDocument(wrap(one, HEADER.replaceAll('Header', 'HEADER')))
    assert.deepEqual(drifted.header, header)
    assert.deepEqual(drifted.feedbacks[0]?.flags, ['elementCase'])
  })

  it('refuses two different licences, and names neither', () => {
    const one = '<CrisisResponse><ExamNo>1</ExamNo></CrisisResponse>'
    const secret = (n: number) => `<License>SECRET${n}</License>`
    for (const head of [
      `<Header>${secret(1)}${secret(2)}</Header>`,
      `<Header>${secret(1)}</Header><Header>${secret(2)}</Header>`,
      `<Header>${secret(1)}</Header><header>${secret(2)}</header>`,
      `<Header><License>SECRET<b/></License></Header>`,
    ]) {
      const error = refused(() => readFeedbackDocument(wrap(one, head)), 'DOCUMENT_AMBIGUOUS', head)
      assert.ok(!`${error.message}${error.reason.zh}${error.reason.en}`.includes('SECRET'))
    }
    const same = readFeedbackDocument(wrap(one, `<Header>${secret(1)}${secret(1)}</Header>`))
    assert.equal(same.header.License, 'SECRET1')
  })

  it('refuses a document without feedback', () => {
    refused(() => readFeedbackDocument(wrap('')), 'DOCUMENT_UNKNOWN')
    refused(() => readFeedbackDocument(sample('crisis.xml')), 'DOCUMENT_UNKNOWN')
  })

  it('in a payload needs a key and texts', () => {
    assert.deepEqual(feedbackOfObject({ ...printed }), printed)
    assert.equal(
      refused(() => feedbackOfObject({ ProcessResult: 'x' }), 'KEY_MISSING').answer,
      '422',
    )
    refused(() => feedbackOfObject({ ExamNo: 1 }), 'VALUE_NOT_TEXT')
    refused(() => feedbackOfObject({ ExamNo: '1', ProcessDate: new Date(0) }), 'VALUE_NOT_TEXT')
  })

  it('brings every text back exactly', () => {
    for (const text of ['<&>', ']]>', `"'`, '汉字𠮷😀', 'a\tb\nc\r\nd\re', ' ends ']) {
      const feedback: CrisisFeedback = { ExamNo: '1', ProcessSuggest: text, ProcessResult: text }
      const written = writeFeedbackDocument(
        { Application: text.trim(), License: text.trim() },
        feedback,
        { omitEmpty: true },
      )
      const read = readFeedbackDocument(written)
      assert.deepEqual(read.feedbacks[0]?.feedback, feedback)
      assert.deepEqual(read.header, { Application: text.trim(), License: text.trim() })
    }
  })
})
