import type { HandoutsTo, Stuck, Undelivered } from '../../ledger/index.js'
import type { Reason } from '../../messages/index.js'
import type { ActKind, StuckKind, StuckRow, StuckView } from '../api.js'
import type { SessionFacts } from '../server/reads.js'
import type { BoardNames, BoardSources } from './sources.js'
import { waits } from './words.js'

const ROWS = 200

/** Messages and documents that the ledger holds for nodes and peers that are in no flow any more. */
export interface Unclaimed {
  readonly handouts: readonly HandoutsTo[]
  readonly documents: readonly Undelivered[]
}

/** @throws LedgerError */
export async function unclaimedOf(
  ledger: BoardSources['ledger'],
  { hasNode, hasPeer }: BoardNames,
): Promise<Unclaimed> {
  const [handouts, documents] = await Promise.all([
    ledger.ask('handoutsByNode', undefined),
    ledger.ask('undeliveredByPeer', undefined),
  ])
  return {
    handouts: handouts.filter(({ node }) => !hasNode(node)),
    documents: documents.filter(({ peer }) => !hasPeer(peer)),
  }
}

/** All that needs a person, the oldest of each kind first. @throws LedgerError */
export async function stuckView(
  { ledger, names }: BoardSources,
  { role }: SessionFacts,
): Promise<StuckView> {
  const known = names()
  const stuck = await ledger.ask('boardStuck', { limit: ROWS })
  const rows = [
    ...deadLetters(stuck, known),
    ...holds(stuck),
    ...failedPages(stuck),
    ...unclaimed(await unclaimedOf(ledger, known), known),
    ...waiting(stuck, known),
    ...orphans(stuck),
    ...refusals(stuck, known),
  ]
  const isCut = Object.values(stuck).some((list: readonly unknown[]) => list.length >= ROWS)
  const shown = role === 'look' ? rows.map((row) => ({ ...row, acts: [], targets: [] })) : rows
  return { now: Date.now(), rows: shown, isCut }
}

const row = (
  kind: StuckKind,
  id: string | number,
  of: Omit<StuckRow, 'kind' | 'id' | 'acts' | 'targets'>,
  acts: readonly ActKind[],
  targets: StuckRow['targets'] = [],
): StuckRow => ({ kind, id: String(id), ...of, acts, targets })

const saying = (zh: string | null, en: string | null, code: string | null): Reason => ({
  zh: zh || (code ?? ''),
  en: en || (code ?? ''),
})

const deadLetters = ({ dead }: Stuck, names: BoardNames): readonly StuckRow[] =>
  dead.map((one) =>
    row(
      'dead',
      one.id,
      {
        alert: one.alert,
        ExamNo: one.ExamNo ?? '',
        where: names.peer(one.peer),
        at: one.endedAt ?? one.at,
        reason: saying(one.reasonZh, one.reasonEn, one.code),
      },
      ['replay', 'editAndSend', 'giveUp'],
    ),
  )

const WRONG_PATIENT: Reason = {
  zh: '同一检查的病人号发生变化：自动反馈已暂停，需两人核实',
  en: 'The SickNo of the exam has changed: automatic feedback is held until two people have checked',
}
const UNDECIDED: Reason = {
  zh: '后到的内容设定时间更早：需两人确定哪一份有效',
  en: 'A content that came later was set earlier: two people have to choose which one holds',
}

function holds({ held, undecided }: Stuck): readonly StuckRow[] {
  const exams = held.map(({ alerts, ExamNo }) => {
    const [first] = alerts
    return row(
      'hold',
      first?.id ?? '',
      {
        alert: first?.alert ?? null,
        ExamNo,
        where: '',
        at: first?.openedAt ?? 0,
        reason: WRONG_PATIENT,
      },
      ['liftHold', 'cancelAlert', 'chooseContent'],
    )
  })
  const contents = undecided.map(({ alert, ExamNo, at }) =>
    row('hold', alert, { alert, ExamNo, where: '', at, reason: UNDECIDED }, ['chooseContent']),
  )
  return [...exams, ...contents]
}

const failedPages = ({ failedPages: pages }: Stuck): readonly StuckRow[] =>
  pages.map(({ id, alert, ExamNo, channel, person, at, reasonZh, reasonEn }) => {
    const where = [person.name || person.code, channel].filter((part) => part !== '').join(' · ')
    const reason = { zh: reasonZh, en: reasonEn }
    return row('page', id, { alert, ExamNo, where, at, reason }, ['received', 'passedOn'])
  })

function unclaimed({ handouts, documents }: Unclaimed, names: BoardNames): readonly StuckRow[] {
  const nothing = { alert: null, ExamNo: '' }
  return [
    ...handouts.map(({ node, kind, messages, oldestAt }) =>
      row(
        'unclaimed',
        `node:${node}`,
        {
          ...nothing,
          where: names.node(node),
          at: oldestAt,
          reason: {
            zh: `有 ${messages} 条消息属于已不在流程中的节点`,
            en: `${messages} messages belong to a node that is in no flow any more`,
          },
        },
        ['passOn', 'giveUp'],
        names.takersOf({ node, kind }),
      ),
    ),
    ...documents.map(({ peer, waiting: n, parked, dead, oldestAt }) =>
      row(
        'unclaimed',
        `peer:${peer}`,
        {
          ...nothing,
          where: names.peer(peer),
          at: oldestAt,
          reason: {
            zh: `有 ${n + parked + dead} 份文档属于已不在流程中的对方系统`,
            en: `${n + parked + dead} documents belong to a peer that is in no flow any more`,
          },
        },
        ['passOn', 'giveUp'],
        names.takersOf({ peer }),
      ),
    ),
  ]
}

const waiting = ({ waiting: parked }: Stuck, names: BoardNames): readonly StuckRow[] =>
  parked.map(({ id, alert, ExamNo, peer, at, parked: code }) =>
    row(
      'waiting',
      id,
      { alert, ExamNo: ExamNo ?? '', where: names.peer(peer), at, reason: waits(code) },
      ['giveUp'],
    ),
  )

const orphans = ({ orphans: all }: Stuck): readonly StuckRow[] =>
  all.map(({ id, ExamNo, application, at }) =>
    row(
      'orphan',
      id,
      {
        alert: null,
        ExamNo,
        where: application,
        at,
        reason: {
          zh: '反馈找不到对应的危急值，仍在等待匹配',
          en: 'The feedback belongs to no critical value yet',
        },
      },
      [],
    ),
  )

const refusals = ({ refused }: Stuck, names: BoardNames): readonly StuckRow[] =>
  refused.map(({ id, service, remoteAddress, at, reasonZh, reasonEn, code }) =>
    row(
      'quarantine',
      id,
      {
        alert: null,
        ExamNo: '',
        where: [names.node(service), remoteAddress].join(' · '),
        at,
        reason: saying(reasonZh, reasonEn, code),
      },
      [],
    ),
  )
