// What the disk itself can do, a process of its own: as many records as there are writers are appended with one
// write and one fdatasync, as a group commit without any work in it would.
import { open, rm } from 'node:fs/promises'
import { answerParent } from './children.js'
import type { BurstResult } from './load.js'
import { quantile } from './statistics.js'

export interface DiskBurst {
  /** Where to write: on the disk that is asked about. */
  readonly file: string
  readonly writers: number
  readonly durationMs: number
}

export interface DiskResult extends BurstResult {
  readonly cpuUs: number
}

/** A page of SQLite: the least that any accept adds to a log. */
const RECORD_BYTES = 4_096

answerParent(async ({ file, writers, durationMs }: DiskBurst): Promise<DiskResult> => {
  const handle = await open(file, 'w')
  const bytes = Buffer.alloc(RECORD_BYTES * writers, 1)
  const latencies: number[] = []
  const cpuBefore = process.cpuUsage()
  const startedAt = performance.now()
  const until = startedAt + durationMs
  let now = startedAt
  do {
    await handle.write(bytes)
    await handle.datasync()
    const end = performance.now()
    latencies.push(end - now)
    now = end
  } while (now < until)
  const { user, system } = process.cpuUsage(cpuBefore)
  await handle.close()
  await rm(file)
  return {
    calls: latencies.length * writers,
    elapsedMs: now - startedAt,
    p50Ms: quantile(latencies, 0.5),
    p99Ms: quantile(latencies, 0.99),
    cpuUs: user + system,
  }
})
