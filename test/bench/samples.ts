import { readFileSync } from 'node:fs'
import path from 'node:path'
import {
  escapeText,
  readCrisisDocument,
  readFeedbackDocument,
  success,
  writeCrisisDocument,
  writeFeedbackDocument,
  writeGenericResponse,
} from '../../src/messages/index.js'
import { readCall, TARGET_NAMESPACE, writeReply } from '../../src/soap/index.js'

export const ROOT = path.resolve(__dirname, '../../..')
export const SERVICE_PATH = '/pushService/services/pacs'
export const LICENCE = { application: 'HIS', licence: '0000001' }

const sample = (name: string): string =>
  readFileSync(path.join(ROOT, 'test', 'samples', name), 'utf8')

/** As the interface document prints it, with its comments and blank lines. */
export const PRINTED_CRISIS = sample('crisis.xml')

const [crisis] = readCrisisDocument(PRINTED_CRISIS).crises
if (!crisis) throw new Error('the sample holds a crisis')
export const CRISIS = crisis.crisis

/** As a program writes it. */
export const CRISIS_DOCUMENT = writeCrisisDocument(CRISIS)

const [feedback] = readFeedbackDocument(sample('crisis-response.xml')).feedbacks
if (!feedback) throw new Error('the sample holds a feedback')
export const FEEDBACK = feedback.feedback

export const FEEDBACK_DOCUMENT = writeFeedbackDocument(
  { Application: LICENCE.application, License: LICENCE.licence },
  FEEDBACK,
)

/** A feedback call as common toolkits send it: document/literal wrapped, the document escaped. */
export const FEEDBACK_REQUEST = Buffer.from(
  '<?xml version="1.0" encoding="UTF-8"?>' +
    '<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body>' +
    `<m:SynCrisisResponseInfo xmlns:m="${TARGET_NAMESPACE}"><req>${escapeText(FEEDBACK_DOCUMENT)}</req>` +
    '</m:SynCrisisResponseInfo></soap:Body></soap:Envelope>',
)

const crisisCall = (document: string): Buffer =>
  Buffer.from(
    '<?xml version="1.0" encoding="UTF-8"?><soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/">' +
      `<soap:Body><m:SynCrisisInfo xmlns:m="${TARGET_NAMESPACE}"><inputString>${escapeText(document)}</inputString>` +
      '</m:SynCrisisInfo></soap:Body></soap:Envelope>',
  )

/** What the feedback answers to: without it the feedback would be an orphan. */
export const CRISIS_REQUEST = crisisCall(CRISIS_DOCUMENT)

const EXAM_NO = '0'.repeat(16)
const ANY_CRISIS_REQUEST = crisisCall(writeCrisisDocument({ ...CRISIS, ExamNo: EXAM_NO }))
const EXAM_NO_PLACE = ANY_CRISIS_REQUEST.indexOf(EXAM_NO)

/** The critical value of an exam of its own; all of them have the same length. */
export function crisisRequest(examNo: number): Buffer {
  const request = Buffer.from(ANY_CRISIS_REQUEST)
  request.write(String(examNo).padStart(EXAM_NO.length, '0'), EXAM_NO_PLACE, 'latin1')
  return request
}

/** What a caller of `front` shows. */
export const TOKEN = 'bench-0123456789abcdef'

const DESCRIPTION =
  '超声提示：胎盘后方可见约 46×31 mm 不均质回声区，边界欠清，内部未见明显血流信号；胎盘增厚，最厚处约 62 mm。' +
  '胎心率 98 次/分，较前次检查明显减慢；羊水最大深度 38 mm。结合临床腹痛、阴道流血，考虑胎盘早剥可能性大，' +
  '出血范围较前扩大。请立即联系产科值班医生到场评估，做好急诊手术与输血准备，并回报接收人姓名、工号与时间。' +
  '本报告已由两位医师复核；影像资料已上传，可在工作站按检查流水号调阅。患者目前在超声室候诊区，由护士陪同。'

/** A critical value as long as those that describe what was seen. */
export const DESCRIBED_REQUEST = crisisCall(
  writeCrisisDocument({ ...CRISIS, CrisisMemo: DESCRIPTION }),
)

export const SUCCESS = writeGenericResponse(success())
const replyTo = (request: Buffer): Buffer =>
  Buffer.from(writeReply(readCall(request.toString()), SUCCESS))
export const CRISIS_REPLY = replyTo(DESCRIBED_REQUEST)
export const FEEDBACK_REPLY = replyTo(FEEDBACK_REQUEST)

/** Stands in every answer that is a success, however the server escapes it. */
export const SUCCESS_MARK = '&lt;code&gt;0&lt;/code&gt;'
