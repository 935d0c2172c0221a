import type { CallForm } from '../../src/http/hosting/index.js'
import type { FeedbackToStore, StoredFeedback } from '../../src/ledger/index.js'
import {
  countingExtra,
  describeFeedback,
  feedbackHash,
  TIME_UNREADABLE,
} from '../../src/loop/index.js'
import {
  asCrisisError,
  CrisisError,
  isoInZone,
  readFeedbackDocument,
  requireKey,
  withExtra,
} from '../../src/messages/index.js'
import { originOf } from './origin.js'
import type { Intake, StoreCall, Stored } from './receiver.js'

/** The content that the ledger keeps for the message of a feedback. */
interface FeedbackContent extends Omit<FeedbackToStore, 'content' | 'form'> {
  /** The alerts that it speaks of. */
  readonly ids: readonly string[]
  readonly receivedAt: number
  readonly form?: CallForm
}

/** The intake of feedback. */
export const feedbackIntake: Intake = {
  operation: 'SynCrisisResponseInfo',

  async store(work) {
    const { call, service, settings, ledger, actor, lease, target, nodes } = work
    const results = documentsOf(work)
    const good = results.filter((item): item is FeedbackToStore => 'feedback' in item)
    const bad = results.find((item): item is Refused => 'error' in item)
    if (good.length === 0) throw bad?.error ?? asCrisisError(undefined)
    const stored = await ledger.run('storeFeedbacks', {
      actor,
      origin: originOf(call, service),
      feedbacks: good,
      // A flow that answers is asked again: it may have refused before.
      emitResends: settings.answer === 'flow',
      acceptUnknown: settings.unknownExams === 'accept',
      target,
      nodes,
      lease,
    })
    if (results.length === 1 && stored[0]?.kind === 'orphan') throw orphan()
    const next = stored.values()
    return results.map((item): Stored => {
      if (!('feedback' in item)) return item
      const one = next.next().value
      return one?.kind === 'orphan'
        ? { error: orphan() }
        : {
            owed: one?.owed ?? null,
            troubles: troublesOf(one, item),
            flags: item.flags,
            exam: item.feedback,
          }
    })
  },

  message(content, zone) {
    const { feedback, extra, ...rest } = content as FeedbackContent
    return {
      payload: withExtra(feedback, extra),
      context: {
        ...(rest.ids[0] !== undefined && { id: rest.ids[0], ids: rest.ids }),
        key: rest.examKey,
        stage: rest.stage,
        receiveAt: rest.receiveAt,
        processAt: rest.processAt,
        receivedAt: isoInZone(rest.receivedAt, zone),
        application: rest.application,
        ...(rest.form && { form: rest.form }),
        flags: rest.flags,
      },
    }
  },
}

interface Refused {
  readonly error: CrisisError
}

function documentsOf({ call, service }: StoreCall): (Refused | FeedbackToStore)[] {
  const { header, feedbacks } = readFeedbackDocument(call.document)
  // The licence is checked before anything else of the document is looked at.
  service.requireLicence(header, call.remoteAddress)
  return feedbacks.map(({ feedback, extra, flags }) => {
    try {
      requireKey(feedback)
      const described = describeFeedback(service.system, service.zone, feedback)
      return {
        feedback,
        extra,
        ...described,
        flags: [...call.flags, ...flags, ...described.flags],
        content: feedbackHash(feedback, countingExtra(extra, service.ignoredElements)),
        application: header.Application ?? '',
        form: call.form,
      }
    } catch (thrown) {
      return { error: asCrisisError(thrown) }
    }
  })
}

/** Accepted, and of no effect: whoever said it believes that it has one. */
function troublesOf(
  stored: StoredFeedback | undefined,
  { flags }: FeedbackToStore,
): readonly CrisisError[] {
  if (stored?.kind !== 'new') return []
  return [
    ...(stored.counts ? [] : [countsForNothing()]),
    ...(flags.includes(TIME_UNREADABLE) ? [timeUnreadable()] : []),
  ]
}

const timeUnreadable = () =>
  new CrisisError('FEEDBACK_TIME', {
    zh: '反馈说明已接收或已处理，但其时间缺失或无法识别，危急值仍未关闭：请核对 msg.crisis 所指的检查，并请对方按 2026-01-31 08:30:00 的格式重发',
    en: 'The feedback says that a critical value was received or processed, but its time is missing or cannot be read, so the value stays open: look at the exam named in msg.crisis, and have it sent again with a time such as 2026-01-31 08:30:00',
  })

const countsForNothing = () =>
  new CrisisError('FEEDBACK_EARLIER', {
    zh: '反馈的时间早于危急值的设定或更正，未改变任何状态：请核对双方时钟，并按现在的内容重新确认',
    en: 'The feedback was said before the critical value was set or corrected, so it changed nothing: check both clocks, and acknowledge what holds now',
  })

const orphan = () =>
  new CrisisError(
    'FEEDBACK_ORPHAN',
    {
      zh: '未找到该检查流水号与申请单号对应的危急值，反馈已暂存',
      en: 'There is no critical value with this ExamNo and ApplyNo; the feedback is kept for the time being',
    },
    '404',
  )
