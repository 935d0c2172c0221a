import type { BoardExam, OpenAlert } from '../../ledger/index.js'
import { isCancelled, isClosed } from '../../loop/index.js'
import { CRISIS_FIELDS, type Crisis } from '../../messages/index.js'
import type { ActKind, ExamView, PageView, RevisionView } from '../api.js'
import type { SessionFacts } from '../server/reads.js'
import { MASK } from '../../messages/index.js'
import { masked } from '../../bridges/index.js'
import { typed } from './masks.js'
import { numberOf } from './queries.js'
import { openRow } from './open.js'
import { rawView } from './raw.js'
import type { BoardNames, BoardSources } from './sources.js'
import { timelineOf } from './timeline.js'

/** One exam with everything that is known of it; null = there is none. @throws CrisisError QUERY_NUMBER; LedgerError */
export async function examView(
  { ledger, limits, names }: BoardSources,
  facts: SessionFacts,
  query: URLSearchParams,
): Promise<ExamView | null> {
  const exam = await ledger.ask('boardExam', { alert: numberOf(query, 'alert'), limits })
  return exam && viewOf(exam, facts, names())
}

function viewOf(exam: BoardExam, facts: SessionFacts, names: BoardNames): ExamView {
  const { row, trace, now } = exam
  const { seesPatients } = facts
  const { summary } = trace
  const closed = isClosed(row)
  const open = openRow(row, seesPatients, now)
  return {
    now,
    row: {
      ...open,
      stage: row.stage,
      due: closed ? null : open.due,
      isOverdue: !closed && open.isOverdue,
      closedAt: closed ? (summary.processedAt ?? summary.cancelledAt) : null,
    },
    revisions: trace.revisions.map(({ revision, at, document }) => ({
      revision,
      at,
      fields: fieldsOf(document as Crisis, seesPatients),
    })),
    pages: trace.pages.map(({ id, person, channel, state, at, reasonZh, reasonEn }): PageView => ({
      id,
      person,
      role: row.page?.id === id ? row.page.role : '',
      channel,
      state: PAGE_STATES[state] ?? 'superseded',
      at,
      reason: reasonZh === null || reasonEn === null ? null : { zh: reasonZh, en: reasonEn },
    })),
    timeline: timelineOf(exam, names, seesPatients),
    audit: auditOf(exam, names, seesPatients),
    acts: actsOn(row, facts),
  }
}

const PAGE_STATES: Readonly<Record<string, PageView['state']>> = {
  waiting: 'owed',
  leased: 'sending',
  accepted: 'accepted',
  failed: 'failed',
}

/** Elements that say who the patient is, or what was found. */
const OF_PATIENT: ReadonlySet<string> = new Set(['CrisisName', 'CrisisMemo'])

function fieldsOf(crisis: Crisis, seesPatients: boolean): RevisionView['fields'] {
  const { extra = [] } = crisis as { readonly extra?: readonly { name: string; text: string }[] }
  const fields = CRISIS_FIELDS.flatMap(([name]) => {
    const value = crisis[name]
    if (value === undefined) return []
    const text = typeof value === 'string' ? value : `${value.name} ${value.code}`.trim()
    return [{ name, value: seesPatients ? text : maskedField(name, text) }]
  })
  const beside = extra.map(({ name, text }) => ({ name, value: seesPatients ? text : MASK }))
  return [...fields, ...beside]
}

const maskedField = (name: string, text: string): string => {
  if (name === 'SickNo') return masked(text)
  return OF_PATIENT.has(name) && text.trim() !== '' ? MASK : text
}

function auditOf(
  { trace }: BoardExam,
  names: BoardNames,
  seesPatients: boolean,
): ExamView['audit'] {
  const decisions = new Map(trace.decisions.map((one) => [one.id, one]))
  return trace.audit.map(({ at, kind, actor, detail }) => {
    const said = (detail ?? {}) as Readonly<Record<string, unknown>>
    const decision = decisions.get(Number(said['decision']))
    const people = decision ? [decision.by, decision.second].filter((one) => one !== '') : []
    const person = typeof said['person'] === 'string' ? [said['person']] : []
    // `instance/node`
    const node = names.node(actor.slice(actor.lastIndexOf('/') + 1))
    const who = [...people, ...(people.length > 0 ? [] : person)]
    return {
      at,
      who: who.length > 0 ? who.join(', ') : node,
      action: kind,
      reason: typed(decision?.reason ?? '', seesPatients),
    }
  })
}

/** The acts that a session may do about an alert. */
function actsOn(row: OpenAlert, { role }: SessionFacts): readonly ActKind[] {
  if (role === 'look' || isCancelled(row)) return []
  const isOpen = !isClosed(row)
  const isUnreceived = isOpen && row.stage !== 'received'
  return [
    ...(isUnreceived ? (['received', 'readBack'] as const) : []),
    'processed',
    ...(isOpen ? (['passedOn'] as const) : []),
    ...(row.hold === null ? [] : (['liftHold'] as const)),
    ...(row.isUndecided || row.hold !== null ? (['chooseContent'] as const) : []),
    'cancelAlert',
  ]
}

const PARTS = ['request', 'reply', 'document'] as const

/**
 * Bytes of an exam, or of a dead letter or a refused call, laid out; null = there are none.
 * @throws CrisisError QUERY_NUMBER; LedgerError
 */
export async function examRaw(
  { ledger }: BoardSources,
  { seesPatients }: SessionFacts,
  query: URLSearchParams,
): Promise<object | null> {
  const kind = query.get('kind')
  if (kind === 'dead') {
    const found = await ledger.ask('deadDocument', { id: numberOf(query, 'id') })
    if (!found) return null
    const bytes = Buffer.from(found.document)
    return rawView({ charset: 'utf-8', bytes }, seesPatients)
  }
  if (kind === 'quarantine') {
    const found = await ledger.ask('refusal', { id: numberOf(query, 'id') })
    return found && rawView({ charset: found.charset, bytes: found.raw }, seesPatients)
  }
  const name = PARTS.find((one) => one === query.get('name'))
  if (!name) return null
  const asked = { alert: numberOf(query, 'alert'), n: numberOf(query, 'n'), name }
  const found = await ledger.ask('boardPart', asked)
  return found && rawView(found, seesPatients)
}
