import type { Node, NodeAPI, NodeDef } from 'node-red'
import { alertKey, feedbackKey, readCrisisQuality } from '../src/loop/index.js'
import { readCrisisDocument, requireKey } from '../src/messages/index.js'
import { answerEach, bindIn } from './lib/in.js'
import { withExtra } from './lib/message.js'
import type { InConfig } from './lib/settings.js'

export = (RED: NodeAPI): void => {
  function CrisisInNode(this: Node, config: NodeDef & InConfig): void {
    RED.nodes.createNode(this, config)
    bindIn(RED, this, 'crisis-in', config, 'SynCrisisInfo', (call, service, ask) => {
      const { crises } = readCrisisDocument(call.document)
      return answerEach(crises, async ({ crisis, extra, flags }) => {
        requireKey(crisis)
        const quality = readCrisisQuality(crisis, service.zone)
        return ask(withExtra(crisis, extra), {
          id: alertKey(service.id, crisis),
          key: feedbackKey(service.id, crisis),
          setAt: quality.setAt.at,
          flags: [...call.flags, ...flags, ...quality.flags],
        })
      })
    })
  }

  RED.nodes.registerType('crisis in', CrisisInNode)
}
