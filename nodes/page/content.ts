import { pageText, type PageAbout } from '../../src/bridges/index.js'
import { LINK_PLACE, type OneTimeLink, type PageContent } from '../../src/ledger/index.js'
import type { PageStep } from '../../src/loop/index.js'
import { CrisisError, isBlank, type Crisis } from '../../src/messages/index.js'
import { contextOf, saidPart, saidRevision, saidText, type FlowMessage } from '../face/index.js'
import type { Language, PageConfig } from '../settings/index.js'

/** The words of a page, by the message of a flow. */
export type PageWords = Pick<
  PageContent,
  'title' | 'text' | 'level' | 'link' | 'oneTime' | 'urgent' | 'language'
>

/** The alert and the step of a plan that a message is about. */
export interface PageSubject {
  readonly alert: string | null
  readonly revision: number | null
  /** null = the flow pages of its own accord. */
  readonly step: PageStep | null
}

/** @throws CrisisError CONTEXT_INVALID for an id or a revision that is none */
export function subjectOf(msg: FlowMessage): PageSubject {
  const alert = saidText(msg, 'id') ?? null
  const revision = saidRevision(msg) ?? null
  return { alert, revision, step: revision === null ? null : stepIn(msg, revision) }
}

/** The step as crisis watch has told it; null where another node has put something else there. */
function stepIn(msg: FlowMessage, revision: number): PageStep | null {
  const said = saidPart(msg, 'step')
  if (typeof said !== 'object' || said === null) return null
  const { number, round, watch, startedAt, until, isLast } = said as Readonly<
    Record<string, unknown>
  >
  const storedAt = typeof startedAt === 'string' ? Date.parse(startedAt) : Number.NaN
  if (!isPlace(number) || !isPlace(round) || !Number.isFinite(storedAt)) return null
  if (typeof watch !== 'string' || (until !== 'received' && until !== 'processed')) return null
  return {
    watch,
    revision,
    storedAt,
    until,
    step: number - 1,
    round: round - 1,
    isLast: isLast === true,
  }
}

const isPlace = (value: unknown): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value > 0

/**
 * The words of a page: a text that the flow has made as it is, a critical value in our own words, which name neither
 * patient nor finding.
 * @param oneTime the links by which people answer; null = there are none
 * @throws CrisisError PAGE_TEXT when there is nothing to say
 */
export function wordsOf(
  msg: FlowMessage,
  settings: PageConfig,
  hospital: Language,
  oneTime: OneTimeLink | null,
): PageWords {
  const language = settings.language === '' ? hospital : settings.language
  const { payload } = msg
  const link = oneTime ? null : linkOf(msg, settings)
  const more = { link, oneTime, urgent: true, language }
  if (typeof payload === 'string' && !isBlank(payload)) {
    const title = [msg['title'], msg['topic']].find((one) => typeof one === 'string') ?? payload
    return { ...more, title, text: payload, level: '' }
  }
  if (typeof payload !== 'object' || payload === null || Array.isArray(payload)) throw noText()
  const crisis = payload as Crisis
  const { flags = [] } = contextOf(msg)
  const setAt = saidPart(msg, 'setAt')
  const words = pageText(
    {
      ...stepSaid(msg),
      crisis,
      flags,
      hospital: settings.hospital.trim(),
      // That it is sent once more is marked by whoever sends it.
      attempt: 1,
      link: oneTime ? LINK_PLACE : (link ?? undefined),
      setAt: typeof setAt === 'string' ? setAt : null,
      now: Date.now(),
    },
    language,
  )
  const level = typeof crisis.CrisisCode === 'string' ? crisis.CrisisCode.trim() : ''
  return { ...more, ...words, level }
}

/** The step as the words of a page name it; what a flow has left of it is no step. */
function stepSaid(msg: FlowMessage): Partial<Pick<PageAbout, 'step' | 'lateSeconds'>> {
  const said = saidPart(msg, 'step')
  if (typeof said !== 'object' || said === null) return {}
  const { number, of, round, until, lateSeconds } = said as Readonly<Record<string, unknown>>
  if (!isPlace(number) || !isPlace(of) || !isPlace(round)) return {}
  if (until !== 'received' && until !== 'processed') return {}
  const isLate = typeof lateSeconds === 'number' && Number.isFinite(lateSeconds)
  return { step: { number, of, round, until }, ...(isLate && { lateSeconds }) }
}

function linkOf(msg: FlowMessage, { link }: PageConfig): string | null {
  if (isBlank(link)) return null
  return link.trim().replaceAll('{id}', encodeURIComponent(saidText(msg, 'id') ?? ''))
}

const noText = () =>
  new CrisisError(
    'PAGE_TEXT',
    {
      zh: 'msg.payload 应为危急值文档（如“危急值值守”的输出）或通知文本，未发送',
      en: 'msg.payload should be a critical value, as crisis watch gives it, or the text of the page; nothing was sent',
    },
    '422',
  )
