import {
  CLOSED_STAGES,
  OPEN_ALERT_STAGES,
  type AlertSearch,
  type Ledger,
  type WhichAlert,
} from '../../src/ledger/index.js'
import { joinDateTime } from '../../src/messages/index.js'
import { saidText, type FlowMessage, type Runtime } from '../face/index.js'
import {
  idMissing,
  reasonMissing,
  searchMissing,
  several,
  stageUnknown,
  timeUnknown,
  twoPeople,
} from './errors.js'

/** A text of the payload without the blanks around it; undefined when it is missing, blank or no text. */
export function textOf(msg: FlowMessage, name: string): string | undefined {
  const value = valueOf(msg, name)
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined
}

/** A whole number of the payload. */
export function numberOf(msg: FlowMessage, name: string): number | undefined {
  const value = valueOf(msg, name)
  return typeof value === 'number' && Number.isSafeInteger(value) ? value : undefined
}

/** A value of the payload, whatever it is; undefined when it is missing. */
export const valueOf = (msg: FlowMessage, name: string): unknown =>
  typeof msg.payload === 'object' && msg.payload !== null && Object.hasOwn(msg.payload, name)
    ? (msg.payload as Record<string, unknown>)[name]
    : undefined

/**
 * The reason of a person. A row that is handed back whole brings that of the ledger, for which nobody has decided
 * anything.
 * @throws CrisisError REGISTER_REASON; LedgerError
 */
export async function reasonOf(ledger: Ledger, msg: FlowMessage): Promise<string> {
  const reason = textOf(msg, 'reason')
  if (reason === undefined) throw reasonMissing()
  const id = numberOf(msg, 'id')
  const own = id === undefined ? [] : await ledger.ask('ownReasons', { id })
  if (own.some((text) => text.trim() === reason)) throw reasonMissing()
  return reason
}

/**
 * Two people and a reason (reading section 2, cancel and wrong patient).
 * @throws CrisisError REGISTER_PEOPLE, REGISTER_REASON; LedgerError
 */
export async function decisionOf(
  ledger: Ledger,
  msg: FlowMessage,
): Promise<{ by: string; second: string; reason: string }> {
  const [by, second] = ['by', 'second'].map((name) => textOf(msg, name))
  if (by === undefined || second === undefined || isSamePerson(by, second)) throw twoPeople()
  return { by, second, reason: await reasonOf(ledger, msg) }
}

const isSamePerson = (one: string, other: string): boolean =>
  one.normalize('NFKC').toLowerCase() === other.normalize('NFKC').toLowerCase()

/**
 * The critical value that is meant, also by a row of an earlier answer: `alertId` or `id` names one, where a document's
 * `id` is its number; the numbers of the exam name all of the exam; else it is the one of the message.
 * @throws CrisisError REGISTER_ID, CONTEXT_INVALID
 */
export function whichAlert(msg: FlowMessage): WhichAlert {
  const id = textOf(msg, 'alertId') ?? textOf(msg, 'id')
  if (id !== undefined) return { id }
  const outbox = numberOf(msg, 'id')
  if (outbox !== undefined) return { outbox }
  const ExamNo = textOf(msg, 'ExamNo')
  const ApplyNo = textOf(msg, 'ApplyNo')
  if (ExamNo !== undefined || ApplyNo !== undefined) {
    return { ...(ExamNo !== undefined && { ExamNo }), ...(ApplyNo !== undefined && { ApplyNo }) }
  }
  const own = saidText(msg, 'id')
  if (own === undefined) throw idMissing()
  return { id: own }
}

/** @throws CrisisError REGISTER_SEARCH, REGISTER_STAGE, REGISTER_TIME */
export function searchOf(msg: FlowMessage, limit: number): AlertSearch {
  const [ExamNo, ApplyNo, SickNo] = ['ExamNo', 'ApplyNo', 'SickNo'].map((name) => textOf(msg, name))
  const { from, until } = askedTimes(msg)
  if ([ExamNo, ApplyNo, SickNo, from].every((value) => value === undefined)) throw searchMissing()
  return { ExamNo, ApplyNo, SickNo, from, until, stage: stageOf(msg), limit }
}

const STAGES = ['open', 'closed', ...OPEN_ALERT_STAGES, ...CLOSED_STAGES] as const

function stageOf(msg: FlowMessage): AlertSearch['stage'] {
  const said = textOf(msg, 'stage')
  const stage = STAGES.find((known) => known === said)
  if (said !== undefined && stage === undefined) throw stageUnknown()
  return stage
}

/** The times that a message asks about, in epoch ms: not before, and before; undefined = it does not say. */
export interface AskedTimes {
  readonly from: number | undefined
  readonly until: number | undefined
}

/** @throws CrisisError REGISTER_TIME */
export function askedTimes(msg: FlowMessage): AskedTimes {
  const lastSecond = instantOf(msg, 'until', '23:59:59')
  return {
    from: instantOf(msg, 'from', '00:00:00'),
    until: lastSecond === undefined ? undefined : lastSecond + 1000,
  }
}

/** A day, or a time with or without its offset, in epoch ms. */
function instantOf(msg: FlowMessage, name: string, clock: string): number | undefined {
  const said = textOf(msg, name)
  if (said === undefined) return undefined
  const [day = '', time = clock] = said.split(/[ T]/)
  const { epochMs } = joinDateTime(day, time)
  if (epochMs === null) throw timeUnknown()
  return epochMs
}

/**
 * The id of a node or peer that the payload names: by `…Id`, as the rows of answers have it, or by its id or its name.
 * An id that is in no flow any more is taken as it is.
 * @throws CrisisError REGISTER_SEVERAL when several have that name
 */
export function idOf(
  runtime: Runtime,
  msg: FlowMessage,
  name: 'peer' | 'node' | 'to',
  isOfType: (type: string) => boolean,
): string | undefined {
  const exact = textOf(msg, `${name}Id`)
  if (exact !== undefined) return exact
  const said = textOf(msg, name)
  if (said === undefined) return undefined
  const named = new Set<string>()
  let isId = false
  for (const node of runtime.inFlows()) {
    if (node.id === said) isId = true
    else if (node.name === said && isOfType(node.type)) named.add(node.id)
  }
  if (isId || named.size === 0) return said
  const [id, ...others] = named
  if (others.length > 0) throw several()
  return id
}
