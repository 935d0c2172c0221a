import type { BoardSearch } from '../../src/ledger/index.js'
import { CRISIS, type Site } from './site.js'

const PERSON = { code: '1', name: '' }
const LIMITS = { receivedMs: 1, processedMs: 1 }

/** Everything that a board asks and does, once something of each kind is there. */
export async function walkBoard(site: Site): Promise<void> {
  const { ledger, actor, system } = site
  const { ExamNo = '', ApplyNo = '', SickNo = '' } = CRISIS
  await ledger.run('boardOpen', { limit: 100, limits: LIMITS })
  await ledger.run('boardMark', undefined)
  await ledger.run('boardCounts', undefined)
  await ledger.run('boardStuck', { limit: 100 })
  const searches: readonly Omit<BoardSearch, 'limit'>[] = [
    {},
    { ExamNo, ApplyNo, SickNo, department: 'CT', stage: 'open' },
    { ApplyNo },
    { SickNo, doctor: '040001' },
    { department: 'CT', stage: 'processed', from: 0 },
    { department: 'CT', stage: 'cancelled' },
    { doctor: '040001', stage: 'received', department: 'CT', from: 0, until: 1e13 },
    ...(['open', 'closed', 'stored', 'fedBack'] as const).map((stage) => ({ stage })),
    { from: 0, until: 1e13, after: 1e9 },
  ]
  for (const search of searches) await ledger.run('searchAlerts', { ...search, limit: 10 })
  const { alert } = await site.send({ ExamNo: 'called' })
  await ledger.run('alertByNumber', { alert })
  const exam = await ledger.run('boardExam', { alert, limits: LIMITS })
  for (const { n, name } of exam?.parts ?? []) await ledger.run('boardPart', { alert, n, name })
  // One of each record that bytes are kept with.
  for (const n of [0, 1, 2, 3]) {
    for (const name of ['request', 'reply'] as const)
      await ledger.run('boardPart', { alert, n, name })
  }
  await ledger.run('deadDocument', { id: 1 })
  const call = {
    calledAt: 1,
    caller: PERSON,
    called: PERSON,
    finding: 'x',
    isReadBack: true,
    note: '',
  }
  const note = (numbers: { ExamNo: string; SickNo: string }) =>
    ledger.run('notePhoneCall', { actor, call: { ...call, ...numbers }, by: PERSON })
  const [id] = [await note({ ExamNo: 'called', SickNo: '' }), await note({ ExamNo: '', SickNo })]
  await ledger.run('phoneCalls', { limit: 10 })
  const by = { actor, target: 'board', message: '{}', system, zone: '+08:00', result: 'x' }
  await ledger.run('matchPhoneCall', { ...by, call: id!, alert, by: PERSON })
  await ledger.run('phoneCalls', { limit: 10 })
}
