// Reads and writes the sample in tight loops, in a process of its own: `codec-host.js <texts as JSON>`. The texts come
// from outside, so that making them has not shaped the compiled code of one version and not that of the other.
import { readCrisisDocument, writeCrisisDocument, type Crisis } from '../../src/messages/index.js'
import { answerParent } from './children.js'
import { timeOf } from './statistics.js'
import { tunedBuilder, tunedParser } from './tuned-fxp.js'
import { door } from './version-0-1-0/package.js'

export interface CodecTexts {
  readonly crisis: Crisis
  /** As a program writes it. */
  readonly written: string
  /** As the interface document prints it. */
  readonly printed: string
}

export type Way = 'fast-xml-parser' | 'ours' | '0.1.0' | 'copy'
export type Task = 'written' | 'printed' | 'encode'

export interface CodecQuestion {
  readonly task: Task
  readonly way: Way
  readonly durationMs: number
  readonly tries: number
}

const texts = JSON.parse(process.argv[2] ?? '') as CodecTexts
const before = door('messages')

const RUNS: Readonly<Record<Task, Readonly<Record<Way, () => unknown>>>> = {
  written: decoding(texts.written),
  printed: decoding(texts.printed),
  encode: encoding(texts),
}

function decoding(xml: string): Readonly<Record<Way, () => unknown>> {
  return {
    'fast-xml-parser': () => tunedParser.parse(xml),
    ours: () => readCrisisDocument(xml),
    '0.1.0': () => before.readCrisisDocument(xml),
    copy: copying(xml),
  }
}

function encoding({ crisis, written }: CodecTexts): Readonly<Record<Way, () => unknown>> {
  const { CrisisSettor, ...plain } = crisis
  const tree = {
    '?xml': { '@version': '1.0', '@encoding': 'UTF-8' },
    XmlDocument: {
      Crisis: {
        ...plain,
        CrisisSettor: { '@code': CrisisSettor?.code, '#text': CrisisSettor?.name },
      },
    },
  }
  return {
    'fast-xml-parser': () => tunedBuilder.build(tree),
    ours: () => writeCrisisDocument(crisis),
    '0.1.0': () => before.writeCrisisDocument(crisis),
    copy: copying(written),
  }
}

function copying(text: string): () => unknown {
  const bytes = Buffer.from(text)
  return () => Buffer.from(bytes)
}

answerParent(async ({ task, way, durationMs, tries }: CodecQuestion) => ({
  us: timeOf(RUNS[task][way], durationMs, tries),
}))
