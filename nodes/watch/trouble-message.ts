import type { TroubleContent } from '../../src/ledger/index.js'
import { DEFAULT_ZONE, isoInZone } from '../../src/messages/index.js'
import type { CrisisContext, FlowMessage, Runtime } from '../face/index.js'

/** The message of a trouble: plain facts in the language of the hospital, and nothing of a patient. */
export function troubleMessage(
  runtime: Runtime,
  content: TroubleContent,
): FlowMessage & { crisis: CrisisContext } {
  const { kind, state, code, alert, examKey, outbox, feedback, refusal, subject } = content
  const nameOf = (id: string | null): string | null =>
    id === null ? null : runtime.find(id)?.name || id
  const trouble = known({
    kind,
    state,
    code,
    reason: runtime.words(content.reason),
    name: content.name ?? nameOf(subject),
    feedback,
    since: isoInZone(content.since, DEFAULT_ZONE),
    at: isoInZone(content.at, DEFAULT_ZONE),
  })
  const about = known({
    id: alert,
    key: examKey,
    peer: nameOf(content.peer),
    peerId: content.peer,
    service: nameOf(content.service),
    outbox,
    refusal,
  })
  return { topic: kind, payload: { ...trouble, ...about }, crisis: { ...about, trouble } }
}

type Known<T> = { [K in keyof T]?: Exclude<T[K], null> } & {
  [K in keyof T as null extends T[K] ? never : K]: T[K]
}

/** Without what is not known: a flow asks for a property, and not for null. */
const known = <T extends object>(all: T): Known<T> =>
  Object.fromEntries(Object.entries(all).filter(([, value]) => value !== null)) as Known<T>
