import { setTimeout } from 'node:timers/promises'
import { Client } from 'pg'
import { DEFINITION, Ledger, PostgresEngine } from '../../src/ledger/index.js'
import { startPostgres } from '../support/postgres.js'
import { startChild, type Child } from './children.js'
import { PEER, type CourierQuestion } from './ledger-courier.js'
import type { Effort } from './report.js'
import { FEEDBACK_DOCUMENT } from './samples.js'
import type { ServerState } from './servers.js'
import { figure, median, ratio, table } from './statistics.js'

const WORKERS = [1, 2, 4]
const MOST_ROUNDS = 4
const LOOK_MS = 10

/** Deliveries from one ledger on PostgreSQL by several processes, to a receiver that answers at once. */
export async function benchLedgerCouriers(effort: Effort): Promise<void> {
  const server = await startPostgres()
  if ('reason' in server) {
    effort.tell(`无法运行 skipped: ${server.reason}`)
    return
  }
  const { address } = server
  const ledger = new Ledger(new PostgresEngine({ address, definition: DEFINITION }))
  const client = new Client({ ...address, options: '-c search_path=crisis' })
  const receiver = startChild('servers.js', ['bare'])
  const couriers: Child[] = []
  try {
    await ledger.engine.ready()
    await client.connect()
    const { port } = await receiver.ask<ServerState>({})
    const args = [JSON.stringify(address), String(port)]
    for (let i = 0; i < Math.max(...WORKERS); i++) {
      couriers.push(startChild('ledger-courier.js', args))
    }
    const work = (workers: number): Promise<unknown> =>
      Promise.all(
        couriers.map((courier, index) =>
          courier.ask({ work: index < workers } satisfies CourierQuestion),
        ),
      )
    const deliver = async (workers: number, documents: number): Promise<number> => {
      await client.query(ENQUEUE, [PEER, FEEDBACK_DOCUMENT, documents])
      const startedAt = performance.now()
      await work(workers)
      while ((await ledger.run('depth', { peer: PEER })).waiting > 0) await setTimeout(LOOK_MS)
      const elapsedMs = performance.now() - startedAt
      await work(0)
      return (documents / elapsedMs) * 1000
    }
    const perSecond = WORKERS.map((): number[] => [])
    effort.progress(0)
    for (const workers of WORKERS) await deliver(workers, effort.warmMs / 5)
    const rounds = Math.min(effort.rounds, MOST_ROUNDS)
    for (let round = 0; round < rounds; round++) {
      for (const [index, workers] of WORKERS.entries()) {
        perSecond[index]?.push(await deliver(workers, effort.burstMs * 2))
      }
      effort.tell(`${round + 1}/${rounds}`)
    }
    const { rows } = await client.query<{ wrong: string }>(WRONG)
    if (rows[0]?.wrong !== '0') throw new Error('each document is delivered once, in one attempt')
    report(perSecond)
  } finally {
    for (const child of [receiver, ...couriers]) child.stop()
    await Promise.allSettled([client.end(), ledger.close()])
    await server.stop()
  }
}

/** Each in a lane of its own, so that none waits for another. */
const ENQUEUE = `insert into outbox (peer, operation, lane, document, node, message, state, due, at)
  select $1, 'SynCrisisResponseInfo', gen_random_uuid()::text, $2, '', '{}', 'ready', 0,
    (extract(epoch from clock_timestamp()) * 1000)::bigint from generate_series(1, $3)`

const WRONG = "select count(*) as wrong from outbox where state <> 'done' or attempts <> 1"

function report(perSecond: readonly (readonly number[])[]): void {
  console.log('\n## 多进程发送（PostgreSQL）Deliveries by several processes\n')
  const head = ['进程 processes', '次/秒 per second', '×']
  const rows = WORKERS.map((workers, index) => {
    const own = perSecond[index] ?? []
    return [String(workers), figure(median(own)), figure(ratio(own, perSecond[0] ?? []))]
  })
  console.log(table(head, rows))
}
