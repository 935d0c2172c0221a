import { pageUntil, type PageStep } from '../../../loop/index.js'
import type { Step } from '../../../store/index.js'
import { audit, type Actor } from '../audit.js'
import { examOfAlert, lockExam } from '../exam/load.js'
import { takeOver } from '../handouts.js'
import type { HandedOver } from '../send.js'
import { distinct, insert, now, number, sql, text } from '../sql.js'
import { passOverStep } from '../watches.js'
import { supersedePage } from './claim.js'
import type { PageContent } from './rows.js'
import { pagedAlert } from './standing.js'
import { waitingPages } from './supersede.js'

export interface SendPage extends HandedOver {
  readonly actor: Actor
  /** The node whose flow hears of the outcome, with `message`, which is JSON. */
  readonly node: string
  readonly message: string
  /** K of the alert that it is about, and the number of its content; null = none, or none that is known. */
  readonly alert: string | null
  readonly revision: number | null
  /** The step of a plan that is due; null = the flow pages of its own accord. */
  readonly step: PageStep | null
  readonly content: Omit<PageContent, 'wantedUntil'>
  /** Why no channel can be tried, where there is none. */
  readonly noWay: string
  /** Time in which it makes sense, in ms; null = until its step is over. */
  readonly lifeMs: number | null
}

export interface SentPage {
  /** null = the person can be reached by no channel; the step is passed over. */
  readonly page: number | null
  /** The ledger had it before. */
  readonly known: boolean
}

/**
 * A page that a flow hands over: owed from the commit on. What the flow was given once more, and had handed over before,
 * is not paged twice. Where another instance may have paged it, because this one stood still for longer than its lease,
 * the page is marked as a repeat. A later reminder of a step takes the place of an earlier one that still waits.
 */
export function* sendPage(args: SendPage): Step<SentPage> {
  const { actor, node, content, step } = args
  const isFirst = yield* takeOver(args)
  const alert = args.alert === null ? null : yield* alertBy(args.alert)
  const exam = alert === null ? null : yield* examOfAlert(alert)
  // Whoever pages it for the first time may be about to commit.
  if (exam) yield* lockExam(exam.examKey)
  const at = yield* now()
  const mark = markOf(args)
  const before = args.redelivered || !isFirst ? yield* pageBy(node, mark) : null
  // A flow may page twice of its own accord, so that one that has ended takes nothing from it.
  if (before && (args.redelivered || before.isUnderWay)) {
    yield* audit(actor, at, { kind: 'pagedBefore', alert, detail: { page: before.id } })
    return { page: before.id, known: true }
  }
  if (alert !== null && step) yield* takePlaces(args, alert, step, at)
  const [first] = content.ways
  if (!first) {
    const detail = { code: args.noWay }
    yield* audit(actor, at, { kind: 'pageFailed', alert, detail })
    if (alert !== null && step) {
      yield* passOverStep({ actor, target: step.watch, alert, fired: step })
    }
    return { page: null, known: false }
  }
  const about = alert === null ? null : yield* pagedAlert(alert)
  const wantedUntil = step?.until ?? (about ? pageUntil(about.stage) : null)
  const page = yield* insert(
    `insert into page (mark, node, channel, alert, revision, state, due, until_at, way, attempts, tries, unknowns,
       doubts, content, step, message, at)
     values ($1, $2, $3, $4, $5, 'waiting', $6, $7, 0, 0, 0, 0, $11, $8, $9, $10, $6) returning id`,
    mark,
    node,
    first.channel,
    alert,
    about ? (args.revision ?? about.revision) : null,
    at,
    args.lifeMs === null ? null : at + args.lifeMs,
    JSON.stringify({ ...content, wantedUntil }),
    step ? JSON.stringify(step) : null,
    args.message,
    before ? 1 : 0,
  )
  yield* audit(actor, at, {
    kind: 'paged',
    alert,
    detail: { page, person: content.person.code, ...(step && { step: step.step + 1 }) },
  })
  yield { ...sql('select 1'), hint: `page/${first.channel}` }
  return { page, known: false }
}

/** The same page of the same node: to one person, for one round of a step, about one content of an alert. */
const markOf = ({ alert, revision, step, content }: SendPage): string => {
  const round = step && [step.watch, step.storedAt, step.step, step.round]
  return JSON.stringify([
    alert,
    revision,
    content.person.code,
    round ?? [content.title, content.text],
  ])
}

interface PageBefore {
  readonly id: number
  readonly isUnderWay: boolean
}

function* pageBy(node: string, mark: string): Step<PageBefore | null> {
  const [row] = yield sql(
    'select id, state from page where node = $1 and mark = $2 order by id desc limit 1',
    node,
    mark,
  )
  if (!row) return null
  const state = text(row, 'state')
  return { id: number(row, 'id'), isUnderWay: state === 'waiting' || state === 'leased' }
}

function* alertBy(key: string): Step<number | null> {
  const [row] = yield sql(
    `${distinct('alert_key', 'system')}
     select k.alert from d join alert_key k on k.system = d.v and k.key = $1 order by k.alert limit 1`,
    key,
  )
  return row ? number(row, 'alert') : null
}

/** Reminders of the step, or of earlier steps, that still wait would call people twice at the same moment. */
function* takePlaces(
  { actor, node }: SendPage,
  alert: number,
  { watch, step, round }: PageStep,
  at: number,
): Step<void> {
  for (const page of yield* waitingPages(alert)) {
    const other = page.step
    if (page.node !== node || other?.watch !== watch) continue
    const isEarlier = other.step < step || (other.step === step && other.round < round)
    if (isEarlier) yield* supersedePage(actor, page, at)
  }
}
