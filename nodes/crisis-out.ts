import type { Node, NodeAPI, NodeDef } from 'node-red'
import {
  alertKey,
  contentHash,
  feedbackKey,
  findingKey,
  readCrisisQuality,
} from '../src/loop/index.js'
import { CrisisError } from '../src/messages/index.js'
import { crisesOfMessage, writeCrisisEntry } from './lib/documents.js'
import { contextOf, withExtra } from './lib/message.js'
import { bindOut } from './lib/out.js'
import type { OutConfig } from './lib/settings.js'
import { troublesOf } from './lib/troubles.js'

export = (RED: NodeAPI): void => {
  function CrisisOutNode(this: Node, config: NodeDef & OutConfig): void {
    RED.nodes.createNode(this, config)
    const node = this.id
    bindOut(RED, this, config, async (peer, settings, msg) => {
      const entries = await crisesOfMessage(RED, this, settings, msg, peer.zone)
      return entries.map((entry) => {
        const { document: crisis, extra } = entry
        const { system } = peer
        const { setAt, flags } = readCrisisQuality(crisis, peer.zone)
        const key = alertKey(system, crisis)
        const examKey = feedbackKey(system, crisis)
        const operation = 'SynCrisisInfo'
        const document = writeCrisisEntry(entry, settings.omitEmpty)
        return {
          context: { id: key, key: examKey, operation, setAt: setAt.at, flags },
          ...(entries.length > 1 && { payload: withExtra(crisis, extra) }),
          async commit({ ledger, actor, message, owed }) {
            const sent = await ledger.run('sendCrisis', {
              actor,
              owed,
              origin: {
                service: node,
                system,
                remoteAddress: '',
                raw: Buffer.from(document),
                charset: 'utf-8',
              },
              crisis: {
                crisis,
                extra,
                flags,
                key,
                content: contentHash(system, crisis, extra),
                documentHash: contentHash(system, crisis),
                examKey,
                finding: findingKey(crisis),
                setAt: setAt.at,
              },
              revision: contextOf(msg).revision,
              redelivered: contextOf(msg).flags?.includes('redelivered') ?? false,
              item: {
                peer: peer.id,
                operation,
                lane: examKey,
                document,
                node,
                message,
                expiresAfterMs: peer.expiresAfterMs,
              },
            })
            if (sent.refused) return { refused: REFUSED[sent.refused]() }
            return { known: sent.known, troubles: troublesOf(sent) }
          },
        }
      })
    })
  }

  RED.nodes.registerType('crisis out', CrisisOutNode)
}

const cancelled = () =>
  new CrisisError(
    'ALERT_CANCELLED',
    {
      zh: '该危急值已由人工作废，未发送',
      en: 'People have cancelled this critical value, so it was not sent',
    },
    '409',
  )

const overtaken = () =>
  new CrisisError(
    'EARLIER_CONTENT',
    {
      zh: '流程再次收到更正之前的旧内容，而更正后的内容已写入发件箱：旧内容未发送，以免对方以旧内容为准',
      en: 'The flow was given the content from before a correction again, and the correction stands in the outbox: the earlier content was not sent, so that the peer keeps the correction',
    },
    '409',
  )

/** Why the ledger did not take a critical value to be sent. */
const REFUSED = { cancelled, overtaken } as const
