import assert from 'node:assert/strict'
import { outcomeOfError, outcomeOfReply } from '../../../src/delivery/index.js'
import {
  checkedResponse,
  classifyReply,
  cutToBytes,
  looksLikeSuccess,
  REPLY_PROFILES,
  SUCCESS_CODE,
  writeGenericResponse,
  writeGenericResponseJson,
  type ReplyProfile,
} from '../../../src/messages/index.js'
import { readReply, writeReply } from '../../../src/soap/index.js'
import { readRemoteReply } from '../../../src/soap/remote-reply.js'
import { attempt, checkSilence } from '../checks.js'
import { Choices } from '../choices.js'
import { replyEnvelope } from '../envelopes.js'
import { readReference, type ReferenceElement } from '../reference-xml.js'
import { answer, CODES, responseOf } from '../answers.js'
import { text as anyText } from '../texts.js'
import { writeDocument } from '../xml-writer.js'
import { localName, unescaped } from './documents.js'
import { readRequest, writeRequest } from './request.js'
import type { Target } from './target.js'

const JSON_CODES = ['0', '1', 'AA'] as const
/** What a peer says: it counts as delivered only where an independent reading says so too. */
export const reply: Target = {
  name: 'reply',
  fresh: (choices) => Buffer.from(answer(choices)),
  run(bytes) {
    checkVerdicts(bytes.toString())
  },
}

/** How a peer says it: status and headers, an empty line, the body. */
export const remote: Target = {
  name: 'remote',
  fresh(choices) {
    const status = choices.pick(['200', '202', '500', '404', '401'])
    const call = { version: '1.1', operation: 'SynCrisisInfo', namespace: 'urn:x' } as const
    const body = choices.once(2)
      ? writeReply(call, answer(choices))
      : replyEnvelope(choices, answer)
    return writeRequest({ 'x-status': status, 'content-type': 'text/xml; charset=utf-8' }, body)
  },
  run(bytes) {
    const { headers, body } = readRequest(bytes)
    const written = String(headers['x-status'])
    const status = /^[1-5]\d\d$/.test(written) ? Number(written) : 200
    for (const allowGbk of [false, true]) {
      const { value, error } = attempt(bytes.toString(), () =>
        readRemoteReply({ status, headers, bytes: body }, { allowGbk }),
      )
      if (error) {
        assert.notEqual(outcomeOfError(error).class, 'delivered')
        continue
      }
      assert.ok(status >= 200 && status < 300, 'a value under a failing status')
      assert.ok(value.value.trim() !== '', 'a blank value')
      checkVerdicts(value.value)
    }
  },
}

/** Answers of ours and of peers that say what they mean, and are understood so. */
export const honestReply: Target = {
  name: 'honest-reply',
  fresh: ({ bytes }) => Buffer.from(bytes),
  run(bytes) {
    const choices = new Choices(bytes)
    const code = choices.once(2) ? SUCCESS_CODE : choices.pick(['400', '401', '404', 'E1', '-5'])
    const response = checkedResponse(code, anyText(choices))
    const written = writeGenericResponse(response)
    const version = choices.pick(['1.1', '1.2'] as const)
    const namespace = choices.pick(['', 'urn:x', 'http://a/?b=c&d="\'<>\t'])
    const carried = readReply(writeReply({ version, operation: 'X', namespace }, written))
    assert.equal(carried.kind === 'value' && carried.value, written)
    checkVerdicts(written)
    const { reply: read } = classifyReply(written)
    assert.equal(read?.code, response.code)
    assert.equal(read?.desc, response.desc)

    const [profile, success] = choices.pick(PROFILES)
    const rules = { profile, jsonSuccessCodes: [success] }
    assert.equal(classifyReply(plainAnswer(choices, profile, success), rules).class, 'delivered')
    const failed = classifyReply(plainAnswer(choices, profile, '-77'), rules)
    assert.notEqual(failed.class, 'delivered')
    const json = writeGenericResponseJson(response, { successCode: success })
    if (code !== SUCCESS_CODE) {
      assert.notEqual(classifyReply(json, { jsonSuccessCodes: [success] }).class, 'delivered')
    }
  },
}

const PROFILES = [
  ['', '0'],
  ['json', 'AA'],
  ['json', '1'],
  ['result-code-0', '0'],
  ['result-code-1', '1'],
  ['text-0', '0'],
  ['text-true', 'true'],
] as const

/** An answer of a profile with a desc that nobody could misunderstand. */
function plainAnswer(choices: Choices, profile: ReplyProfile, code: string): string {
  const desc = choices.pick(['', '成功', '收到 𠮷', 'received'])
  switch (profile) {
    case 'json':
      return JSON.stringify({ code, desc }, null, choices.below(3))
    case 'text-0':
    case 'text-true':
      return choices.pick(['', ' ', '\n']) + code + choices.pick(['', '\r\n', '\t'])
    case 'result-code-0':
    case 'result-code-1':
      return writeDocument(choices, {
        name: 'Response',
        children: [
          { name: 'ResultCode', text: code },
          { name: 'ResultContent', text: desc },
        ],
        isLaidOut: true,
      })
    case 'rule':
    case '':
      return writeDocument(choices, responseOf(code, desc))
  }
}

/** Every rule that a site may have set, on the same answer. */
export function checkVerdicts(text: string): void {
  for (const profile of REPLY_PROFILES) {
    // Only of JSON do the rules say what is a success.
    for (const code of /^\s*\{/.test(text) ? [undefined, ...JSON_CODES] : [undefined]) {
      const jsonSuccessCodes = code === undefined ? [] : [code]
      const verdict = classifyReply(text, { profile, jsonSuccessCodes })
      checkSilence(
        text,
        Object.assign(new Error(verdict.reason.en), verdict, { answer: '500' as const }),
      )
      const outcome = outcomeOfReply(text, { profile, jsonSuccessCodes })
      assert.equal(outcome.class === 'delivered', verdict.class === 'delivered')
      if (verdict.class !== 'delivered') continue
      assert.ok(saysSuccess(text, profile, code), `delivered by the profile '${profile}'`)
      assert.ok(!/失败|错误|异常|fail|error/i.test(verdict.reply?.desc ?? ''), 'a contradiction')
    }
  }
}

/** Whether an answer says success and nothing else, found out in another way than the product's. */
function saysSuccess(text: string, profile: ReplyProfile, jsonCode: string | undefined): boolean {
  const trimmed = withMarks(text)
  if (profile === 'text-0') return trimmed === '0'
  if (profile === 'text-true') return trimmed === 'true'
  if (trimmed.startsWith('{')) {
    return (profile === '' || profile === 'json') && codesOfJson(trimmed).join() === jsonCode
  }
  if (profile === 'json') return false
  const xml = /^&lt;/i.test(trimmed) ? unescaped(trimmed).trim() : trimmed
  const root = readReference(xml, { surrogateReferences: true })
  if (!root) return false
  const codes = below(root).filter((one) => /^(?:result)?code$/.test(localName(one)))
  const wanted = profile === '' ? /^code$/ : /^(?:result)?code$/
  const counted = codes.filter((one) => wanted.test(localName(one)))
  return (
    root.name.replace(/^[^:]*:/, '') === (profile === '' ? 'response' : 'Response') &&
    counted.length === 1 &&
    counted[0]?.text.trim() === (profile === 'result-code-1' ? '1' : '0')
  )
}

/** What XML forbids, by number or as it is, is no reason not to read an answer; a code that holds it is another code. */
function withMarks(text: string): string {
  const isForbidden = (code: number): boolean =>
    (code < 32 && ![9, 10, 13].includes(code)) || code === 0xfffe || code === 0xffff
  const reference = /^[\0-\x20]*&lt;/i.test(text)
    ? /&(?:amp;)?#(x?)([0-9a-f]+);/gi
    : /&#(x?)([0-9a-f]+);/gi
  const shown = text
    .replaceAll(reference, (whole, x: string, digits: string) => {
      const code = x === '' && !/^\d+$/.test(digits) ? NaN : Number.parseInt(digits, x ? 16 : 10)
      return isForbidden(code) ? '?' : whole
    })
    .trim()
  const last = Array.from(shown).findLastIndex((one) => one.charCodeAt(0) > 32)
  const inner = Array.from(shown).slice(0, last + 1)
  const first = inner.findIndex((one) => one.charCodeAt(0) > 32)
  const kept = /[>}]/.test(inner.at(-1) ?? '') ? inner.slice(first) : Array.from(shown)
  return kept
    .map((one) => (isForbidden(one.charCodeAt(0)) ? '?' : one))
    .join('')
    .trim()
}

const below = (element: ReferenceElement): ReferenceElement[] =>
  element.children.flatMap((child) => [child, ...below(child)])

/** Every value under the name `code`, however deep, repeated or escaped it is. */
function codesOfJson(json: string): string[] {
  const codes: string[] = []
  JSON.parse(json, (name, value: unknown) => {
    if (name.toLowerCase() === 'code')
      codes.push(typeof value === 'string' ? value.trim() : JSON.stringify(value))
    return value
  })
  const plain = json.replaceAll(/\\u00([0-9a-f]{2})/gi, (_whole, hex: string) =>
    hex === '22' || hex.toLowerCase() === '5c'
      ? '_'
      : String.fromCharCode(Number.parseInt(hex, 16)),
  )
  const written = [...plain.matchAll(/(?<!\\)"code"\s*:/gi)].length
  return written > codes.length ? [...codes, 'repeated'] : codes
}

/** No failure of ours may be taken for a success by anybody (reading A2). */
export const response: Target = {
  name: 'response',
  fresh: (choices) => Buffer.from(`${choices.pick(CODES)}\n${anyText(choices)}`),
  run(bytes) {
    const [code = '', ...rest] = bytes.toString().split('\n')
    const said = rest.join('\n')
    const { value } = attempt(bytes.toString(), () => checkedResponse(code, said))
    if (!value) return
    assert.equal(value.code, code)
    assert.ok(code === SUCCESS_CODE || !looksLikeSuccess(code))
    assert.ok(Buffer.byteLength(value.desc) <= 300 && value.desc.trim() !== '')
    assert.equal(cutToBytes(value.desc, 300), value.desc)
    const written = writeGenericResponse(value)
    assert.ok(readReference(written), 'an answer that is not well-formed')
    const verdict = classifyReply(written)
    assert.equal(verdict.reply?.code, code)
    if (code !== SUCCESS_CODE) assert.notEqual(verdict.class, 'delivered')
  },
}
