// `npm run bench [-- --quick] [-- topic …]`: see scripts/bench.mjs.
import { parseArgs } from 'node:util'
import { benchCalling } from './calling.js'
import { benchCodec } from './codec.js'
import { benchHosting } from './hosting.js'
import { benchLedgerAccepts } from './ledger-accepts.js'
import { benchLedgerCouriers } from './ledger-couriers.js'
import { benchLedgerMemory } from './ledger-memory.js'
import { benchLedgerPlans } from './ledger-plans.js'
import { benchLedgerSize } from './ledger-size.js'
import { benchNodeRed } from './node-red.js'
import { effortOf, printAims, type Effort } from './report.js'

const TOPICS: Readonly<Record<string, (effort: Effort) => Promise<void>>> = {
  codec: benchCodec,
  hosting: benchHosting,
  calling: benchCalling,
  'node-red': benchNodeRed,
  'ledger-accepts': benchLedgerAccepts,
  'ledger-size': benchLedgerSize,
  'ledger-plans': benchLedgerPlans,
  'ledger-couriers': benchLedgerCouriers,
  'ledger-memory': benchLedgerMemory,
}

const { values, positionals: asked } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: 'boolean', default: false },
    alerts: { type: 'string' },
    messages: { type: 'string' },
  },
})

async function main(): Promise<void> {
  const { quick } = values
  const alerts = Number(values.alerts ?? (quick ? 100_000 : 1_000_000))
  const messages = Number(values.messages ?? (quick ? 10_000 : 100_000))
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
      await bench(effortOf(name, { quick, alerts, messages }))
  }
  printAims(quick)
}

main().catch((error: unknown) => {
  console.error(error)
  process.exitCode = 1
})
