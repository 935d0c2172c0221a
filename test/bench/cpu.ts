// What other programs take of the machine while something is measured, so that a burst that they disturbed is run
// again and figures can be had on a machine that is in use.
import { readFileSync } from 'node:fs'

/** Other programs may use so much of one core during a burst. */
const MOST_OF_A_CORE = 0.08

/** USER_HZ is 100 on every Linux that Node supports. */
const TICK_US = 10_000

/** What the processes that are part of the measurement, and not "other programs", have used when last looked at. */
const watched = new Map<number, number>([[process.pid, 0]])

let bursts = 0
let repeats = 0
let keptDisturbed = 0

/** Counts what a process uses to the bench from now on. */
export function watch(pid: number): void {
  watched.set(pid, 0)
}

/** CPU time of a process that is not ours to ask, in µs; NaN where there is no /proc. */
export function cpuOf(pid: number): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The name in brackets may hold spaces; utime and stime are the 12th and 13th fields after it.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return (Number(fields[11]) + Number(fields[12])) * TICK_US
  } catch {
    return Number.NaN
  }
}

/**
 * Runs a burst, and again if other programs disturbed it; where there is no /proc, once.
 * @param tries how often at most: then the burst that was disturbed least counts
 * @param done called after each try with its result, when its disturbance is known
 * @param others what other programs have used of the cores so far, in µs
 */
export async function undisturbed<T>(
  tries: number,
  burst: () => Promise<T>,
  done: (result: T) => Promise<void> = () => Promise.resolve(),
  others: () => number = othersUs,
): Promise<T> {
  bursts++
  let best: { readonly result: T; readonly share: number } | undefined
  for (let left = tries; left > 0; left--) {
    const before = others()
    const startedAt = performance.now()
    const result = await burst()
    const share = (others() - before) / 1000 / (performance.now() - startedAt)
    await done(result)
    // Not a number where there is no /proc.
    if (!(share > MOST_OF_A_CORE)) return result
    if (!best || share < best.share) best = { result, share }
    repeats++
  }
  repeats--
  keptDisturbed++
  return best!.result
}

/** One line about the disturbances of the whole run. */
export function disturbances(): string {
  return (
    `测量 ${bursts} 次，因其他程序占用而重测 ${repeats} 次，其中 ${keptDisturbed} 次始终受扰。` +
    ` ${bursts} bursts; ${repeats} repeats because of other programs; ${keptDisturbed} kept although disturbed.`
  )
}

/** What the cores have been busy with other than the watched processes, in µs; NaN where there is no /proc. */
function othersUs(): number {
  let line = ''
  try {
    line = readFileSync('/proc/stat', 'utf8').split('\n', 1)[0] ?? ''
  } catch {
    return Number.NaN
  }
  const [user, nice, system, , , irq, softirq, steal] = line.split(/\s+/).slice(1).map(Number)
  let ticks = 0
  for (const part of [user, nice, system, irq, softirq, steal]) ticks += part ?? 0
  let ownUs = 0
  for (const [pid, last] of watched) {
    const us = cpuOf(pid)
    // One that has ended stays in the sum with what it had used.
    if (Number.isFinite(us)) watched.set(pid, us)
    ownUs += Number.isFinite(us) ? us : last
  }
  return ticks * TICK_US - ownUs
}
