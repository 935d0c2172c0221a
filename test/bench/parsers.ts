import { startChild } from './children.js'
import {
  BAD,
  DOCTYPES,
  GOOD,
  type ParserName,
  type ParserQuestion,
  type VerdictQuestion,
  type Verdicts,
} from './parsers-host.js'
import { reportAim, reportBeside, type Effort } from './report.js'
import { DESCRIBED_REQUEST } from './samples.js'
import { figure, median, ratio, table } from './statistics.js'

const NAMES: Readonly<Record<ParserName, string>> = {
  ours: '本包 ours',
  '0.1.0': '0.1.0',
  'fast-xml-parser, tuned': 'fast-xml-parser, tuned',
  'fast-xml-parser + XMLValidator': 'fast-xml-parser + XMLValidator',
  saxes: 'saxes',
  'sax, strict': 'sax, strict',
  txml: 'txml',
  'htmlparser2, xmlMode': 'htmlparser2, xmlMode',
  '@rgrove/parse-xml': '@rgrove/parse-xml',
  'libxml2-wasm': 'libxml2-wasm',
}
const TASKS = { envelope: '信封 envelope', document: '文档 document' } as const
const BATCHES_IN_A_BURST = 8

type Task = keyof typeof TASKS

const HOW = `每个解析器各占一个进程，读同一信封（取出文档）与同一文档（取出字段）。放行与拒绝：测试入口用的同一批文档，格式错误的（其中 ${DOCTYPES} 个是 DOCTYPE）与少见但正确的。
Each parser is a process and reads the same envelope (for its document) and the same document (for its fields). Let pass
and refused: of the documents that the gate is tested with, malformed ones (${DOCTYPES} of them have a DOCTYPE) and odd but
well-formed ones.`

/** Every parser with the envelope and the document of a sample, and with documents that it should refuse or take. */
export async function benchParsers(effort: Effort): Promise<void> {
  const parsers = (Object.keys(NAMES) as ParserName[]).map((name) => ({
    name,
    child: startChild('parsers-host.js', [name, DESCRIBED_REQUEST.toString()], 1),
    us: { envelope: [] as number[], document: [] as number[] },
  }))
  type Entry = (typeof parsers)[number]
  const named = (name: ParserName): Entry => parsers.find((one) => one.name === name)!
  const time = async ({ child }: Entry, question: ParserQuestion): Promise<number> =>
    (await child.ask<{ us: number }>(question)).us
  const durationMs = effort.burstMs / BATCHES_IN_A_BURST
  const verdicts = new Map<ParserName, Verdicts>()
  try {
    effort.progress(0)
    for (const one of parsers) {
      verdicts.set(
        one.name,
        await one.child.ask<Verdicts>({ task: 'verdicts' } satisfies VerdictQuestion),
      )
      for (const task of ['envelope', 'document'] as const) {
        await time(one, { task, durationMs: effort.warmMs / 2, tries: 1 })
      }
    }
    for (let round = 0; round < effort.rounds; round++) {
      for (const task of ['envelope', 'document'] as const) {
        for (const one of parsers) {
          one.us[task].push(await time(one, { task, durationMs, tries: effort.tries }))
        }
      }
      effort.progress(round + 1)
    }
  } finally {
    for (const { child } of parsers) child.stop()
  }
  const columns = (one: Entry, task: Task): string[] => [
    figure(median(one.us[task])),
    figure(ratio(one.us[task], named('0.1.0').us[task])),
    figure(ratio(one.us[task], named('fast-xml-parser, tuned').us[task])),
  ]
  const head = [
    '解析器 parser',
    ...Object.values(TASKS).flatMap((task) => [`${task} µs`, '× 0.1.0', '× fxp']),
    `放行错误 malformed let pass (${BAD.length})`,
    `拒绝正确 well-formed refused (${GOOD.length})`,
  ]
  console.log(`\n## 解析器 Parsers\n\n${HOW}\n`)
  const rows = parsers.map((one) => [
    NAMES[one.name],
    ...columns(one, 'envelope'),
    ...columns(one, 'document'),
    String(verdicts.get(one.name)?.letPass),
    String(verdicts.get(one.name)?.refused),
  ])
  console.log(table(head, rows))
  const ours = named('ours')
  const { letPass = Number.NaN, refused = Number.NaN } = verdicts.get('ours') ?? {}
  reportAim('解析 parsers, 放行的错误文档 malformed let pass', letPass, '≤', 0)
  reportAim('解析 parsers, 拒绝的正确文档 well-formed refused', refused, '≤', 0)
  for (const task of ['envelope', 'document'] as const) {
    reportBeside(`解析 parsers, ${TASKS[task]}`, ratio(ours.us[task], named('0.1.0').us[task]))
  }
}
