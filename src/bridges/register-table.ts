import {
  actBehind,
  actedOn,
  isCancelled,
  isClosed,
  isNobody,
  isSamePerson,
  overdueOf,
  type Acted,
  type AskedLimits,
  type Milestone,
  type RegisteredAct,
  type RegisterEntry,
} from '../loop/index.js'
import { isBlank, isoInZone, type Person, type Reason } from '../messages/index.js'

/*
 * The register (登记本) that a hospital keeps of its critical values. The interface supplies about half of its columns;
 * what nobody has said is named as missing, since a blank cell could be taken for "there was none".
 */

export const REGISTER_COLUMNS = {
  number: { zh: '序号', en: 'No.' },
  patient: { zh: '患者姓名/性别/年龄', en: 'Patient (name, sex, age)' },
  sickNo: { zh: '住院号或门诊号', en: 'Patient number' },
  place: { zh: '科室/病区/床号', en: 'Department, ward, bed' },
  examNo: { zh: '检查流水号', en: 'Exam number' },
  applyNo: { zh: '申请单号', en: 'Request number' },
  exam: { zh: '检查项目与部位', en: 'Examination and part of the body' },
  finding: { zh: '危急值内容', en: 'Critical value' },
  foundAt: { zh: '发现时间', en: 'Found at' },
  reporter: { zh: '报告人（工号）', en: 'Reported by (staff no.)' },
  way: { zh: '报告方式', en: 'Way of reporting' },
  receiver: { zh: '接收人（工号/职务）', en: 'Received by (staff no., post)' },
  receivedAt: { zh: '接收时间', en: 'Received at' },
  readBack: { zh: '复述确认', en: 'Read back' },
  doctor: { zh: '通知医师姓名与时间', en: 'Doctor told, and when' },
  measures: { zh: '处理措施', en: 'Measures taken' },
  processor: { zh: '处理人', en: 'Processed by' },
  processedAt: { zh: '处理时间', en: 'Processed at' },
  result: { zh: '转归/复查', en: 'Outcome, repeated exam' },
  overdue: { zh: '超时标志与原因', en: 'Overdue, and why' },
  changes: { zh: '更正/作废说明', en: 'Corrections, cancelling' },
} as const satisfies Readonly<Record<string, Reason>>

export type RegisterColumn = keyof typeof REGISTER_COLUMNS
export type RegisterRow = Readonly<Record<RegisterColumn, string>>

const COLUMNS = Object.keys(REGISTER_COLUMNS) as readonly RegisterColumn[]

export interface RegisterOptions {
  readonly language: 'zh' | 'en'
  readonly zone: string
  /** Times after which a content is overdue, in ms. */
  readonly limits: AskedLimits
  /** False = numbers of patients are masked. */
  readonly showsPatients: boolean
  /** Epoch ms. */
  readonly now: number
}

/** The headings of the register in the order of its columns. */
export const registerHeadings = (language: 'zh' | 'en'): readonly string[] =>
  COLUMNS.map((column) => REGISTER_COLUMNS[column][language])

export const registerCells = (row: RegisterRow): readonly string[] =>
  COLUMNS.map((column) => row[column])

const WORDS = {
  missing: { zh: '缺', en: 'missing' },
  interface: { zh: '接口', en: 'interface' },
  notReceived: { zh: '未接收', en: 'not received' },
  notProcessed: { zh: '未处理', en: 'not processed' },
  onTime: { zh: '否', en: 'no' },
  receiveLate: { zh: '接收超时', en: 'received late' },
  processLate: { zh: '处理超时', en: 'processed late' },
  reasonMissing: { zh: '（原因：缺）', en: ' (reason: missing)' },
  none: { zh: '无', en: 'none' },
  yes: { zh: '是', en: 'yes' },
  corrected: { zh: '已更正', en: 'corrected' },
  chosen: { zh: '已确定内容', en: 'content chosen' },
  released: { zh: '已解除暂停', en: 'released' },
  cancelled: { zh: '已作废', en: 'cancelled' },
} as const satisfies Readonly<Record<string, Reason>>

/** A row of the register. @param number its number in the list, from 1 */
export function registerRow(
  entry: RegisterEntry,
  number: number,
  options: RegisterOptions,
): RegisterRow {
  const word = (name: keyof typeof WORDS): string => WORDS[name][options.language]
  const said = (text: string | undefined, otherwise = word('missing')): string =>
    isBlank(text) ? otherwise : (text ?? '').trim()
  const acted = actedOn(entry)
  const received = actBehind(entry, acted.received)
  const processed = actBehind(entry, acted.processed)
  const isOpen = !isClosed(entry)
  const notYet = isOpen ? word('notProcessed') : word('missing')
  const { CrisisName, CrisisMemo, CrisisSettor, ExamNo, ApplyNo } = entry.crisis
  const notReceived = isOpen ? word('notReceived') : word('missing')
  return {
    number: String(number),
    patient: word('missing'),
    sickNo: said(options.showsPatients ? entry.sickNo : masked(entry.sickNo)),
    place: said(entry.department),
    examNo: said(ExamNo),
    applyNo: said(ApplyNo),
    exam: word('missing'),
    finding: said([CrisisName, CrisisMemo].filter((part) => !isBlank(part)).join(' ')),
    foundAt: foundAt(entry, options),
    reporter: said(personOf(CrisisSettor, options)),
    way: word('interface'),
    receiver: said(personOf(acted.received, options, received?.role), notReceived),
    receivedAt: timeOf(acted.received, options) ?? notReceived,
    readBack: readBack(received, word),
    doctor: said(paged(entry, options)),
    measures: said(acted.processed ? entry.said?.ProcessSuggest : undefined, notYet),
    processor: said(personOf(acted.processed, options, processed?.role), notYet),
    processedAt: timeOf(acted.processed, options) ?? notYet,
    result: said(acted.processed ? entry.said?.ProcessResult : undefined, notYet),
    overdue: overdue(entry, options, word),
    changes: changes(entry, acted, options, word),
  }
}

type Word = (name: keyof typeof WORDS) => string

/** `管理员（040002/护士）`; '' = nobody. */
function personOf(
  person: Person | null | undefined,
  { language }: RegisterOptions,
  role = '',
): string {
  if (!person || isNobody(person)) return ''
  const [code, name] = [person.code.trim(), person.name.trim()]
  const beside = [...(name === '' ? [] : [code]), role.trim()].filter((part) => part !== '')
  if (beside.length === 0) return name || code
  const more = beside.join('/')
  return language === 'zh' ? `${name || code}（${more}）` : `${name || code} (${more})`
}

function readBack(act: RegisteredAct | null, word: Word): string {
  if (!act || act.readBack === null) return word('missing')
  return word(act.readBack ? 'yes' : 'onTime')
}

/** Each person whom a channel has taken a page for, with the first time; '' = nobody was paged. */
function paged({ pages }: RegisterEntry, options: RegisterOptions): string {
  const first = pages.filter(
    ({ person }, n) => pages.findIndex((one) => isSamePerson(one.person, person)) === n,
  )
  const told = first.map(
    ({ person, at }) => `${personOf(person, options)} ${shown(at, options.zone)}`,
  )
  return told.join('; ')
}

/** As a sheet reads it, in the zone of the site. */
const shown = (at: number, zone: string): string =>
  isoInZone(Math.floor(at / 1_000) * 1_000, zone)
    .slice(0, 19)
    .replace('T', ' ')

/** The time on record; that of our clock where none is. */
const timeOf = (one: Milestone | null, { zone }: RegisterOptions): string | null =>
  one && shown(one.saidAt === null ? one.at : Date.parse(one.saidAt), zone)

const foundAt = ({ setAt, openedAt }: RegisterEntry, { zone }: RegisterOptions): string =>
  shown(setAt === null ? openedAt : Date.parse(setAt), zone)

function overdue(entry: RegisterEntry, { limits, now }: RegisterOptions, word: Word): string {
  const { receive, process } = overdueOf(entry, limits, null, now)
  const late = [
    ...(receive ? [word('receiveLate')] : []),
    ...(process ? [word('processLate')] : []),
  ]
  return late.length === 0 ? word('onTime') : late.join('; ') + word('reasonMissing')
}

function changes(
  entry: RegisterEntry,
  { contents }: Acted,
  { zone, language }: RegisterOptions,
  word: Word,
): string {
  const told = contents.slice(1).map(({ at }) => `${word('corrected')} ${shown(at, zone)}`)
  for (const { kind, at, by, second, reason } of entry.decisions) {
    const name = DECISIONS[kind]
    if (!name) continue
    const people = [by, second].filter((one) => !isBlank(one)).join(language === 'zh' ? '、' : ', ')
    told.push(`${word(name)} ${shown(at, zone)}: ${reason} (${people})`)
  }
  const isTold = entry.decisions.some(({ kind }) => DECISIONS[kind] === 'cancelled')
  if (isCancelled(entry) && !isTold) {
    told.push([word('cancelled'), ...timesOf(entry.cancelledAt, zone)].join(' '))
  }
  return told.length === 0 ? word('none') : told.join('; ')
}

const timesOf = (at: number | null, zone: string): readonly string[] =>
  at === null ? [] : [shown(at, zone)]

/** The decisions of people that the register names, by what the ledger calls them. */
const DECISIONS: Readonly<Record<string, keyof typeof WORDS>> = {
  cancelAlert: 'cancelled',
  chooseContent: 'chosen',
  lift: 'released',
}

/** The end of a number, by which people can tell two of them apart: never more than half of it. */
export function masked(text: string): string {
  const number = text.trim()
  const shownEnd = Math.min(4, Math.floor(number.length / 2))
  return number === '' ? '' : `****${number.slice(number.length - shownEnd)}`
}
