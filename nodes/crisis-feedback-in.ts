import type { Node, NodeAPI, NodeDef } from 'node-red'
import type { CallForm } from '../src/http/hosting/index.js'
import type { FeedbackToStore, StoredFeedback } from '../src/ledger/index.js'
import {
  countingExtra,
  feedbackHash,
  feedbackKey,
  readFeedbackStage,
  requireStage,
  TIME_UNREADABLE,
} from '../src/loop/index.js'
import {
  asCrisisError,
  CrisisError,
  readFeedbackDocument,
  requireKey,
} from '../src/messages/index.js'
import { bindIn, receivedAt, serviceOf, type Stored } from './lib/in.js'
import { intakeNodes } from './lib/in-flows.js'
import { withExtra } from './lib/message.js'
import { originOf } from './lib/origin.js'
import type { InConfig } from './lib/settings.js'

/** What the ledger keeps for the message of a feedback. */
interface FeedbackContent extends Omit<FeedbackToStore, 'content' | 'form'> {
  /** The alerts that it speaks of. */
  readonly ids: readonly string[]
  readonly receivedAt: number
  readonly form?: CallForm
}

export = (RED: NodeAPI): void => {
  function CrisisFeedbackInNode(this: Node, config: NodeDef & InConfig): void {
    RED.nodes.createNode(this, config)
    const node = this.id
    bindIn(RED, this, config, {
      operation: 'SynCrisisResponseInfo',

      async store({ call, service, settings, ledger, actor, lease }) {
        const { header, feedbacks } = readFeedbackDocument(call.document)
        // Who speaks is settled before anything of what is said is looked at.
        service.requireLicence(header, call.remoteAddress)
        const results: (Stored | FeedbackToStore)[] = feedbacks.map(
          ({ feedback, extra, flags }) => {
            try {
              requireKey(feedback)
              const reading = readFeedbackStage(feedback, service.zone)
              requireStage(reading)
              return {
                feedback,
                extra,
                flags: [...call.flags, ...flags, ...reading.flags],
                examKey: feedbackKey(service.system, feedback),
                content: feedbackHash(feedback, countingExtra(extra, service.ignoredElements)),
                stage: reading.stage,
                receiveAt: reading.receivedAt.at,
                processAt: reading.processedAt.at,
                application: header.Application ?? '',
                form: call.form,
              }
            } catch (thrown) {
              return { error: asCrisisError(thrown) }
            }
          },
        )
        const good = results.filter((item): item is FeedbackToStore => 'feedback' in item)
        const [bad] = results.filter((item): item is { error: CrisisError } => 'error' in item)
        if (good.length === 0) throw bad?.error ?? asCrisisError(undefined)
        const stored = await ledger.run('storeFeedbacks', {
          actor,
          origin: originOf(call, service),
          feedbacks: good,
          // Where the flow answers, it is asked again: it may have refused before.
          emitResends: settings.answer === 'flow',
          acceptUnknown: settings.unknownExams === 'accept',
          target: node,
          nodes: intakeNodes(RED),
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

      message(content) {
        const { feedback, extra, ...rest } = content as FeedbackContent
        const zone = serviceOf(RED, config.service)?.zone ?? '+08:00'
        return {
          payload: withExtra(feedback, extra),
          context: {
            ...(rest.ids[0] !== undefined && { id: rest.ids[0], ids: rest.ids }),
            key: rest.examKey,
            stage: rest.stage,
            receiveAt: rest.receiveAt,
            processAt: rest.processAt,
            receivedAt: receivedAt(rest.receivedAt, zone),
            application: rest.application,
            ...(rest.form && { form: rest.form }),
            flags: rest.flags,
          },
        }
      },
    })
  }

  RED.nodes.registerType('crisis feedback in', CrisisFeedbackInNode)
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
