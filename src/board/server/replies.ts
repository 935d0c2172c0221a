import type { IncomingMessage, ServerResponse } from 'node:http'
import { answer, type Answered } from '../../http/hosting/index.js'
import { toldOf } from './problem.js'

/** Nothing of the board is shown within other pages, guessed at, told to other sites or found by search. */
export const SAFE_HEADERS: Readonly<Record<string, string>> = {
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'X-Robots-Tag': 'noindex, nofollow',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
}

const JSON_HEADERS: Readonly<Record<string, string>> = {
  ...SAFE_HEADERS,
  'Content-Type': 'application/json; charset=utf-8',
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
  'Cache-Control': 'no-store',
}

export function sendJson(
  req: IncomingMessage,
  res: ServerResponse,
  body: object,
  headers: Answered['headers'] = {},
): void {
  answer(req, res, {
    status: 200,
    headers: { ...JSON_HEADERS, ...headers },
    body: JSON.stringify(body),
  })
}

/** Tells the browser why not. @returns true for what the log has to tell of */
export function sendProblem(req: IncomingMessage, res: ServerResponse, thrown: unknown): boolean {
  const { status, problem, retryAfterSeconds, isOurs } = toldOf(thrown)
  const retry = retryAfterSeconds === undefined ? {} : { 'Retry-After': String(retryAfterSeconds) }
  answer(req, res, {
    status,
    headers: { ...JSON_HEADERS, ...retry },
    body: JSON.stringify(problem),
  })
  return isOurs
}
