import type { ActContent } from '../../src/ledger/index.js'
import { isoInZone, type CrisisError } from '../../src/messages/index.js'
import { contextOf, type CrisisContext, type Face, type FlowMessage } from '../face/index.js'
import { withLiveParts } from '../send/index.js'

/* The messages in which a flow is told of an act. */

/** The message of an act that counts: the feedback for the PACS, or else the critical value that somebody must have. */
export function countedMessage(
  content: ActContent,
  zone: string,
  handed: number,
  token: string,
): FlowMessage {
  const { act, crisis, feedback, id, examKey, revision, stage, setAt } = content
  const msg = withLiveParts(JSON.parse(content.message) as FlowMessage)
  const brought = broughtBy(msg)
  const { kind, person, role, how, readBack, note, to } = act
  return {
    ...msg,
    payload: feedback ?? crisis,
    crisis: {
      ...brought,
      id,
      key: examKey,
      revision,
      stage: feedback ? (kind === 'processed' ? 'processed' : 'received') : stage,
      setAt,
      receivedAt: isoInZone(content.openedAt, zone),
      // Whoever is to have it now is the one to page.
      person: to ?? person,
      flags: [
        ...new Set([
          ...(brought.flags ?? []),
          ...content.flags,
          ...(handed > 0 ? ['redelivered'] : []),
        ]),
      ],
      acknowledged: {
        counted: true,
        action: kind,
        person,
        role,
        at: isoInZone(act.at, zone),
        how,
        readBack,
        note,
        ...(to && { to: { code: to.code, name: to.name } }),
      },
      owed: token,
    },
  }
}

/** The message of an act that does not count, with the reason; all else is as the flow had it. */
export function refusedMessage(face: Face, msg: FlowMessage, error: CrisisError): FlowMessage {
  const { code, message } = face.runtime.error(error)
  return {
    ...msg,
    crisis: { ...contextOf(msg), acknowledged: { counted: false, code, reason: message } },
  }
}

/** The debt by an earlier message is not that of this one. */
function broughtBy(msg: FlowMessage): CrisisContext {
  const { owed: _owed, acknowledged: _acknowledged, ...brought } = contextOf(msg)
  return brought
}
