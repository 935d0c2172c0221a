import { isNobody } from '../../loop/index.js'
import type { Act, ActAnswer } from '../api.js'
import type { SessionFacts } from '../server/reads.js'
import { recorded } from './acknowledge.js'
import { DONE, fieldOf, Refused, timeIn } from './fields.js'
import type { ActSources } from './sources.js'
import { CALL_MATCHED, FIELD_MISSING, NO_CALL, NOT_ACKNOWLEDGED, onlyMatched } from './words.js'

/** Keeps a critical value that was told by telephone. @throws Refused; LedgerError */
export async function phoneCall(
  { ledger, actor }: ActSources,
  { person }: SessionFacts,
  act: Act,
): Promise<ActAnswer> {
  const field = (name: string): string => fieldOf(act, name)
  const call = {
    calledAt: timeIn(act, 'at', Date.now()),
    caller: { code: field('callerCode'), name: field('callerName') },
    called: { code: field('calledCode'), name: field('calledName') },
    ExamNo: field('ExamNo'),
    SickNo: field('SickNo'),
    finding: field('text'),
    isReadBack: field('readBack') === 'yes',
    note: field('note'),
  }
  const isAbout = call.ExamNo !== '' || call.SickNo !== ''
  if (isNobody(call.caller) || isNobody(call.called) || !isAbout || call.finding === '') {
    throw new Refused(FIELD_MISSING)
  }
  await ledger.run('notePhoneCall', { actor: actor(), call, by: person })
  return DONE
}

/** Says which alert a call has told of; whoever was called has received it then. @throws Refused; LedgerError */
export async function matchPhoneCall(
  { ledger, flowFor }: ActSources,
  { person }: SessionFacts,
  act: Act,
): Promise<ActAnswer> {
  const call = /^[1-9]\d{0,14}$/.test(act.id ?? '') ? Number(act.id) : -1
  const alert = act.alert ?? -1
  const known = await ledger.ask('alertByNumber', { alert })
  if (!known) throw new Refused(NO_CALL)
  const flow = flowFor(known.system)
  const { problem, acknowledged } = await recorded(flow, (by) =>
    ledger.run('matchPhoneCall', { ...by, call, alert, by: person }),
  )
  if (problem) throw new Refused(problem === 'none' ? NO_CALL : CALL_MATCHED)
  if (!acknowledged) return DONE
  const { why } = acknowledged
  if (why !== null) return { isDone: true, reason: onlyMatched(NOT_ACKNOWLEDGED[why]) }
  flow.acted(acknowledged)
  return DONE
}
