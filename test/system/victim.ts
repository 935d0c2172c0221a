// A process of its own that hosts both operations as the nodes do, without Node-RED, and measures what it is
// made to do. Run with --expose-gc.
import { readFileSync, writeFileSync } from 'node:fs'
import {
  AddressList,
  Guard,
  LicenceCheck,
  Licences,
  OwnPorts,
  Switchboard,
  type Handler,
} from '../../src/http/hosting/index.js'
import { contentHash } from '../../src/loop/index.js'
import {
  readCrisisDocument,
  readFeedbackDocument,
  requireKey,
  success,
} from '../../src/messages/index.js'
import { freePort } from '../support/node-red.js'
import { GUARDED_PATH, LICENCE, PATH, TOKEN, type Question, type Told } from './victim-process.js'

const MEBIBYTE = 1 << 20
const ports = new OwnPorts(new Switchboard())
const before = new Set(Object.getOwnPropertyNames(Object.prototype))
const guard = new Guard({
  allow: new AddressList('127.0.0.1'),
  credential: { scheme: 'bearer', token: TOKEN },
})
const collectGarbage = (globalThis as { gc?: () => void }).gc ?? (() => {})
let cpu = process.cpuUsage()
let restingMb = 0
let port = 0
let release = async (_removed: boolean): Promise<void> => {}

/** Reads as strictly as the node does; what it would store is not the matter here. */
const accept: Handler = async (call) => {
  for (const { crisis, extra } of readCrisisDocument(call.document).crises) {
    requireKey(crisis)
    contentHash('', crisis, extra)
  }
  return success()
}

const licences = new LicenceCheck(new Licences([{ application: 'HIS', licence: LICENCE }]))

const acceptFeedback: Handler = (call) => {
  const { header } = readFeedbackDocument(call.document)
  licences.require(header, call.remoteAddress)
  return Promise.resolve(success())
}

async function host(): Promise<void> {
  const body = { timeMs: 1_000 }
  const listen = { host: '127.0.0.1', port }
  const hosted = await Promise.all([
    ports.register(listen, PATH, 'SynCrisisInfo', accept, { body }),
    ports.register(listen, PATH, 'SynCrisisResponseInfo', acceptFeedback, { body }),
    ports.register(listen, GUARDED_PATH, 'SynCrisisInfo', accept, { body, guard }),
  ])
  release = async (removed) => {
    await Promise.all(hosted.map((one) => one.release(removed)))
  }
}

/** The highest that the memory in use has been, in MB. Linux forgets it when told to; others never do. */
function highestMb(): number {
  try {
    const kilobytes = /VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]
    if (kilobytes !== undefined) return Number(kilobytes) / 1024
  } catch {
    // Not on this system.
  }
  return process.resourceUsage().maxRSS / 1024
}

function rest(): void {
  collectGarbage()
  try {
    // Resets the peak (man 5 proc, clear_refs).
    writeFileSync('/proc/self/clear_refs', '5')
  } catch {
    // Not on this system.
  }
  restingMb = highestMb()
  cpu = process.cpuUsage()
}

async function answer(question: Question): Promise<Told> {
  if (question === 'start') {
    // A number, as nodes have one: what is closed must be free to be opened again.
    port = await freePort()
    await host()
  }
  if (question === 'redeploy') {
    for (let i = 0; i < 100; i++) {
      await release(false)
      await host()
    }
  }
  const { user, system } = process.cpuUsage(cpu)
  const peakMb = highestMb() - restingMb
  collectGarbage()
  const told = {
    port,
    cpuMs: (user + system) / 1000,
    peakMb,
    heapMb: process.memoryUsage().heapUsed / MEBIBYTE,
    polluted: Object.getOwnPropertyNames(Object.prototype).filter((name) => !before.has(name)),
  }
  rest()
  return told
}

process.on('message', (question) => {
  answer(question as Question).then(
    (told) => process.send?.(told),
    (error: unknown) => {
      console.error(error)
      process.exit(1)
    },
  )
})
process.on('disconnect', () => process.exit(0))
