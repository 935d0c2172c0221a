import { startChild } from './children.js'
import type { CodecQuestion, CodecTexts, Task, Way } from './codec-host.js'
import { reportAim, reportBeside, type Effort } from './report.js'
import { CRISIS, CRISIS_DOCUMENT, PRINTED_CRISIS } from './samples.js'
import { figure, median, ratio, table } from './statistics.js'

const AIM_DECODE = 0.2
const AIM_ENCODE = 0.2
const BATCHES_IN_A_BURST = 8

const NAMES: Readonly<Record<Way, string>> = {
  'fast-xml-parser': 'fast-xml-parser, tuned',
  ours: '本包 ours',
  '0.1.0': '0.1.0',
  copy: '复制 Buffer copy',
}
const TASKS: Readonly<Record<Task, { readonly title: string; readonly aim: number }>> = {
  written: { title: `解码 decode, ${Buffer.byteLength(CRISIS_DOCUMENT)} B`, aim: AIM_DECODE },
  printed: {
    title: `解码带注释样例 decode as printed, ${Buffer.byteLength(PRINTED_CRISIS)} B`,
    aim: AIM_DECODE,
  },
  encode: { title: '编码 encode', aim: AIM_ENCODE },
}
const WAYS = Object.keys(NAMES) as Way[]

/** The sample read and written, beside fast-xml-parser as fast as it gets. */
export async function benchCodec(effort: Effort): Promise<void> {
  const texts = { crisis: CRISIS, written: CRISIS_DOCUMENT, printed: PRINTED_CRISIS }
  const child = startChild('codec-host.js', [JSON.stringify(texts satisfies CodecTexts)], 1)
  const time = async (question: CodecQuestion): Promise<number> =>
    (await child.ask<{ us: number }>(question)).us
  const all = (Object.keys(TASKS) as Task[]).map((task) => ({
    ...TASKS[task],
    task,
    us: { 'fast-xml-parser': [], ours: [], '0.1.0': [], copy: [] } as Record<Way, number[]>,
  }))
  try {
    effort.progress(0)
    for (const { task } of all) {
      for (const way of WAYS) await time({ task, way, durationMs: effort.warmMs / 2, tries: 1 })
    }
    const durationMs = effort.burstMs / BATCHES_IN_A_BURST
    for (let round = 0; round < effort.rounds; round++) {
      for (const { task, us } of all) {
        for (const way of WAYS) {
          us[way].push(await time({ task, way, durationMs, tries: effort.tries }))
        }
      }
      effort.progress(round + 1)
    }
  } finally {
    child.stop()
  }
  console.log('\n## 编解码危急值样例 The sample Crisis')
  for (const { title, aim, us } of all) {
    const first = us['fast-xml-parser']
    const rows = WAYS.map((way) => [
      NAMES[way],
      figure(median(us[way])),
      figure(ratio(us[way], first)),
    ])
    console.log(`\n${table([title, 'µs', '×'], rows)}`)
    reportAim(`${title} / ${NAMES['fast-xml-parser']}`, ratio(us.ours, first), '≤', aim)
    reportBeside(title, ratio(us.ours, us['0.1.0']))
  }
}
