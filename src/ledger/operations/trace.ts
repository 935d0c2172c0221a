import type { Milestone } from '../../loop/index.js'
import type { Row, Step } from '../../store/index.js'
import { AT_ONCE } from './outbox.js'
import { pageOf, type PageContent } from './pages/rows.js'
import { number, sql, text } from './sql.js'
import {
  alertsThatAreMeant,
  summaries,
  type AlertContent,
  type AlertSummary,
  type WhichAlert,
} from './summaries.js'

/** One content of an alert, as it came in. Times here and below are epoch milliseconds unless they are said to be texts. */
export interface TracedRevision extends AlertContent {
  readonly flags: unknown
}

/** A feedback that came in for the exam. */
export interface TracedFeedback {
  readonly id: number
  readonly document: unknown
  readonly stage: string
  /** ISO 8601, as it says itself. */
  readonly receiveAt: string | null
  readonly processAt: string | null
  readonly application: string
  readonly state: string
  /** How often the same came again. */
  readonly resent: number
  readonly at: number
}

/** A document that was to be sent, or a feedback that waits to be written. */
export interface TracedDelivery {
  /** The number by which it is sent again or given up. */
  readonly id: number
  readonly peer: string
  /** The node that sent it; null for feedback that several messages were merged into. */
  readonly node: string | null
  readonly operation: string
  readonly state: string
  readonly class: string | null
  readonly code: string | null
  readonly reasonZh: string | null
  readonly reasonEn: string | null
  readonly attempts: number
  readonly at: number
  /** When it is tried next; null = at once, or it waits for something else, or has ended. */
  readonly dueAt: number | null
  readonly endedAt: number | null
  readonly replayOf: number | null
  readonly revision: number | null
  /** Why it is not sent yet. */
  readonly parked: string | null
}

/** One attempt to send a document. */
export interface TracedAttempt {
  /** The document, by its number. */
  readonly outbox: number
  readonly n: number
  readonly instance: string
  readonly startedAt: number
  readonly endedAt: number
  readonly class: string
  readonly code: string
  /** The peer's own words: `code` and `desc`; null when they could not be read. */
  readonly reply: unknown
  /** How many attempts before it came to the same and are not kept. */
  readonly alike: number
}

/** A page to a person. */
export interface TracedPage {
  readonly id: number
  readonly node: string
  readonly state: string
  /** Code and name of the person. */
  readonly person: { readonly code: string; readonly name: string }
  /** Name of the channel that has it, or had it last. */
  readonly channel: string
  /** The step of its plan and the reminder of that step, both from 1; null = the flow has paged of its own accord. */
  readonly step: number | null
  readonly round: number | null
  readonly title: string
  readonly attempts: number
  readonly code: string | null
  readonly reasonZh: string | null
  readonly reasonEn: string | null
  readonly at: number
  /** When it is tried next; null = it has ended. */
  readonly dueAt: number | null
  readonly endedAt: number | null
}

/** One attempt to give a page to a channel. */
export interface TracedPageAttempt {
  /** The page, by its number. */
  readonly page: number
  readonly n: number
  /** Name of the channel. */
  readonly channel: string
  readonly instance: string
  readonly startedAt: number
  readonly endedAt: number
  readonly class: string
  readonly code: string
  readonly reasonZh: string
  readonly reasonEn: string
  /** The channel's own words, as text; null when there were none. */
  readonly answer: string | null
}

/** An act of a person that counted. */
export interface TracedAct {
  readonly at: number
  readonly kind: string
  /** When the person did it. */
  readonly doneAt: number
  readonly code: string
  readonly name: string
  readonly role: string
  readonly how: string
  /** 1 = the person has read the value back, 0 = not; null = not said. */
  readonly readBack: number | null
  readonly note: string
  readonly revision: number
  readonly step: number | null
  /** The person that it was passed on to; '' = nobody. */
  readonly toCode: string
  readonly toName: string
  readonly flags: unknown
}

/** What people have decided. */
export interface TracedDecision {
  readonly id: number
  readonly at: number
  readonly kind: string
  readonly outbox: number | null
  readonly by: string
  readonly second: string
  readonly reason: string
}

/** An entry of the audit. */
export interface TracedEntry {
  readonly at: number
  readonly kind: string
  readonly outbox: number | null
  readonly actor: string
  readonly detail: unknown
}

export interface Trace {
  readonly summary: AlertSummary
  readonly revisions: readonly TracedRevision[]
  readonly stages: readonly Milestone[]
  readonly feedback: readonly TracedFeedback[]
  readonly deliveries: readonly TracedDelivery[]
  readonly attempts: readonly TracedAttempt[]
  readonly pages: readonly TracedPage[]
  readonly pageAttempts: readonly TracedPageAttempt[]
  readonly acknowledgements: readonly TracedAct[]
  readonly decisions: readonly TracedDecision[]
  readonly audit: readonly TracedEntry[]
}

/** Everything that is known of the alerts that are meant, in the order in which it happened. */
export function* trace(args: WhichAlert): Step<readonly Trace[]> {
  const rows = yield* alertsThatAreMeant(args)
  const traces: Trace[] = []
  const known = yield* summaries(rows)
  for (const [index, row] of rows.entries()) {
    const alert = number(row, 'id')
    traces.push({
      summary: known[index]!,
      revisions: yield* list(
        'select n as revision, at, document, flags from revision where alert = $1 order by n',
        alert,
      ),
      stages: yield* list(
        'select stage, at, said_at as "saidAt", code, name from stage where alert = $1 order by id',
        alert,
      ),
      feedback: yield* list(
        `select id, document, stage, receive_at as "receiveAt", process_at as "processAt", application, state,
           resent, at
         from feedback where system = $1 and pair = $2 order by id`,
        text(row, 'system'),
        text(row, 'pair'),
      ),
      deliveries: yield* list(
        `select id, peer, nullif(node, '') as node, operation,
           case when state = 'ready' and blocked is not null then 'parked'
             when code = 'SUPERSEDED' then 'merged' else state end as state,
           class, code, reason_zh as "reasonZh", reason_en as "reasonEn", attempts, at,
           case when state = 'ready' and blocked is null and due > ${AT_ONCE} then due end as "dueAt",
           ended_at as "endedAt", replay_of as "replayOf", revision, blocked as parked
         from outbox where alert = $1
         union all select id, peer, nullif(node, ''), 'SynCrisisResponseInfo', 'parked', null, null, null, null, 0,
           at, null, ended_at, null, null, waits
         from report where alert = $1 and outbox is null and waits is not null order by 1`,
        alert,
      ),
      attempts: yield* list(
        `select t.outbox, t.n, t.instance, t.started_at as "startedAt", t.ended_at as "endedAt", t.class, t.code,
           t.reply, t.alike
         from attempt t join outbox o on o.id = t.outbox where o.alert = $1 order by t.outbox, t.n`,
        alert,
      ),
      ...(yield* tracedPages(alert)),
      acknowledgements: yield* list(
        `select at, kind, done_at as "doneAt", code, name, role, how, read_back as "readBack", note, revision, step,
           to_code as "toCode", to_name as "toName", flags
         from acknowledgement where alert = $1 order by id`,
        alert,
      ),
      decisions: yield* list(
        `select id, at, kind, outbox, person as "by", second, reason from decision
         where alert = $1 or outbox in (select id from outbox where alert = $1) order by id`,
        alert,
      ),
      audit: yield* list(
        'select at, kind, outbox, actor, detail from audit where alert = $1 order by at, chain, seq',
        alert,
      ),
    })
  }
  return traces
}

function* tracedPages(alert: number): Step<Pick<Trace, 'pages' | 'pageAttempts'>> {
  const rows = yield sql(
    `select *, case when state = 'waiting' then due end as due_at from page where alert = $1 order by id`,
    alert,
  )
  const pages = rows.map((row) => ({ row, page: pageOf(row) }))
  const tries = yield sql(
    `select t.*, p.content from page_attempt t join page p on p.id = t.page where p.alert = $1
     order by t.page, t.n`,
    alert,
  )
  return {
    pages: pages.map(({ row, page: { content, step, ...page } }) => ({
      id: page.id,
      node: page.node,
      state: page.state,
      person: content.person,
      channel: content.ways[page.way]?.name ?? '',
      step: step ? step.step + 1 : null,
      round: step ? step.round + 1 : null,
      title: content.title,
      attempts: page.attempts,
      code: row['code'] as string | null,
      reasonZh: row['reason_zh'] as string | null,
      reasonEn: row['reason_en'] as string | null,
      at: page.at,
      dueAt: row['due_at'] as number | null,
      endedAt: row['ended_at'] as number | null,
    })),
    pageAttempts: tries.map((row) => {
      const { ways } = JSON.parse(text(row, 'content')) as PageContent
      const answer = row['answer']
      return {
        page: number(row, 'page'),
        n: number(row, 'n'),
        channel: ways.find(({ channel }) => channel === row['channel'])?.name ?? '',
        instance: text(row, 'instance'),
        startedAt: number(row, 'started_at'),
        endedAt: number(row, 'ended_at'),
        class: text(row, 'class'),
        code: text(row, 'code'),
        reasonZh: text(row, 'reason_zh'),
        reasonEn: text(row, 'reason_en'),
        answer: answer instanceof Uint8Array ? Buffer.from(answer).toString('utf8') : null,
      }
    }),
  }
}

const JSON_COLUMNS = ['document', 'flags', 'detail', 'reply'] as const

/** The rows of a statement whose columns are named as the properties are, with their JSON read. */
function* list<T>(statement: string, ...params: readonly (string | number)[]): Step<readonly T[]> {
  const rows = yield sql(statement, ...params)
  return rows.map((row) => withJson(row)) as unknown as readonly T[]
}

function withJson(row: Row): Record<string, unknown> {
  const result: Record<string, unknown> = { ...row }
  for (const column of JSON_COLUMNS) {
    const value = row[column]
    if (typeof value === 'string') result[column] = JSON.parse(value) as unknown
  }
  return result
}
