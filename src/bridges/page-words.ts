import type { Reason } from '../messages/index.js'

/** The step of a plan that a page belongs to. */
export interface PageTextStep {
  /** Number of the step, from 1, and how many the plan has. */
  readonly number: number
  readonly of: number
  /** Number of the reminder of this step, from 1. */
  readonly round: number
  /** The stage that ends it. */
  readonly until: 'received' | 'processed'
}

/** The content of a page, before it is put into a language. Blank texts and undefined are not told. */
export interface PageWords {
  readonly marks: Readonly<Record<'cancelled' | 'wrongPatient' | 'corrected' | 'repeated', boolean>>
  readonly level: string
  readonly kind: Reason
  /** The end of the exam number. */
  readonly exam: string
  readonly department: string
  readonly hospital: string
  readonly step: PageTextStep | undefined
  /** When it was set, and how long ago, in minutes. */
  readonly set: { readonly at: string; readonly minutes: number | undefined } | undefined
  readonly lateMinutes: number
  readonly isDamaged: boolean
}

/** A page in its parts, the first to be left out being the last. */
export interface PageParts {
  readonly title: string
  readonly first: string
  readonly more: readonly string[]
}

/** The gravest first. */
const MARKS: Readonly<Record<keyof PageWords['marks'], Reason>> = {
  cancelled: { zh: '作废', en: 'CANCELLED' },
  wrongPatient: { zh: '病人可能有误', en: 'POSSIBLY WRONG PATIENT' },
  corrected: { zh: '更正', en: 'CORRECTED' },
  repeated: { zh: '重复', en: 'REPEATED' },
}

const marksIn = (marks: PageWords['marks']): readonly Reason[] =>
  (Object.keys(MARKS) as (keyof typeof MARKS)[])
    .filter((name) => marks[name])
    .map((name) => MARKS[name])

const given = (parts: readonly string[]): readonly string[] => parts.filter((part) => part !== '')

export function chinese(words: PageWords): PageParts {
  const { marks, level, kind, exam, department, hospital, step, set, lateMinutes } = words
  const mark = marksIn(marks)
    .map(({ zh }) => `【${zh}】`)
    .join('')
  const short = given([level === '' ? '' : `${level}级`, exam === '' ? '' : `尾号${exam}`])
  const end = exam === '' ? '' : `检查号尾号${exam}`
  const facts = given([level === '' ? '级别见系统' : `${level}级`, kind.zh, end, department])
  const age = set?.minutes === undefined ? '' : `，已${chineseAge(set.minutes)}`
  const round = step && step.round > 1 ? `第${step.round}次提醒` : ''
  return {
    title: [`${mark}危急值`, ...short, ...(step ? [`第${step.number}步`] : [])].join(' '),
    first: `${mark}危急值（${facts.join('，')}），${chineseAct(words)}。`,
    more: given([
      words.isDamaged ? '文字可能有乱码，请核对原报告。' : '',
      set ? `${set.at}设定${age}。` : '',
      step ? `第${step.number}步（共${step.of}步）${round}。` : '',
      lateMinutes > 0 ? `本提醒迟了${chineseAge(lateMinutes)}。` : '',
      hospital,
    ]),
  }
}

function chineseAct({ marks, step }: PageWords): string {
  if (marks.cancelled) return '已作废，请勿据此处理，详情见系统'
  const act = step?.until === 'processed' ? '处理' : step ? '接收' : '接收并处理'
  if (marks.wrongPatient) return `请立即登录系统核实病人后${act}`
  return marks.corrected ? `请立即登录系统按更正后的内容${act}` : `请立即登录系统${act}`
}

const HOUR = 60
const DAY = 24 * HOUR

function chineseAge(minutes: number): string {
  if (minutes >= DAY) return `${Math.floor(minutes / DAY)}天`
  if (minutes < HOUR) return `${minutes}分钟`
  const rest = minutes % HOUR
  return `${Math.floor(minutes / HOUR)}小时${rest === 0 ? '' : `${rest}分钟`}`
}

export function english(words: PageWords): PageParts {
  const { marks, level, kind, exam, department, hospital, step, set, lateMinutes } = words
  const mark = marksIn(marks)
    .map(({ en }) => `${en}: `)
    .join('')
  const grave = level === '' ? '' : `level ${level}`
  const end = exam === '' ? '' : `exam ...${exam}`
  const facts = given([grave === '' ? 'see the system for its level' : grave, kind.en, end])
  const age = set?.minutes === undefined ? '' : `, ${englishAge(set.minutes)} ago`
  const round = step && step.round > 1 ? `, reminder ${step.round}` : ''
  const short = given([grave, end, step ? `step ${step.number}` : ''])
  return {
    title: [`${mark}Critical value`, ...short].join(', '),
    first: `${mark}Critical value (${facts.join(', ')}). ${englishAct(words)}.`,
    more: given([
      words.isDamaged ? ' Its text may be garbled: check the original report.' : '',
      set ? ` Set ${set.at}${age}.` : '',
      step ? ` Step ${step.number} of ${step.of}${round}.` : '',
      lateMinutes > 0 ? ` This reminder is ${englishAge(lateMinutes)} late.` : '',
      // Not among what must be said: a name of other characters takes more than half of the room.
      department === '' ? '' : ` Department ${department}.`,
      hospital === '' ? '' : ` ${hospital}`,
    ]),
  }
}

function englishAct({ marks, step }: PageWords): string {
  if (marks.cancelled) return 'It is void; do not act on it. Log in for details'
  const act =
    step?.until === 'processed' ? 'act on it' : step ? 'receive it' : 'receive and act on it'
  if (marks.wrongPatient) return `Log in now, check the patient, then ${act}`
  return marks.corrected ? `Log in now and ${act} as corrected` : `Log in now and ${act}`
}

function englishAge(minutes: number): string {
  if (minutes >= DAY) return `${Math.floor(minutes / DAY)} d`
  if (minutes < HOUR) return `${minutes} min`
  const rest = minutes % HOUR
  return `${Math.floor(minutes / HOUR)} h${rest === 0 ? '' : ` ${rest} min`}`
}
