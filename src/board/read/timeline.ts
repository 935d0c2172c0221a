import type { BoardExam, KeptPart, Trace } from '../../ledger/index.js'
import { DOCUMENT_STATES, troubleOf, type DocumentState } from '../../loop/index.js'
import { isBlank, type Person, type Reason } from '../../messages/index.js'
import type { PersonView, RawPart, TimelineEntry } from '../api.js'
import { personView, typed } from './masks.js'
import type { BoardNames } from './sources.js'
import * as words from './words.js'

type Entry = TimelineEntry

/** The whole way of an alert, in the order in which it happened. */
export function timelineOf(
  { trace, parts }: BoardExam,
  names: BoardNames,
  seesPatients: boolean,
): readonly Entry[] {
  const shown = { trace, parts, names, seesPatients }
  return [
    ...contents(shown),
    ...milestones(shown),
    ...feedback(shown),
    ...deliveries(shown),
    ...attempts(shown),
    ...pages(shown),
    ...acts(shown),
    ...decisions(shown),
    ...notes(shown),
  ].toSorted((a, b) => a.at - b.at)
}

interface Shown {
  readonly trace: Trace
  readonly parts: readonly KeptPart[]
  readonly names: BoardNames
  readonly seesPatients: boolean
}

const entry = (
  at: number,
  kind: string,
  text: Reason,
  person: Person | null = null,
  raw: readonly RawPart[] = [],
): Entry => ({ at, kind, words: text, person: person && someone(person), raw })

const someone = (person: Person): PersonView | null =>
  isBlank(person.code) && isBlank(person.name) ? null : personView(person)

const rawOf = (
  parts: readonly KeptPart[],
  is: (of: KeptPart['of']) => boolean,
): readonly RawPart[] =>
  parts.filter(({ of }) => is(of)).map(({ name, n, bytes }) => ({ name, n, bytes }))

const contents = ({ trace, parts }: Shown): readonly Entry[] =>
  trace.revisions.map(({ revision, at }) => {
    const raw = rawOf(parts, (of) => of.kind === 'revision' && of.revision === revision)
    return revision === 1
      ? entry(at, 'arrived', words.ARRIVED, null, raw)
      : entry(at, 'revision', words.revision(revision), null, raw)
  })

/** An act tells of its milestone itself, and knows more. */
function milestones({ trace }: Shown): readonly Entry[] {
  return trace.stages.flatMap(({ stage, at, saidAt, code, name }) => {
    const isAct = trace.acknowledgements.some((act) => act.at === at && act.kind === stage)
    const text = words.STAGES[stage]
    if (isAct || !text) return []
    return [entry(at, 'stage', words.withTime(text, saidAt), { code, name })]
  })
}

const feedback = ({ trace, parts }: Shown): readonly Entry[] =>
  trace.feedback.map(({ id, at, stage, application, state }) => {
    const raw = rawOf(parts, (of) => of.kind === 'feedback' && of.id === id)
    return entry(at, 'feedback', words.feedback(stage, application, state), null, raw)
  })

const deliveries = ({ trace, parts, names }: Shown): readonly Entry[] =>
  trace.deliveries.map(({ id, at, peer, operation, state, parked }) => {
    const raw = rawOf(parts, (of) => of.kind === 'delivery' && of.outbox === id)
    const known = DOCUMENT_STATES[state as DocumentState] as Reason | undefined
    const text = words.delivery(operation, names.peer(peer), known ?? words.waits(parked))
    return entry(at, 'delivery', text, null, raw)
  })

const attempts = ({ trace, parts, seesPatients }: Shown): readonly Entry[] =>
  trace.attempts.map(({ outbox, n, endedAt, class: kind, code, reply }) => {
    const raw = rawOf(
      parts,
      (of) => of.kind === 'attempt' && of.outbox === outbox && of.attempt === n,
    )
    const said = (reply ?? {}) as { readonly code?: unknown; readonly desc?: unknown }
    const desc = typeof said.desc === 'string' && seesPatients ? said.desc : ''
    return entry(endedAt, 'attempt', words.attempt(n, kind, code, desc), null, raw)
  })

function pages({ trace, parts }: Shown): readonly Entry[] {
  const sent = trace.pages.map(({ at, person, channel, step, round }) =>
    entry(at, 'page', words.page(channel, step, round), person),
  )
  const tried = trace.pageAttempts.map(({ page, n, endedAt, channel, reasonZh, reasonEn }) => {
    const raw = rawOf(
      parts,
      (of) => of.kind === 'pageAttempt' && of.page === page && of.attempt === n,
    )
    const person = trace.pages.find(({ id }) => id === page)?.person ?? null
    const reason = { zh: reasonZh, en: reasonEn }
    return entry(endedAt, 'pageAttempt', words.pageAttempt(channel, reason), person, raw)
  })
  return [...sent, ...tried]
}

const acts = ({ trace, seesPatients }: Shown): readonly Entry[] =>
  trace.acknowledgements.map((act) => {
    const { at, kind, how, readBack, doneAt, toName, toCode, code, name } = act
    const note = typed(act.note, seesPatients)
    const text = words.act({ kind, how, readBack, to: toName || toCode, note, doneAt, at })
    return entry(at, 'act', text, { code, name })
  })

const decisions = ({ trace, seesPatients }: Shown): readonly Entry[] =>
  trace.decisions.map(({ at, kind, by, second, reason }) =>
    entry(at, 'decision', words.decision(kind, [by, second], typed(reason, seesPatients))),
  )

/** Entries that the audit alone has: steps that were due, troubles, and calls by telephone. */
function notes({ trace }: Shown): readonly Entry[] {
  return trace.audit.flatMap(({ at, kind, detail }) => {
    const said = (detail ?? {}) as Readonly<Record<string, string | number>>
    if (kind === 'held' || kind === 'dead') return []
    const trouble = troubleOf({ kind, detail: said }, null)
    if (trouble) return [entry(at, 'trouble', trouble.reason)]
    const text = words.noted(kind, said)
    return text ? [entry(at, 'audit', text)] : []
  })
}
