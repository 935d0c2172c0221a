import { Client } from 'pg'
import { query } from '../../src/store/postgres-driver.js'
import type { EngineDefinition, OperationTable, Statement } from '../../src/store/types.js'
import { DEFINITION, PostgresEngine } from '../../src/ledger/index.js'
import { definition as beside } from '../ledger/definition.js'
import { Site } from '../ledger/site.js'
import { WAITING, walk } from '../ledger/walk.js'
import { startPostgres } from '../support/postgres.js'
import { FILL_END, fillStatements } from './filling.js'
import { reportAim, type Effort } from './report.js'

const MOST_ALERTS = 100_000
/** Of a table with fewer rows than this PostgreSQL reads all, and is right. */
const BIG_ROWS = 5_000

/** How PostgreSQL finds the rows of each statement in a ledger of some size, with the statistics that it keeps. */
export async function benchLedgerPlans(effort: Effort): Promise<void> {
  const server = await startPostgres()
  if ('reason' in server) {
    effort.tell(`无法运行 skipped: ${server.reason}`)
    return
  }
  const { address } = server
  const seen = new Map<string, Statement & { readonly operation: string }>()
  const engine = new PostgresEngine({ address, definition: recording(seen) })
  const client = new Client({ ...address, options: '-c search_path=crisis' })
  try {
    await engine.ready()
    await client.connect()
    const total = Math.min(effort.alerts, MOST_ALERTS)
    const all = { from: 1, to: total, total, now: Date.now() }
    for (const sql of [...fillStatements('postgres', all), ...FILL_END]) await client.query(sql)
    for (const table of ['alert', 'stage', 'feedback', 'raw', 'outbox']) {
      await client.query(
        `select setval(pg_get_serial_sequence('${table}', 'id'), (select max(id) + 1 from ${table}))`,
      )
    }
    await client.query('analyze')
    effort.tell(`填充 filling: ${total}`)
    await walk(new Site(engine, ''))
    const big = await client.query<{ relname: string }>(
      `select relname from pg_class where relkind = 'r' and relnamespace = 'crisis'::regnamespace and reltuples > $1`,
      [BIG_ROWS],
    )
    const tables = new Set(big.rows.map(({ relname }) => relname))
    const bad: string[] = []
    for (const { operation, sql, params } of seen.values()) {
      // A lock, or what is for one of the engines alone: neither reads a table.
      if (sql.startsWith('{')) continue
      const [row] = await query(client, { sql: `explain (format json) ${sql}`, params })
      const [explained] = (row?.['QUERY PLAN'] ?? []) as unknown as [{ Plan: Plan }?]
      if (!explained) throw new Error('PostgreSQL explains every statement')
      const { Plan: plan } = explained
      const read = wholeReads(plan, tables)
      if (read.length > 0) bad.push(`- ${operation}: ${read.join(', ')}: ${short(sql)}`)
    }
    console.log('\n## 查询计划 Query plans of PostgreSQL\n')
    console.log(`${total} alerts, ${seen.size} statements, ${[...tables].toSorted().join(', ')}`)
    if (bad.length > 0) console.log(`\n${bad.join('\n')}`)
    reportAim('整表扫描 statements that read a whole big table', bad.length, '≤', 0)
  } finally {
    await Promise.allSettled([client.end(), engine.close()])
    await server.stop()
  }
}

/** The ledger as it is, noting each statement once. */
function recording(
  seen: Map<string, Statement & { readonly operation: string }>,
): EngineDefinition {
  const operations: Record<string, OperationTable[string]> = {}
  for (const [operation, make] of Object.entries<OperationTable[string]>(DEFINITION.operations)) {
    operations[operation] = function* (args) {
      const body = make(args)
      let turn = body.next([])
      while (!turn.done) {
        // The first time: its values are those of every day.
        if (!seen.has(turn.value.sql)) seen.set(turn.value.sql, { ...turn.value, operation })
        turn = body.next(yield turn.value)
      }
      return turn.value
    }
  }
  // The walk lets rows be older by a way past the operations, which no ledger in use has.
  return { ...DEFINITION, operations: { ...beside.operations, ...operations } }
}

interface Plan {
  readonly 'Node Type': string
  readonly 'Relation Name'?: string
  readonly 'Index Name'?: string
  readonly 'Index Cond'?: string
  readonly Plans?: readonly Plan[]
}

/** Steps that read a whole table, or the whole of an index that holds more than what waits for somebody. */
function wholeReads(plan: Plan, tables: ReadonlySet<string>, limited = false): readonly string[] {
  const { 'Node Type': type, 'Relation Name': relation = '', 'Index Name': index = '' } = plan
  const isWhole =
    type === 'Seq Scan' ||
    (/^Index.* Scan$/.test(type) &&
      plan['Index Cond'] === undefined &&
      !WAITING.includes(index) &&
      !limited)
  const own = isWhole && tables.has(relation) ? [`${type} ${index || relation}`] : []
  const parts = plan.Plans ?? []
  return [...own, ...parts.flatMap((part) => wholeReads(part, tables, type === 'Limit'))]
}

const short = (sql: string): string => sql.replace(/\s+/g, ' ').slice(0, 100)
