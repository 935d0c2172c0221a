import { relative } from 'node:path'
import { parseArgs } from 'node:util'
import { keepFinding, readCase, readCorpus, replaceCorpus, type Case } from './corpus.js'
import { runCase, type Finding } from './engine.js'
import { fuzz, type Progress } from './run.js'
import { smallest } from './smallest.js'

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
      'no-build': { type: 'boolean' },
    },
  })
  if (values.repeat !== undefined) return repeat(readCase(values.repeat))
  const start = values.empty ? [] : readCorpus()
  const seed = Number(values.seed)
  console.log(`Seed ${seed}, ${start.length} inputs to start from`)
  const startedAt = Date.now()
  const { findings, inputs, ...progress } = await fuzz(
    {
      seed,
      start,
      guided: !values.unguided,
      milliseconds: Number(values.minutes) * MINUTE_MS,
      ...(values.target && { only: values.target }),
    },
    telling(startedAt),
    tellFinding,
  )
  show(progress, startedAt)
  if (values.save) {
    const kept = await smallest([...start, ...inputs])
    replaceCorpus(kept)
    console.log(`${kept.length} inputs reach all of it`)
  }
  console.log(`${findings.length} found`)
  return findings.length === 0
}

async function repeat(one: Case): Promise<boolean> {
  const message = await runCase(one)
  console.log(message ?? 'Everything holds for it.')
  return message === undefined
}

const TELL_MS = 10_000

function telling(startedAt: number): (progress: Progress) => void {
  let nextAt = 0
  return (progress) => {
    if (Date.now() < nextAt) return
    nextAt = Date.now() + TELL_MS
    show(progress, startedAt)
  }
}

function show({ cases, blocks, corpus }: Progress, startedAt: number): void {
  const seconds = (Date.now() - startedAt) / 1000
  console.log(
    `${seconds.toFixed(0).padStart(5)} s  ${cases} cases  ${(cases / seconds).toFixed(0)}/s  corpus ${corpus}  blocks ${blocks}`,
  )
}

function tellFinding(finding: Finding): void {
  const file = relative(process.cwd(), keepFinding(finding))
  console.log(`\nFound in ${finding.target}: ${finding.message}`)
  console.log(`  ${JSON.stringify(finding.bytes.toString().slice(0, 300))}`)
  console.log(`  npm run fuzz -- --repeat ${file}\n`)
}
