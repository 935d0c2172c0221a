import type { Crisis, CrisisFeedback } from '../../src/messages/index.js'
import { below, type Random } from './orders.js'
import { CRISIS, later, PROCESS, RECEIVED } from './site.js'

/** What happens to one exam. `after` is what must have happened before; everything else is free. */
export type ToldEvent = { readonly id: string; readonly after: ToldEvent | null } & (
  | { readonly kind: 'crisis'; readonly finding: number; readonly crisis: Crisis }
  | { readonly kind: 'cancel'; readonly finding: number }
  | { readonly kind: 'lift' }
  /** People have all dead letters sent again. */
  | { readonly kind: 'replay' }
  /** A person gives a document up. */
  | { readonly kind: 'giveUp' }
  | { readonly kind: 'prune' }
  /** What an instance had on its way comes back. */
  | { readonly kind: 'redeploy' }
  /** Feedback that came in by a service of ours. */
  | { readonly kind: 'heard'; readonly feedback: CrisisFeedback }
  | Telling
)

/** Feedback of a flow, of one revision of one finding. */
export interface Telling {
  readonly kind: 'tell'
  readonly finding: number
  readonly revision: number
  readonly feedback: CrisisFeedback
  /** Its flow was given its message again. */
  readonly again: boolean
}

export interface ToldTrace {
  readonly exam: string
  readonly mode: 'default' | 'perAlert' | 'combinedOnly'
  readonly events: readonly ToldEvent[]
}

const FINDINGS = [
  { CrisisCode: '1', CrisisName: '胎盘早剥' },
  { CrisisCode: '2', CrisisName: '前置胎盘' },
]

/** Happens again by itself, as what is sent again. */
const REPEATED: ReadonlySet<ToldEvent['kind']> = new Set(['crisis', 'heard', 'tell'])

const at = <T>(items: readonly T[], random: Random): T => items[below(random, items.length)]!

export function traceOf(random: Random, exam: string): ToldTrace {
  const mode = at(['default', 'default', 'perAlert', 'combinedOnly'] as const, random)
  const events: ToldEvent[] = []
  const push = <E extends ToldEvent>(event: E): E => {
    events.push(event)
    return event
  }
  const findings = below(random, 3) === 0 ? 1 : 2
  for (let finding = 0; finding < findings; finding++) {
    let last: ToldEvent | null = null
    const contents = 1 + below(random, 2)
    for (let revision = 1; revision <= contents; revision++) {
      const crisis = contentOf(random, exam, finding, revision)
      const id = `${finding}.${revision}`
      last = push({ kind: 'crisis', id, after: last, finding, crisis })
      for (const told of tellingsOf(random, exam, finding, revision)) {
        const after = last
        push({
          kind: 'tell',
          after,
          finding,
          revision,
          again: false,
          ...told,
          id: `${id} ${told.id}`,
        })
      }
    }
    if (below(random, 3) === 0)
      push({ kind: 'cancel', id: `${finding} cancel`, after: last, finding })
  }
  // Which alerts it speaks of depends on what is there, unless there is only one content.
  if (events.filter(({ kind }) => kind === 'crisis').length === 1 && below(random, 2) === 0) {
    for (const [n, feedback] of [receivedBy('51', exam), processedBy('52', exam)].entries()) {
      if (below(random, 2) === 0) push({ kind: 'heard', id: `heard ${n}`, after: null, feedback })
    }
  }
  push({ kind: 'lift', id: 'lift', after: null })
  for (const kind of ['replay', 'replay', 'prune', 'redeploy'] as const) {
    if (below(random, 2) === 0) push({ kind, id: `${kind} ${events.length}`, after: null })
  }
  if (below(random, 6) === 0) push({ kind: 'giveUp', id: 'giveUp', after: null })
  for (const event of events.slice()) {
    if (below(random, 3) > 0 || !REPEATED.has(event.kind)) continue
    const repeated = { id: `${event.id} again`, after: event }
    if (event.kind === 'tell') push({ ...event, ...repeated, again: below(random, 3) > 0 })
    else push({ ...event, ...repeated })
  }
  return { exam, mode, events }
}

function contentOf(random: Random, exam: string, finding: number, revision: number): Crisis {
  // With another set time it would depend on the order whether it is a correction or an alert of its own.
  return {
    ...CRISIS,
    ...FINDINGS[finding],
    ExamNo: exam,
    ...(revision > 1 && { CrisisMemo: `第 ${revision} 次更正` }),
    ...(revision > 1 && below(random, 3) === 0 && { SickNo: 'C0002' }),
  }
}

/** Each person and each result is of one telling only. */
function tellingsOf(
  random: Random,
  exam: string,
  finding: number,
  revision: number,
): readonly { readonly id: string; readonly feedback: CrisisFeedback }[] {
  const who = (n: number): string => `${finding}${revision}${n}`
  const received = receivedBy(who(1), exam)
  const steps = [{ id: 'received', feedback: received }]
  if (below(random, 3) === 0) steps.push({ id: 'other', feedback: receivedBy(who(2), exam) })
  const process = processedBy(who(3), exam)
  const choice = below(random, 4)
  if (choice === 1) steps.push({ id: 'process', feedback: process })
  if (choice === 2) steps.push({ id: 'both', feedback: { ...received, ...process } })
  if (choice === 3) return [{ id: 'both', feedback: { ...receivedBy(who(4), exam), ...process } }]
  return below(random, 5) === 0 ? [] : steps
}

const receivedBy = (code: string, exam: string): CrisisFeedback => ({
  ...later(RECEIVED),
  ExamNo: exam,
  CrisisReceiver: { code, name: `接收 ${code}` },
})

const processedBy = (code: string, exam: string): CrisisFeedback => ({
  ...later(PROCESS),
  ExamNo: exam,
  ProcessStaff: { code, name: `处理 ${code}` },
  ProcessResult: `已处理 ${code}`,
})
