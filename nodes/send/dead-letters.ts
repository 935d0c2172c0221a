import type { OutcomeClass } from '../../src/delivery/index.js'
import type { DeadBy } from '../../src/ledger/index.js'
import type { Operation } from '../../src/messages/index.js'
import { STATUS_WORDS, type Condition, type Face, type StatusWord } from '../face/index.js'
import type { PeerState } from '../peer/index.js'

export const operationOf = ({ type }: Pick<Face, 'type'>): Operation =>
  type === 'crisis feedback out' ? 'SynCrisisResponseInfo' : 'SynCrisisInfo'

/** Dead letters that a node has sent itself; they stay until a person has dealt with each. */
export const ownDeadLetters = ({ deadBy }: PeerState, own: Pick<Face, 'id'>): Condition | null =>
  conditionOf(
    'held',
    deadBy.filter(({ node }) => node === own.id),
  )

/**
 * Dead letters that no node of the peer shows as its own, since their node was deleted, disabled or given another peer.
 * One node shows them for all: the first that sends the same, or where there is none the first of any.
 * @param users all nodes of the peer
 */
export function unclaimedDeadLetters(
  { deadBy }: PeerState,
  own: Pick<Face, 'id' | 'type'>,
  users: readonly Pick<Face, 'id' | 'type'>[],
): Condition | null {
  const ids = new Set(users.map(({ id }) => id))
  const isShownHere = ({ operation }: DeadBy): boolean => {
    const shows = users.find((user) => operationOf(user) === operation) ?? users[0]
    return shows?.id === own.id
  }
  const isUnclaimed = ({ node }: DeadBy): boolean => node === null || !ids.has(node)
  return conditionOf(
    'unclaimed',
    deadBy.filter((one) => isUnclaimed(one) && isShownHere(one)),
  )
}

function conditionOf(word: StatusWord, dead: readonly DeadBy[]): Condition | null {
  const count = dead.reduce((sum, one) => sum + one.count, 0)
  if (count === 0) return null
  const last = dead.find((one) => one.last)?.last
  return {
    word,
    count,
    ...(last && { reason: STATUS_WORDS[last.class as OutcomeClass] }),
  }
}
