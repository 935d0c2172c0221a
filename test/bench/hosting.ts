import { startChild, type Child } from './children.js'
import { calledBy, hostTable, measureHosts, seriesOf, timesFirst, timesOther } from './hosts.js'
import { reportAim, reportBeside, type Effort } from './report.js'
import { FEEDBACK_REPLY, FEEDBACK_REQUEST } from './samples.js'
import type { ServerState } from './servers.js'
import { figure } from './statistics.js'

const CONNECTIONS = [1, 16, 64]
const AIM_CONNECTIONS = 16
const AIM_THROUGHPUT = 0.35
const AIM_HANDMADE = 2

const BARE = '裸 http bare node:http'
const OURS = '本包 ours (own port, licence)'
const BEFORE = '0.1.0 (own port, licence)'
const HANDMADE = '手写 handmade: http + fast-xml-parser'

const SERVERS: readonly (readonly [name: string, file: string, kind: string])[] = [
  [BARE, 'servers.js', 'bare'],
  [OURS, 'servers.js', 'ours'],
  [BEFORE, 'version-0-1-0/host.js', 'hosting'],
  [HANDMADE, 'servers.js', 'handmade'],
  ['soap.listen + fast-xml-parser', 'servers.js', 'soap-listen'],
]

export async function benchHosting(effort: Effort): Promise<void> {
  const load = startChild('load.js', [], 1)
  const servers: Child[] = []
  try {
    const hosts = SERVERS.map(([name, file, kind]) => {
      const child = startChild(file, [kind], 0)
      servers.push(child)
      return { name, state: () => child.ask<ServerState>({}) }
    })
    const all = await measureHosts(
      await Promise.all(
        hosts.map(async ({ name, state }) => ({
          name,
          burst: calledBy(load, (await state()).port),
          cpuUs: async () => (await state()).cpuUs,
        })),
      ),
      CONNECTIONS,
      effort,
    )
    console.log(
      `\n## 接收反馈 Hosted feedback calls (${FEEDBACK_REQUEST.length} B → ${FEEDBACK_REPLY.length} B)\n`,
    )
    console.log(hostTable(all))
    const memory: string[] = []
    for (const { name, state } of hosts) {
      memory.push(`${name} ${figure((await state()).residentMb)} MB`)
    }
    console.log(`\n内存 Resident: ${memory.join(', ')}`)
    const [ours, before, handmade] = [OURS, BEFORE, HANDMADE].map((name) =>
      seriesOf(all, name, AIM_CONNECTIONS),
    )
    const what = `接收反馈 hosting, ${AIM_CONNECTIONS} 连接吞吐 throughput`
    reportAim(`${what} / bare`, timesFirst(ours!, 'perSecond'), '≥', AIM_THROUGHPUT)
    const toHandmade = timesOther(ours!, handmade!, 'perSecond')
    reportAim(`${what} / 手写 handmade`, toHandmade, '≥', AIM_HANDMADE)
    reportBeside(what, timesOther(ours!, before!, 'perSecond'))
  } finally {
    load.stop()
    for (const child of servers) child.stop()
  }
}
