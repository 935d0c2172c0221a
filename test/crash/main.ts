import { packPackage } from '../support/node-red.js'
import { runCrashes, type CrashResult } from './crash.js'

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

function valueOf(args: readonly string[], name: string): string | undefined {
  const at = args.indexOf(name)
  return at < 0 ? undefined : args[at + 1]
}
