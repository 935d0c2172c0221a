import { HttpError } from '../errors.js'

export function unknownOperation(asked: string, operations: readonly string[]): HttpError {
  // Toolkits call the element of an answer so; operations of the interface do not end with it.
  const isAnswer = asked.endsWith('Response')
  return new HttpError(
    'OPERATION_UNKNOWN',
    {
      zh: `${isAnswer ? '收到的是应答而不是调用；' : ''}此地址没有该操作，可用操作：${operations.join('、')}`,
      en: `${isAnswer ? 'This is an answer and not a call. ' : ''}There is no such operation at this address; there is ${operations.join(', ')}`,
    },
    '405',
  )
}

/** A call under a rule whose value stands for no operation. */
export const unknownValue = (element: string, known: readonly string[]): HttpError =>
  new HttpError(
    'OPERATION_UNKNOWN',
    {
      zh: `${element} 的操作代码缺失或未知，可用的有：${known.join('、')}`,
      en: `The code of the operation in ${element} is missing or unknown; there is ${known.join(', ')}`,
    },
    '405',
  )

export const operationBusy = (): HttpError =>
  new HttpError(
    'OPERATION_BUSY',
    { zh: '正在重新部署，请稍后重发', en: 'Being deployed anew; send again in a moment' },
    '503',
  )

export const frontBusy = (): HttpError =>
  new HttpError(
    'FRONT_BUSY',
    {
      zh: '同时处理的请求过多，请稍后重发',
      en: 'Too many requests are under way; send again in a moment',
    },
    '503',
  )

export const missingArgument = (): HttpError =>
  new HttpError(
    'ARGUMENT_MISSING',
    {
      zh: '操作中没有参数：应为一个含 XML 文档的字符串',
      en: 'The operation has no argument: one string that holds the XML document is expected',
    },
    '400',
  )

export const ambiguousArgument = (): HttpError =>
  new HttpError(
    'ARGUMENT_AMBIGUOUS',
    {
      zh: '一次调用中有多个操作或多个 XML 文档，请分别发送',
      en: 'One call holds several operations or several XML documents; send each by itself',
    },
    '400',
  )

export const answerLate = (limitMs: number): HttpError =>
  new HttpError(
    'ANSWER_LATE',
    {
      zh: `${limitMs} 毫秒内未能处理完，请稍后重发`,
      en: `Not handled within ${limitMs} ms; send again in a moment`,
    },
    '503',
  )

export const pathUnknown = (): HttpError =>
  new HttpError(
    'PATH_UNKNOWN',
    {
      zh: '调用的路径没有服务（404），请核对调用方所填的地址',
      en: 'There is no service at the path that was called (404); check the address that the caller was given',
    },
    '404',
  )

export const methodRefused = (method: string): HttpError =>
  new HttpError(
    'METHOD_REFUSED',
    {
      zh: `以 ${method} 调用了只接受 POST 的 SOAP 地址（405）`,
      en: `The SOAP address was called by ${method}, and takes POST only (405)`,
    },
    '405',
  )
