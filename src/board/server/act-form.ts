import type { Act, ActKind, SignIn } from '../api.js'
import { badRequest } from './problem.js'

/** Every kind of act, so that none is forgotten. */
const ACT_KINDS: Readonly<Record<ActKind, true>> = {
  received: true,
  processed: true,
  passedOn: true,
  readBack: true,
  replay: true,
  editAndSend: true,
  giveUp: true,
  passOn: true,
  liftHold: true,
  cancelAlert: true,
  chooseContent: true,
  phoneCall: true,
  matchPhoneCall: true,
  account: true,
}

/** Characters of a field; a document that a person has edited is the one long one. */
const MOST_TEXT = 4_000
const MOST_DOCUMENT = 400_000
const MOST_FIELDS = 40
const MOST_ID = 200

/** An act as it came, its parts checked for their types and length. @throws BoardProblem REQUEST_INVALID */
export function actIn(text: string): Act {
  const body = objectIn(text)
  const { kind, alert, id, reason, fields = {} } = body
  if (typeof kind !== 'string' || !Object.hasOwn(ACT_KINDS, kind)) throw invalid('kind')
  if (alert !== undefined && !isId(alert)) throw invalid('alert')
  if (id !== undefined && !isText(id, MOST_ID)) throw invalid('id')
  if (reason !== undefined && !isText(reason, MOST_TEXT)) throw invalid('reason')
  if (!isObject(fields)) throw invalid('fields')
  const entries = Object.entries(fields)
  if (entries.length > MOST_FIELDS) throw invalid('fields')
  for (const [name, value] of entries) {
    if (!isText(value, name === 'document' ? MOST_DOCUMENT : MOST_TEXT)) throw invalid('fields')
  }
  return {
    kind: kind as ActKind,
    ...(alert !== undefined && { alert }),
    ...(id !== undefined && { id }),
    ...(reason !== undefined && { reason }),
    fields: Object.fromEntries(entries) as Record<string, string>,
  }
}

/** @throws BoardProblem REQUEST_INVALID */
export function signInIn(text: string): SignIn {
  const { user, password } = objectIn(text)
  if (typeof user !== 'string') throw invalid('user')
  if (typeof password !== 'string') throw invalid('password')
  return { user, password }
}

function objectIn(text: string): Readonly<Record<string, unknown>> {
  let body: unknown
  try {
    body = JSON.parse(text)
  } catch {
    body = undefined
  }
  if (isObject(body)) return body
  throw badRequest({ zh: '请求应为 JSON 对象', en: 'The request should be a JSON object' })
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const isText = (value: unknown, most: number): value is string =>
  typeof value === 'string' && value.length <= most

const isId = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) > 0

const invalid = (name: string) =>
  badRequest({
    zh: `请求中的 ${name} 缺失、过长或无法识别`,
    en: `The ${name} of the request is missing, too long or none that is known`,
  })
