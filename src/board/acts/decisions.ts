import type { NotDecided } from '../../ledger/index.js'
import type { Act, ActAnswer } from '../api.js'
import type { SessionFacts } from '../server/reads.js'
import { DONE, fieldOf, needed, numberIn, Refused } from './fields.js'
import { bothOf } from './people.js'
import type { ActSources } from './sources.js'
import { FIELD_MISSING, NOT_DECIDED, REASON_MISSING } from './words.js'

/** Two people lift a hold, cancel an alert or choose a content. @throws Refused; LedgerError */
export async function decide(
  { ledger, actor }: ActSources,
  facts: SessionFacts,
  act: Act & { readonly kind: 'liftHold' | 'cancelAlert' | 'chooseContent' },
): Promise<ActAnswer> {
  const reason = needed(act.reason, REASON_MISSING)
  const people = bothOf(facts)
  const alert = await ledger.ask('alertByNumber', { alert: act.alert ?? -1 })
  if (!alert) throw new Refused(NOT_DECIDED.none)
  const decision = { ...people, reason, actor: actor(), which: { id: alert.id } }
  const { problem, peers } = await run(decision)
  if (problem) throw new Refused(NOT_DECIDED[problem])
  for (const peer of peers) ledger.hint(`outbox/${peer}`)
  return DONE

  async function run(args: typeof decision): Promise<Decided> {
    if (act.kind === 'cancelAlert') return ledger.run('cancelAlert', args)
    if (act.kind === 'liftHold') {
      return ledger.run('liftHold', { ...args, wrong: fieldOf(act, 'wrong') || null })
    }
    const revision = numberIn(act, 'revision')
    if (revision === undefined) throw new Refused(FIELD_MISSING)
    return ledger.run('chooseContent', { ...args, revision })
  }
}

interface Decided {
  readonly problem: NotDecided | null
  readonly peers: readonly string[]
}
