import assert from 'node:assert/strict'
import type { IncomingHttpHeaders } from 'node:http'
import {
  decodeBytes,
  encodeText,
  escapeText,
  OPERATIONS,
  OUT_CHARSETS,
  readCrisisDocument,
  readFeedbackDocument,
  withReferences,
  type Operation,
} from '../../../src/messages/index.js'
import {
  canonical,
  MEDIA_TYPES,
  withoutDeclaration,
  type Request,
  type SoapForm,
} from '../../support/soap-form.js'
import { ENVELOPE_FORMS } from '../../support/soap-forms.js'
import { HTTP_FORMS } from '../../support/soap-forms-http.js'
import { assertSame } from '../checks.js'
import { Choices } from '../choices.js'
import { crisisDocument, feedbackDocument, isMarked, type HonestDocument } from '../documents.js'
import { receive } from '../received.js'
import { readReference } from '../reference-xml.js'
import { writeText } from '../xml-writer.js'
import { asSet } from './documents.js'
import type { Target } from './target.js'

interface HonestCall {
  readonly operation: Operation
  readonly document: HonestDocument
  readonly form: SoapForm
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
  /** The string that must arrive. */
  readonly argument: string
}

/** Calls as somebody sends them in good faith: they must arrive, to the character. */
export const honest: Target = {
  name: 'honest',
  fresh: ({ bytes }) => Buffer.from(bytes),
  async run(bytes) {
    const call = honestCall(new Choices(bytes))
    const { document, form } = call
    const root = readReference(document.xml)
    assert.ok(root, 'the reference refuses an honest document')
    const received = await receive(call.headers, call.body, form.allowGbk ?? false)
    assert.equal(received.call.argument, call.argument, form.about)
    assert.equal(received.call.operation.toLowerCase(), call.operation.toLowerCase())
    assert.equal(received.call.ambiguous, false)
    // Only a document that holds the mark shows each deviation.
    if (isMarked(document.xml)) {
      assert.deepEqual(received.form.deviations, form.deviations, form.about)
    }
    checkRead(call.operation, document, call.argument)
    for (const charset of OUT_CHARSETS) checkSent(call.operation, document, charset)
  },
}

/** Escapes the document in a way that no toolkit has, but that XML allows. */
const ANYHOW = (choices: Choices): SoapForm => ({
  about: 'escaped anyhow',
  make: (asked) => ({ body: canonical(asked, { wrapped: writeText(choices, asked.document) }) }),
  deviations: [],
})

export function honestCall(choices: Choices, only?: 'envelope'): HonestCall {
  const operation = choices.pick(OPERATIONS)
  const version = choices.pick(['1.1', '1.2'] as const)
  const isWhole = only === undefined && choices.once(2)
  const isAnyhow = choices.once(4)
  const number = choices.below(256)
  const document =
    operation === 'SynCrisisInfo' ? crisisDocument(choices) : feedbackDocument(choices)
  const asked = { operation, version, document: document.xml }
  // A wrong label can only be seen through where there is Chinese to see it by.
  const forms = isWhole && isMarked(document.xml) ? HTTP_FORMS : ENVELOPE_FORMS
  let form = isAnyhow ? ANYHOW(choices) : forms[number % forms.length]!
  let made: Request
  try {
    made = form.make(asked)
  } catch (error) {
    // The encoder of the matrix does not have every character.
    assert.ok(error instanceof TypeError)
    form = ENVELOPE_FORMS[0]!
    made = form.make(asked)
  }
  const usual = {
    'Content-Type': `${MEDIA_TYPES[version]}; charset=utf-8`,
    'User-Agent': choices.pick(['Axis/1.4', 'node-soap/1.13.0', '']),
  }
  const all = Object.entries({ ...usual, ...made.headers }).filter(
    ([, value]) => value !== undefined,
  )
  return {
    operation,
    document,
    form,
    headers: Object.fromEntries(all.map(([name, value]) => [name.toLowerCase(), value])),
    body: Buffer.from(made.body),
    argument: arrives(form, document.xml),
  }
}

/** The matrix has a document with nothing around its root; what is around it cannot stand in an operation. */
function arrives(form: SoapForm, xml: string): string {
  if (form.form?.style === 'bare' && form.form.wrapping === 'inline') {
    const root = readReference(xml)
    return xml.slice(root?.from, root?.end)
  }
  return (form.arrives ?? ((text) => text))(xml)
}

function checkRead(operation: Operation, document: HonestDocument, xml: string): void {
  const { header } = document
  const records = document.records.map(({ fields, extra }) => ({ fields, extra: asSet(extra) }))
  if (operation === 'SynCrisisInfo') {
    const { crises } = readCrisisDocument(xml)
    const read = crises.map(({ crisis, extra }) => ({
      fields: crisis,
      extra: asSet(extra),
    }))
    assertSame(read, records, 'the critical values')
    return
  }
  const said = readFeedbackDocument(xml)
  const read = said.feedbacks.map(({ feedback, extra }) => ({
    fields: feedback,
    extra: asSet(extra),
  }))
  assertSame(read, records, 'the feedback')
  assertSame(said.header, header, 'the header')
}

/** As we send it ourselves: in a charset of the peer, escaped or not. */
function checkSent(
  operation: Operation,
  document: HonestDocument,
  charset: (typeof OUT_CHARSETS)[number],
): void {
  const xml = withoutDeclaration(document.xml)
  // Only what we write ourselves is sent: it has neither comments nor CDATA.
  if (charset === 'UTF-8' || /<!/.test(xml)) return
  const sent = withReferences(xml, charset)
  const escaped = encodeText(`<x>${escapeText(sent)}</x>`, charset)
  const { text } = decodeBytes(escaped, { contentType: `text/xml; charset=${charset}` })
  const arrived = readReference(text)?.text
  assert.equal(arrived, sent)
  checkRead(operation, document, sent)
}
