import { request, type Agent, type IncomingHttpHeaders } from 'node:http'
import {
  readGenericResponse,
  writeCrisisDocument,
  writeFeedbackDocument,
  type Crisis,
  type CrisisFeedback,
} from '../../src/messages/index.js'
import { readReply } from '../../src/soap/index.js'

/** The document's own sample (5.1). */
export const CRISIS = {
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
} as const satisfies Crisis

/** The document's own sample (5.2). */
export const FEEDBACK = {
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
} as const satisfies CrisisFeedback

export const crisisXml = (changes: Partial<Crisis> = {}): string =>
  writeCrisisDocument({ ...CRISIS, ...changes })

export const feedbackXml = (
  licence: string,
  changes: Partial<CrisisFeedback> = {},
  application = 'HIS',
): string =>
  writeFeedbackDocument({ Application: application, License: licence }, { ...FEEDBACK, ...changes })

export const escape = (text: string): string =>
  text.replace(/[&<>]/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' })[c] ?? c)

/** An envelope as a PACS would send it. */
export const envelope = (operation: string, inside: string): string =>
  '<?xml version="1.0" encoding="utf-8"?><s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/">' +
  `<s:Body><q:${operation} xmlns:q="http://pacs.example/">${inside}</q:${operation}></s:Body></s:Envelope>`

export const envelopeOf = (operation: string, document: string): string =>
  envelope(operation, `<req>${escape(document)}</req>`)

export interface Reply {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
}

export interface PostOptions {
  readonly headers?: Readonly<Record<string, string>>
  /** Default is a connection of its own. */
  readonly agent?: Agent
}

/** One HTTP exchange on a connection of its own, or on that of the agent. */
export function post(
  url: string,
  body: string | Buffer,
  options: PostOptions = {},
): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const req = request(
      url,
      {
        method: 'POST',
        agent: false,
        ...options,
        headers: { 'Content-Type': 'text/xml; charset=utf-8', ...options.headers },
      },
      (res) => {
        const chunks: Buffer[] = []
        res.on('data', (chunk: Buffer) => chunks.push(chunk))
        res.on('error', reject)
        res.on('end', () => {
          const text = Buffer.concat(chunks).toString('utf8')
          resolve({ status: res.statusCode ?? 0, headers: res.headers, text })
        })
      },
    )
    req.on('error', reject)
    req.end(body)
  })
}

export interface Answer {
  readonly status: number
  /** `Fault`, or the code of the generic response. */
  readonly code: string
  readonly desc: string
}

/** What a caller takes from a reply. */
export function answerOf({ status, text }: Reply): Answer {
  const reply = readReply(text)
  if (reply.kind === 'fault') return { status, code: 'Fault', desc: reply.faultString }
  const { code, desc } = readGenericResponse(reply.value ?? '')
  return { status, code, desc }
}

export async function callWith(
  url: string,
  operation: string,
  document: string,
  options: PostOptions = {},
): Promise<Answer> {
  return answerOf(await post(url, envelopeOf(operation, document), options))
}
