import { readCrisisDocument, writeCrisisDocument } from '../../src/messages/index.js'
import { answerParent, startChild } from './children.js'
import { reportAim, reportBeside, type Effort } from './report.js'
import { CRISIS, CRISIS_DOCUMENT, PRINTED_CRISIS } from './samples.js'
import { figure, median, ratio, table, timeOf } from './statistics.js'
import { tunedBuilder, tunedParser } from './tuned-fxp.js'
import { door } from './version-0-1-0/package.js'

const AIM_DECODE = 0.2
const AIM_ENCODE = 0.2

interface Way {
  readonly name: string
  readonly run: () => unknown
}

interface Group {
  readonly title: string
  /** The first way is what the others are held against, the second is ours, the third that of 0.1.0. */
  readonly ways: readonly Way[]
  readonly aim: number
}

const before = door('messages')

const GROUPS: readonly Group[] = [
  decoding(`解码 decode, ${Buffer.byteLength(CRISIS_DOCUMENT)} B`, CRISIS_DOCUMENT),
  decoding(
    `解码带注释样例 decode as printed, ${Buffer.byteLength(PRINTED_CRISIS)} B`,
    PRINTED_CRISIS,
  ),
  {
    title: '编码 encode',
    ways: [
      { name: 'XMLBuilder', run: () => tunedBuilder.build(TREE) },
      { name: '本包 ours: writeCrisisDocument', run: () => writeCrisisDocument(CRISIS) },
      { name: '0.1.0: writeCrisisDocument', run: () => before.writeCrisisDocument(CRISIS) },
      bufferCopy(CRISIS_DOCUMENT),
    ],
    aim: AIM_ENCODE,
  },
]

function decoding(title: string, xml: string): Group {
  return {
    title,
    ways: [
      { name: 'fast-xml-parser, tuned (no gate)', run: () => tunedParser.parse(xml) },
      { name: '本包 ours: readCrisisDocument', run: () => readCrisisDocument(xml) },
      { name: '0.1.0: readCrisisDocument', run: () => before.readCrisisDocument(xml) },
      bufferCopy(xml),
    ],
    aim: AIM_DECODE,
  }
}

function bufferCopy(text: string): Way {
  const bytes = Buffer.from(text)
  return { name: '复制 Buffer copy', run: () => Buffer.from(bytes) }
}

const { CrisisSettor, ...plain } = CRISIS
const TREE = {
  '?xml': { '@version': '1.0', '@encoding': 'UTF-8' },
  XmlDocument: {
    Crisis: {
      ...plain,
      CrisisSettor: { '@code': CrisisSettor?.code, '#text': CrisisSettor?.name },
    },
  },
}

/** In a process of its own, so that nothing else has shaped the compiled code. */
if (require.main === module) {
  answerParent(async ({ group, way, durationMs, tries }: Batch) => ({
    us: timeOf(GROUPS[group]!.ways[way]!.run, durationMs, tries),
  }))
}

interface Batch {
  readonly group: number
  readonly way: number
  readonly durationMs: number
  readonly tries: number
}

const BATCHES_IN_A_BURST = 8

export async function benchCodec(effort: Effort): Promise<void> {
  const child = startChild('codec.js', [], 1)
  const results = GROUPS.map(({ ways }) => ways.map((): number[] => []))
  const runAll = async (
    durationMs: number,
    tries: number,
    take: (us: number, to: number[]) => void,
  ) => {
    for (const [group, ways] of results.entries()) {
      for (const [way, times] of ways.entries()) {
        const { us } = await child.ask<{ us: number }>({
          group,
          way,
          durationMs,
          tries,
        } satisfies Batch)
        take(us, times)
      }
    }
  }
  try {
    effort.progress(0)
    await runAll(effort.warmMs / 2, 1, () => {})
    for (let round = 0; round < effort.rounds; round++) {
      await runAll(effort.burstMs / BATCHES_IN_A_BURST, effort.tries, (us, to) => to.push(us))
      effort.progress(round + 1)
    }
  } finally {
    child.stop()
  }
  console.log('\n## 编解码危急值样例 The sample Crisis')
  for (const [index, { title, ways, aim }] of GROUPS.entries()) {
    const [reference = [], ours = [], published = []] = results[index] ?? []
    const rows = ways.map(({ name }, way) => {
      const times = results[index]?.[way] ?? []
      return [name, figure(median(times)), figure(ratio(times, reference))]
    })
    console.log(`\n${table([title, 'µs', '×'], rows)}`)
    reportAim(`${title} / ${ways[0]?.name}`, ratio(ours, reference), '≤', aim)
    reportBeside(title, ratio(ours, published))
  }
}
