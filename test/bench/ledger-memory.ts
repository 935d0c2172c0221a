import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout } from 'node:timers/promises'
import type { Depth } from '../../src/ledger/index.js'
import { startChild } from './children.js'
import { calledBy } from './hosts.js'
import type { LedgerHostState, LedgerQuestion } from './ledger-host.js'
import { reportAim, type Effort } from './report.js'
import type { ServerState } from './servers.js'
import { figure, median, table } from './statistics.js'

const CONNECTIONS = 16
const BURST_MS = 1_000
const LOOK_MS = 20
const STEPS = 10
/** Else what is resident shows how far V8 has come around the pages of its young generation, and not what stays. */
const SMALL_YOUNG_GENERATION = ['--max-semi-space-size=2']
/** So many figures at either end are taken together: a collection does not always find all there is. */
const ENDS = 3
/** What grows no more than this does not grow: caches fill at their own pace, and the allocator keeps some. */
const AIM_GROWTH = 1.2

/** Memory of a process that takes, stores, passes on and settles one message after the other. */
export async function benchLedgerMemory(effort: Effort): Promise<void> {
  const folder = mkdtempSync(path.join(tmpdir(), 'crisis-bench-'))
  const load = startChild('load.js', [])
  const receiver = startChild('servers.js', ['bare'])
  const { port: receiverPort } = await receiver.ask<ServerState>({})
  const args = [path.join(folder, 'ledger.db'), String(receiverPort)]
  const host = startChild('ledger-host.js', args, undefined, SMALL_YOUNG_GENERATION)
  const ask = (question: LedgerQuestion) => host.ask<LedgerHostState>(question)
  try {
    const { port } = await ask({})
    const burst = calledBy(load, port, { request: 'crisis', awake: false })
    let messages = 0
    const rows: { messages: number; state: LedgerHostState }[] = []
    // The first tenth warms up: code is compiled, and the cache of the database fills.
    for (let step = 1; step <= STEPS + 1; step++) {
      while (messages < (effort.messages * step) / STEPS) {
        messages += (await burst(CONNECTIONS, BURST_MS)).calls
        await delivered(ask)
      }
      rows.push({ messages, state: await ask({ collect: true }) })
      effort.tell(`${step}/${STEPS + 1}, ${messages}`)
    }
    report(rows)
  } finally {
    for (const child of [load, receiver, host]) child.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Until nothing is left to be delivered: what waits would wait in the ledger, and the next burst is to have room. */
async function delivered(
  ask: (question: LedgerQuestion) => Promise<LedgerHostState>,
): Promise<void> {
  for (;;) {
    const { result } = await ask({ run: { name: 'depth', args: { peer: '' } } })
    const { waiting, dead } = result as Depth
    if (dead > 0) throw new Error('the receiver of the bench takes everything')
    if (waiting === 0) return
    await setTimeout(LOOK_MS)
  }
}

function report(rows: readonly { messages: number; state: LedgerHostState }[]): void {
  console.log('\n## 内存 Memory, the whole path in and out\n')
  const head = ['消息 messages', '常驻 resident MB', '×', '堆（回收后）heap after gc MB', '×']
  const [first] = rows
  const last = rows.at(-1)
  if (!first || !last) return
  const lines = rows.map(({ messages, state }) => [
    String(messages),
    figure(state.residentMb),
    figure(state.residentMb / first.state.residentMb),
    figure(state.heapMb),
    figure(state.heapMb / first.state.heapMb),
  ])
  console.log(table(head, lines))
  const passed = last.messages - first.messages
  for (const [what, key] of [
    ['常驻 resident', 'residentMb'],
    ['堆 heap', 'heapMb'],
  ] as const) {
    const values = rows.map(({ state }) => state[key])
    const growth = median(values.slice(-ENDS)) / median(values.slice(0, ENDS))
    reportAim(`${what}, ${passed} 条消息之后 messages later`, growth, '≤', AIM_GROWTH)
  }
}
