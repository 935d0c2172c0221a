import { CrisisError } from '../../src/messages/index.js'
import type { EngineDefinition, Migration, Step } from '../../src/store/index.js'

// A small ledger to try the engines with.
export interface Note {
  readonly text: string
  readonly bytes?: Uint8Array
}

const migrations: readonly Migration[] = [
  {
    version: 1,
    statements: [
      'create table note (id {id}, text text not null unique, bytes {bytes}, detail {json}, at {big} not null){tail}',
    ],
  },
]

const operations = {
  *add({ text, bytes }: Note): Step<number> {
    const [row] = yield {
      sql: 'insert into note (text, bytes, detail, at) values ($1, $2, $3, {now}) returning id',
      params: [text, bytes ?? null, '{ "b": 1,  "a": 2 }'],
    }
    return Number(row?.['id'])
  },
  /** Says that there is a note. */
  *announce({ text }: Note): Step<void> {
    yield { sql: 'select 1 as one', params: [], hint: `note/${text}` }
    yield* operations.add({ text })
  },
  /** Two rows or none: the second is a duplicate. */
  *addTwice({ text }: Note): Step<void> {
    yield* operations.add({ text })
    yield* operations.add({ text })
  },
  /** The same with statements that answer nothing, and one that is answered behind them. */
  *addTwiceUnread({ text }: Note): Step<unknown> {
    for (let n = 0; n < 2; n++) {
      yield { sql: 'insert into note (text, at) values ($1, {now})', params: [text] }
    }
    return yield { sql: 'select 1 as one', params: [] }
  },
  /** Ends with a statement that answers nothing and fails. */
  *addAgainAtTheEnd({ text }: Note): Step<void> {
    yield* operations.add({ text })
    yield { sql: 'insert into note (text, at) values ($1, {now})', params: [text] }
  },
  /** As when the disk does not answer any more. */
  *ioError(): Step<void> {
    yield { sql: "insert into note (text, at) values ('lost', 0)", params: [] }
    throw Object.assign(new Error('disk I/O error'), { code: 'ERR_SQLITE_ERROR', errcode: 1034 })
  },
  *refuse({ text }: Note): Step<void> {
    yield* operations.add({ text })
    throw new CrisisError('NOT_LIKED', { zh: '不喜欢', en: 'Not liked' }, '409')
  },
  *stumble(): Step<void> {
    yield { sql: 'select 1 as one', params: [] }
    throw new TypeError('stumbled over 张三')
  },
  *texts(): Step<readonly unknown[]> {
    return (yield { sql: 'select text from note order by id', params: [] }).map(
      (row) => row['text'],
    )
  },
  *count(): Step<unknown> {
    const [row] = yield { sql: 'select count(*) as n from note', params: [] }
    return row?.['n']
  },
  *first(): Step<unknown> {
    const [row] = yield { sql: 'select * from note order by id limit $1', params: [1] }
    return { row, plain: Object.getPrototypeOf(row) === Object.prototype }
  },
  *remove({ upTo }: { readonly upTo: number }): Step<void> {
    yield { sql: 'delete from note where id <= $1', params: [upTo] }
  },
  *values(): Step<unknown> {
    const [row] = yield {
      sql: 'select $1 + {now} - {now} < 100 as truth, $1 / 2 as half, sum(id) as total from note',
      params: [7],
    }
    return row
  },
  *locked({ text }: Note): Step<void> {
    yield { sql: '{lock:$1}', params: [text] }
    yield* operations.add({ text })
  },
  *clock(): Step<unknown> {
    const [row] = yield { sql: 'select {now} as now', params: [] }
    return row?.['now']
  },
  *statement({ sql }: { readonly sql: string }): Step<unknown> {
    return yield { sql, params: [] }
  },
  /** Appends to a chain whose end is carried from one operation of a batch to the next; fails where it is asked to. */
  *link({ fails }: { readonly fails: boolean }): Step<number> {
    const name = 'end'
    const [end] = yield {
      sql: "select detail as n from note where text = 'end'",
      params: [],
      carried: { name },
    }
    const n = Number(end?.['n'] ?? 0) + 1
    yield* operations.add({ text: `link ${n}` })
    yield {
      sql: `insert into note (text, detail, at) values ('end', $1, {now})
        on conflict (text) do update set detail = excluded.detail`,
      params: [String(n)],
      carried: { name, written: { n: String(n) } },
    }
    if (fails) throw new TypeError('broken')
    return n
  },
  /** One statement that takes seconds, and longer than the limit of a question that is short. */
  *ponder({ times = 1 }: { readonly times?: number }): Step<unknown> {
    return yield {
      sql: `with recursive n(i) as (select 1 union all select i + 1 from n where i < 10000000 * $1)
        select count(*) as n from n`,
      params: [times],
    }
  },
  /** Takes about half a second, on any database. */
  *linger(): Step<void> {
    const end = Date.now() + 500
    while (Date.now() < end) yield { sql: 'select 1 as one', params: [] }
  },
  /** Ends the thread or process that runs it. */
  *die(): Step<void> {
    yield { sql: 'select 1 as one', params: [] }
    process.exit(1)
  },
} as const

export const definition: EngineDefinition = { operations, migrations }
export const definitionPath = __filename
