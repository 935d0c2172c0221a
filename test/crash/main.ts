import { packPackage } from '../support/node-red.js'
import { runCrashes, type CrashResult } from './crash.js'
import { runLoopKills, type LoopResult } from './loop/kills.js'

/** Prints how it goes and what came of it; resolves with whether nothing was lost. */
export async function main(args: readonly string[]): Promise<boolean> {
  const kills = Number(valueOf(args, '--kills') ?? 200)
  const engine = valueOf(args, '--engine') ?? 'sqlite'
  const seed = Number(valueOf(args, '--seed') ?? 1)
  if (engine !== 'sqlite' && engine !== 'postgres') throw new Error('--engine sqlite|postgres')
  const startedAt = Date.now()
  const tell = (line: string): void => {
    console.log(`${String(Math.round((Date.now() - startedAt) / 1000)).padStart(5)} s  ${line}`)
  }
  tell(`${kills} kills on ${engine}, seed ${seed}`)
  if (args.includes('--loop')) {
    const result = await runLoopKills({ kills, engine, seed, tell })
    reportLoop(result)
    return result.faults.length === 0 && result.audit.broken === 0
  }
  const result = await runCrashes({ tarball: packPackage(), kills, engine, seed, tell })
  report(result)
  return isWhole(result)
}

export const isWhole = (result: CrashResult): boolean =>
  result.notStored.length + result.notDelivered.length + result.overtaken.length === 0 &&
  result.audit.broken === 0

function report(result: CrashResult): void {
  const { audit, notStored, notDelivered, overtaken } = result
  console.log(`
  kills                     ${result.kills}
  calls                     ${result.calls}
  acknowledged              ${result.acknowledged}
  of these not in ledger    ${notStored.length} ${notStored.join(' ')}
  of these not delivered    ${notDelivered.length} ${notDelivered.join(' ')}
  delivered                 ${result.delivered}
  duplicates                ${result.duplicates}
  exams out of order        ${overtaken.length} ${overtaken.join(' ')}
  dead letters              ${result.dead}
  audit                     ${audit.entries} entries, ${audit.broken} broken chains

  lost                      ${new Set([...notStored, ...notDelivered]).size}
`)
}

function reportLoop(result: LoopResult): void {
  const { audit, faults, killed, pages } = result
  const points = [...killed].toSorted(([a], [b]) => a.localeCompare(b))
  console.log(`
  kills                     ${result.kills}
  critical values           ${result.alerts}
  acknowledgements counted  ${result.counted}
  reached the last step     ${result.atTheLastStep}
  pages                     ${JSON.stringify(pages)}
  duplicates, all marked    ${result.duplicates}
  pages made twice          ${result.madeTwice}
  audit                     ${audit.entries} entries, ${audit.broken} broken chains
  killed at                 ${points.map(([point, n]) => `${point} ${n}`).join(', ')}

  faults                    ${faults.length}
${faults.map((fault) => `  ${fault}`).join('\n')}
`)
}

function valueOf(args: readonly string[], name: string): string | undefined {
  const at = args.indexOf(name)
  return at < 0 ? undefined : args[at + 1]
}
