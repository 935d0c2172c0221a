import type { AskedLimits } from '../../../loop/index.js'
import type { SqlValue, Step } from '../../../store/index.js'
import { now, number, sql, text } from '../sql.js'
import { trace, type Trace } from '../trace.js'
import { boardAlert, type OpenAlert } from './open.js'

/**
 * Bytes that came or went, by a number of their own within the ledger.
 * - `call`: a call that came in with a critical value or a feedback
 * - `document`: a document that was to be sent
 * - `request`, `reply`: what an attempt has sent to a peer, or to a channel, and its answer
 */
export interface KeptPart {
  readonly n: number
  readonly name: 'request' | 'reply' | 'document'
  readonly bytes: number
  /** The record that it belongs to. */
  readonly of:
    | { readonly kind: 'revision'; readonly revision: number }
    | { readonly kind: 'feedback'; readonly id: number }
    | { readonly kind: 'delivery'; readonly outbox: number }
    | { readonly kind: 'attempt'; readonly outbox: number; readonly attempt: number }
    | { readonly kind: 'pageAttempt'; readonly page: number; readonly attempt: number }
}

export interface BoardExam {
  readonly now: number
  readonly row: OpenAlert
  readonly trace: Trace
  readonly parts: readonly KeptPart[]
}

/** An alert with everything that is known of it; null = there is no such alert. */
export function* boardExam(args: {
  readonly alert: number
  readonly limits: AskedLimits
}): Step<BoardExam | null> {
  const row = yield* boardAlert(args.alert, args.limits)
  if (!row) return null
  const found = yield* trace({ id: row.id })
  const own = found.find(({ summary }) => summary.alert === args.alert)
  if (!own) return null
  return { now: yield* now(), row, trace: own, parts: yield* partsOf(args.alert) }
}

/** The record of a part and the place in it, as one number: a part keeps its number when others are removed. */
const SOURCES = ['raw', 'outbox', 'attempt', 'page'] as const
type Source = (typeof SOURCES)[number]

const MOST_ATTEMPTS = 2 ** 20

const numberOf = (source: Source, id: number, attempt = 0): number =>
  (id * MOST_ATTEMPTS + attempt) * SOURCES.length + SOURCES.indexOf(source)

function placeOf(n: number): {
  readonly source: Source
  readonly id: number
  readonly attempt: number
} {
  const rest = Math.floor(n / SOURCES.length)
  return {
    source: SOURCES[n % SOURCES.length] ?? 'raw',
    id: Math.floor(rest / MOST_ATTEMPTS),
    attempt: rest % MOST_ATTEMPTS,
  }
}

function* partsOf(alert: number): Step<readonly KeptPart[]> {
  const parts: KeptPart[] = []
  const calls = yield sql(
    `select v.n as revision, null as feedback, w.id, length(w.bytes) as size
     from revision v join raw w on w.id = v.raw where v.alert = $1
     union all select null, f.id, w.id, length(w.bytes) from alert a
       join feedback f on f.system = a.system and f.pair = a.pair join raw w on w.id = f.raw where a.id = $1`,
    alert,
  )
  for (const row of calls) {
    const of =
      row['revision'] === null
        ? ({ kind: 'feedback', id: number(row, 'feedback') } as const)
        : ({ kind: 'revision', revision: number(row, 'revision') } as const)
    const n = numberOf('raw', number(row, 'id'))
    parts.push({ n, name: 'request', bytes: number(row, 'size'), of })
  }
  for (const row of yield sql(
    'select id, document from outbox where alert = $1 order by id',
    alert,
  )) {
    const outbox = number(row, 'id')
    const bytes = Buffer.byteLength(text(row, 'document'))
    const of = { kind: 'delivery', outbox } as const
    parts.push({ n: numberOf('outbox', outbox), name: 'document', bytes, of })
  }
  const attempts = yield sql(
    `select t.outbox as id, t.n, length(t.request) as sent, length(t.response) as came, 0 as page
     from outbox o join attempt t on t.outbox = o.id where o.alert = $1
     union all select t.page, t.n, length(t.request), length(t.answer), 1
     from page p join page_attempt t on t.page = p.id where p.alert = $1`,
    alert,
  )
  for (const row of attempts) {
    const [id, attempt] = [number(row, 'id'), number(row, 'n')]
    const isPage = row['page'] === 1
    const n = numberOf(isPage ? 'page' : 'attempt', id, attempt)
    const of = isPage
      ? ({ kind: 'pageAttempt', page: id, attempt } as const)
      : ({ kind: 'attempt', outbox: id, attempt } as const)
    const sizes = [
      ['request', row['sent']],
      ['reply', row['came']],
    ] as const
    for (const [name, bytes] of sizes) {
      if (typeof bytes === 'number' && bytes > 0) parts.push({ n, name, bytes, of })
    }
  }
  return parts
}

export interface KeptBytes {
  /** '' = it says so itself, or nobody knows. */
  readonly charset: string
  readonly bytes: Uint8Array
}

export interface AskedPart {
  readonly alert: number
  readonly n: number
  readonly name: KeptPart['name']
}

/** The bytes of a part of an alert; null = it has no such part, or they are no longer kept. */
export function* boardPart({ alert, n, name }: AskedPart): Step<KeptBytes | null> {
  const { source, id, attempt } = placeOf(n)
  const column = name === 'reply' ? 'response' : 'request'
  const [statement, ...params] = statementFor(source, column, [id, alert, attempt])
  const [row] = yield sql(statement, ...params)
  if (!row) return null
  const found = row['bytes']
  if (typeof found === 'string') return { charset: 'utf-8', bytes: Buffer.from(found) }
  if (!(found instanceof Uint8Array)) return null
  return { charset: String(row['charset'] ?? ''), bytes: found }
}

function statementFor(
  source: Source,
  column: 'request' | 'response',
  [id, alert, attempt]: readonly [number, number, number],
): readonly [string, ...SqlValue[]] {
  switch (source) {
    case 'raw':
      return [
        `select w.charset, w.bytes from raw w where w.id = $1 and (
           exists (select 1 from revision v where v.raw = w.id and v.alert = $2)
           or exists (select 1 from feedback f join alert a on a.system = f.system and a.pair = f.pair
             where f.raw = w.id and a.id = $2))`,
        id,
        alert,
      ]
    case 'outbox':
      return ['select document as bytes from outbox where id = $1 and alert = $2', id, alert]
    case 'attempt':
      return [
        `select t.${column} as bytes from attempt t join outbox o on o.id = t.outbox
         where t.outbox = $1 and o.alert = $2 and t.n = $3`,
        id,
        alert,
        attempt,
      ]
    case 'page': {
      const answer = column === 'response' ? 'answer' : 'request'
      return [
        `select t.${answer} as bytes from page_attempt t join page p on p.id = t.page
         where t.page = $1 and p.alert = $2 and t.n = $3`,
        id,
        alert,
        attempt,
      ]
    }
  }
}

/** The document of a dead letter, which a person may correct; null = there is none. */
export function* deadDocument({ id }: { readonly id: number }): Step<DeadDocumentText | null> {
  const [row] = yield sql(
    "select operation, document from outbox where id = $1 and state in ('held', 'dead')",
    id,
  )
  return row ? { operation: text(row, 'operation'), document: text(row, 'document') } : null
}

export interface DeadDocumentText {
  readonly operation: string
  readonly document: string
}
