import assert from 'node:assert/strict'
import type { IncomingHttpHeaders } from 'node:http'
import { notCanonical } from '../../../src/http/hosting/form.js'
import { success, unescapeOnce, writeGenericResponse } from '../../../src/messages/index.js'
import {
  KnownFrames,
  readCall,
  readReply,
  writeReply,
  type SoapCall,
} from '../../../src/soap/index.js'
import { attempt, attemptLater, checkSilence } from '../checks.js'
import { replyEnvelope } from '../envelopes.js'
import { receive } from '../received.js'
import { readReference, type ReferenceElement } from '../reference-xml.js'
import { text } from '../texts.js'
import { checkDocuments } from './documents.js'
import { honestCall } from './honest.js'
import type { Target } from './target.js'

/** A whole request: header lines, an empty line, the body; through every reader that the front asks. */
export const request: Target = {
  name: 'request',
  fresh(choices) {
    const { headers, body } = honestCall(choices)
    return writeRequest(headers, body)
  },
  async run(bytes) {
    const { headers, body } = readRequest(bytes)
    const said = `${bytes.toString()}\n${bytes.toString('latin1')}`
    for (const allowGbk of [false, true]) {
      const { value } = await attemptLater(said, () => receive(headers, body, allowGbk))
      if (!value) continue
      const { text: decoded, call, form } = value
      assert.ok(decoded.text.isWellFormed() && !decoded.text.includes('\ufffd'), 'a lost character')
      checkSilence(decoded.text, notCanonical(form))
      checkCall(call, decoded.text)
    }
  },
}

/** Those of the cases before; the clock lets each new one in. */
let clock = 0
const frames = new KnownFrames(() => (clock += 10_000))

/** The envelope reader on text, for calls and for replies. */
export const envelope: Target = {
  name: 'envelope',
  fresh: (choices) =>
    Buffer.from(
      choices.once(3) ? replyEnvelope(choices, text) : honestCall(choices, 'envelope').body,
    ),
  run(bytes) {
    const xml = bytes.toString()
    const { value: call, error } = attempt(xml, () => readCall(xml))
    if (call) checkCall(call, xml)
    const known = attempt(xml, () => readCall(xml, undefined, frames))
    assert.deepEqual(known.value, call, 'read otherwise by a known frame')
    assert.deepEqual(known.error, error)
    const { value: reply } = attempt(xml, () => readReply(xml))
    if (!reply) return
    const parts = partsOf(xml)
    const isFault = parts.some((part) => local(part) === 'Fault')
    assert.equal(reply.kind, isFault ? 'fault' : 'value', 'a Fault that is taken for a value')
    if (reply.kind === 'value' && reply.value !== null) checkString(reply.value, parts, xml)
  },
}

export function writeRequest(headers: IncomingHttpHeaders, body: Buffer | string): Buffer {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${String(value)}\n`)
  return Buffer.concat([Buffer.from(`${lines.join('')}\n`, 'latin1'), Buffer.from(body)])
}

export function readRequest(bytes: Buffer): { headers: IncomingHttpHeaders; body: Buffer } {
  const end = bytes.indexOf('\n\n')
  const head = bytes.toString('latin1', 0, Math.max(end, 0))
  const pairs = head.split('\n').flatMap((line) => {
    const colon = line.indexOf(':')
    // Node hands over what is left of a line as it stands, in Latin-1.
    return colon > 0 ? [[line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()]] : []
  })
  const headers = Object.fromEntries(pairs) as IncomingHttpHeaders
  return { headers, body: end < 0 ? bytes : bytes.subarray(end + 2) }
}

/** What must hold of every call that was accepted. */
function checkCall(call: SoapCall, xml: string): void {
  const parts = partsOf(xml)
  const [operation] = parts
  assert.ok(operation, 'a call without an operation')
  assert.equal(call.operation, local(operation))
  if (call.argument !== null) {
    checkString(call.argument, parts, xml)
    if (!call.ambiguous) checkDocuments(call.argument)
  }
  const answer = writeGenericResponse(success())
  const reply = writeReply(call, answer)
  assert.ok(readReference(reply), 'a reply that is not well-formed')
  const read = readReply(reply)
  assert.equal(read.kind === 'value' && read.value, answer, 'a reply that says something else')
}

const local = ({ name }: ReferenceElement): string => name.slice(name.indexOf(':') + 1)

/** What stands in the Body, as the reference has it. */
function partsOf(xml: string): readonly ReferenceElement[] {
  const root = readReference(xml.trimStart(), { surrogateReferences: true })
  assert.ok(root, 'accepted what is not well-formed')
  assert.equal(local(root), 'Envelope')
  return root.children
    .filter((child) => local(child) === 'Body')
    .flatMap(({ children }) => children)
}

/** The string is that of an element, as text or as XML; of the only one there is, if there is but one. */
function checkString(string: string, parts: readonly ReferenceElement[], xml: string): void {
  const [operation] = parts
  const [argument, ...others] = operation?.children ?? []
  if (parts.length === 1 && operation && others.length === 0) {
    const holder = argument ?? operation
    if (holder.children.length === 0) {
      const isEscaped = /^[\s\ufeff]*&lt;/i.test(holder.text)
      assert.equal(string, isEscaped ? unescapeOnce(holder.text) : holder.text)
      return
    }
  }
  // The text in which halves of characters are joined is the one that the reader slices.
  const said = xml.replaceAll(/&#[^;]+;/g, '')
  const plain = string.replaceAll(/&#[^;]+;|[\u{10000}-\u{10ffff}]/gu, '')
  const texts = parts.flatMap(textsIn)
  assert.ok(
    texts.some((text) => text === string || unescapeOnce(text) === string) ||
      said.replaceAll(/[\u{10000}-\u{10ffff}]/gu, '').includes(plain),
    'a string that stands nowhere in the Body',
  )
}

const textsIn = (element: ReferenceElement): string[] => [
  element.text,
  ...element.children.flatMap(textsIn),
]
