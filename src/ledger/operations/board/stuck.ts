import { OPEN_ALERT_STAGES } from '../../../loop/index.js'
import type { Step } from '../../../store/index.js'
import { listed, number, sql, text } from '../sql.js'
import { refusals, type Refusal } from '../refusals.js'
import {
  deadLetters,
  heldExams,
  parkedDocuments,
  type DeadLetter,
  type HeldExam,
  type ParkedDocument,
} from '../undelivered.js'
import { REFUSED_SHOWN_MS } from './look.js'

/** A feedback that has found no alert, and still waits for one. */
export interface Orphan {
  readonly id: number
  readonly ExamNo: string
  readonly ApplyNo: string
  readonly application: string
  readonly service: string
  readonly at: number
}

/** The last page of an open alert, which no channel has taken. */
export interface FailedPage {
  readonly id: number
  readonly alert: number
  readonly ExamNo: string
  readonly channel: string
  readonly person: { readonly code: string; readonly name: string }
  readonly reasonZh: string
  readonly reasonEn: string
  readonly at: number
}

/** An alert of which a content came in later and was set before the one that counts. */
export interface Undecided {
  readonly alert: number
  readonly ExamNo: string
  readonly at: number
}

/** Things that need a person, and are no trouble of a node alone. Each list is cut at the limit. */
export interface Stuck {
  readonly dead: readonly DeadLetter[]
  readonly refused: readonly Refusal[]
  readonly orphans: readonly Orphan[]
  readonly held: readonly HeldExam[]
  readonly undecided: readonly Undecided[]
  readonly waiting: readonly ParkedDocument[]
  readonly failedPages: readonly FailedPage[]
}

export function* boardStuck({ limit }: { readonly limit: number }): Step<Stuck> {
  const [clock] = yield sql('select {now} as now')
  const since = number(clock, 'now') - REFUSED_SHOWN_MS
  const refused = yield* refusals({ limit })
  return {
    dead: yield* deadLetters({ limit }),
    refused: refused.filter(({ at }) => at > since),
    orphans: yield* orphans(limit),
    held: yield* heldExams({ limit }),
    undecided: yield* undecided(limit),
    waiting: yield* parkedDocuments({ limit }),
    failedPages: yield* failedPages(limit),
  }
}

function* orphans(limit: number): Step<readonly Orphan[]> {
  const rows = yield sql(
    `select id, document, application, service, at from feedback where state = 'orphan' order by at limit $1`,
    limit,
  )
  return rows.map((row) => {
    const { ExamNo = '', ApplyNo = '' } = JSON.parse(text(row, 'document')) as Partial<Orphan>
    return {
      id: number(row, 'id'),
      ExamNo,
      ApplyNo,
      application: text(row, 'application'),
      service: text(row, 'service'),
      at: number(row, 'at'),
    }
  })
}

const OPEN = listed(OPEN_ALERT_STAGES)

function* undecided(limit: number): Step<readonly Undecided[]> {
  const rows = yield sql(
    `select a.id, a.exam_no, v.at from alert a join revision v on v.alert = a.id and v.n > a.revision
     where a.stage in ${OPEN} and a.hold is null order by a.opened_at limit $1`,
    limit,
  )
  return rows.map((row) => ({
    alert: number(row, 'id'),
    ExamNo: text(row, 'exam_no'),
    at: number(row, 'at'),
  }))
}

function* failedPages(limit: number): Step<readonly FailedPage[]> {
  const rows = yield sql(
    `select p.id, a.id as alert, a.exam_no, p.content, p.way, p.reason_zh, p.reason_en, coalesce(p.ended_at, p.at) as at
     from alert a join page p on p.id = (select max(q.id) from page q where q.alert = a.id)
     where a.stage in ${OPEN} and a.stage <> 'received' and p.state = 'failed' and p.revision = a.revision
     order by a.opened_at limit $1`,
    limit,
  )
  return rows.map((row) => {
    const content = JSON.parse(text(row, 'content')) as {
      readonly person: FailedPage['person']
      readonly ways: readonly { readonly name: string }[]
    }
    return {
      id: number(row, 'id'),
      alert: number(row, 'alert'),
      ExamNo: text(row, 'exam_no'),
      channel: content.ways[number(row, 'way')]?.name ?? '',
      person: content.person,
      reasonZh: String(row['reason_zh'] ?? ''),
      reasonEn: String(row['reason_en'] ?? ''),
      at: number(row, 'at'),
    }
  })
}
