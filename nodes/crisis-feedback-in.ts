import type { Node, NodeAPI, NodeDef } from 'node-red'
import { feedbackKey, readFeedbackStage, requireStage } from '../src/loop/index.js'
import { readFeedbackDocument, requireKey } from '../src/messages/index.js'
import { answerEach, bindIn } from './lib/in.js'
import { withExtra } from './lib/message.js'
import type { InConfig } from './lib/settings.js'

export = (RED: NodeAPI): void => {
  function CrisisFeedbackInNode(this: Node, config: NodeDef & InConfig): void {
    RED.nodes.createNode(this, config)
    bindIn(
      RED,
      this,
      'crisis-feedback-in',
      config,
      'SynCrisisResponseInfo',
      (call, service, ask) => {
        const { header, feedbacks } = readFeedbackDocument(call.document)
        // Who speaks is settled before anything of what is said is looked at.
        service.requireLicence(header)
        return answerEach(feedbacks, async ({ feedback, extra, flags }) => {
          requireKey(feedback)
          const reading = readFeedbackStage(feedback, service.zone)
          requireStage(reading)
          return ask(withExtra(feedback, extra), {
            key: feedbackKey(service.id, feedback),
            stage: reading.stage,
            receiveAt: reading.receivedAt.at,
            processAt: reading.processedAt.at,
            flags: [...call.flags, ...flags, ...reading.flags],
            ...(header.Application !== undefined && { application: header.Application }),
          })
        })
      },
    )
  }

  RED.nodes.registerType('crisis feedback in', CrisisFeedbackInNode)
}
