import { CrisisError } from '../../messages/index.js'
import type { Act, ActAnswer } from '../api.js'
import type { BoardActs, SessionFacts } from '../server/reads.js'
import { acknowledge } from './acknowledge.js'
import { decide } from './decisions.js'
import { giveUp, passOn, sendAgain } from './documents.js'
import { Refused } from './fields.js'
import { matchPhoneCall, phoneCall } from './phone-calls.js'
import type { ActSources } from './sources.js'

export type { ActSources, FlowOfActs } from './sources.js'

/** The acts of people on a board, but for accounts. */
export function boardActs(sources: ActSources): BoardActs {
  return {
    async act(facts, act) {
      try {
        return await run(sources, facts, act)
      } catch (thrown) {
        if (thrown instanceof Refused) return { isDone: false, reason: thrown.reason }
        throw thrown
      }
    },
  }
}

/** @throws Refused; CrisisError; LedgerError */
function run(sources: ActSources, facts: SessionFacts, act: Act): Promise<ActAnswer> {
  const { kind } = act
  switch (kind) {
    case 'received':
    case 'readBack':
      return acknowledge(sources, facts, 'received', act)
    case 'processed':
    case 'passedOn':
      return acknowledge(sources, facts, kind, act)
    case 'replay':
    case 'editAndSend':
      return sendAgain(sources, facts, act)
    case 'giveUp':
      return giveUp(sources, facts, act)
    case 'passOn':
      return passOn(sources, facts, act)
    case 'liftHold':
    case 'cancelAlert':
    case 'chooseContent':
      return decide(sources, facts, { ...act, kind })
    case 'phoneCall':
      return phoneCall(sources, facts, act)
    case 'matchPhoneCall':
      return matchPhoneCall(sources, facts, act)
    case 'account':
      throw notHere()
  }
}

const notHere = (): CrisisError =>
  new CrisisError(
    'ACT_UNKNOWN',
    { zh: '此处没有这样的操作', en: 'There is no such act here' },
    '422',
  )
