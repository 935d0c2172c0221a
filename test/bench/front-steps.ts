// What a call costs step by step, in tight loops and in a process of its own: `steps` of `front`.
import { formOf } from '../../src/http/hosting/form.js'
import { CallerTally } from '../../src/ledger/index.js'
import {
  decodeBytes,
  readCrisisDocument,
  success,
  writeGenericResponse,
} from '../../src/messages/index.js'
import { KnownFrames, readCall, writeReply } from '../../src/soap/index.js'
import { answerParent } from './children.js'
import { DESCRIBED_REQUEST } from './samples.js'
import { timeOf } from './statistics.js'

const HEADERS = {
  contentType: 'text/xml; charset=utf-8',
  contentEncoding: undefined,
  userAgent: 'Apache CXF 3.5.0',
}
const text = decodeBytes(DESCRIBED_REQUEST, { contentType: HEADERS.contentType })
const call = readCall(text.text)
const frames = new KnownFrames()
const form = formOf(call, text, HEADERS)
const document = call.argument ?? ''
const tally = new CallerTally({ write: () => Promise.resolve() })
const met = { service: 'bench', remoteAddress: '127.0.0.1', operation: call.operation, form }

const STEPS = {
  '解码字符 decode bytes': () =>
    decodeBytes(DESCRIBED_REQUEST, { contentType: HEADERS.contentType }),
  '读信封 envelope, strictly': () => readCall(text.text),
  '读已知的信封 envelope with a known frame': () => readCall(text.text, undefined, frames),
  '读文档 document, strictly': () => readCrisisDocument(document),
  '写应答 write the answer': () => writeReply(call, writeGenericResponse(success())),
  '调用方式 form of the call (formOf)': () => formOf(call, text, HEADERS),
  '登记调用方 count the caller (CallerTally)': () => tally.note(met),
} as const satisfies Readonly<Record<string, () => unknown>>

export type Step = keyof typeof STEPS
export const STEP_NAMES = Object.keys(STEPS) as Step[]

export interface StepQuestion {
  readonly step: Step
  readonly durationMs: number
  readonly tries: number
}

if (require.main === module) {
  answerParent(async ({ step, durationMs, tries }: StepQuestion) => ({
    us: timeOf(STEPS[step], durationMs, tries),
  }))
}
