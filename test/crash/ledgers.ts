import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Client } from 'pg'
import {
  DEFINITION,
  DEFINITION_MODULE,
  Ledger,
  PostgresEngine,
  SqliteEngine,
} from '../../src/ledger/index.js'
import { startPostgres, type TestPostgres } from '../support/postgres.js'
import { nameOf } from './feeder.js'

/** A ledger as the nodes are set to it, and as the test looks into it when they are gone. */
export interface TestLedger {
  readonly store: Readonly<Record<string, string>>
  readonly credentials?: Readonly<Record<string, string>>
  /** What is stored in it, by name. */
  stored(): Promise<ReadonlySet<string>>
  /** How many documents are still to be delivered, and how many need a person. */
  undelivered(): Promise<{ readonly waiting: number; readonly dead: number }>
  /** Asks it in SQL. */
  read: Read
  open(): Ledger
  stop(): Promise<void>
}

const STORED = 'select document from revision'
const UNDELIVERED = `select state, count(*) as documents from outbox
  where state in ('ready', 'leased', 'held', 'dead') group by state`
const OWED = "select count(*) as documents from owed where kind = 'crisis'"

type Rows = readonly Readonly<Record<string, unknown>>[]
type Read = (sql: string) => Promise<Rows>

/** A file in the user directory of the one instance. It is read as any other tool would read it. */
export function fileLedger(folder: string): TestLedger {
  const file = path.join(folder, 'crash.db')
  return {
    store: { engine: 'file', file },
    ...reading(async (sql) => {
      const database = new DatabaseSync(file, { readOnly: true })
      try {
        return database.prepare(sql).all()
      } finally {
        database.close()
      }
    }),
    open: () => new Ledger(new SqliteEngine({ file, definition: DEFINITION_MODULE })),
    stop: async () => {},
  }
}

/**
 * With the server behind it, to be stopped and started.
 * @throws Error where there is no PostgreSQL
 */
export async function postgresLedger(): Promise<TestLedger & { readonly server: TestPostgres }> {
  const server = await startPostgres()
  if ('reason' in server) throw new Error(server.reason)
  const { address } = server
  return {
    server,
    store: {
      engine: 'postgres',
      host: address.host,
      port: String(address.port),
      database: address.database,
      user: address.user,
    },
    credentials: { password: address.password },
    ...reading((sql) => query(server, sql)),
    open: () => new Ledger(new PostgresEngine({ address, definition: DEFINITION })),
    stop: () => server.stop(),
  }
}

async function query({ address }: TestPostgres, sql: string): Promise<Rows> {
  const client = new Client({ ...address, options: '-c search_path=crisis' })
  await client.connect()
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows
  } finally {
    await client.end()
  }
}

function reading(read: Read): Pick<TestLedger, 'read' | 'stored' | 'undelivered'> {
  return {
    read,
    async stored() {
      const rows = await read(STORED)
      const names = rows.map((row) => {
        const { ExamNo = '', CrisisMemo = '' } = JSON.parse(String(row['document'])) as {
          ExamNo?: string
          CrisisMemo?: string
        }
        return nameOf(ExamNo, CrisisMemo)
      })
      return new Set(names)
    },
    async undelivered() {
      let waiting = 0
      let dead = 0
      for (const { state, documents } of await read(UNDELIVERED)) {
        if (state === 'ready' || state === 'leased') waiting += Number(documents)
        else dead += Number(documents)
      }
      const [owed] = await read(OWED)
      return { waiting: waiting + Number(owed?.['documents']), dead }
    },
  }
}
