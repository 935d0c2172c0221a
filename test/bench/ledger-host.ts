// A hosted service that takes critical values, a process of its own: `ledger-host.js <ledger file> <receiver's port>`.
// Without a file it does all that the other does but the storing; with a receiver it passes on what came.
import { randomUUID } from 'node:crypto'
import { OwnPorts, Switchboard, type HostedCall } from '../../src/http/hosting/index.js'
import {
  Ledger,
  SqliteEngine,
  type CrisisToStore,
  type OperationName,
  type Owed,
  type QuestionName,
} from '../../src/ledger/index.js'
import { readCrisisDocument, requireKey, success } from '../../src/messages/index.js'
import { answerParent } from './children.js'
import { crisisToStore } from './ledger-crisis.js'
import { FIGURES_MODULE } from './ledger-figures.js'
import { Flow } from './ledger-flow.js'
import { SERVICE_PATH } from './samples.js'
import type { ServerState } from './servers.js'

/** Asks for what the process has used, after it has run an operation of the ledger, or collected its garbage. */
export interface LedgerQuestion {
  readonly collect?: boolean
  readonly run?: LedgerRun
  /** Asks it as a person would, on the connection for that. */
  readonly ask?: LedgerAsk
  /** Asks for figures of all alerts, as a person would. */
  readonly figures?: boolean
}

/** An operation with the arguments that it takes. */
export type LedgerRun = {
  readonly [N in OperationName]: {
    readonly name: N
    readonly args: Parameters<typeof Ledger.prototype.run<N>>[1]
  }
}[OperationName]

/** A question with the arguments that it takes. */
export type LedgerAsk = Extract<LedgerRun, { readonly name: QuestionName }>

export interface LedgerHostState extends ServerState {
  /** How long the operation took, in ms. */
  readonly tookMs: number
  readonly heapMb: number
  readonly result: unknown
}

const TARGET = 'bench-in'
/** All leases of a process begin with its name. */
const LEASE = 'bench/'
const OWED_LEASE_MS = 30_000
const FIGURES_MS = 60_000
/** Sooner than the nodes, so that it falls into the burst that is its cause. */
const SETTLE_AFTER_MS = 20
const ACTOR = { chain: 'file', actor: 'bench' }

const [, , file = '', receiver] = process.argv
const ledger =
  file === '' ? undefined : new Ledger(new SqliteEngine({ file, definition: FIGURES_MODULE }))
const flow = ledger && receiver ? new Flow(ledger, Number(receiver)) : undefined
const started = start()

answerParent(async ({ run, ask, collect, figures }: LedgerQuestion): Promise<LedgerHostState> => {
  const port = await started
  const startedAt = performance.now()
  const result = run
    ? await ledger?.run(run.name, run.args as never)
    : ask && (await ledger?.ask(ask.name, ask.args as never))
  if (figures) await ledger?.engine.run('figures', undefined, { mode: 'ask', budgetMs: FIGURES_MS })
  const tookMs = performance.now() - startedAt
  if (collect) globalThis.gc?.()
  const { user, system } = process.cpuUsage()
  const { rss, heapUsed, external } = process.memoryUsage()
  return {
    port,
    cpuUs: user + system,
    residentMb: rss / (1 << 20),
    heapMb: (heapUsed + external) / (1 << 20),
    tookMs,
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
    return crisisToStore({ crisis, extra, flags: [...call.flags, ...flags] })
  })
}

async function store(
  to: Ledger,
  { remoteAddress, raw, charset }: HostedCall,
  crises: readonly CrisisToStore[],
): Promise<void> {
  const origin = { service: 'bench', system: '', remoteAddress, raw, charset }
  const stored = await to.run('storeCrises', {
    actor: ACTOR,
    origin,
    crises,
    emitResends: false,
    target: TARGET,
    lease: { lease: `${LEASE}${randomUUID()}`, leaseMs: OWED_LEASE_MS },
  })
  for (const [index, { owed, kind }] of stored.entries()) {
    if (!owed || kind !== 'new') throw new Error('a critical value of the bench is new each time')
    // The flow has it; nobody waits for what follows.
    if (flow) void flow.passOn(crises[index]!, origin, owed)
    else settleSoon(to, owed)
  }
}

const given: number[] = []

/** With all that are given meanwhile, as the nodes do it where no `out` node takes a message over. */
function settleSoon(to: Ledger, { id }: Owed): void {
  if (given.push(id) > 1) return
  setTimeout(
    () => void to.run('settleHandout', { ids: given.splice(0), lease: LEASE }),
    SETTLE_AFTER_MS,
  )
}
