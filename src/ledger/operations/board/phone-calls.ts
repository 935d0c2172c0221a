import type { Person } from '../../../messages/index.js'
import type { Row, Step } from '../../../store/index.js'
import {
  actOn,
  personIn,
  type Acknowledged,
  type Acknowledging,
} from '../acknowledge/acknowledge.js'
import { audit, type Actor } from '../audit.js'
import { insert, now, number, sql, text } from '../sql.js'

/** A critical value that was told by telephone, as somebody has written it down. */
export interface PhoneCall {
  /** When it was told, in epoch ms. */
  readonly calledAt: number
  readonly caller: Person
  readonly called: Person
  readonly ExamNo: string
  readonly SickNo: string
  /** The finding. */
  readonly finding: string
  readonly isReadBack: boolean
  readonly note: string
}

export interface KeptPhoneCall extends PhoneCall {
  readonly id: number
  /** When it was entered. */
  readonly at: number
  readonly enteredBy: Person
  /** The alert that it was matched to; null = none yet. */
  readonly alert: number | null
}

export interface NotePhoneCall {
  readonly actor: Actor
  readonly call: PhoneCall
  readonly by: Person
}

/** Keeps a call. @returns its number */
export function* notePhoneCall({ actor, call, by }: NotePhoneCall): Step<number> {
  const at = yield* now()
  const id = yield* insert(
    `insert into phone_call (at, entered_code, entered_name, called_at, caller_code, caller_name, code, name, exam_no,
       sick_no, finding, read_back, note, matched_by)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, '') returning id`,
    at,
    by.code,
    by.name,
    call.calledAt,
    call.caller.code,
    call.caller.name,
    call.called.code,
    call.called.name,
    call.ExamNo.trim(),
    call.SickNo.trim(),
    call.finding,
    call.isReadBack ? 1 : 0,
    call.note,
  )
  yield* audit(actor, at, { kind: 'phoneCall', detail: { call: id, person: by.code } })
  return id
}

/** An open alert that a call may have told of. */
export interface CallCandidate {
  readonly call: number
  readonly alert: number
  readonly ExamNo: string
}

export interface PhoneCalls {
  readonly now: number
  readonly calls: readonly KeptPhoneCall[]
  readonly candidates: readonly CallCandidate[]
}

/** Those that are not matched yet, then the others, the latest first; each with the alerts of its numbers. */
export function* phoneCalls({ limit }: { readonly limit: number }): Step<PhoneCalls> {
  const open = yield sql(
    'select * from phone_call where alert is null order by id desc limit $1',
    limit,
  )
  const matched = yield sql(
    'select * from phone_call where alert is not null order by +id desc limit $1',
    Math.max(0, limit - open.length),
  )
  const candidates: CallCandidate[] = []
  for (const row of open) candidates.push(...(yield* candidatesFor(row)))
  return { now: yield* now(), calls: [...open, ...matched].map(callOf), candidates }
}

const MOST_CANDIDATES = 10

/** By the number of the exam, or of the patient; also those that are closed by now. */
function* candidatesFor(row: Row): Step<readonly CallCandidate[]> {
  const [examNo, sickNo] = [text(row, 'exam_no'), text(row, 'sick_no')]
  const [column, value] = examNo === '' ? ['sick_no', sickNo] : ['exam_no', examNo]
  if (value === '') return []
  const rows = yield sql(
    `select id, exam_no from alert where ${column} = $1 order by id desc limit ${MOST_CANDIDATES}`,
    value,
  )
  const call = number(row, 'id')
  return rows.map((one) => ({ call, alert: number(one, 'id'), ExamNo: text(one, 'exam_no') }))
}

const callOf = (row: Row): KeptPhoneCall => ({
  id: number(row, 'id'),
  at: number(row, 'at'),
  enteredBy: { code: text(row, 'entered_code'), name: text(row, 'entered_name') },
  calledAt: number(row, 'called_at'),
  caller: { code: text(row, 'caller_code'), name: text(row, 'caller_name') },
  called: personIn(row, ''),
  ExamNo: text(row, 'exam_no'),
  SickNo: text(row, 'sick_no'),
  finding: text(row, 'finding'),
  isReadBack: number(row, 'read_back') === 1,
  note: text(row, 'note'),
  alert: row['alert'] as number | null,
})

export interface MatchPhoneCall extends Acknowledging {
  readonly call: number
  readonly alert: number
  readonly by: Person
}

/** `none`: there is no such call, or no such alert; `matched`: somebody has matched the call before. */
export type NotMatched = 'none' | 'matched'

export interface MatchedPhoneCall {
  readonly problem: NotMatched | null
  /** The outcome of the reception that the call was; null = nothing was decided. */
  readonly acknowledged: Acknowledged | null
}

/**
 * A call has told of this alert: its audit says so, and whoever was called has received it at the time of the call. An
 * alert that is received, processed or cancelled by now only gets the entry.
 */
export function* matchPhoneCall(args: MatchPhoneCall): Step<MatchedPhoneCall> {
  const { actor, by } = args
  const [alert] = yield sql(
    'select id, system, pair, key, stage from alert where id = $1',
    args.alert,
  )
  const [row] = alert ? yield sql('select * from phone_call where id = $1', args.call) : []
  if (!alert || !row) return { problem: 'none', acknowledged: null }
  const at = yield* now()
  const taken = yield sql(
    `update phone_call set alert = $2, matched_at = $3, matched_by = $4 where id = $1 and alert is null returning id`,
    args.call,
    args.alert,
    at,
    by.code,
  )
  if (taken.length === 0) return { problem: 'matched', acknowledged: null }
  const detail = { call: args.call, person: by.code }
  yield* audit(actor, at, { kind: 'phoneCallMatched', alert: args.alert, detail })
  const call = callOf(row)
  const act = {
    kind: 'received',
    person: call.called,
    role: '',
    at: call.calledAt,
    how: 'telephone',
    readBack: call.isReadBack,
    note: call.note,
    to: null,
  } as const
  return { problem: null, acknowledged: yield* actOn({ ...args, act }, alert, null) }
}
