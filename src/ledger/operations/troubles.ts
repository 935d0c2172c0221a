import {
  isOfAllDocuments,
  troubleOf,
  type DeadDocument,
  type NotedEntry,
  type Trouble,
} from '../../loop/index.js'
import type { Row, Step } from '../../store/index.js'
import { owe } from './handouts.js'
import { number, sql, text } from './sql.js'
import { watches } from './timers.js'

/** A trouble that the flow of a watch is told of: numbers, names and codes, and nothing of a patient. */
export interface TroubleContent extends Trouble {
  /** The key of the alert, as everywhere in messages. */
  readonly alert: string | null
  readonly examKey: string | null
  /** Id of the peer, or of the service that a call came in by. */
  readonly peer: string | null
  readonly service: string | null
  /** The thing that a lasting trouble is about, such as a channel, and the name that people gave it. */
  readonly subject: string | null
  readonly name: string | null
  /** Its number in the outbox, among the feedback, in the quarantine. */
  readonly outbox: number | null
  readonly feedback: number | null
  readonly refusal: number | null
  /** Epoch ms. */
  readonly since: number
  readonly at: number
}

/** An entry of the audit that a trouble may follow from. */
export interface Entry extends NotedEntry {
  readonly alert?: number | null
  readonly outbox?: number | null
  /** A trouble that begins or ends. */
  readonly lasting?: Lasting
}

export interface Lasting extends Pick<TroubleContent, 'subject' | 'name' | 'peer' | 'service'> {
  readonly trouble: Trouble
  /** Epoch ms. */
  readonly since: number
  /** The one watch that is told; '' = each. */
  readonly target: string
}

/** Owes the flows of all watches that want to hear of it the trouble that follows from an entry of the audit. */
export function* tellTrouble(entry: Entry, at: number): Step<void> {
  const only = entry.lasting?.target ?? ''
  const told = (yield* watches()).filter(
    ({ target, rules }) => rules.troubles && (only === '' || only === target),
  )
  if (told.length === 0) return
  const content = yield* contentOf(entry, at)
  if (!content) return
  const alert = entry.alert ?? null
  for (const { target } of told) yield* owe({ kind: 'trouble', target, content, alert, at })
}

/** null = it was told of before. */
function* contentOf(entry: Entry, at: number): Step<TroubleContent | null> {
  const { lasting, detail = {}, outbox = null } = entry
  const document = outbox === null ? undefined : yield* documentRow(outbox)
  const trouble = lasting?.trouble ?? troubleOf(entry, document ? deadOf(document) : null)
  if (!trouble) return null
  const refusal = trouble.kind === 'quarantine' ? numberIn(detail['quarantine']) : null
  const call = refusal === null ? undefined : yield* quarantineRow(refusal)
  if (document && !(yield* isNewCause(document, entry, at))) return null
  if (call && !(yield* isNewRefusal(call, at))) return null
  const about = yield* alertRow(entry.alert ?? null)
  const peer = document ? text(document, 'peer') : textIn(detail['peer'])
  return {
    ...trouble,
    alert: about ? text(about, 'key') : null,
    examKey: about ? text(about, 'pair') : null,
    peer: lasting?.peer ?? peer,
    service: lasting?.service ?? (call ? text(call, 'service') : null),
    subject: lasting?.subject ?? null,
    name: lasting?.name ?? null,
    outbox,
    feedback: numberIn(detail['feedback']),
    refusal,
    since: lasting?.since ?? at,
    at,
  }
}

const numberIn = (value: unknown): number | null => (typeof value === 'number' ? value : null)
const textIn = (value: unknown): string | null => (typeof value === 'string' ? value : null)

function* documentRow(id: number): Step<Row | undefined> {
  const [row] = yield sql(
    'select peer, operation, class, code, reason_zh, reason_en from outbox where id = $1',
    id,
  )
  return row
}

const deadOf = (row: Row): DeadDocument => ({
  operation: text(row, 'operation'),
  class: textIn(row['class']) ?? '',
  code: textIn(row['code']) ?? '',
  reason: { zh: textIn(row['reason_zh']) ?? '', en: textIn(row['reason_en']) ?? '' },
})

function* quarantineRow(id: number): Step<Row | undefined> {
  const [row] = yield sql('select service, code from quarantine where id = $1', id)
  return row
}

function* alertRow(id: number | null): Step<Row | undefined> {
  if (id === null) return undefined
  const [row] = yield sql('select key, pair from alert where id = $1', id)
  return row
}

/** A cause that every document of a peer meets is told of once, until the peer has taken one. */
function* isNewCause(document: Row, { kind }: Entry, at: number): Step<boolean> {
  const dead = deadOf(document)
  if ((kind !== 'held' && kind !== 'dead') || !isOfAllDocuments(dead)) return true
  const peer = text(document, 'peer')
  const key = `${peer}/${dead.code}`
  const since = yield* toldAt('cause', key)
  if (since !== null) {
    const [delivered] = yield sql(
      `select id from outbox where state in ('done', 'cancelled') and ended_at > $1
         and state = 'done' and peer = $2 limit 1`,
      since,
      peer,
    )
    if (!delivered) return false
  }
  yield* noteTold('cause', key, at)
  return true
}

const HOUR_MS = 3_600_000

/** A caller that does not stop is one trouble an hour, for each code at each service. */
function* isNewRefusal(call: Row, at: number): Step<boolean> {
  const key = `${text(call, 'service')}/${text(call, 'code')}`
  const since = yield* toldAt('refusal', key)
  // A time that lies ahead was noted by a clock that has been set back since.
  if (since !== null && since > at - HOUR_MS && since <= at) return false
  yield* noteTold('refusal', key, at)
  return true
}

/** When it was told of last, in epoch ms; null = never. */
function* toldAt(kind: 'cause' | 'refusal', key: string): Step<number | null> {
  const [row] = yield sql(
    "select since from trouble where target = '' and kind = $1 and key = $2",
    kind,
    key,
  )
  return row ? number(row, 'since') : null
}

function* noteTold(kind: 'cause' | 'refusal', key: string, at: number): Step<void> {
  yield sql(
    `insert into trouble (target, kind, key, since) values ('', $1, $2, $3)
     on conflict (target, kind, key) do update set since = excluded.since`,
    kind,
    key,
    at,
  )
}
