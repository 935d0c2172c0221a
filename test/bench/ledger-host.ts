// A hosted service that takes critical values, a process of its own: `ledger-host.js <ledger file | ''> [chain]`.
// Without a file it does all that the other does but the storing.
import { randomUUID } from 'node:crypto'
import { OwnPorts, Switchboard, type HostedCall } from '../../src/http/index.js'
import {
  DEFINITION_MODULE,
  Ledger,
  SqliteEngine,
  type CrisisToStore,
  type OperationName,
} from '../../src/ledger/index.js'
import {
  alertKey,
  contentHash,
  feedbackKey,
  findingKey,
  readCrisisQuality,
} from '../../src/loop/index.js'
import { readCrisisDocument, requireKey, success } from '../../src/messages/index.js'
import { answerParent } from './children.js'
import { SERVICE_PATH } from './samples.js'
import type { ServerState } from './servers.js'

/** Asks for what the process has used, or first runs an operation of the ledger while the calls go on. */
export interface LedgerQuestion {
  readonly run?: { readonly name: OperationName; readonly args: unknown }
}

export interface LedgerHostState extends ServerState {
  /** How long the operation took, in ms. */
  readonly tookMs: number
  readonly result: unknown
}

const TARGET = 'bench-in'
const OWED_LEASE_MS = 30_000
const ACTOR = { chain: 'file', actor: 'bench' }

const [, , file = ''] = process.argv
const ledger =
  file === '' ? undefined : new Ledger(new SqliteEngine({ file, definition: DEFINITION_MODULE }))
const started = start()

answerParent(async ({ run }: LedgerQuestion): Promise<LedgerHostState> => {
  const port = await started
  const startedAt = performance.now()
  const result = run ? await ledger?.run(run.name, run.args as never) : undefined
  const { user, system } = process.cpuUsage()
  return {
    port,
    cpuUs: user + system,
    residentMb: process.memoryUsage.rss() / (1 << 20),
    tookMs: performance.now() - startedAt,
    result,
  }
})

/** What `crisis in` does when it answers as soon as a document is stored, without Node-RED around it. */
async function start(): Promise<number> {
  await ledger?.engine.ready()
  const ports = new OwnPorts(new Switchboard())
  const { port } = await ports.register(
    { host: '127.0.0.1', port: 0 },
    SERVICE_PATH,
    'SynCrisisInfo',
    async (call) => {
      const crises = read(call)
      if (ledger) await store(ledger, call, crises)
      return success()
    },
  )
  return port
}

function read(call: HostedCall): readonly CrisisToStore[] {
  return readCrisisDocument(call.document).crises.map(({ crisis, extra, flags }) => {
    requireKey(crisis)
    const quality = readCrisisQuality(crisis, '+08:00')
    return {
      crisis,
      extra,
      flags: [...call.flags, ...flags, ...quality.flags],
      key: alertKey('', crisis),
      content: contentHash('', crisis),
      pair: feedbackKey('', crisis),
      finding: findingKey(crisis),
      setAt: quality.setAt.at,
    }
  })
}

async function store(
  to: Ledger,
  { remoteAddress, raw, charset }: HostedCall,
  crises: readonly CrisisToStore[],
): Promise<void> {
  const stored = await to.run('storeCrises', {
    actor: ACTOR,
    origin: { service: 'bench', system: '', remoteAddress, raw, charset },
    crises,
    emitResends: false,
    target: TARGET,
    lease: { lease: `bench/${randomUUID()}`, leaseMs: OWED_LEASE_MS },
  })
  for (const { owed, kind } of stored) {
    if (!owed || kind !== 'new') throw new Error('a critical value of the bench is new each time')
    // The flow has it; nobody waits for this to be noted.
    void to.run('settleOwed', { id: owed.id, lease: owed.lease })
  }
}
