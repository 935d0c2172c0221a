// `npm run bench [-- --quick] [-- topic …]`: see scripts/bench.mjs.
import { parseArgs } from 'node:util'
import { benchBoardSearch } from './board-search.js'
import { benchBoardPage } from './board-page.js'
import { benchCalling } from './calling.js'
import { benchCodec } from './codec.js'
import { disturbances } from './cpu.js'
import { benchFront, benchFrontTls } from './front.js'
import { benchHosting } from './hosting.js'
import { benchLedgerAccepts } from './ledger-accepts.js'
import { benchLedgerCouriers } from './ledger-couriers.js'
import { benchLedgerMemory } from './ledger-memory.js'
import { benchLedgerMigration } from './ledger-migration.js'
import { benchLedgerPlans } from './ledger-plans.js'
import { benchLedgerOpen, benchLedgerSize } from './ledger-size.js'
import { benchLedgerStart } from './ledger-start.js'
import { benchLedgerThread } from './ledger-thread.js'
import { benchLoopTimers } from './loop-timers.js'
import { benchLoopFigures } from './loop-figures.js'
import { benchNodeRed } from './node-red.js'
import { benchParsers } from './parsers.js'
import { benchRegion } from './region.js'
import { effortOf, printAims, type Effort, type Length } from './report.js'
import { benchStart } from './start.js'

const TOPICS: Readonly<Record<string, (effort: Effort) => Promise<void>>> = {
  codec: benchCodec,
  parsers: benchParsers,
  front: benchFront,
  'front-tls': benchFrontTls,
  hosting: benchHosting,
  calling: benchCalling,
  'node-red': benchNodeRed,
  start: benchStart,
  'ledger-accepts': benchLedgerAccepts,
  'ledger-thread': benchLedgerThread,
  'ledger-size': benchLedgerSize,
  'ledger-open': benchLedgerOpen,
  'ledger-start': benchLedgerStart,
  'ledger-migration': benchLedgerMigration,
  'ledger-plans': benchLedgerPlans,
  'ledger-couriers': benchLedgerCouriers,
  'ledger-memory': benchLedgerMemory,
  'loop-timers': benchLoopTimers,
  'loop-figures': benchLoopFigures,
  region: benchRegion,
  'board-search': benchBoardSearch,
  'board-page': benchBoardPage,
}

const { values, positionals: asked } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: 'boolean', default: false },
    smoke: { type: 'boolean', default: false },
    alerts: { type: 'string' },
    messages: { type: 'string' },
  },
})

async function main(): Promise<void> {
  const length: Length = values.smoke ? 'smoke' : values.quick ? 'quick' : 'full'
  const amounts = { ...amount('alerts'), ...amount('messages') }
  // `ledger` means all topics that begin with it.
  const isAsked = (topic: string, name: string): boolean =>
    topic === name || topic.startsWith(`${name}-`)
  const topics = Object.keys(TOPICS)
  const unknown = asked.find((name) => !topics.some((topic) => isAsked(topic, name)))
  if (unknown !== undefined) {
    console.error(`No topic ${unknown}; there are ${topics.join(', ')}.`)
    process.exitCode = 1
    return
  }
  for (const [name, bench] of Object.entries(TOPICS)) {
    if (asked.length === 0 || asked.some((one) => isAsked(name, one)))
      await bench(effortOf(name, length, amounts))
  }
  printAims(length)
  console.log(`\n${disturbances()}`)
}

function amount(name: 'alerts' | 'messages'): { readonly [name: string]: number } {
  const value = values[name]
  if (value === undefined) return {}
  if (!/^[1-9]\d*$/.test(value)) throw new RangeError(`--${name} is a whole number above 0`)
  return { [name]: Number(value) }
}

main().catch((error: unknown) => {
  console.error(error)
  process.exitCode = 1
})
