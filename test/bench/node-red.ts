import {
  freePort,
  makeUserDir,
  packPackage,
  removeFolder,
  startNodeRed,
  type RunningNodeRed,
} from '../support/node-red.js'
import { pin, startChild, type Child } from './children.js'
import { cpuOf, watch } from './cpu.js'
import {
  calledBy,
  hostTable,
  measureHosts,
  seriesOf,
  timesFirst,
  timesOther,
  type Host,
} from './hosts.js'
import { CORE_PATH, coreFlow, ourFlow } from './node-red-flows.js'
import { reportAim, reportBeside, type Effort } from './report.js'
import { CRISIS_REQUEST, FEEDBACK_REQUEST, SERVICE_PATH } from './samples.js'
import { TARBALL } from './version-0-1-0/package.js'

const CONNECTIONS = [1, 16]
const AIM_CONNECTIONS = 16
const AIM_THROUGHPUT = 1
const OUR_PATH = '/bench/ours'

const OURS = '本包，独立端口 ours, own port'
const BEFORE = '0.1.0，独立端口 own port'

/** The same call answered by flows of one Node-RED, by core nodes and by ours, and of another one by 0.1.0. */
export async function benchNodeRed(effort: Effort): Promise<void> {
  effort.tell('启动 starting')
  const ownPort = await freePort()
  const beforePort = await freePort()
  const running: RunningNodeRed[] = []
  const start = async (tarball: string, nodes: readonly object[]): Promise<RunningNodeRed> => {
    const userDir = makeUserDir(tarball, 'bench-')
    const flows = [{ id: 'tab', type: 'tab', label: 'bench' }, ...nodes]
    const one = await startNodeRed({ userDir, flows })
    running.push(one)
    const { pid = 0 } = one.process
    watch(pid)
    pin(pid, 0)
    return one
  }
  const load = startChild('load.js', [], 1)
  try {
    const today = await start(packPackage(), [
      ...ourFlow('own', { mount: 'port', port: String(ownPort), path: SERVICE_PATH }),
      ...ourFlow('shared', { mount: 'node-red', port: '', path: OUR_PATH }),
      ...coreFlow(),
    ])
    const before = await start(
      TARBALL,
      ourFlow('own', { mount: 'port', port: String(beforePort), path: SERVICE_PATH }),
    )
    const core = hostOf('http in + xml + xml + template', today, today.port, CORE_PATH, load)
    const ours = [
      hostOf('本包，同端口 ours, Node-RED’s port', today, today.port, OUR_PATH, load),
      hostOf(OURS, today, ownPort, SERVICE_PATH, load),
      hostOf(BEFORE, before, beforePort, SERVICE_PATH, load),
    ]
    // The critical value comes first; its feedback is then new once and a re-send from then on, each in the ledger.
    for (const host of ours.toReversed()) await untilAnswering(host, CRISIS_REQUEST, 'crisis in')
    for (const host of [core, ...ours]) await untilAnswering(host, FEEDBACK_REQUEST)
    const all = await measureHosts([core, ...ours], CONNECTIONS, effort)
    console.log('\n## 在 Node-RED 5 中接收反馈 Hosted feedback calls in Node-RED 5\n')
    console.log(hostTable(all))
    const own = seriesOf(all, OURS, AIM_CONNECTIONS)
    const what = `Node-RED, ${AIM_CONNECTIONS} 连接吞吐 throughput`
    reportAim(`${what} / http in + xml`, timesFirst(own, 'perSecond'), '≥', AIM_THROUGHPUT)
    const published = seriesOf(all, BEFORE, AIM_CONNECTIONS)
    reportBeside(what, timesOther(own, published, 'perSecond'))
  } finally {
    load.stop()
    for (const one of running) {
      await one.stop()
      removeFolder(one.userDir)
    }
  }
}

interface Place extends Host {
  readonly port: number
  readonly path: string
}

function hostOf(
  name: string,
  { process: { pid = 0 } }: RunningNodeRed,
  port: number,
  path: string,
  load: Child,
): Place {
  const cpuUs = (): Promise<number> => Promise.resolve(cpuOf(pid))
  return { name, port, path, cpuUs, burst: calledBy(load, port, { path }) }
}

const ANSWER_LIMIT_MS = 20_000

/** A service opens its port after its flow has started. */
async function untilAnswering(
  { port, path, name }: Place,
  request: Buffer,
  what = 'the flow',
): Promise<void> {
  const end = Date.now() + ANSWER_LIMIT_MS
  for (;;) {
    try {
      const response = await fetch(`http://127.0.0.1:${port}${path}`, {
        method: 'POST',
        headers: { 'content-type': 'text/xml; charset=utf-8' },
        body: new Uint8Array(request),
      })
      if (response.ok && !/&lt;code&gt;(?!0&lt;)/.test(await response.text())) return
    } catch {
      // Not listening yet.
    }
    if (Date.now() > end) throw new Error(`${name}: ${what} does not answer`)
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}
