import type * as pg from 'pg'
import { ledgerError } from './errors.js'
import { command, query } from './postgres-driver.js'

/**
 * Makes sure that a connection has one process of the server for itself. A pooler in transaction mode gives each
 * transaction any process, which has neither the settings nor the locks of the one before. Rejects with LEDGER_POOLER.
 * @param make a second connection, which takes a process away from such a pooler meanwhile
 */
export async function assertOwnBackend(client: pg.Client, make: () => pg.Client): Promise<void> {
  const other = make()
  other.on('error', () => undefined)
  try {
    await other.connect()
    const own = await backendOf(client)
    await command(other, 'begin')
    // The pooler gives out first what it got back last.
    const others = await backendOf(other)
    const again = await backendOf(client)
    await command(other, 'rollback')
    if (own === others || own !== again) {
      throw ledgerError('LEDGER_POOLER', { evidence: 'pg_backend_pid' })
    }
  } finally {
    other.end().catch(() => undefined)
  }
}

async function backendOf(client: pg.Client): Promise<number> {
  const [row] = await query(client, { sql: 'select pg_backend_pid() as pid', params: [] })
  return Number(row?.['pid'])
}
