import { randomUUID } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import type { Migration } from '../../store/index.js'
import {
  accept,
  moved,
  type MoveMark,
  moveMark,
  readMark,
  refuseMarked,
} from '../../store/whole.js'
import { sql } from '../operations/sql.js'
import type { Verification } from '../verification.js'
import { pendingOf, verifyChains, type Pending } from './check.js'
import { Digest } from './digest.js'
import { TransferError } from './errors.js'
import type { Side } from './side.js'
import { tablesOf, type Table } from './tables.js'

export interface MoveProgress {
  readonly phase: 'copy' | 'check'
  readonly table: string
  /** Of all tables, so far and altogether. */
  readonly rows: number
  readonly total: number
}

export interface MoveOptions {
  /** Whether another ledger in the target may be removed. Default is false. */
  readonly replace?: boolean
  readonly onProgress?: (progress: MoveProgress) => void
}

export interface MoveReport {
  /** True when a move that had been interrupted at its very end was only ended now: nothing was copied. */
  readonly ended: boolean
  /** Rows by table. */
  readonly rows: Readonly<Record<string, number>>
  readonly audit: Verification
  readonly pending: Pending
}

/**
 * Moves a ledger. At every moment of it one of the two at the most can be opened as a ledger: the old one until
 * the new one is complete and compared, then the new one. Interrupted at any point, the same call goes on.
 *
 * 1. the target is marked as unfinished
 * 2. in one transaction everything is copied, read back and compared
 * 3. the source is marked as moved
 * 4. the mark of the target is removed
 *
 * @throws TransferError, LedgerError
 */
export async function move(
  from: Side,
  to: Side,
  migrations: readonly Migration[],
  options: MoveOptions = {},
): Promise<MoveReport> {
  if (from.kind === to.kind) throw new TransferError('SAME_KIND')
  const before = { from: await markOf(from), to: await markOf(to) }
  const tables = tablesOf(migrations)
  if (before.from?.state === 'moved') {
    const own = before.to?.state === 'moving' && before.to.id === before.from.id
    if (!own) throw moved(before.from)
    await release(to)
    return report(to, true, {})
  }
  refuseMarked(before.from)
  if (!options.replace) await refuseOther(to, before.to, tables)

  const mark: MoveMark = { state: 'moving', to: to.kind, id: randomUUID(), at: Date.now() }
  await to.mark(mark)
  let rows: Readonly<Record<string, number>>
  try {
    rows = await from.transaction(() =>
      to.transaction(() => copyAndCompare(from, to, tables, options.onProgress)),
    )
  } catch (error) {
    // With nothing in it, it is again what it was. Else, or when it cannot be reached, it stays unfinished.
    const restore = async () => (await isEmpty(to, tables)) && to.mark(before.to)
    await restore().catch(() => undefined)
    throw error
  }
  await from.mark({ ...mark, state: 'moved', at: Date.now() })
  await release(to)
  return report(to, false, rows)
}

/** Lets the target be opened, also where another ledger was known before. */
async function release(to: Side): Promise<void> {
  await to.query(accept())
  await to.mark(undefined)
}

export async function markOf(side: Pick<Side, 'query'>): Promise<MoveMark | undefined> {
  return moveMark(await side.query(readMark))
}

/** A target that holds rows, unless a move left them there. */
async function refuseOther(
  to: Side,
  mark: MoveMark | undefined,
  tables: readonly Table[],
): Promise<void> {
  if (mark?.state === 'moving') return
  if (mark) throw new TransferError('TARGET_OTHER_MOVE')
  if (!(await isEmpty(to, tables))) throw new TransferError('TARGET_NOT_EMPTY')
}

async function isEmpty(side: Side, tables: readonly Table[]): Promise<boolean> {
  for (const { name } of tables) {
    const rows = await side.query(sql(`select 1 as found from ${name} limit 1`))
    if (rows.length > 0) return false
  }
  return true
}

async function copyAndCompare(
  from: Side,
  to: Side,
  tables: readonly Table[],
  onProgress: MoveOptions['onProgress'],
): Promise<Record<string, number>> {
  let total = 0
  for (const { name } of tables) {
    const [row] = await from.query(sql(`select count(*) as n from ${name}`))
    total += Number(row?.['n'])
  }
  await to.clear(tables)
  const digests = new Map<string, string>()
  const rows: Record<string, number> = {}
  let done = 0
  for (const table of tables) {
    const digest = new Digest()
    for await (const batch of from.read(table)) {
      digest.add(batch)
      await to.write(table, batch)
      done += batch.length
      onProgress?.({ phase: 'copy', table: table.name, rows: done, total })
    }
    if (table.counter) {
      await to.setCounter(table, table.counter, await from.counter(table, table.counter))
    }
    rows[table.name] = digest.rows
    digests.set(table.name, digest.end())
  }
  await compare(from, to, tables, digests, (table, checked) =>
    onProgress?.({ phase: 'check', table, rows: checked, total }),
  )
  return rows
}

/** Reads the target back. Throws NOT_IDENTICAL with the name of the table. */
async function compare(
  from: Side,
  to: Side,
  tables: readonly Table[],
  digests: ReadonlyMap<string, string>,
  onProgress: (table: string, rows: number) => void,
): Promise<void> {
  let done = 0
  for (const table of tables) {
    const digest = new Digest()
    for await (const batch of to.read(table)) {
      digest.add(batch)
      done += batch.length
      onProgress(table.name, done)
    }
    const { name, counter } = table
    if (digest.end() !== digests.get(name)) throw new TransferError('NOT_IDENTICAL', name)
    if (counter && (await from.counter(table, counter)) !== (await to.counter(table, counter))) {
      throw new TransferError('NOT_IDENTICAL', `${name}.${counter}`)
    }
  }
  for (const ask of [pendingOf, verifyChains]) {
    if (!isDeepStrictEqual(await ask(from), await ask(to))) {
      throw new TransferError('NOT_IDENTICAL', ask === pendingOf ? 'pending' : 'audit')
    }
  }
}

async function report(
  to: Side,
  ended: boolean,
  rows: Readonly<Record<string, number>>,
): Promise<MoveReport> {
  return { ended, rows, audit: await verifyChains(to), pending: await pendingOf(to) }
}
