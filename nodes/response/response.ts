import {
  asCrisisError,
  checkedResponse,
  CrisisError,
  failure,
  isBlank,
  success,
  SUCCESS_CODE,
  writeGenericResponse,
  writeGenericResponseJson,
  type FailureCode,
  type GenericResponse,
} from '../../src/messages/index.js'
import { contextOf, saidText, type Face, type FlowMessage, type Send } from '../face/index.js'
import { hosting } from '../service/index.js'
import {
  RESPONSE_DEFAULTS,
  SettingError,
  settingsOf,
  type ResponseConfig,
} from '../settings/index.js'
import { asHttpIn } from './http-in.js'

/** Answers the call that a message carries, and puts the answer into its payload. */
export async function respond(
  face: Face,
  saved: ResponseConfig,
  msg: FlowMessage,
  send: Send,
): Promise<void> {
  const config = settingsOf<ResponseConfig>(saved, RESPONSE_DEFAULTS)
  const http = asHttpIn(msg)
  const call = callOf(msg, http !== undefined)
  const inJson =
    call === undefined &&
    (config.format === 'json' || (config.format === 'auto' && http?.wantsJson === true))
  const jsonSuccess = config.jsonSuccess.trim()
  let response: GenericResponse
  let problem: CrisisError | undefined
  try {
    response = await responseOf(face, config, msg)
    if (inJson) requireDistinct(response, jsonSuccess)
  } catch (thrown) {
    // The caller still waits: it gets the failure at once, and the flow gets the error.
    problem = asCrisisError(thrown)
    response = failure(jsonSuccess === '500' ? '503' : '500', problem.reason)
  }
  const document = inJson
    ? writeGenericResponseJson(response, { successCode: jsonSuccess })
    : writeGenericResponse(response)

  if (call !== undefined) answerCall(call, response)
  else if (http && !http.answer(document, inJson ? 'application/json' : 'text/xml')) {
    throw callEnded()
  }
  if (problem) throw problem
  msg.payload = document
  face.show('activity', 'answered')
  send([msg])
}

/**
 * The waiting call that a message carries. Where its part is none of ours the call may have been lost with it, unless
 * somebody else waits for this answer.
 * @throws CrisisError CONTEXT_INVALID
 */
function callOf(msg: FlowMessage, isHttp: boolean): string | undefined {
  return isHttp ? (contextOf(msg).call ?? undefined) : saidText(msg, 'call')
}

/** Finishes the waiting SOAP call; the caller has been given a failure already when this comes late. */
function answerCall(call: string, response: GenericResponse): void {
  const result = hosting.waiting.answer(call, response)
  if (result === 'answered') return
  if (result === 'late') throw callEnded()
  throw new CrisisError('CALL_UNKNOWN', {
    zh: 'msg.crisis.call 不是正在等待的调用',
    en: 'msg.crisis.call is no call that waits for an answer',
  })
}

/** In JSON a site names its own success code, which must not be one that a failure may have (A2). */
function requireDistinct({ code }: GenericResponse, jsonSuccess: string): void {
  const failing = code !== SUCCESS_CODE
  const known: readonly string[] = FAILURE_CODES
  if (!isBlank(jsonSuccess) && !known.includes(jsonSuccess) && !(failing && code === jsonSuccess)) {
    return
  }
  throw new SettingError('SETTING_INVALID', {
    zh: 'JSON 成功码为空，或与失败码相同，对方无法区分成功与失败',
    en: 'The JSON success code is blank or is that of a failure: nobody could tell the two apart',
  })
}

const callEnded = () =>
  new CrisisError('CALL_ENDED', {
    zh: '该调用已结束（已应答过，或超时后已应答失败），本次应答未送出',
    en: 'The call has ended (answered before, or refused after its time limit), so this answer was not sent',
  })

async function responseOf(
  face: Face,
  config: ResponseConfig,
  msg: FlowMessage,
): Promise<GenericResponse> {
  if (config.outcome === 'payload') {
    const { payload } = msg
    const { code, desc } = (typeof payload === 'object' && payload !== null ? payload : {}) as {
      code?: unknown
      desc?: unknown
    }
    return checkedResponse(
      typeof code === 'string' ? code : '',
      typeof desc === 'string' ? desc : undefined,
    )
  }
  const desc = await textOf(face, config, msg)
  if (config.outcome === 'failure') return checkedResponse(config.code, desc)
  // A message that comes from a Catch node tells of a failure: it must never be answered as a success.
  return msg.error === undefined ? success(desc) : failureOfCaught(msg.error, desc)
}

const FAILURE_CODES: readonly string[] = [
  '400',
  '401',
  '404',
  '405',
  '409',
  '413',
  '422',
  '500',
  '503',
] satisfies readonly FailureCode[]

function failureOfCaught(error: unknown, desc: string | undefined): GenericResponse {
  const cause = (error as { cause?: unknown } | null)?.cause
  if (cause instanceof CrisisError) return failure(cause.answer, cause.reason)
  const { code } = (error ?? {}) as { code?: unknown }
  const known = FAILURE_CODES.find((candidate) => candidate === code)
  return checkedResponse(known ?? '500', desc ?? '处理失败，请稍后重发')
}

async function textOf(
  face: Face,
  config: ResponseConfig,
  msg: FlowMessage,
): Promise<string | undefined> {
  if (config.desc === '') return undefined
  const value = await face
    .evaluate(config.desc, config.descType, msg)
    .catch((cause: unknown) => noValue(config.descType, cause))
  return typeof value === 'string' && value !== '' ? value : undefined
}

const FROM_A_PATH: ReadonlySet<string> = new Set(['msg', 'flow', 'global'])

/** @throws CrisisError FIELD_VALUE */
function noValue(type: string, cause: unknown): undefined {
  // Node-RED throws where a parent of the property is missing: then there are no words.
  if (cause instanceof TypeError && FROM_A_PATH.has(type)) return undefined
  if (cause instanceof CrisisError) throw cause
  throw new CrisisError(
    'FIELD_VALUE',
    {
      zh: '应答说明（desc）的表达式无法求值，已应答失败；请检查“应答”节点的表达式',
      en: 'The expression of the answer’s desc cannot be worked out, so a failure was answered; check it in the generic response node',
    },
    '500',
    { cause },
  )
}
