import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { startChild, type Child } from './children.js'
import type { DiskBurst, DiskResult } from './disk.js'
import {
  calledBy,
  hostTable,
  measureHosts,
  seriesOf,
  timesFirst,
  timesOther,
  type Host,
} from './hosts.js'
import type { LedgerHostState, LedgerQuestion } from './ledger-host.js'
import { reportAim, reportBeside, type Effort } from './report.js'

const CONNECTIONS = [1, 16, 64]
const AIM_CONNECTIONS = 64
const AIM_THROUGHPUT = 0.5
const AIM_BEFORE = 1.4
const OURS = '本包 ours, durable'
const BEFORE = '0.1.0, durable'

/** Durable accepts beside the same path without the ledger, and beside what the disk can flush at all. */
export async function benchLedgerAccepts(effort: Effort): Promise<void> {
  const folder = mkdtempSync(path.join(tmpdir(), 'crisis-bench-'))
  const load = startChild('load.js', [])
  const disk = startChild('disk.js', [])
  const without = startChild('ledger-host.js', [''])
  const durable = startChild('ledger-host.js', [path.join(folder, 'ledger.db')])
  const before = startChild('version-0-1-0/host.js', ['ledger', path.join(folder, '0-1-0.db')])
  try {
    const hosts = [
      await ledgerHost('不写台账 without the ledger', without, load),
      await ledgerHost(OURS, durable, load),
      await ledgerHost(BEFORE, before, load),
      diskHost(disk, path.join(folder, 'appended')),
    ]
    const all = await measureHosts(hosts, CONNECTIONS, effort)
    console.log('\n## 落盘接收 Durable accepts\n')
    console.log(hostTable(all))
    const ours = seriesOf(all, OURS, AIM_CONNECTIONS)
    const what = `落盘接收 durable accepts, ${AIM_CONNECTIONS} 连接吞吐 throughput`
    const toWithout = timesFirst(ours, 'perSecond')
    reportAim(`${what} / 不写台账 without the ledger`, toWithout, '≥', AIM_THROUGHPUT)
    const published = seriesOf(all, BEFORE, AIM_CONNECTIONS)
    const times = timesOther(ours, published, 'perSecond')
    reportBeside(what, times)
    reportAim(`${what} / 0.1.0`, times, '≥', AIM_BEFORE)
  } finally {
    for (const child of [load, disk, without, durable, before]) child.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

export async function ledgerHost(name: string, child: Child, load: Child): Promise<Host> {
  const state = () => child.ask<LedgerHostState>({} satisfies LedgerQuestion)
  const { port } = await state()
  return {
    name,
    burst: calledBy(load, port, { request: 'crisis', awake: false }),
    cpuUs: async () => (await state()).cpuUs,
  }
}

function diskHost(child: Child, file: string): Host {
  let cpuUs = 0
  return {
    name: '写入并 fdatasync append + fdatasync',
    async burst(writers, durationMs) {
      const question: DiskBurst = { file, writers, durationMs }
      const result = await child.ask<DiskResult>(question)
      cpuUs += result.cpuUs
      return result
    },
    cpuUs: () => Promise.resolve(cpuUs),
  }
}
