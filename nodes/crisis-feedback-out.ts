import type { Node, NodeAPI, NodeDef } from 'node-red'
import { feedbackKey, readFeedbackStage, requireStage } from '../src/loop/index.js'
import { feedbacksOfMessage, writeFeedbackEntry } from './lib/documents.js'
import { withExtra } from './lib/message.js'
import { bindOut } from './lib/out.js'
import type { OutConfig } from './lib/settings.js'

export = (RED: NodeAPI): void => {
  function CrisisFeedbackOutNode(this: Node, config: NodeDef & OutConfig): void {
    RED.nodes.createNode(this, config)
    bindOut(RED, this, 'crisis-feedback-out', config, async (peer, settings, msg) => {
      const entries = await feedbacksOfMessage(RED, this, settings, msg, peer.zone)
      return entries.map((entry) => {
        const key = feedbackKey(peer.id, entry.document)
        const reading = readFeedbackStage(entry.document, peer.zone)
        requireStage(reading)
        const { stage, receivedAt, processedAt, flags } = reading
        const operation = 'SynCrisisResponseInfo'
        return {
          errand: {
            id: `${key}:${stage}`,
            operation,
            lane: key,
            document: writeFeedbackEntry(entry, peer.header(), settings.omitEmpty),
          },
          context: {
            key,
            operation,
            stage,
            receiveAt: receivedAt.at,
            processAt: processedAt.at,
            flags,
          },
          ...(entries.length > 1 && { payload: withExtra(entry.document, entry.extra) }),
        }
      })
    })
  }

  RED.nodes.registerType('crisis feedback out', CrisisFeedbackOutNode)
}
