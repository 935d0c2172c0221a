// `npm run bench [-- --quick] [-- topic …]`: see scripts/bench.mjs.
import { benchCalling } from './calling.js'
import { benchCodec } from './codec.js'
import { benchHosting } from './hosting.js'
import { benchLedgerAccepts } from './ledger-accepts.js'
import { benchNodeRed } from './node-red.js'
import { effortOf, printAims, type Effort } from './report.js'

const TOPICS: Readonly<Record<string, (effort: Effort) => Promise<void>>> = {
  codec: benchCodec,
  hosting: benchHosting,
  calling: benchCalling,
  'node-red': benchNodeRed,
  'ledger-accepts': benchLedgerAccepts,
}

async function main(args: readonly string[]): Promise<void> {
  const quick = args.includes('--quick')
  const asked = args.filter((arg) => !arg.startsWith('--'))
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
      await bench(effortOf(name, quick))
  }
  printAims(quick)
}

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error)
  process.exitCode = 1
})
