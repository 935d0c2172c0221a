import type { Node, NodeAPI, NodeDef } from 'node-red'
import { feedbackKey, readFeedbackStage, requireStage } from '../src/loop/index.js'
import { CrisisError } from '../src/messages/index.js'
import { feedbacksOfMessage } from './lib/documents.js'
import { contextOf, withExtra } from './lib/message.js'
import { bindOut, WAITS } from './lib/out.js'
import type { OutConfig } from './lib/settings.js'

export = (RED: NodeAPI): void => {
  function CrisisFeedbackOutNode(this: Node, config: NodeDef & OutConfig): void {
    RED.nodes.createNode(this, config)
    const node = this.id
    bindOut(RED, this, config, async (peer, settings, msg) => {
      const entries = await feedbacksOfMessage(RED, this, settings, msg, peer.zone)
      return entries.map(({ document: feedback, extra }) => {
        const examKey = feedbackKey(peer.system, feedback)
        const reading = readFeedbackStage(feedback, peer.zone)
        requireStage(reading)
        const { stage, receivedAt, processedAt, flags } = reading
        if (stage === 'none') throw incomplete()
        const operation = 'SynCrisisResponseInfo'
        return {
          context: {
            key: examKey,
            operation,
            stage,
            receiveAt: receivedAt.at,
            processAt: processedAt.at,
            flags,
          },
          ...(entries.length > 1 && { payload: withExtra(feedback, extra) }),
          async commit({ ledger, actor, message, owed }) {
            const { refused, parked, outbox, known } = await ledger.run('sendFeedback', {
              owed,
              redelivered: contextOf(msg).flags?.includes('redelivered') ?? false,
              tell: {
                actor,
                system: peer.system,
                examKey,
                key: contextOf(msg).id ?? '',
                revision: contextOf(msg).revision,
                feedback,
                stage,
                receiveAt: receivedAt.at,
                processAt: processedAt.at,
              },
              item: {
                peer: peer.id,
                operation,
                lane: examKey,
                node,
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
    })
  }

  RED.nodes.registerType('crisis feedback out', CrisisFeedbackOutNode)
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
      zh: '该检查的病人号发生过变化，可能是错误的病人：反馈已记录，请人工核实，用 crisis register 解除后自动发送',
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

/** Why the ledger did not note a feedback. */
const REFUSED = { unknownAlert, cancelled, revised } as const
