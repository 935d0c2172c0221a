import { describeFeedback } from '../../src/loop/index.js'
import { CrisisError, withExtra } from '../../src/messages/index.js'
import { contextOf, saidRevision, saidText } from '../face/index.js'
import { feedbacksOfMessage, type Evaluate } from './documents.js'
import { WAITS, type Make, type Outgoing } from './sender.js'

const OPERATION = 'SynCrisisResponseInfo'

/** The feedback of a message, each to be sent by itself. */
export const sendFeedback: Make = async ({ face, peer, settings, msg }) => {
  const evaluate: Evaluate = (value, type, from) => face.evaluate(value, type, from)
  const entries = await feedbacksOfMessage(settings, msg, peer.zone, evaluate)
  // Speaking of another critical value, or of all of the exam, would close what nobody has acknowledged.
  const key = saidText(msg, 'id') ?? ''
  const revision = saidRevision(msg)
  return entries.map(({ document: feedback, extra }): Outgoing => {
    const { examKey, stage, receiveAt, processAt, flags } = describeFeedback(
      peer.system,
      peer.zone,
      feedback,
    )
    if (stage === 'none') throw incomplete()
    return {
      context: { key: examKey, operation: OPERATION, stage, receiveAt, processAt, flags },
      ...(entries.length > 1 && { payload: withExtra(feedback, extra) }),
      async commit({ ledger, actor, message, taken }) {
        const { refused, parked, outbox, known } = await ledger.run('sendFeedback', {
          ...taken,
          redelivered: contextOf(msg).flags?.includes('redelivered') ?? false,
          tell: {
            actor,
            system: peer.system,
            key,
            revision,
            feedback,
            examKey,
            stage,
            receiveAt,
            processAt,
          },
          item: {
            peer: peer.id,
            operation: OPERATION,
            lane: examKey,
            node: face.id,
            message,
            expiresAfterMs: peer.expiresAfterMs,
          },
          application: peer.header().Application,
          extra,
          omitEmpty: settings.omitEmpty,
          omitEmptyProcess: settings.omitEmptyProcess,
          perAlert: settings.perAlert,
          combinedOnly: settings.combinedOnly,
          clockOffset: peer.clockOffset,
        })
        if (refused) return { refused: REFUSED[refused]() }
        if (known) return { known }
        if (parked === 'wrongPatient') return { held: held(), outbox }
        return parked ? { waits: WAITS[parked] } : {}
      },
    }
  })
}

const incomplete = () =>
  new CrisisError(
    'FEEDBACK_INCOMPLETE',
    {
      zh: '反馈不完整：接收需要接收人与有效时间，处理还需要处理人与处理结果，未发送',
      en: 'The feedback is incomplete: receiving needs who and when, processing also a result; nothing was sent',
    },
    '422',
  )

const held = () =>
  new CrisisError(
    'FEEDBACK_HELD',
    {
      zh: '该检查的病人号发生过变化，可能是错误的病人：反馈已记录，请人工核实，用“危急值查询”解除暂停后自动发送',
      en: 'The SickNo of this exam has changed, possibly the wrong patient: the feedback is noted and goes out when the hold is lifted with crisis register; check by hand',
    },
    '409',
  )

const unknownAlert = () =>
  new CrisisError(
    'FEEDBACK_ALERT',
    {
      zh: 'msg.crisis.id 所指的危急值不属于该检查：未记录也未发送，请使用该危急值消息中的 id，或去掉 id 以反馈整个检查',
      en: 'msg.crisis.id names no critical value of this exam: not noted and not sent; give the id that came with it, or none to speak of the whole exam',
    },
    '404',
  )

const cancelled = () =>
  new CrisisError(
    'FEEDBACK_CANCELLED',
    {
      zh: '该危急值已由人工作废：反馈未记录也未发送',
      en: 'People have cancelled this critical value: the feedback was not noted and not sent',
    },
    '409',
  )

const revised = () =>
  new CrisisError(
    'FEEDBACK_REVISED',
    {
      zh: '该反馈针对的是更正之前的危急值，更正后的内容尚无人确认：未记录也未发送，请按更正后的内容重新确认',
      en: 'The feedback speaks of the critical value before its correction, which nobody has acknowledged yet: not noted and not sent; acknowledge the correction',
    },
    '409',
  )

/** The reasons for which the ledger does not note a feedback. */
const REFUSED = { unknownAlert, cancelled, revised } as const
