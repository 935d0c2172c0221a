import type { ServerResponse } from 'node:http'
import { json, raw, type Answer } from './http-rig.js'

/**
 * Answers that no service means, for one whose success is the number 0 in `field`. None of them is a success, whatever
 * HTTP says.
 */
export const badAnswers = (
  field: string,
): readonly (readonly [title: string, answer: Answer])[] => [
  ['HTML of a proxy', raw('<html><body>0 ok</body></html>', 200, { 'content-type': 'text/html' })],
  ['HTML that calls itself JSON', raw('<!doctype html><title>ok</title>')],
  ['an empty body', raw('')],
  ['a 204', (_seen, response) => void response.writeHead(204).end()],
  ['a bare 0', raw('0')],
  ['a bare text', raw('"ok"')],
  ['an array', raw(`[{"${field}":0}]`)],
  ['an object without the code', json({ errmsg: 'ok', msg: 'success' })],
  ['the code as text', json({ [field]: '0', errmsg: 'ok' })],
  ['null', json({ [field]: null })],
  ['false', json({ [field]: false })],
  ['an empty text', json({ [field]: '' })],
  ['an empty list', json({ [field]: [] })],
  ['a fraction', raw(`{"${field}":0.5}`)],
  ['a number that is none', raw(`{"${field}":00}`)],
  ['the code under another case', json({ [field.toUpperCase()]: 0 })],
  ['the code one level deeper', json({ data: { [field]: 0 } })],
  ['the code twice, a failure first', raw(`{"${field}":93000,"${field}":0}`)],
  ['the code twice, written otherwise', raw(`{"${field}":0,"${escaped(field)}":310000}`)],
  ['JSON that is cut', raw(`{"${field}":0,"errmsg":"o`)],
  ['two documents', raw(`{"${field}":0}{"${field}":0}`)],
  [
    'bytes that are no UTF-8',
    raw(Buffer.from(`7b22${hex(field)}223a302c2278223a22b3c922 7d`.replace(' ', ''), 'hex')),
  ],
  ['a body that is cut', cut(`{"${field}":0,"errmsg":"ok"}`)],
  ['success with HTTP 500', json({ [field]: 0, errmsg: 'ok' }, 500)],
  ['success with HTTP 404', json({ [field]: 0, errmsg: 'ok' }, 404)],
  ['success with HTTP 202', json({ [field]: 0, errmsg: 'ok' }, 202)],
  ['a redirect', (_seen, response) => void response.writeHead(302, { location: '/' }).end()],
  ['a broken connection', (_seen, response) => void response.destroy()],
  ['no answer', () => {}],
]

const hex = (text: string): string => Buffer.from(text).toString('hex')

const escaped = (name: string): string =>
  `\\u${name.charCodeAt(0).toString(16).padStart(4, '0')}${name.slice(1)}`

function cut(body: string): Answer {
  return (_seen, response: ServerResponse) => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' })
    response.write(body)
    setTimeout(() => response.destroy(), 20)
  }
}
