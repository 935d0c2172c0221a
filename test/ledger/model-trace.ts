import { below, type Random } from './orders.js'

/*
 * What may happen to an exam, in any order. An event names what it is about by a small number, which is looked up
 * among what there is when it happens; where there is nothing, nothing happens. So any part of a trace is a trace.
 */

export type Peer = 'his' | 'pacs'

export type TraceEvent =
  | {
      readonly kind: 'crisis'
      readonly finding: number
      readonly memo: number
      readonly set: number
      readonly patient: number
      /** Its commit is not known to the caller, who is answered a failure. */
      readonly lost: boolean
      /** The site has re-sends handed out. */
      readonly resends: boolean
    }
  | {
      readonly kind: 'heard'
      readonly receiver: number
      readonly staff: number
      readonly said: number
    }
  | {
      readonly kind: 'tell'
      readonly message: number
      readonly names: 'alert' | 'revision' | 'exam' | 'another'
      readonly stage: 'received' | 'processed' | 'both'
      readonly said: number
    }
  | { readonly kind: 'retell'; readonly which: number }
  | { readonly kind: 'send'; readonly message: number; readonly again: boolean }
  | { readonly kind: 'claim'; readonly peer: Peer; readonly short: boolean }
  | {
      readonly kind: 'conclude'
      readonly peer: Peer
      readonly which: number
      readonly verdict: 'done' | 'ready' | 'held' | 'dead'
      /** Its commit is not known, so that it is asked once more. */
      readonly lost: boolean
    }
  | { readonly kind: 'release'; readonly peer: Peer; readonly which: number }
  | { readonly kind: 'redeploy' | 'crash' | 'prune' }
  | {
      readonly kind: 'expire'
      readonly peer: Peer
      /** What waits is too old to be sent. */
      readonly old: boolean
    }
  | { readonly kind: 'replay'; readonly peer: Peer; readonly which: number | null }
  | { readonly kind: 'giveUp'; readonly peer: Peer; readonly which: number }
  | { readonly kind: 'cancel'; readonly finding: number }
  | { readonly kind: 'lift'; readonly wrong: number | null }
  | { readonly kind: 'choose'; readonly finding: number; readonly content: number }
  | { readonly kind: 'wait'; readonly minutes: number }

export interface TraceStep {
  readonly exam: number
  readonly event: TraceEvent
  /** The flow has not got beyond what it is handed by this event. */
  readonly keeps: boolean
}

export interface Trace {
  readonly mode: 'default' | 'perAlert' | 'combinedOnly'
  readonly steps: readonly TraceStep[]
  /** A watch fires steps, and pages for them. */
  readonly isWatched: boolean
}

/** How often each kind of event is drawn. */
const WEIGHTS: Readonly<Record<TraceEvent['kind'], number>> = {
  crisis: 22,
  heard: 9,
  tell: 20,
  retell: 5,
  send: 12,
  claim: 18,
  conclude: 20,
  release: 2,
  redeploy: 2,
  crash: 1,
  prune: 3,
  expire: 2,
  replay: 9,
  giveUp: 2,
  cancel: 3,
  lift: 4,
  choose: 3,
  wait: 3,
}

const KINDS = Object.entries(WEIGHTS).flatMap(([kind, weight]) =>
  Array<TraceEvent['kind']>(weight).fill(kind as TraceEvent['kind']),
)

const pick = <T>(random: Random, items: readonly T[]): T => items[below(random, items.length)]!
const chance = (random: Random, of: number): boolean => below(random, of) === 0

/** Most traces are short, so that there can be many; one of twelve is long, and one of four is watched. */
export function traceOf(random: Random): Trace {
  const isLong = chance(random, 12)
  const length = isLong ? 30 + below(random, 30) : 4 + below(random, 9)
  const exams = chance(random, 4) ? 2 : 1
  const mode = pick(random, ['default', 'default', 'default', 'perAlert', 'combinedOnly'] as const)
  const steps = Array.from({ length }, (): TraceStep => {
    const event = eventOf(random, pick(random, KINDS))
    return { exam: below(random, exams), event, keeps: chance(random, 3) }
  })
  return { mode, steps, isWatched: chance(random, 4) }
}

function eventOf(random: Random, kind: TraceEvent['kind']): TraceEvent {
  const peer = pick(random, ['his', 'pacs', 'pacs'] as const)
  const which = below(random, 3)
  switch (kind) {
    case 'crisis':
      return {
        kind,
        finding: pick(random, [0, 0, 0, 1, 1, 2]),
        memo: pick(random, [0, 0, 1, 2]),
        set: pick(random, [0, 0, 0, 0, 1, 2, 3]),
        patient: pick(random, [0, 0, 0, 0, 0, 0, 1, 2]),
        lost: chance(random, 10),
        resends: chance(random, 4),
      }
    case 'heard':
      return {
        kind,
        receiver: pick(random, [0, 0, 1, 3]),
        staff: pick(random, [3, 3, 3, 0, 0, 1, 2]),
        said: pick(random, [0, 1, 2, 3, 3, 4, 4, 4, 5, 6]),
      }
    case 'tell':
      return {
        kind,
        message: pick(random, [0, 0, 0, 1, 2]),
        names: pick(random, ['alert', 'revision', 'revision', 'revision', 'exam', 'another']),
        stage: pick(random, ['received', 'received', 'processed', 'both']),
        said: below(random, 7),
      }
    case 'retell':
      return { kind, which }
    case 'send':
      return { kind, message: pick(random, [0, 0, 0, 1, 2]), again: chance(random, 3) }
    case 'claim':
      return { kind, peer, short: chance(random, 8) }
    case 'conclude': {
      const verdict = pick(random, [
        'done',
        'done',
        'ready',
        'ready',
        'dead',
        'dead',
        'held',
      ] as const)
      return { kind, peer, which, verdict, lost: chance(random, 10) }
    }
    case 'release':
    case 'giveUp':
      return { kind, peer, which }
    case 'redeploy':
    case 'crash':
    case 'prune':
      return { kind }
    case 'expire':
      return { kind, peer, old: chance(random, 2) }
    case 'replay':
      return { kind, peer, which: chance(random, 3) ? which : null }
    case 'cancel':
      return { kind, finding: which }
    case 'lift':
      return { kind, wrong: chance(random, 3) ? which : null }
    case 'choose':
      return { kind, finding: below(random, 2), content: which }
    case 'wait':
      return { kind, minutes: pick(random, [1, 4, 6, 11]) }
  }
}

/** One line an event, as a failure is printed. */
export const printed = ({ mode, steps, isWatched }: Trace): string =>
  [
    `mode ${mode}${isWatched ? ', watched' : ''}`,
    ...steps.map(({ exam, event: { kind, ...rest }, keeps }) => {
      const values = Object.entries(rest).map(([name, value]) => `${name} ${String(value)}`)
      return `exam ${exam}: ${[kind, ...values, ...(keeps ? ['kept'] : [])].join(', ')}`
    }),
  ].join('\n')
