import { masked } from '../../bridges/index.js'
import type { PhoneCallsView } from '../api.js'
import type { SessionFacts } from '../server/reads.js'
import { personView, typed } from './masks.js'
import type { BoardSources } from './sources.js'

const ROWS = 200

/** @throws LedgerError */
export async function phoneCallsView(
  { ledger }: Pick<BoardSources, 'ledger'>,
  { seesPatients }: SessionFacts,
): Promise<PhoneCallsView> {
  const { now, calls, candidates } = await ledger.ask('phoneCalls', { limit: ROWS })
  return {
    now,
    rows: calls.map((call) => ({
      id: String(call.id),
      at: call.calledAt,
      caller: personView(call.caller),
      called: personView(call.called),
      ExamNo: call.ExamNo,
      SickNo: seesPatients ? call.SickNo : masked(call.SickNo),
      text: typed(call.finding, seesPatients),
      isReadBack: call.isReadBack,
      note: typed(call.note, seesPatients),
      enteredBy: call.enteredBy.name || call.enteredBy.code,
      alert: call.alert,
    })),
    candidates: Object.fromEntries(
      [...Map.groupBy(candidates, ({ call }) => String(call))].map(([call, some]) => [
        call,
        some.map(({ alert, ExamNo }) => ({ alert, ExamNo })),
      ]),
    ),
  }
}
