import type { Decision, Owed, PassedOn } from '../../src/ledger/index.js'
import { CrisisError } from '../../src/messages/index.js'
import type { Face } from '../face/index.js'
import type { Store } from '../store/index.js'
import { sendsFrom } from './in-flows.js'

/** The kind of message that each type of node hands out to its flow. */
const HANDS_OUT: Readonly<Record<string, Owed['kind']>> = {
  'crisis in': 'crisis',
  'crisis feedback in': 'feedback',
  'crisis out': 'outcome',
  'crisis feedback out': 'outcome',
  'crisis page': 'paged',
  'crisis acknowledge': 'acknowledged',
}

/** undefined = such nodes hand out nothing. */
export const handsOut = (type: string): Owed['kind'] | undefined =>
  Object.hasOwn(HANDS_OUT, type) ? HANDS_OUT[type] : undefined

/** Numbers of the documents of a peer that is gone: handed over, and left. */
export type PassedOnAll = Omit<PassedOn, 'after'>

/**
 * Has another peer send what is undelivered to one that is gone.
 * @throws CrisisError REGISTER_PEER when the one runs, or the other does not or has another ledger; LedgerError
 */
export async function passOnDocuments(
  face: Face,
  store: Store,
  from: string,
  to: string,
  decision?: Pick<Decision, 'by' | 'reason'>,
): Promise<PassedOnAll> {
  const peer = sendsFrom(face.runtime, to, store.ledger)
  if (!peer || sendsFrom(face.runtime, from, store.ledger)) throw peerMissing()
  const { Application: application } = peer.header()
  const args = { actor: store.actor(face), from, to, application, decision }
  const all = { documents: 0, overtaken: 0 }
  let next: number | null = 0
  while (next !== null) {
    const { documents, overtaken, after }: PassedOn = await store.ledger.run('passOnDocuments', {
      ...args,
      after: next,
    })
    all.documents += documents
    all.overtaken += overtaken
    next = after
  }
  store.ledger.hint(`outbox/${to}`)
  return all
}

/**
 * Ends what is undelivered to a peer that is gone. Returns how many documents those are.
 * @throws CrisisError REGISTER_PEER when it runs; LedgerError
 */
export async function giveUpDocuments(
  face: Face,
  store: Store,
  peer: string,
  decision: { readonly by: string; readonly reason: string },
): Promise<number> {
  if (sendsFrom(face.runtime, peer, store.ledger)) throw peerMissing()
  const args = { ...decision, actor: store.actor(face), peer }
  let all = 0
  for (let batch = -1; batch !== 0; all += batch) {
    batch = await store.ledger.run('giveUpDocuments', args)
  }
  return all
}

const peerMissing = () =>
  new CrisisError(
    'REGISTER_PEER',
    {
      zh: '请以 msg.payload.peer 提供不在运行的对方系统（crisis peer）的 id；转交时还须以 msg.payload.to 提供正在运行、使用同一台账的对方系统的 id',
      en: 'Give the id of a crisis peer that does not run as msg.payload.peer, and, to pass on, that of one that runs and uses the same ledger as msg.payload.to',
    },
    '422',
  )
