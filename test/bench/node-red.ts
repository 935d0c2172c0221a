import {
  freePort,
  makeUserDir,
  packPackage,
  removeFolder,
  startNodeRed,
} from '../support/node-red.js'
import { cpuOf, pin, startChild } from './children.js'
import { calledBy, hostTable, measureHosts, type Host } from './hosting.js'
import type { Effort } from './report.js'
import {
  CRISIS_REQUEST,
  FEEDBACK_REPLY,
  FEEDBACK_REQUEST,
  LICENCE,
  SERVICE_PATH,
} from './samples.js'

const CONNECTIONS = [1, 16]
const OUR_PATH = '/bench/ours'
const CORE_PATH = '/bench/core'

/** The same call answered by flows of one Node-RED: by core nodes and by ours. */
export async function benchNodeRed(effort: Effort): Promise<void> {
  console.error('   node-red: 启动 starting')
  const ownPort = await freePort()
  const userDir = makeUserDir(packPackage(), 'bench-')
  const running = await startNodeRed({ userDir, flows: flows(ownPort) })
  const load = startChild('load.js', [], 1)
  try {
    const { pid = 0 } = running.process
    pin(pid, 0)
    const cpuUs = async (): Promise<number> => cpuOf(pid)
    const hosts: (Host & Place)[] = [
      { name: 'http in + xml + xml + template', port: running.port, path: CORE_PATH },
      { name: '本包，同端口 ours, Node-RED’s port', port: running.port, path: OUR_PATH },
      { name: '本包，独立端口 ours, own port', port: ownPort, path: SERVICE_PATH },
    ].map((place) => ({ ...place, cpuUs, burst: calledBy(load, place.port, { path: place.path }) }))
    const [core, ...ours] = hosts
    // The critical value comes first; its feedback is then new once and a re-send from then on, each in the ledger.
    for (const host of ours.toReversed()) await untilAnswering(host, CRISIS_REQUEST, 'crisis in')
    for (const host of [core, ...ours]) if (host) await untilAnswering(host, FEEDBACK_REQUEST)
    const all = await measureHosts(hosts, CONNECTIONS, effort)
    console.log('\n## 在 Node-RED 5 中接收反馈 Hosted feedback calls in Node-RED 5\n')
    console.log(hostTable(all))
  } finally {
    load.stop()
    await running.stop()
    removeFolder(userDir)
  }
}

interface Place {
  readonly name: string
  readonly port: number
  readonly path: string
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

function flows(ownPort: number): readonly object[] {
  return [
    { id: 'tab', type: 'tab', label: 'bench' },
    ...ourFlow('own', { mount: 'port', port: String(ownPort), path: SERVICE_PATH }),
    ...ourFlow('shared', { mount: 'node-red', port: '', path: OUR_PATH }),
    ...coreFlow(),
  ]
}

function ourFlow(id: string, place: { mount: string; port: string; path: string }): object[] {
  return [
    {
      id: `${id}-service`,
      type: 'crisis service',
      version: 1,
      name: id,
      host: '127.0.0.1',
      publicUrl: '',
      maxKilobytes: '4096',
      bodySeconds: '10',
      answerSeconds: '10',
      allowGbk: false,
      zone: '+08:00',
      licenceCheck: true,
      credentials: { licences: JSON.stringify([LICENCE]) },
      ...place,
    },
    {
      id: `${id}-in`,
      type: 'crisis feedback in',
      z: 'tab',
      version: 1,
      name: '',
      service: `${id}-service`,
      answer: 'flow',
      wires: [[`${id}-response`]],
    },
    {
      id: `${id}-crisis`,
      type: 'crisis in',
      z: 'tab',
      version: 1,
      name: '',
      service: `${id}-service`,
      answer: 'stored',
      wires: [[]],
    },
    {
      id: `${id}-response`,
      type: 'generic response',
      z: 'tab',
      version: 1,
      name: '',
      outcome: 'auto',
      code: '500',
      desc: '',
      descType: 'str',
      format: 'auto',
      jsonSuccess: '0',
      wires: [[]],
    },
  ]
}

const REQUEST_PLACE =
  "payload['soap:Envelope']['soap:Body'][0]['m:SynCrisisResponseInfo'][0].req[0]"
const LICENCE_PLACE = 'payload.XmlDocument.Header[0].License[0]'

/** What an integrator would draw without this package: both documents parsed, the licence compared. */
function coreFlow(): object[] {
  const xml = { type: 'xml', z: 'tab', property: 'payload', attr: '', chr: '' }
  return [
    {
      id: 'core-in',
      type: 'http in',
      z: 'tab',
      url: CORE_PATH,
      method: 'post',
      upload: false,
      wires: [['core-envelope']],
    },
    { ...xml, id: 'core-envelope', wires: [['core-document']] },
    {
      id: 'core-document',
      type: 'change',
      z: 'tab',
      rules: [{ t: 'set', p: 'payload', pt: 'msg', to: REQUEST_PLACE, tot: 'msg' }],
      wires: [['core-parse']],
    },
    { ...xml, id: 'core-parse', wires: [['core-licence']] },
    {
      id: 'core-licence',
      type: 'switch',
      z: 'tab',
      property: LICENCE_PLACE,
      propertyType: 'msg',
      rules: [{ t: 'eq', v: LICENCE.licence, vt: 'str' }],
      checkall: 'true',
      outputs: 1,
      wires: [['core-template']],
    },
    {
      id: 'core-template',
      type: 'template',
      z: 'tab',
      field: 'payload',
      fieldType: 'msg',
      format: 'xml',
      syntax: 'mustache',
      output: 'str',
      template: FEEDBACK_REPLY.toString(),
      wires: [['core-out']],
    },
    {
      id: 'core-out',
      type: 'http response',
      z: 'tab',
      statusCode: '200',
      headers: { 'content-type': 'text/xml; charset=utf-8' },
      wires: [],
    },
  ]
}
