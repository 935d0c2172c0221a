import { describeCrisis, troublesOf } from '../../src/loop/index.js'
import { CrisisError, withExtra } from '../../src/messages/index.js'
import { contextOf, isRevision } from '../face/index.js'
import { crisesOfMessage, writeCrisisEntry, type Evaluate } from './documents.js'
import type { Make, Outgoing } from './sender.js'

const OPERATION = 'SynCrisisInfo'

/** The critical values of a message, each to be sent by itself. */
export const sendCrises: Make = async ({ face, peer, settings, msg }) => {
  const evaluate: Evaluate = (value, type, from) => face.evaluate(value, type, from)
  const entries = await crisesOfMessage(settings, msg, peer.zone, evaluate)
  const revision: unknown = contextOf(msg).revision
  return entries.map((entry): Outgoing => {
    const { document: crisis, extra } = entry
    const { system } = peer
    const described = describeCrisis(system, peer.zone, crisis, extra)
    const { key, examKey, setAt, flags } = described
    const document = writeCrisisEntry(entry, settings.omitEmpty)
    return {
      context: { id: key, key: examKey, operation: OPERATION, setAt, flags },
      ...(entries.length > 1 && { payload: withExtra(crisis, extra) }),
      async commit({ ledger, actor, message, isAccepted, taken }) {
        const sent = await ledger.run(
          'sendCrisis',
          {
            actor,
            ...taken,
            origin: {
              service: face.id,
              system,
              remoteAddress: '',
              raw: Buffer.from(document),
              charset: 'utf-8',
            },
            crisis: { crisis, extra, ...described },
            // One that is no number of a content is what a flow does not know: the critical value goes.
            revision: isRevision(revision) ? revision : undefined,
            redelivered: contextOf(msg).flags?.includes('redelivered') ?? false,
            item: {
              peer: peer.id,
              operation: OPERATION,
              lane: examKey,
              document,
              node: face.id,
              message,
              expiresAfterMs: peer.expiresAfterMs,
            },
          },
          { isAccepted },
        )
        if (sent.refused) return { refused: REFUSED[sent.refused]() }
        return { known: sent.known, troubles: troublesOf(sent) }
      },
    }
  })
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

/** The reasons for which the ledger does not take a critical value to be sent. */
const REFUSED = { cancelled, overtaken } as const
