import { relative } from 'node:path'
import { parseArgs } from 'node:util'
import { keepFinding, readCase, readCorpus, replaceCorpus, type Case } from './corpus.js'
import { Differential, type Difference } from './differential.js'
import { everyDocument } from './every-document.js'
import { runCase, type Finding } from './engine.js'
import { differenceFromReference } from './oracles.js'
import { fuzz, type Progress } from './run.js'
import { smallest } from './smallest.js'
import { fuzzTraces } from './traces.js'

const MINUTE_MS = 60_000

/** The command; see scripts/fuzz.mjs. Says whether nothing was found. */
export async function main(args: readonly string[]): Promise<boolean> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      minutes: { type: 'string', default: '1' },
      seed: { type: 'string', default: String(Date.now() % 1_000_000) },
      target: { type: 'string', multiple: true },
      unguided: { type: 'boolean', default: false },
      empty: { type: 'boolean', default: false },
      save: { type: 'boolean', default: false },
      repeat: { type: 'string' },
      differential: { type: 'boolean', default: false },
      cases: { type: 'string', default: '10000000' },
      exhaustive: { type: 'boolean', default: false },
      length: { type: 'string', default: '5' },
      traces: { type: 'string' },
      'no-build': { type: 'boolean' },
    },
  })
  if (values.repeat !== undefined) return repeat(readCase(values.repeat))
  if (values.traces !== undefined) return fuzzTraces(Number(values.traces), Number(values.seed))
  if (values.differential) return compare(Number(values.cases), Number(values.seed))
  if (values.exhaustive) return compareAll(Number(values.length))
  const start = values.empty ? [] : readCorpus()
  const seed = Number(values.seed)
  console.log(`Seed ${seed}, ${start.length} inputs to start from`)
  let latest: Progress = { cases: 0, blocks: 0, corpus: 0 }
  const tell = telling((seconds) => show(latest, seconds))
  const { findings, inputs } = await fuzz(
    {
      seed,
      start,
      guided: !values.unguided,
      milliseconds: Number(values.minutes) * MINUTE_MS,
      ...(values.target && { only: values.target }),
    },
    (now) => {
      latest = now
      tell()
    },
    tellFinding,
  )
  tell(true)
  if (values.save) {
    const kept = await smallest([...start, ...inputs])
    replaceCorpus(kept)
    console.log(`${kept.length} inputs reach all of it`)
  }
  console.log(`${findings.length} found`)
  return findings.length === 0
}

/** The gate beside the other readers of XML, on so many inputs that are made up. */
async function compare(cases: number, seed: number): Promise<boolean> {
  Error.stackTraceLimit = 0
  console.log(`Seed ${seed}`)
  const differential = new Differential(seed, tellDifference)
  const tell = telling((seconds) => {
    const { result } = differential
    console.log(
      `${seconds} s  ${result.cases} cases, ${result.accepted} accepted, ${result.asked} of them beside expat and libxml2  ${result.differences.length} differences`,
    )
  })
  while (differential.result.cases < cases) {
    await differential.step()
    tell()
  }
  differential.close()
  tell(true)
  return endsWith(differential.result.differences)
}

/** The gate beside the reference, on all strings of the alphabets up to a length. */
function compareAll(length: number): boolean {
  Error.stackTraceLimit = 0
  let cases = 0
  const differences: Difference[] = []
  const tell = telling((seconds) => {
    console.log(`${seconds} s  ${cases} cases  ${differences.length} differences`)
  })
  for (const xml of everyDocument(length)) {
    cases++
    const message = differenceFromReference(xml)
    if (message !== undefined) {
      differences.push({ xml, message })
      tellDifference({ xml, message })
    }
    if (cases % 1000 === 0) tell()
  }
  tell(true)
  return endsWith(differences)
}

const tellDifference = ({ xml, message }: Difference): void =>
  console.log(`${message}: ${JSON.stringify(xml)}`)

function endsWith(differences: readonly Difference[]): boolean {
  console.log(`${differences.length} differences`)
  return differences.length === 0
}

async function repeat(one: Case): Promise<boolean> {
  const message = await runCase(one)
  console.log(message ?? 'Everything holds for it.')
  return message === undefined
}

const TELL_MS = 10_000

/** Tells how far it is now and then, and at last. */
function telling(tell: (seconds: string) => void): (isLast?: boolean) => void {
  const startedAt = Date.now()
  let nextAt = startedAt + TELL_MS
  return (isLast = false) => {
    if (!isLast && Date.now() < nextAt) return
    nextAt = Date.now() + TELL_MS
    tell(((Date.now() - startedAt) / 1000).toFixed(0).padStart(5))
  }
}

const show = ({ cases, blocks, corpus }: Progress, seconds: string): void =>
  console.log(
    `${seconds} s  ${cases} cases  ${(cases / Number(seconds)).toFixed(0)}/s  corpus ${corpus}  blocks ${blocks}`,
  )

function tellFinding(finding: Finding): void {
  const file = relative(process.cwd(), keepFinding(finding))
  console.log(`\nFound in ${finding.target}: ${finding.message}`)
  console.log(`  ${JSON.stringify(finding.bytes.toString().slice(0, 300))}`)
  console.log(`  npm run fuzz -- --repeat ${file}\n`)
}
