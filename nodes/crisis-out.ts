import type { Node, NodeAPI, NodeDef } from 'node-red'
import { alertKey, feedbackKey, readCrisisQuality } from '../src/loop/index.js'
import { crisesOfMessage, writeCrisisEntry } from './lib/documents.js'
import { withExtra } from './lib/message.js'
import { bindOut } from './lib/out.js'
import type { OutConfig } from './lib/settings.js'

export = (RED: NodeAPI): void => {
  function CrisisOutNode(this: Node, config: NodeDef & OutConfig): void {
    RED.nodes.createNode(this, config)
    bindOut(RED, this, 'crisis-out', config, async (peer, settings, msg) => {
      const entries = await crisesOfMessage(RED, this, settings, msg, peer.zone)
      return entries.map((entry) => {
        const id = alertKey(peer.id, entry.document)
        const key = feedbackKey(peer.id, entry.document)
        const { setAt, flags } = readCrisisQuality(entry.document, peer.zone)
        const operation = 'SynCrisisInfo'
        return {
          errand: {
            id,
            operation,
            lane: key,
            document: writeCrisisEntry(entry, settings.omitEmpty),
          },
          context: { id, key, operation, setAt: setAt.at, flags },
          ...(entries.length > 1 && { payload: withExtra(entry.document, entry.extra) }),
        }
      })
    })
  }

  RED.nodes.registerType('crisis out', CrisisOutNode)
}
