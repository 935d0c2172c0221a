// One parser of XML, a process of its own: `parsers-host.js <name> <envelope>`. Each reads the same two texts for the
// same result: the document out of the envelope, and the fields out of that document.
import assert from 'node:assert/strict'
import { readCrisisDocument, readXml, type Crisis } from '../../src/messages/index.js'
import { readCall } from '../../src/soap/index.js'
import { MALFORMED, ODD } from '../support/malformed.js'
import { answerParent } from './children.js'
import { OTHERS } from './parsers-others.js'
import { timeOf } from './statistics.js'
import { door } from './version-0-1-0/package.js'

/** A way to read the sample. */
export interface Parser {
  /** The document within an envelope. */
  envelope(xml: string): string | null | undefined
  document(xml: string): Crisis | undefined
  /** Reads all of any XML; throws if it does not accept it. */
  accepts(xml: string): void
}

export interface ParserQuestion {
  readonly task: 'envelope' | 'document'
  readonly durationMs: number
  readonly tries: number
}

/** Asks what it makes of the documents that are malformed or odd, after it has read the sample rightly. */
export interface VerdictQuestion {
  readonly task: 'verdicts'
}

export interface Verdicts {
  /** Of the malformed documents. */
  readonly letPass: number
  /** Of the well-formed ones. */
  readonly refused: number
}

const PARSERS = {
  ...OTHERS,
  '0.1.0': () => {
    const soap = door('soap')
    const messages = door('messages')
    return Promise.resolve({
      envelope: (xml) => soap.readCall(xml).argument,
      document: (xml) => messages.readCrisisDocument(xml).crises[0]?.crisis,
      accepts: (xml) => void messages.readXml(xml),
    })
  },
  ours: () =>
    Promise.resolve({
      envelope: (xml) => readCall(xml).argument,
      document: (xml) => readCrisisDocument(xml).crises[0]?.crisis,
      accepts: (xml) => void readXml(xml),
    }),
} as const satisfies Readonly<Record<string, () => Promise<Parser>>>

export type ParserName = keyof typeof PARSERS

/** A DOCTYPE may be well-formed, but a parser of documents from outside must not let it pass either. */
export const BAD = [...(MALFORMED.XML_NOT_WELL_FORMED ?? []), ...(MALFORMED.XML_DOCTYPE ?? [])]
export const DOCTYPES = MALFORMED.XML_DOCTYPE?.length ?? 0
export const GOOD = ODD.map(([xml]) => xml)

if (require.main === module) {
  const text = process.argv[3] ?? ''
  const document = readCall(text).argument ?? ''
  const opened = PARSERS[process.argv[2] as ParserName]()
  const accepts = (parser: Parser, xml: string): boolean => {
    try {
      parser.accepts(xml)
      return true
    } catch {
      return false
    }
  }
  answerParent(async (question: ParserQuestion | VerdictQuestion) => {
    const parser = await opened
    if (question.task === 'verdicts') {
      // A parser that reads something else is not measured.
      assert.equal(parser.envelope(text), document)
      const { crisis } = readCrisisDocument(document).crises[0]!
      assert.deepEqual({ ...parser.document(document) }, { ...crisis })
      return {
        letPass: BAD.filter((xml) => accepts(parser, xml)).length,
        refused: GOOD.filter((xml) => !accepts(parser, xml)).length,
      } satisfies Verdicts
    }
    const { task, durationMs, tries } = question
    const run = {
      envelope: () => parser.envelope(text),
      document: () => parser.document(document),
    }
    return { us: timeOf(run[task], durationMs, tries) }
  })
}
