import {
  isBlank,
  MASK,
  readCrisisDocument,
  readFeedbackDocument,
  requireKey,
} from '../../messages/index.js'
import type { Act, ActAnswer } from '../api.js'
import type { SessionFacts } from '../server/reads.js'
import { DONE, fieldOf, needed, Refused } from './fields.js'
import { byOf } from './people.js'
import type { ActSources } from './sources.js'
import {
  FIELD_MISSING,
  LICENCE_TYPED,
  MASKED_EDIT,
  NO_DOCUMENT,
  OTHER_EXAM,
  OVERTAKEN,
  REASON_MISSING,
} from './words.js'

/** Sends a dead letter again, as it is or as a person has corrected it. @throws Refused; MessageError; LedgerError */
export async function sendAgain(
  { ledger, actor }: ActSources,
  facts: SessionFacts,
  act: Act,
): Promise<ActAnswer> {
  const reason = needed(act.reason, REASON_MISSING)
  const id = documentOf(act)
  const document = act.kind === 'editAndSend' ? await corrected(ledger, facts, id, act) : null
  const decision = { by: byOf(facts.person), reason }
  const { documents, overtaken } = await ledger.run('replay', {
    actor: actor(),
    id,
    document,
    decision,
  })
  if (documents.length > 0) return DONE
  if (overtaken.length > 0) return { isDone: true, reason: OVERTAKEN }
  throw new Refused(NO_DOCUMENT)
}

/** Ends a dead letter, or what waits, unsent. @throws Refused; LedgerError */
export async function giveUp(
  { ledger, actor, unclaimed }: ActSources,
  { person }: SessionFacts,
  act: Act,
): Promise<ActAnswer> {
  const decision = { by: byOf(person), reason: needed(act.reason, REASON_MISSING) }
  if (isUnclaimed(act)) {
    await unclaimed.giveUp(act.id ?? '', decision)
    return DONE
  }
  const isDone = await ledger.run('cancel', { actor: actor(), id: documentOf(act), ...decision })
  if (!isDone) throw new Refused(NO_DOCUMENT)
  return DONE
}

/** @throws Refused; CrisisError; LedgerError */
export async function passOn(
  { unclaimed }: ActSources,
  { person }: SessionFacts,
  act: Act,
): Promise<ActAnswer> {
  const decision = { by: byOf(person), reason: needed(act.reason, REASON_MISSING) }
  const target = needed(fieldOf(act, 'target'), FIELD_MISSING)
  if (!isUnclaimed(act)) throw new Refused(NO_DOCUMENT)
  await unclaimed.passOn(act.id ?? '', target, decision)
  return DONE
}

const isUnclaimed = ({ id }: Act): boolean => /^(?:node|peer):/.test(id ?? '')

function documentOf({ id }: Act): number {
  if (!/^[1-9]\d{0,14}$/.test(id ?? '')) throw new Refused(NO_DOCUMENT)
  return Number(id)
}

/** A document that a person has corrected, checked as if it came in: it may not come to speak of another exam. */
async function corrected(
  ledger: ActSources['ledger'],
  { seesPatients }: SessionFacts,
  id: number,
  act: Act,
): Promise<string> {
  const document = needed(fieldOf(act, 'document'), FIELD_MISSING)
  // What was masked for the person would be sent masked.
  if (!seesPatients || document.includes(MASK)) throw new Refused(MASKED_EDIT)
  const before = await ledger.ask('deadDocument', { id })
  if (!before) throw new Refused(NO_DOCUMENT)
  const read = before.operation === 'SynCrisisInfo' ? crisesIn : feedbackIn
  const wanted = read(before.document)
  const found = read(document)
  if (JSON.stringify(found) !== JSON.stringify(wanted)) throw new Refused(OTHER_EXAM)
  return document.replace(/<License\s*\/>|<License>\s*<\/License>/, '<License></License>')
}

type Keys = readonly (readonly [ExamNo: string, ApplyNo: string])[]

interface Keyed {
  readonly ExamNo?: string
  readonly ApplyNo?: string
}

function keysOf(all: readonly Keyed[]): Keys {
  for (const one of all) requireKey(one)
  return all.map(({ ExamNo = '', ApplyNo = '' }) => [ExamNo.trim(), ApplyNo.trim()])
}

const crisesIn = (document: string): Keys =>
  keysOf(readCrisisDocument(document).crises.map(({ crisis }) => crisis))

function feedbackIn(document: string): Keys {
  const { header, feedbacks } = readFeedbackDocument(document)
  if (!isBlank(header.License)) throw new Refused(LICENCE_TYPED)
  return keysOf(feedbacks.map(({ feedback }) => feedback))
}
