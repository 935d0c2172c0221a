import { LedgerError, type Acknowledging } from '../../ledger/index.js'
import type { Act as Done, ActKind as DoneKind } from '../../loop/index.js'
import type { Act, ActAnswer } from '../api.js'
import type { SessionFacts } from '../server/reads.js'
import { DONE, fieldOf, needed, numberIn, Refused, timeIn } from './fields.js'
import type { ActSources, FlowOfActs } from './sources.js'
import { NO_FLOW, NOT_ACKNOWLEDGED, RESULT_MISSING } from './words.js'

/** The person of a session has received, processed or passed on an alert. @throws Refused; LedgerError */
export async function acknowledge(
  { ledger, flowFor }: ActSources,
  { person }: SessionFacts,
  kind: Exclude<DoneKind, 'refused'>,
  act: Act,
): Promise<ActAnswer> {
  const alert = await ledger.ask('alertByNumber', { alert: act.alert ?? -1 })
  if (!alert) throw new Refused(NOT_ACKNOWLEDGED.unknownAlert)
  const done: Done = {
    kind,
    person,
    role: '',
    at: timeIn(act, 'doneAt', Date.now()),
    how: fieldOf(act, 'how') || 'board',
    readBack: readBackIn(act),
    note: noteIn(kind, act),
    ...(kind === 'processed' && { suggest: fieldOf(act, 'suggest') }),
    revision: numberIn(act, 'revision'),
    to: kind === 'passedOn' ? { code: fieldOf(act, 'toCode'), name: fieldOf(act, 'toName') } : null,
  }
  const flow = flowFor(alert.system)
  const acknowledged = await recorded(flow, (by) =>
    ledger.run('acknowledgeAlert', { ...by, which: { id: alert.id }, act: done }),
  )
  const { why } = acknowledged
  if (why !== null) return { isDone: false, reason: NOT_ACKNOWLEDGED[why] }
  flow.acted(acknowledged)
  return flow.isTold || kind === 'passedOn' ? DONE : { isDone: true, reason: NO_FLOW }
}

/** @throws LedgerError */
export async function recorded<T>(
  flow: FlowOfActs,
  run: (by: Acknowledging) => Promise<T>,
): Promise<T> {
  const by = flow.acknowledging()
  try {
    return await run(by)
  } catch (error) {
    // It may be recorded all the same: whoever asks next hands it out.
    if (error instanceof LedgerError && error.unknown) flow.unknown(by)
    throw error
  }
}

function readBackIn(act: Act): boolean | null {
  if (act.kind === 'readBack') return true
  const said = fieldOf(act, 'readBack')
  return said === '' ? null : said === 'yes'
}

function noteIn(kind: DoneKind, act: Act): string {
  const note = fieldOf(act, 'note')
  if (kind !== 'processed') return note
  const result = needed(fieldOf(act, 'result'), RESULT_MISSING)
  return [result, note].filter((part) => part !== '').join(' ')
}
