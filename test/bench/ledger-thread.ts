import { startChild } from './children.js'
import { undisturbed } from './cpu.js'
import { reportAim, type Effort } from './report.js'
import { figure, table } from './statistics.js'
import type { ThreadQuestion, ThreadUse } from './ledger-thread-host.js'

const SIZES = [1, 16, 64]
const AIM_SIZE = 64
const AIM_CPU_US = 110
/** So many accepts are measured at a time. */
const ACCEPTS = 2_560

/** What an accept costs the thread of the ledger: the operation, its statements and its share of the commit. */
export async function benchLedgerThread(effort: Effort): Promise<void> {
  const host = startChild('ledger-thread-host.js', [])
  const ask = (size: number, accepts: number): Promise<ThreadUse> => {
    const batches = Math.max(1, Math.floor(accepts / size))
    return host.ask<ThreadUse>({ size, batches } satisfies ThreadQuestion)
  }
  try {
    const found = new Map<number, ThreadUse[]>(SIZES.map((size) => [size, []]))
    for (const size of SIZES) await ask(size, effort.warmMs)
    for (let round = 0; round < effort.rounds; round++) {
      for (const [size, uses] of found) {
        const accepts = Math.min(ACCEPTS, effort.burstMs * size)
        uses.push(await undisturbed(effort.tries, () => ask(size, accepts)))
      }
      effort.progress(round + 1)
    }
    console.log('\n## 台账线程 The thread of the ledger\n')
    const rows = [...found].map(([size, uses]) => [
      String(size),
      figure(least(uses, 'cpuUs')),
      figure(least(uses, 'wallUs')),
    ])
    console.log(table(['一批 batch', 'CPU µs/次 (least)', '耗时 wall µs/次 (least)'], rows))
    const cpuUs = least(found.get(AIM_SIZE) ?? [], 'cpuUs')
    const what = `台账线程每次接收 CPU of an accept in the ledger's thread, ${AIM_SIZE} 次一批 in a batch, µs`
    reportAim(what, cpuUs, '≤', AIM_CPU_US)
  } finally {
    host.stop()
  }
}

/** Other programs only add to it. */
const least = (uses: readonly ThreadUse[], what: keyof ThreadUse): number =>
  Math.min(...uses.map((use) => use[what]))
