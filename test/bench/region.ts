import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { startPostgres } from '../support/postgres.js'
import { startChild, type Child } from './children.js'
import type { RegionAnswer, RegionQuestion } from './region-host.js'
import { OUTAGE_MINUTES, randomOf, trafficOf, VALUES_A_DAY } from './region-traffic.js'
import { reportAim, type Effort } from './report.js'
import { figure, median, table } from './statistics.js'

const HOSPITALS = [1, 10, 100, 1_000]
const IN_FLIGHT = 32
const SEED = 20_140_616
const MOST_ROUNDS = 4

interface Installation {
  readonly name: string
  readonly perSecond: number
  /** Until a critical value is durable while the installation does all that it can, in ms. */
  readonly p99Ms: number
  readonly kilobytes: number | null
}

const HOW = `每条危急值走完全程：存入台账、交给流程、写入发件箱、取出、送达、收到处理反馈、结清；不含网络与对方系统的时间。
每家医院每天 ${VALUES_A_DAY} 条，最忙的一小时占十分之一强；另设最忙时断网 ${OUTAGE_MINUTES} 分钟，恢复后一分钟内全部补发。
Each critical value goes all its way: stored, handed to its flow, put into the outbox, claimed, delivered, fed back and settled; without the time of networks and peers. ${VALUES_A_DAY} a day for a hospital, a good tenth of them in the busiest hour; and an outage of ${OUTAGE_MINUTES} minutes at that hour, after which all of it comes within a minute.`

/** From one hospital to a region of a thousand: what one file carries, and what PostgreSQL with several instances does. */
export async function benchRegion(effort: Effort): Promise<void> {
  const folder = mkdtempSync(path.join(tmpdir(), 'crisis-bench-'))
  try {
    const file = path.join(folder, 'ledger.db')
    const all = [await measured('一个文件 one file, SQLite', [file], effort, file)]
    const server = await startPostgres()
    if ('reason' in server) effort.tell(`无 PostgreSQL skipped: ${server.reason}`)
    else {
      const place = JSON.stringify(server.address)
      try {
        for (const instances of [1, 2]) {
          const name = `PostgreSQL, ${instances} 实例 instances`
          all.push(await measured(name, Array<string>(instances).fill(place), effort, null))
        }
      } finally {
        await server.stop()
      }
    }
    report(all)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function measured(
  name: string,
  places: readonly string[],
  effort: Effort,
  file: string | null,
): Promise<Installation> {
  const hosts = places.map((place, n) => startChild('region-host.js', [`n${n}`, place]))
  try {
    const play = (host: Child, durationMs: number): Promise<RegionAnswer> =>
      host.ask<RegionAnswer>({
        hospitals: 1_000,
        inFlight: IN_FLIGHT,
        durationMs,
      } satisfies RegionQuestion)
    const together = (durationMs: number) =>
      Promise.all(hosts.map((host) => play(host, durationMs)))
    let values = (await together(effort.warmMs)).reduce((sum, one) => sum + one.values, 0)
    const rounds: { readonly perSecond: number; readonly p99Ms: number }[] = []
    for (let round = 0; round < Math.min(effort.rounds, MOST_ROUNDS); round++) {
      const answers = await together(effort.burstMs * 4)
      values += answers.reduce((sum, one) => sum + one.values, 0)
      rounds.push({
        perSecond: answers.reduce((sum, one) => sum + (one.values * 1_000) / one.elapsedMs, 0),
        p99Ms: p99(answers.flatMap(({ acceptMs }) => acceptMs)),
      })
    }
    effort.tell(name)
    return {
      name,
      perSecond: median(rounds.map(({ perSecond }) => perSecond)),
      p99Ms: median(rounds.map(({ p99Ms }) => p99Ms)),
      kilobytes: file === null ? null : sizeOf(file) / 1024 / values,
    }
  } finally {
    for (const host of hosts) host.stop()
  }
}

/** With the log, from which the file is brought up to date now and then. */
const sizeOf = (file: string): number =>
  [file, `${file}-wal`].reduce((sum, one) => sum + (existsSync(one) ? statSync(one).size : 0), 0)

function p99(list: readonly number[]): number {
  const sorted = list.toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length * 0.99)] ?? 0
}

function report(all: readonly Installation[]): void {
  console.log(`\n## 从一家医院到一个地区 From one hospital to a region\n\n${HOW}\n`)
  console.log(
    table(
      ['安装 installation', '全程/秒 all the way, per s', '接收 accept p99 ms', 'KB/条 a value'],
      all.map(({ name, perSecond, p99Ms, kilobytes }) => [
        name,
        figure(perSecond),
        figure(p99Ms),
        kilobytes === null ? '' : figure(kilobytes),
      ]),
    ),
  )
  const [file] = all
  if (!file) return
  const days = HOSPITALS.map((hospitals) => ({
    hospitals,
    traffic: trafficOf(hospitals, file.perSecond, randomOf(SEED)),
  }))
  console.log('\n一个文件时的一天 A day, with one file:\n')
  console.log(
    table(
      [
        '医院 hospitals',
        '最忙一秒 busiest second',
        '最忙一分钟 minute',
        '其负荷 load of it, %',
        '断网后补发 after the outage',
        '最久等待 longest wait, s',
        '一年 a year, GB',
      ],
      days.map(({ hospitals, traffic }) => [
        String(hospitals),
        String(traffic.second),
        String(traffic.minute),
        figure((100 * traffic.minute) / 60 / file.perSecond),
        String(traffic.held),
        figure(traffic.waitSeconds),
        figure((hospitals * VALUES_A_DAY * 365 * (file.kilobytes ?? 0)) / 1024 / 1024),
      ]),
    ),
  )
  const region = days.at(-1)
  if (!region) return
  const what = `${region.hospitals} 家医院 hospitals`
  const load = region.traffic.minute / 60 / file.perSecond
  reportAim(
    `${what}, 最忙一分钟的负荷 load of the busiest minute, 一个文件 one file`,
    load,
    '≤',
    0.5,
  )
  reportAim(
    `${what}, 断网恢复后 after an outage, 最久等待 longest wait, s`,
    region.traffic.waitSeconds,
    '≤',
    60,
  )
}
