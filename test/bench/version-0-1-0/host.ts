// Version 0.1.0 as a server, a process of its own: `host.js front | hosting | ledger [ledger file]`. It does what
// `front-host.js`, `servers.js` and `ledger-host.js` do, by the interfaces that 0.1.0 has.
import { randomUUID } from 'node:crypto'
import type { GenericResponse } from '../../../src/messages/index.js'
import { answerParent } from '../children.js'
import { LICENCE, SERVICE_PATH, TOKEN } from '../samples.js'
import { door, type HostedCall } from './package.js'

export type HostKind = 'front' | 'hosting' | 'ledger'

type Handler = (call: HostedCall) => Promise<GenericResponse>

const STARTS: Readonly<Record<HostKind, () => Promise<number>>> = {
  front: startFront,
  hosting: startHosting,
  ledger: startLedger,
}

const ACTOR = { chain: 'file', actor: 'bench' }
const LEASE = 'bench/'
const OWED_LEASE_MS = 30_000
const SETTLE_AFTER_MS = 20

const [, , kind = 'front', file = ''] = process.argv as [string, string, HostKind?, string?]
const started = STARTS[kind]()

answerParent(async () => {
  const port = await started
  const { user, system } = process.cpuUsage()
  return { port, cpuUs: user + system, residentMb: process.memoryUsage.rss() / (1 << 20) }
})

async function listening(operation: string, handler: Handler, options?: object): Promise<number> {
  const { OwnPorts, Switchboard } = door('http')
  const ports = new OwnPorts(new Switchboard())
  const at = { host: '127.0.0.1', port: 0 }
  const { port } = await ports.register(at, SERVICE_PATH, operation, handler, options)
  return port
}

function startFront(): Promise<number> {
  const { AddressList, Guard } = door('http')
  const { CallerTally } = door('ledger')
  const { readCrisisDocument, requireKey, success } = door('messages')
  const tally = new CallerTally({ write: () => Promise.resolve() })
  const handler: Handler = async ({ document }) => {
    for (const { crisis } of readCrisisDocument(document).crises) requireKey(crisis)
    return success()
  }
  return listening('SynCrisisInfo', handler, {
    guard: new Guard({
      allow: new AddressList('127.0.0.0/8, 10.0.0.0/8'),
      credential: { scheme: 'bearer', token: TOKEN },
    }),
    allowGbk: true,
    onForm: (met: object) => tally.note({ service: 'bench', ...met }),
  })
}

function startHosting(): Promise<number> {
  const { readFeedbackDocument, requireKey, success } = door('messages')
  const { Licences, readFeedbackStage, requireStage } = door('loop')
  const licences = new Licences([LICENCE])
  return listening('SynCrisisResponseInfo', async ({ document }) => {
    const { header, feedbacks } = readFeedbackDocument(document)
    if (!licences.accepts(header)) throw new Error('the licence of the sample is not accepted')
    for (const { feedback } of feedbacks) {
      requireKey(feedback)
      requireStage(readFeedbackStage(feedback))
    }
    return success()
  })
}

/** Stores each critical value before it answers, and settles what the flow was handed soon after. */
async function startLedger(): Promise<number> {
  const { readCrisisDocument, requireKey, success } = door('messages')
  const loop = door('loop')
  const { DEFINITION_MODULE, Ledger, SqliteEngine } = door('ledger')
  const ledger = new Ledger(new SqliteEngine({ file, definition: DEFINITION_MODULE }))
  await ledger.engine.ready()
  const given: number[] = []
  const settleSoon = (id: number): void => {
    if (given.push(id) > 1) return
    setTimeout(
      () => void ledger.run('settleOwed', { ids: given.splice(0), lease: LEASE }),
      SETTLE_AFTER_MS,
    )
  }
  return listening('SynCrisisInfo', async ({ document, flags, remoteAddress, raw, charset }) => {
    const crises = readCrisisDocument(document).crises.map((read) => {
      const { crisis, extra } = read
      requireKey(crisis)
      const quality = loop.readCrisisQuality(crisis, '+08:00')
      return {
        crisis,
        extra,
        flags: [...flags, ...read.flags, ...quality.flags],
        key: loop.alertKey('', crisis),
        content: loop.contentHash('', crisis, extra),
        core: loop.contentHash('', crisis),
        pair: loop.feedbackKey('', crisis),
        finding: loop.findingKey(crisis),
        setAt: quality.setAt.at,
      }
    })
    const stored = await ledger.run('storeCrises', {
      actor: ACTOR,
      origin: { service: 'bench', system: '', remoteAddress, raw, charset },
      crises,
      emitResends: false,
      target: 'bench-in',
      lease: { lease: `${LEASE}${randomUUID()}`, leaseMs: OWED_LEASE_MS },
    })
    for (const { owed, kind: arrival } of stored) {
      if (!owed || arrival !== 'new') {
        throw new Error('a critical value of the bench is new each time')
      }
      settleSoon(owed.id)
    }
    return success()
  })
}
